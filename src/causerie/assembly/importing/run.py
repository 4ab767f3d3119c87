"""Brings logs in through the same services as everyone's messages: once, however often repeated."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from causerie.accounts import AccountService, Permission, read_jsonl
from causerie.assembly.importing.irc import Line, read_irc, room_name_of, usernames_for
from causerie.conversations import Address, ConversationService, Kind, NameTaken, RoomName, wire_id
from causerie.foundation.errors import Invalid, TooLarge, Unavailable
from causerie.foundation.identity import Principal, UserId
from causerie.messages import MessageRefused, MessageService, MessageType, Sent

MEMBERS_PER_CALL = 500  # Half of what a call takes.
PAGE_MESSAGES = 1000  # The most that history gives.
LINES_AT_ONCE = 512  # A large batch of the writer, and far below what it lets wait.
# For a batch, which takes less than one; a server that restarts is back sooner.
ANSWER_SECONDS = 60.0
_KEY_DIGITS = 32  # 128 bits: no two lines ever meet.


class Imported(msgspec.Struct, frozen=True):
    """What became of one file; ``refused`` are lines that are too long, or not let in by the filter."""

    room: str
    speakers: int
    lines: int
    new_lines: int
    refused: int = 0


async def import_irc(
    files: Sequence[Path],
    *,
    accounts: AccountService,
    conversations: ConversationService,
    messages: MessageService,
) -> list[Imported]:
    """Make a room of each file and a user of each nick, and say every line again.

    A file that was brought in before adds what it has grown by. Raises ``OSError``, ``Invalid`` for a file that
    is not text, ``Unavailable`` where the database has gone, and what the services refuse.
    """
    logs = [_read(path) for path in files]
    names = usernames_for(line.nick for log in logs for line in log.lines)
    speakers = await _speakers(accounts, names)
    return [await _import_log(log, speakers, conversations, messages) for log in logs]


class _Log(msgspec.Struct, frozen=True):
    """One file: its room's name, and what was said in it."""

    room: str
    lines: list[Line]

    def key_of(self, line: Line) -> str:
        """Name a line by its place and content, so that a log that has grown adds what is new."""
        content = msgspec.json.encode((self.room, line.number, line.nick, line.text))
        return f"irc-{hashlib.sha256(content).hexdigest()[:_KEY_DIGITS]}"


def _read(path: Path) -> _Log:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(str(path), f"Must be UTF-8: {error.reason} at byte {error.start}") from error
    # Not splitlines(): IRC's colour and formatting codes are line ends to it.
    lines = list(read_irc(text.split("\n")))
    return _Log(room_name_of(path), lines)


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
    owner = here[0]
    room = await _room(conversations, owner, log.room)
    known = await _keys_in(messages, room, owner)
    fresh = [line for line in log.lines if log.key_of(line) not in known]
    comers = list(dict.fromkeys(speakers[line.nick].user_id for line in fresh))
    for start in range(0, len(comers), MEMBERS_PER_CALL):
        some = comers[start : start + MEMBERS_PER_CALL]
        await conversations.add_members(owner, room, some)
    new_lines = 0
    for start in range(0, len(fresh), LINES_AT_ONCE):
        said = []
        for line in fresh[start : start + LINES_AT_ONCE]:
            # Filter and limits hold for what is brought in, too; one line of thousands is no reason to end.
            with suppress(MessageRefused, TooLarge):
                said.append(await _say(messages, speakers[line.nick], room, line, log.key_of(line)))
        await _require_committed(said)
        new_lines += len(said)
    return Imported(log.room, len(here), len(log.lines), new_lines, len(fresh) - new_lines)


async def _require_committed(said: Sequence[asyncio.Future[Sent]]) -> None:
    # The writer asks for a database that has gone as long as it takes: a command does not.
    if not said:
        return
    answered, waiting = await asyncio.wait(said, timeout=ANSWER_SECONDS)
    if waiting:
        raise Unavailable(
            f"The database has not answered for {ANSWER_SECONDS:.0f} s: is the server gone? Repeat this "
            "when it is back: what was brought in stays, and is not brought in twice"
        )
    for sent in answered:
        sent.result()


async def _keys_in(messages: MessageService, room: Address, reader: Principal) -> set[str]:
    """Read which lines are there already.

    A message's own key does not tell: it counts per user, and a nick's username depends on the
    other files that come with it.
    """
    keys: set[str] = set()
    after, has_more = 0, True
    while has_more:
        page = await messages.history(
            reader, wire_id(room.kind, room.id), after=after, limit=PAGE_MESSAGES
        )
        keys.update(message.client_id for message in page.items if message.client_id)
        has_more = page.has_more
        after = page.items[-1].seq if page.items else after
    return keys


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
