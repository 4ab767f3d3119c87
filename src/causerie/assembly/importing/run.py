"""Brings logs in through the same services as everyone's messages: once, however often repeated."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from causerie.accounts import AccountService, Permission, read_jsonl
from causerie.assembly.importing.irc import Line, read_irc, room_name_of, usernames_for
from causerie.conversations import Address, ConversationService, Kind, NameTaken, RoomName, wire_id
from causerie.foundation.identity import Principal, UserId
from causerie.messages import MessageService, MessageType, Sent

MEMBERS_PER_CALL = 500  # Half of what a call takes.
LINES_AT_ONCE = 512  # Two batches of the writer: one commits while the other gathers.


class Imported(msgspec.Struct, frozen=True):
    """What became of one file."""

    room: str
    speakers: int
    lines: int
    new_lines: int


async def import_irc(
    files: Sequence[Path],
    *,
    accounts: AccountService,
    conversations: ConversationService,
    messages: MessageService,
) -> list[Imported]:
    """Make a room of each file and a user of each nick, and say every line again.

    A file that was brought in before adds nothing. Raises ``OSError``, ``UnicodeDecodeError`` and
    what the services refuse.
    """
    logs = [_read(path) for path in files]
    names = usernames_for(line.nick for log in logs for line in log.lines)
    speakers = await _speakers(accounts, names)
    return [await _import_log(log, speakers, conversations, messages) for log in logs]


class _Log(msgspec.Struct, frozen=True):
    """One file: its room's name, what was said in it, and what its lines' keys begin with."""

    room: str
    lines: list[Line]
    digest: str


def _read(path: Path) -> _Log:
    content = path.read_bytes()
    lines = list(read_irc(content.decode("utf-8").split("\n")))
    return _Log(room_name_of(path), lines, hashlib.sha256(content).hexdigest()[:16])


async def _speakers(accounts: AccountService, names: dict[str, str]) -> dict[str, Principal]:
    await accounts.import_users(
        read_jsonl(msgspec.json.encode({"username": name}).decode() for name in names.values())
    )
    speakers: dict[str, Principal] = {}
    for nick, name in names.items():
        user = await accounts.find_by_username(name)
        if user is not None:
            speakers[nick] = _principal(user.id, user.username)
    return speakers


def _principal(user_id: UserId, username: str) -> Principal:
    """The user as this command acts for it: no session stands behind it."""
    may = frozenset({Permission.CREATE_CONVERSATIONS, Permission.SEND_MESSAGES})
    return Principal(user_id, username, "user", session="", token="", permissions=may)


async def _import_log(
    log: _Log,
    speakers: dict[str, Principal],
    conversations: ConversationService,
    messages: MessageService,
) -> Imported:
    here = list(dict.fromkeys(speakers[line.nick] for line in log.lines))
    if not here:
        return Imported(log.room, 0, 0, 0)
    room = await _room(conversations, here[0], log.room)
    for start in range(0, len(here), MEMBERS_PER_CALL):
        some = [speaker.user_id for speaker in here[start : start + MEMBERS_PER_CALL]]
        await conversations.add_members(here[0], room, some)
    new_lines = 0
    for start in range(0, len(log.lines), LINES_AT_ONCE):
        some_lines = log.lines[start : start + LINES_AT_ONCE]
        said = [
            await _say(messages, speakers[line.nick], room, line, f"irc-{log.digest}-{line.number}")
            for line in some_lines
        ]
        new_lines += sum(sent.is_new for sent in await asyncio.gather(*said))
    return Imported(log.room, len(here), len(log.lines), new_lines)


async def _room(conversations: ConversationService, owner: Principal, name: str) -> Address:
    try:
        view = await conversations.create_room(owner, name=name)
    except NameTaken:
        view = await conversations.join(owner, RoomName(name))
    return Address(Kind.ROOM, view.id)


async def _say(
    messages: MessageService, speaker: Principal, room: Address, line: Line, key: str
) -> asyncio.Future[Sent]:
    """Queue a line, in the file's order; its future has the message after the commit."""
    said: asyncio.Future[Sent] = asyncio.get_running_loop().create_future()

    def done(outcome: Sent | Exception) -> None:
        if isinstance(outcome, Exception):
            said.set_exception(outcome)
        else:
            said.set_result(outcome)

    await messages.send(
        speaker,
        conversation=wire_id(room.kind, room.id),
        content=line.text,
        client_id=key,
        message_type=MessageType.TEXT,
        done=done,
    )
    return said
