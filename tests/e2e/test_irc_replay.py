"""Real conversations: hours of a support channel, 20 times at once, and every reader gets all.

Each file is a room, each nick a user with a socket of its own; every line must reach every reader
of its room once, in the writer's order, at the same place for all, and the history must agree.
"""

from __future__ import annotations

import asyncio
import http.client
import os
import resource
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

import msgspec
import pytest
import uvloop

from causerie.assembly.importing import Line, usernames_for
from tests.clients import token_for
from tests.irc import LOGS, conversations
from tests.lean_client import TEXT, Json, Ledger, Reader
from tests.processes import ROOT, Causerie, a_causerie

FILES = 20
NICKS = 2622
LINES = 25_469  # Counted with grep; empty ones left out.
IN_FLIGHT_PER_ROOM = 16
OPENING_AT_ONCE = 64  # No more than any system keeps waiting at a port.
REPLAY_SECONDS = 100.0
HISTORY_PAGE = 1000
SPARE_DESCRIPTORS = 500  # The test's own, beside the sockets.


class Room:
    """A file that is replayed: what its people say, and at which ``seq`` that was told."""

    def __init__(self, name: str, lines: Sequence[Line], users: Mapping[str, Json]) -> None:
        """``users``, by nick, are what the server must name as senders."""
        self.name = name
        self.lines = lines
        self.users = users
        self.nicks = list(dict.fromkeys(line.nick for line in lines))
        self.told: dict[int, int] = {}  # seq: which line of the file, from 0
        self.acknowledged: dict[int, int] = {}  # the same, as the writers heard it
        self._places = {self.key_of(place): place for place in range(len(lines))}
        self._newest: dict[str, int] = {}  # nick: its newest line that was told

    def key_of(self, place: int) -> str:
        return f"{self.name}:{place}"

    def judge(self, message: Json) -> str | None:
        """Compare a message that nobody has seen yet with what was said so far."""
        wrong = self.difference(message)
        seq = message["seq"]
        if wrong is not None or seq in self.told:
            return wrong
        place = self._places[message["client_id"]]
        nick = self.lines[place].nick
        newest = self._newest.get(nick, -1)
        if not 1 <= seq <= len(self.lines):
            return f"lies outside of 1 to {len(self.lines)}"
        if place <= newest:
            return f"line {place} of {nick} comes after line {newest}: twice, or out of order"
        self.told[seq] = self._newest[nick] = place
        return None

    def difference(self, message: Json) -> str | None:
        """Compare a message with the line that it must be, and with what others saw there."""
        place = self._places.get(message["client_id"])
        if place is None:
            return f"nobody sent the key {message['client_id']!r} here"
        line = self.lines[place]
        if message["content"] != line.text:
            return f"says {message['content']!r} and not {line.text!r}"
        if message["sender"] != self.users[line.nick]:
            return f"comes from {message['sender']} and not from {line.nick}"
        elsewhere = self.told.get(message["seq"], place)
        return None if elsewhere == place else f"is line {place} for one, {elsewhere} for another"


class Said:
    """Says a room's lines in the file's order, some at once, each on its writer's socket."""

    def __init__(
        self, ledger: Ledger, conversation_id: str, room: Room, readers: Mapping[str, Reader]
    ) -> None:
        self._ledger = ledger
        self._conversation_id = conversation_id
        self._room = room
        self._readers = readers
        self._waiting = deque(range(len(room.lines)))

    def begin(self) -> None:
        for _ in range(IN_FLIGHT_PER_ROOM):
            self._say_next()

    def _say_next(self) -> None:
        if not self._waiting:
            return
        place = self._waiting.popleft()
        line = self._room.lines[place]
        self._readers[line.nick].command(
            "send_message",
            {
                "conversation_id": self._conversation_id,
                "content": line.text,
                "client_id": self._room.key_of(place),
            },
            lambda message: self._acknowledged(place, message),
        )

    def _acknowledged(self, place: int, message: Json) -> None:
        wrong = self._room.difference(message)
        if wrong is not None:
            self._ledger.complain(f"{self._room.name}, seq {message['seq']}, acknowledged: {wrong}")
        self._room.acknowledged[message["seq"]] = place
        self._ledger.came(1)
        self._say_next()


