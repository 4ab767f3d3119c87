"""Lines of an import, read: what each holds, or why it cannot be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causerie.accounts import ImportedUser, read_csv, read_jsonl


def test_json_lines_are_counted_with_the_empty_ones() -> None:
    lines = ['{"username":"ada"}', "", "  ", '{"username":"bob","role":"guest"}']

    assert list(read_jsonl(lines)) == [
        (1, ImportedUser("ada")),
        (4, ImportedUser("bob", role="guest")),
    ]


def test_csv_rows_know_the_line_on_which_they_end() -> None:
    lines = ["username,display_name\n", 'ada,"Ada\n', 'Lovelace"\n', "bob,\n"]

    assert list(read_csv(lines)) == [
        (3, ImportedUser("ada", display_name="Ada\nLovelace")),
        (4, ImportedUser("bob")),
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ["username\n", "ada,too,many\n"],
        ["name\n", "ada\n"],
        ["username,shoe_size\n", "ada,38\n"],
        ["username\n", "a\0b" + '"' * 3 + "x" * 200_000 + "\n"],
    ],
)
def test_a_csv_row_that_does_not_fit_is_told(lines: list[str]) -> None:
    ((number, problem),) = read_csv(lines)

    assert number == 2
    assert isinstance(problem, str)


def test_an_empty_file_holds_nobody() -> None:
    assert list(read_csv([])) == list(read_jsonl([])) == []


@given(st.lists(st.text(), max_size=5))
def test_no_line_stops_an_import(lines: list[str]) -> None:
    for reader in (read_jsonl, read_csv):
        for number, row in reader(lines):
            assert number >= 1
            assert isinstance(row, ImportedUser | str)
