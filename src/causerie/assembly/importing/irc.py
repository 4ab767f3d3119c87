"""Logs of an IRC channel: who said what, and what the speakers are called here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

MAX_USERNAME_CHARS = 32  # PROTOCOL, Conventions
MAX_ROOM_NAME_CHARS = 64

_SAID = re.compile(r"\[[0-9]{2}:[0-9]{2}\] <(?P<nick>[^>]+)> ?(?P<text>.*)")
_NOT_IN_USERNAMES = re.compile(r"[^A-Za-z0-9_.-]")
_NOT_IN_ROOM_NAMES = re.compile(r"[^A-Za-z0-9_-]+")


class Line(msgspec.Struct, frozen=True):
    """One line that somebody said; ``number`` counts the file's lines from 1."""

    number: int
    nick: str
    text: str


def read_irc(lines: Iterable[str]) -> Iterator[Line]:
    """Read ``[HH:MM] <nick> text``; joins, parts, actions and lines without text are left out."""
    for number, line in enumerate(lines, start=1):
        # PostgreSQL stores no NUL.
        said = _SAID.fullmatch(line.rstrip("\r\n").replace("\x00", ""))
        if said is not None and said["text"].strip():
            yield Line(number, said["nick"], said["text"])


def usernames_for(nicks: Iterable[str]) -> dict[str, str]:
    """Give each nick a username of its own, the same for the same nicks in the same order.

    Usernames are unique without case and have fewer characters than nicks: those that would meet
    get a number.
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for nick in nicks:
        if nick in names:
            continue
        plain = _NOT_IN_USERNAMES.sub("_", nick)[:MAX_USERNAME_CHARS]
        name, number = plain, 1
        while name.lower() in taken:
            number += 1
            suffix = f".{number}"
            name = plain[: MAX_USERNAME_CHARS - len(suffix)] + suffix
        taken.add(name.lower())
        names[nick] = name
    return names


def room_name_of(path: Path) -> str:
    """Name a room after a file."""
    name = _NOT_IN_ROOM_NAMES.sub("-", path.stem).strip("-")
    return (name or "irc")[:MAX_ROOM_NAME_CHARS]
