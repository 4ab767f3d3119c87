"""Logs are read as they were written, and everybody in them gets a name of their own."""

from __future__ import annotations

import random
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causerie.accounts.model import require_username
from causerie.assembly.importing import Line, read_irc, room_name_of, usernames_for
from causerie.conversations import RoomName
from causerie.conversations.model import require_room_name


@pytest.mark.parametrize(
    ("line", "nick", "text"),
    [
        ("[03:00] <ada> hello", "ada", "hello"),
        ("[23:59] <ada> hello\n", "ada", "hello"),
        ("[03:00] <ada> hello\r\n", "ada", "hello"),
        ("[03:00] <ada>hello", "ada", "hello"),
        ("[03:00] <ada>  two spaces ", "ada", " two spaces "),
        ("[03:00] <a|b`{^}[x]> odd", "a|b`{^}[x]", "odd"),
        ("[03:00] <ada> <bob> said it", "ada", "<bob> said it"),
        ("[03:00] <ada> === no join", "ada", "=== no join"),
        (
            "[03:00] <ada> in\x1ca \x1dcode\x85 or\u2028two",
            "ada",
            "in\x1ca \x1dcode\x85 or\u2028two",
        ),
        ("[03:00] <ada> a\x00b", "ada", "ab"),
        ("[03:00] <ada> déjà ☃ 👋", "ada", "déjà ☃ 👋"),
    ],
)
def test_what_somebody_said_is_read_as_it_was_written(line: str, nick: str, text: str) -> None:
    assert list(read_irc([line])) == [Line(1, nick, text)]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "=== ada [n=ada@example.org] has joined #talk",
        "=== bob is now known as ada",
        "[03:00]  * ada waves",
        "[03:00] <ada>",
        "[03:00] <ada>  ",
        "[03:00] <ada> \x00",
        "[03:00] <ada> \x1e\x1e",
        "[03:00] <> nobody",
        "[3:00] <ada> no log's hour",
        "<ada> no hour",
        " [03:00] <ada> moved",
    ],
)
def test_what_nobody_said_is_left_out(line: str) -> None:
    assert list(read_irc([line])) == []


def test_lines_keep_their_numbers_in_the_file() -> None:
    log = ["=== ada has joined", "[03:00] <ada> one", "", "[03:01] <bob> two"]

    assert list(read_irc(log)) == [Line(2, "ada", "one"), Line(4, "bob", "two")]


def test_a_nick_that_can_be_a_username_is_one() -> None:
    assert usernames_for(["ada", "B.o-b_1"]) == {"ada": "ada", "B.o-b_1": "B.o-b_1"}


def test_those_who_would_meet_get_numbers() -> None:
    nicks = ["Ada", "ada", "ADA", "a^b", "a|b", "ada.2"]

    assert usernames_for(nicks) == {
        "Ada": "Ada",
        "ada": "ada.2",
        "ADA": "ADA.3",
        "a^b": "a_b",
        "a|b": "a_b.2",
        "ada.2": "ada.2.2",
    }


def test_long_nicks_that_begin_alike_stay_apart() -> None:
    names = usernames_for(["n" * 32 + str(i) for i in range(12)])

    assert list(names.values())[:2] == ["n" * 32, "n" * 30 + ".2"]
    assert list(names.values())[-1] == "n" * 29 + ".12"


def test_who_speaks_twice_has_one_name() -> None:
    assert usernames_for(["ada", "bob", "ada"]) == {"ada": "ada", "bob": "bob"}


# A small alphabet, so that many meet: in case, in what a username cannot have, in their numbers.
@given(st.lists(st.text("aA.2^|_é", min_size=1, max_size=40), max_size=60))
def test_any_nicks_get_valid_names_of_their_own_and_the_same_ones_again(nicks: list[str]) -> None:
    names = usernames_for(nicks)

    assert set(names) == set(nicks)
    assert len({name.lower() for name in names.values()}) == len(names)
    for name in names.values():
        require_username(name)
    assert usernames_for(iter(nicks)) == names


@pytest.mark.parametrize(
    ("file", "room"),
    [
        ("2004-11-15_03.txt", "2004-11-15_03"),
        ("#talk on freenode.log", "talk-on-freenode"),
        ("été.txt", "t"),
        ("##.txt", "irc"),
        ("x" * 90 + ".txt", "x" * 64),
    ],
)
def test_a_room_is_named_after_its_file(file: str, room: str) -> None:
    assert room_name_of(Path("logs") / file) == room


def test_any_file_gives_a_valid_name() -> None:
    chance = random.Random(5)
    for _ in range(200):
        name = "".join(chance.choices(string.printable.replace("/", ""), k=chance.randint(1, 80)))

        assert RoomName(require_room_name(room_name_of(Path(name + ".txt"))))