class Replay:
    """All rooms, at once, on one server."""

    def __init__(self, server: Causerie, rooms: Mapping[str, Room]) -> None:
        """``rooms`` by the ids of their conversations."""
        self.ledger = Ledger()
        self.ledger.rooms.update(rooms)
        self.ledger.awaited = sum(
            len(room.lines) * (len(room.nicks) + 1) for room in rooms.values()
        )  # each line by each reader, and one acknowledgement
        self._server = server
        self._rooms = rooms
        self._user_ids = {n: u["id"] for room in rooms.values() for n, u in room.users.items()}
        self.readers = {
            nick: Reader(self.ledger, nick, [i for i, r in rooms.items() if nick in r.nicks])
            for nick in self._user_ids
        }

    async def run(self) -> list[str]:
        """Say everything; gives what went wrong."""
        try:
            async with asyncio.timeout(REPLAY_SECONDS):
                turn = asyncio.Semaphore(OPENING_AT_ONCE)
                await asyncio.gather(*(self._open(nick, turn) for nick in self.readers))
                if not self.ledger.complaints:
                    await self._say_everything()
        except TimeoutError:
            self.ledger.complain(f"not over after {REPLAY_SECONDS} s")
        finally:
            await asyncio.gather(*(reader.hang_up() for reader in self.readers.values()))
        return [*self.ledger.complaints, *self.lacking()]

    async def _open(self, nick: str, turn: asyncio.Semaphore) -> None:
        async with turn:
            if self.ledger.complaints:
                return
            token = token_for(self._user_ids[nick])
            try:
                await self.readers[nick].open("127.0.0.1", self._server.port, token)
            except OSError as error:
                self.ledger.complain(f"{nick} cannot connect: {error!r}")

    async def _say_everything(self) -> None:
        for conversation_id, room in self._rooms.items():
            Said(self.ledger, conversation_id, room, self.readers).begin()
        await self.ledger.over.wait()
        if not self.ledger.complaints:
            # Behind the answers nothing can come any more: neither again nor too much.
            await asyncio.gather(*(reader.reach() for reader in self.readers.values()))

    def lacking(self) -> Iterator[str]:
        """Say, room by room, what has not come."""
        for conversation_id, room in self._rooms.items():
            end = len(room.lines) + 1
            behind = [
                f"{nick} ({self.readers[nick].next_seq[conversation_id] - 1})"
                for nick in room.nicks
                if self.readers[nick].next_seq[conversation_id] != end
            ]
            if behind:
                yield f"{room.name}: {end - 1} were told; {len(behind)} had less: {behind[:5]}"
            elif room.acknowledged != room.told:
                yield f"{room.name}: the acknowledgements name other numbers than the messages"


class Api:
    """HTTP, one call after another on one connection."""

    def __init__(self, server: Causerie) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)

    def call(self, method: str, path: str, token: str, body: object = None) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._connection.request(
            method, path, msgspec.json.encode(body) if body is not None else None, headers
        )
        answer = self._connection.getresponse()
        content = answer.read()
        assert answer.status in {200, 201}, content
        return msgspec.json.decode(content)

    def close(self) -> None:
        self._connection.close()


def import_users(server: Causerie, usernames: Iterable[str]) -> dict[str, Json]:
    """Make accounts in bulk, as an operator does; gives who they are, by username."""
    names = list(usernames)
    lines = b"\n".join(msgspec.json.encode({"username": name}) for name in names).decode()
    report = server.run("user", "import", "-", text=lines)
    assert report == f"{len(names)} created, 0 existed already, 0 rejected\n"
    token = server.run("user", "token", names[0]).strip()
    found: dict[str, Json] = {}
    with closing(Api(server)) as api:
        for name in names:
            (user,) = api.call("GET", f"/api/v2/users?username={name}", token)["items"]
            found[name] = {"id": user["id"], "username": name}
    return found


