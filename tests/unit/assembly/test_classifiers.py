"""``causerie moderation train`` and ``evaluate``, on small files of the corpora's formats."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from causerie.assembly.cli.app import app
from causerie.moderation import unpack

RUN = CliRunner()


@pytest.fixture
def corpora(tmp_path: Path) -> dict[str, str]:
    """Sixty texts of either label, easily told apart, and a log."""
    spam = [
        f"spam\tWIN prize {n}! Call {n}0617014{n:02} now\nham\tsee you at {n}" for n in range(60)
    ]
    abuse = [f'hate,"you idiot, number {n}"\nneither,a fine day {n}' for n in range(60)]
    chat = ["=== ann joined", *[f"[12:{n:02}] <ann> the driver {n} works" for n in range(60)]]
    written = {
        "--spam": "\n".join(spam),
        "--abuse": "\n".join(["class,text", *abuse]),
        "--irc": "\n".join(chat),
    }
    files = {}
    for option, text in written.items():
        path = tmp_path / option.strip("-")
        path.write_text(text + "\n")
        files[option] = str(path)
    return files


def arguments(files: dict[str, str]) -> list[str]:
    return [word for pair in files.items() for word in pair]


def test_figures_are_printed_of_what_is_named(corpora: dict[str, str]) -> None:
    done = RUN.invoke(app, ["moderation", "evaluate", *arguments(corpora)])

    assert done.exit_code == 0, done.output
    for line in ("120 texts, 60 of them positive", "| all folds | 1.0000", "60 lines, default"):
        assert line in done.output
    assert "| held back | 0 | 0.000% |  |" in done.output


def test_training_twice_writes_the_same_bytes(corpora: dict[str, str], tmp_path: Path) -> None:
    outs = [tmp_path / "one", tmp_path / "two"]

    for out in outs:
        done = RUN.invoke(app, ["moderation", "train", *arguments(corpora), "--out", str(out)])
        assert done.exit_code == 0, done.output

    assert outs[0].read_bytes() == outs[1].read_bytes()
    assert unpack(outs[0].read_bytes()).models


def test_what_cannot_be_read_is_said_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "odd").write_text("nothing of the kind\n")
    (tmp_path / "few").write_text("ham\thello\nspam\tWIN\n")

    odd = RUN.invoke(app, ["moderation", "evaluate", "--spam", str(tmp_path / "odd")])
    few = RUN.invoke(app, ["moderation", "evaluate", "--spam", str(tmp_path / "few")])
    none = RUN.invoke(app, ["moderation", "evaluate"])

    assert (odd.exit_code, few.exit_code) == (1, 1)
    assert "line 1 is not ham or spam" in odd.output
    assert "fewer than 50 examples" in few.output
    assert none.exit_code == 2
