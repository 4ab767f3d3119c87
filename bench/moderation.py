"""How well the content filter judges: ``make bench-moderation`` prints it and keeps it.

python -m bench.moderation FOLDER

The folder holds ``moderation/sms-spam.tsv``, ``moderation/abuse-tweets.csv`` and ``irc/*.txt``; any
files of those formats can be asked about by ``causerie moderation evaluate``. Ends with 1 where a
bar does not hold.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bench import chain
from bench.results import FOLDER
from causerie.assembly.cli.classifiers import report
from causerie.moderation import (
    ContentFilter,
    Policy,
    Topic,
    cross_validate,
    read_abuse,
    read_irc,
    read_spam,
    train_classifiers,
)

MIN_F1 = {Topic.SPAM: 0.95, Topic.ABUSE: 0.85}
MAX_HELD_BACK = 1 / 200
MAX_CHAIN_US = 40.0  # Of one core, at the median, for all checks of a message.


def main() -> None:
    """Take the figures, print them as they come, and keep them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    if not folder.is_dir():
        raise SystemExit(
            f"there is no folder {folder}; name it with: make bench-moderation DATA=..."
        )
    spam, abuse = folder / "moderation/sms-spam.tsv", folder / "moderation/abuse-tweets.csv"
    irc = sorted((folder / "irc").glob("*.txt"))
    lines = ["# The content filter", ""]
    print(lines[0], end="\n\n")
    for line in report(spam=spam, abuse=abuse, irc=irc):
        print(line)
        lines.append(line)
    verdict, held = _examine(spam, abuse, irc)
    for line in verdict:
        print(line)
        lines.append(line)
    costs, is_cheap = _weigh_chain(irc)
    for line in costs:
        print(line)
        lines.append(line)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "moderation.md").write_text("\n".join(lines) + "\n")
    if not (held and is_cheap):
        raise SystemExit(1)


def _examine(spam: Path, abuse: Path, irc: list[Path]) -> tuple[list[str], bool]:
    """Compare with the bars, each on what the models have not seen."""
    corpora = {Topic.SPAM: read_spam(_text(spam)), Topic.ABUSE: read_abuse(_text(abuse))}
    rows = ["## Bars", "", "| | measured | bar | holds |", "| --- | --- | --- | --- |"]
    holds = True
    for topic, corpus in corpora.items():
        f1 = cross_validate(corpus, topic).overall.f1
        holds &= f1 >= MIN_F1[topic]
        rows.append(
            f"| {topic}: F1, cross-validated | {f1:.4f} | {MIN_F1[topic]} | {f1 >= MIN_F1[topic]} |"
        )
    channels = [read_irc(_text(path)) for path in irc]
    trained = train_classifiers(
        spam=corpora[Topic.SPAM],
        abuse=corpora[Topic.ABUSE],
        background=[line for channel in channels[::2] for line in channel],
    )
    content_filter, policy = ContentFilter(trained), Policy()
    unseen = [line for channel in channels[1::2] for line in channel]
    refused = 0
    for line in unseen:
        verdict = content_filter.judge(line, policy)
        refused += verdict is not None and verdict.is_refused
    share = refused / len(unseen)
    holds &= share <= MAX_HELD_BACK
    rows.append(
        f"| chat held back, of {len(unseen)} lines that the training did not see "
        f"| {share:.3%} ({refused}) | {MAX_HELD_BACK:.1%} | {share <= MAX_HELD_BACK} |"
    )
    return rows, holds


def _weigh_chain(irc: list[Path]) -> tuple[list[str], bool]:
    """Compare what all checks of a message cost with their bar."""
    measured = chain.drive(irc)
    rows = [
        "",
        "## All checks of a message",
        "",
        f"Limit, permissions and filter, as a send goes through them, of {measured.lines:,} lines:",
        "",
        "| µs | median | bar | 99 of 100 within |",
        "| --- | --- | --- | --- |",
    ]
    for what, costs in (("a new process", measured.cold), ("again", measured.warm)):
        rows.append(f"| {what} | {costs.p50:.1f} | {MAX_CHAIN_US:g} | {costs.p99:.1f} |")
    return rows, measured.cold.p50 <= MAX_CHAIN_US


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


if __name__ == "__main__":
    main()