def make_rooms(
    server: Causerie, logs: Mapping[str, Sequence[Line]], users: Mapping[str, Json]
) -> dict[str, Room]:
    """Make the conversations with all their people in them; gives the rooms by their ids."""
    rooms = {}
    with closing(Api(server)) as api:
        for name, lines in logs.items():
            room = Room(name, lines, {line.nick: users[line.nick] for line in lines})
            first, *others = [room.users[nick]["id"] for nick in room.nicks]
            body = {"kind": "room", "name": name, "members": others}
            made = api.call("POST", "/api/v2/conversations", token_for(first), body)
            assert made["member_count"] == len(room.nicks)
            rooms[made["id"]] = room
    return rooms


def differences_in_history(server: Causerie, rooms: Mapping[str, Room]) -> Iterator[str]:
    """Read each room from its beginning, page by page, and compare it with what was told."""
    with closing(Api(server)) as api:
        for conversation_id, room in rooms.items():
            token = token_for(room.users[room.nicks[-1]]["id"])
            expected, has_more = 1, True
            while has_more:
                page = api.call(
                    "GET",
                    f"/api/v2/conversations/{conversation_id}/messages"
                    f"?after={expected - 1}&limit={HISTORY_PAGE}",
                    token,
                )
                for message in page["items"]:
                    wrong = room.difference(message)
                    if wrong is not None or message["seq"] != expected:
                        yield f"{room.name}, seq {message['seq']} at {expected}: {wrong}"
                    expected += 1
                has_more = page["has_more"]
            if expected != len(room.lines) + 1:
                yield f"{room.name}: {expected - 1} messages, and {len(room.lines)} were sent"


@contextmanager
def many_descriptors(wanted: int) -> Iterator[None]:
    """Let this process have so many; a system that does not allow it cannot run the test."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"needs {wanted} file descriptors, and the system allows {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def logs() -> dict[str, list[Line]]:
    """What was said, by the rooms' names."""
    found = conversations()
    if not found and os.environ.get("CI") != "true":
        pytest.skip(f"the conversations are not here: {LOGS}")
    assert len(found) == FILES, f"{FILES} files are expected in {LOGS}"
    return found


@pytest.mark.long
@pytest.mark.timeout(240)
def test_real_conversations_reach_every_reader_whole_in_order_and_once(
    logs: dict[str, list[Line]],
) -> None:
    usernames = usernames_for(line.nick for lines in logs.values() for line in lines)
    assert (len(usernames), sum(map(len, logs.values()))) == (NICKS, LINES)

    with many_descriptors(NICKS + SPARE_DESCRIPTORS), a_causerie() as server:
        cards = import_users(server, usernames.values())
        users = {nick: cards[name] for nick, name in usernames.items()}
        rooms = make_rooms(server, logs, users)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            wrong = runner.run(replayed(server, rooms))

        assert wrong == []
        assert list(differences_in_history(server, rooms)) == []


async def replayed(server: Causerie, rooms: Mapping[str, Room]) -> list[str]:
    return await Replay(server, rooms).run()


# --- What the checks above see: each of these is fed something wrong -----------------------------

ADA, BOB = {"id": 1, "username": "ada"}, {"id": 2, "username": "bob"}
TALK = [Line(1, "ada", "one"), Line(2, "ada", "two"), Line(3, "bob", "three")]


