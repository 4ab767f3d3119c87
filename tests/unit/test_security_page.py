"""docs/security.md answers all of ASVS 5.0, levels 1 and 2, and names tests that exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()
# How many requirements of level 1 or 2 each section has; in all of them they are the first ones.
SECTIONS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2,
    "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1,
    "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2,
    "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4,
    "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4,
    "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2,
    "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1,
    "9.1": 3, "9.2": 4,
    "10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3,
    "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4,
    "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5,
    "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7,
    "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3,
    "17.1": 1, "17.2": 4, "17.3": 2,
}  # fmt: skip
STATES = {"met", "partly", "operator", "none", "open"}
ROW = re.compile(r"^\| ([0-9]+\.[0-9]+\.[0-9]+) \| ([a-z]+) \| (.+) \|$", re.MULTILINE)


def test_every_requirement_is_answered_once() -> None:
    wanted = [f"{name}.{n}" for name, count in SECTIONS.items() for n in range(1, count + 1)]

    assert len(wanted) == 253  # what the standard counts
    assert [number for number, _, _ in ROW.findall(PAGE)] == wanted
    assert {state for _, state, _ in ROW.findall(PAGE)} <= STATES


def test_the_tests_and_pages_that_it_names_are_there() -> None:
    named = set(re.findall(r"`((?:tests|docs)/[^`]+\.(?:py|md))`", PAGE))

    assert len(named) > 40
    assert {name for name in named if not (ROOT / name).is_file()} == set()


def test_each_risk_of_the_top_ten_names_rows_and_tests_and_each_row_is_named() -> None:
    listed = PAGE[PAGE.index("## OWASP Top 10") : PAGE.index("## The running server")]
    risks = {
        risk: (re.findall(r"[A-Z]{2}-[0-9]+", rows), re.findall(r"`tests/[^`]+`", tests))
        for risk, rows, tests in re.findall(
            r"^\| (A[0-9]{2}) .+ \| ([^|]+) \| ([^|]+) \|$", listed, re.MULTILINE
        )
    }
    named = set(re.findall(r"\b(?:ID|SE)-[0-9]+", PAGE))

    assert list(risks) == [f"A{n:02}" for n in range(1, 11)]
    assert all(rows and tests for rows, tests in risks.values())
    assert named == {f"ID-{n}" for n in range(1, 13)} | {f"SE-{n}" for n in range(1, 10)}


def test_every_library_is_locked_with_its_hashes() -> None:
    packages = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    bare = [
        package["name"]
        for package in packages
        if "registry" in package["source"]
        and not all(
            file.get("hash", "").startswith("sha256:")
            for file in [*package.get("wheels", []), *filter(None, [package.get("sdist")])]
        )
    ]

    assert len(packages) > 40
    assert bare == []


def test_every_table_has_a_level_of_protection() -> None:
    schema = (ROOT / "tests" / "integration" / "postgres" / "schema.sql").read_text()
    made = re.findall(r"^CREATE (?:UNLOGGED )?TABLE (\w+)\.(\w+)", schema, re.MULTILINE)
    tables = {f"{place}.{name}" for place, name in made}
    register = PAGE[PAGE.index("| table | level |") : PAGE.index("## For an outside audit")]
    listed = re.findall(r"`(\w+\.(?:\w+|\*))`", register)

    wholes = tuple(name[:-1] for name in listed if name.endswith(".*"))
    singles = {name for name in listed if not name.endswith(".*")}
    assert len(listed) == len(set(listed))
    assert {name for name in tables if not name.startswith(wholes)} == singles
