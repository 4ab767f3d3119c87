"""The house is what its documents say, and its walls hold when leaned upon."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tokenize
import tomllib
from pathlib import Path

import pytest

import causerie

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src/causerie"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text()

MAX_CODE_LINES = 300


def requirement_name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9_.-]+", requirement)
    assert found is not None
    return found[0].lower()


def code_lines(path: Path) -> int:
    """Lines that hold code: no blank ones, no comments, no docstrings."""
    nothing = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENCODING,
        tokenize.ENDMARKER,
    }
    lines: set[int] = set()
    at_start = True
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        is_docstring = token.type == tokenize.STRING and at_start
        if token.type not in nothing and not is_docstring:
            lines.update(range(token.start[0], token.end[0] + 1))
        if token.type not in {tokenize.COMMENT, tokenize.NL}:
            at_start = token.type in {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT} or (
                token.type == tokenize.ENCODING
            )
    return len(lines)


PYTHON_FILES = sorted(SOURCE.rglob("*.py"))


def test_the_version_is_the_same_in_both_places() -> None:
    assert PROJECT["project"]["version"] == causerie.__version__


def test_every_dependency_has_its_reason() -> None:
    groups = PROJECT["dependency-groups"]
    declared = [*PROJECT["project"]["dependencies"], *groups["dev"], *groups["bench"]]
    table = (ROOT / "docs/dependencies.md").read_text()
    explained = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)

    assert sorted(explained) == sorted(requirement_name(r) for r in declared)


def test_the_map_names_every_folder_and_no_other() -> None:
    drawn = set(re.findall(r"^[├└]── (\w+)/", ARCHITECTURE, re.MULTILINE))
    there = {path.parent.name for path in SOURCE.glob("*/__init__.py")}

    assert drawn == there


def test_the_map_stands_in_the_order_of_the_contract() -> None:
    drawn = re.findall(r"^[├└]── (\w+)/", ARCHITECTURE, re.MULTILINE)
    contract = (ROOT / ".importlinter").read_text().split("contract:map]")[1]
    layers = contract.split("layers =\n")[1].split("exhaustive")[0].replace("|", " ").split()

    assert ["__main__", *drawn] == layers


def test_no_two_migrations_of_a_slice_have_one_number() -> None:
    # Two people who take the same number do not conflict in git, and then no server starts.
    taken = [(path.parent, path.name[:4]) for path in SOURCE.rglob("migrations/*.sql")]

    assert len(taken) > 40
    assert len(taken) == len(set(taken))


def test_the_roles_stand_in_the_contract() -> None:
    table = ARCHITECTURE.split("## Roles")[1].split("## ")[0]
    described = {
        role
        for row in re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)
        for role in re.findall(r"`(\w+)`", row)
    }
    contract = (ROOT / ".importlinter").read_text().split("contract:inside-a-slice]")[1]
    layers = contract.split("layers =\n")[1].split("exhaustive")[0]

    assert described == set(re.findall(r"\((\w+)\)", layers))


@pytest.mark.parametrize(
    "document", ["ARCHITECTURE.md", "README.md", "CONTRIBUTING.md", "docs/dependencies.md"]
)
def test_every_file_that_a_document_names_is_there(document: str) -> None:
    text = (ROOT / document).read_text()
    named = re.findall(r"`((?:[\w.]+/)+[\w.]*|[\w/]+\.(?:py|md|sql|toml))`", text)
    made_when_used = {
        "./data",
        ".venv/bin/python",
        "src/causerie/site",
        "docs/decisions/",
        "tests/contract",
    }
    roots = (ROOT, SOURCE, *(p for p in SOURCE.iterdir() if p.is_dir()))

    missing = [n for n in named if not any((root / n).exists() for root in roots)]
    assert set(missing) <= made_when_used


@pytest.mark.parametrize(
    "document",
    sorted(str(p.relative_to(ROOT)) for p in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))),
)
def test_every_link_between_documents_leads_somewhere(document: str) -> None:
    page = ROOT / document
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_list_of_decisions_is_complete() -> None:
    folder = ROOT / "docs/decisions"
    listed = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text())

    assert sorted(listed) == sorted(p.name for p in folder.glob("[0-9]*.md"))
    assert len({page[:4] for page in listed}) == len(listed), "two with one number"


@pytest.mark.parametrize(
    "page", sorted(p.name for p in (ROOT / "docs/decisions").glob("[0-9]*.md"))
)
def test_every_decision_has_the_same_form(page: str) -> None:
    text = (ROOT / "docs/decisions" / page).read_text()

    assert re.findall(r"^## (\w+)", text, re.MULTILINE) == [
        "Context",
        "Decision",
        "Consequences",
        "Rejected",
    ]


def test_make_alone_lists_every_target() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    listed = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    assert set(re.findall(r"^  make ([\w-]+)", listed, re.MULTILINE)) == set(targets)
    assert {"run", "test", "check", "fix", "bench", "bench-moderation", "setup"} <= set(targets)


@pytest.mark.parametrize("path", PYTHON_FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_no_file_is_longer_than_a_person_reads_unless_it_says_why(path: Path) -> None:
    says_why = re.search(r"^# Over 300 lines: \w", path.read_text(), re.MULTILINE)

    assert code_lines(path) <= MAX_CODE_LINES or says_why


def test_every_exemption_has_its_reason_beside_it() -> None:
    bare = re.compile(r"#\s*(?:noqa|type:\s*ignore)(?:\[[^\]]*\]|:\s*[A-Z0-9, ]+)?\s*$")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for folder in ("src", "tests", "bench")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if bare.search(line)
    ]

    assert found == []


def test_every_test_is_of_one_tier_and_both_are_run() -> None:
    rules = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", "test", "test-long"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    quick, long = re.findall(r"^\S*/pytest .* -m (.*)$", rules.stdout, re.MULTILINE)
    by_hand = {*(ROOT / "tests").rglob("*.py")} - {Path(__file__)}
    marked = {path for path in by_hand if re.search(r"\bmark\.long\b", path.read_text())}

    assert quick == '"not long"'
    # What the marker is on by any other way than these words would be in neither.
    expression, *files = long.split()
    assert expression == "long"
    assert {ROOT / name for name in files} - {Path(__file__)} == marked
    commands = (ROOT / ".ci/run").read_text().split("\n")
    assert [line.split()[-2:] for line in commands if " make test" in line] == [
        ["make", "test"],
        ["make", "test-long"],
    ]


@pytest.fixture(scope="module")
def copied_house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("house")
    shutil.copytree(SOURCE, copy / "src/causerie", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", copy)
    return copy


def lint(house: Path, *given: str) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).parent / "lint-imports")
    return subprocess.run(
        [program, "--cache-dir", str(house / ".cache"), *given],
        cwd=house,
        env={**os.environ, "PYTHONPATH": str(house / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_import_contracts_hold(copied_house: Path) -> None:
    done = lint(copied_house)

    assert done.returncode == 0, done.stdout
    assert re.search(r"\d+ kept, 0 broken", done.stdout)


@pytest.mark.long
@pytest.mark.parametrize(
    ("contract", "place", "line"),
    [
        ("map", "utils/__init__.py", ""),
        ("map", "accounts/service/sneaky.py", "import causerie.messages"),
        ("inside-a-slice", "messages/helpers.py", ""),
        ("inside-a-slice", "conversations/errors.py", "from causerie.conversations import wire"),
        ("face-conversations", "messages/service/sneaky.py", "import causerie.conversations.store"),
        ("face-postgres", "messages/store/tables.py", "import causerie.foundation.postgres.launch"),
        ("pure-core", "messages/service/sneaky.py", "import socket"),
        ("driver-asyncpg", "messages/store/tables.py", "import asyncpg"),
        ("driver-picows", "gateway/session.py", "import picows"),
        (
            "map",
            "limits/errors.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import causerie.accounts",
        ),
    ],
)
def test_a_breach_is_found(copied_house: Path, contract: str, place: str, line: str) -> None:
    path = copied_house / "src/causerie" / place
    before = path.read_text() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{before or ''}\n{line}\n")
    try:
        done = lint(copied_house, "--contract", contract)
    finally:
        if before is not None:
            path.write_text(before)
        elif place.endswith("__init__.py"):
            shutil.rmtree(path.parent)
        else:
            path.unlink()

    assert done.returncode != 0
    assert re.search(rf"^{contract}: .* BROKEN", done.stdout, re.MULTILINE), done.stdout