class Heard:
    """A talk of three lines, and two who read it, without a network."""

    def __init__(self) -> None:
        self.room = Room("talk", TALK, {"ada": ADA, "bob": BOB})
        self.replay = Replay(Causerie(ROOT, {}), {"room_1": self.room})
        self.replay.ledger.awaited -= len(TALK)  # Nobody sends, and so nothing is acknowledged.

    def frame(self, seq: int, place: int, **different: object) -> bytes:
        line = TALK[place]
        message = {
            "conversation_id": "room_1",
            "seq": seq,
            "sender": self.room.users[line.nick],
            "content": line.text,
            "client_id": self.room.key_of(place),
            **different,
        }
        payload = msgspec.json.encode({"type": "message", "data": message})
        return bytes((TEXT, 126)) + len(payload).to_bytes(2, "big") + payload

    def talk(self) -> list[bytes]:
        return [self.frame(1, 0), self.frame(2, 1), self.frame(3, 2)]

    def tell(self, nick: str, frames: Iterable[bytes]) -> None:
        reader, stream = self.replay.readers[nick], b"".join(frames)
        assert reader.read_frames(stream, 0) == len(stream)

    def wrong(self) -> list[str]:
        self.room.acknowledged = dict(self.room.told)
        return [*self.replay.ledger.complaints, *self.replay.lacking()]


@pytest.fixture
async def heard() -> Heard:
    return Heard()


def test_two_who_are_told_all_have_nothing_to_complain_of(heard: Heard) -> None:
    heard.tell("ada", heard.talk())
    before = heard.replay.ledger.over.is_set()
    heard.tell("bob", heard.talk())

    assert heard.wrong() == []
    assert not before
    assert heard.replay.ledger.over.is_set()


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda h, t: t[:1] + t[2:], "had only what is before 2: lost"),
        (lambda h, t: t[:2], "3 were told; 1 had less: ['bob (2)']"),
        (lambda h, t: t[:2] + t[1:], "had what is before 3: repeated"),
        (lambda h, t: [t[1], t[0], t[2]], "had only what is before 1: lost, or out of order"),
        (lambda h, t: [*t[:2], h.frame(3, 2, content="thre")], "says 'thre' and not 'three'"),
        (lambda h, t: [*t[:2], h.frame(3, 2, sender=ADA)], "and not from bob"),
        (lambda h, t: [*t[:2], h.frame(3, 1)], "is line 1 for one, 2 for another"),
        (lambda h, t: [*t, h.frame(4, 2)], "outside of 1 to 3"),
        (lambda h, t: [*t, h.frame(1, 0, conversation_id="room_2")], "no such room"),
        (lambda h, t: [*t[:2], h.frame(3, 2, client_id="x")], "nobody sent the key 'x'"),
    ],
    ids=["lost", "end lost", "twice", "swapped", "text", "sender", "other", "more", "room", "key"],
)
def test_one_who_is_told_something_else_is_noticed(
    heard: Heard, spoil: Callable[[Heard, list[bytes]], list[bytes]], complaint: str
) -> None:
    heard.tell("ada", heard.talk())
    heard.tell("bob", spoil(heard, heard.talk()))

    assert complaint in "\n".join(heard.wrong())


@pytest.mark.parametrize(
    ("places", "complaint"),
    [
        ([1, 0, 2], "line 0 of ada comes after line 1: twice, or out of order"),
        ([0, 0, 2], "line 0 of ada comes after line 0: twice, or out of order"),
    ],
    ids=["another order than the writer's", "a line twice"],
)
def test_what_is_wrong_for_all_alike_is_noticed(
    heard: Heard, places: list[int], complaint: str
) -> None:
    for nick in ("ada", "bob"):
        heard.tell(nick, [heard.frame(seq, place) for seq, place in enumerate(places, start=1)])

    assert complaint in "\n".join(heard.wrong())


def test_an_acknowledgement_with_another_number_is_noticed(heard: Heard) -> None:
    heard.tell("ada", heard.talk())
    heard.tell("bob", heard.talk())
    heard.room.acknowledged = {1: 0, 2: 2, 3: 1}

    assert list(heard.replay.lacking()) == [
        "talk: the acknowledgements name other numbers than the messages"
    ]
