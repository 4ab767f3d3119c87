"""What follows a commit: changes to the hub, and sessions to where they now belong."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence

import structlog
from typing_extensions import override

from causerie.conversations.events import (
    ConversationOpened,
    ConversationUpdated,
    MemberJoined,
    MemberLeft,
    PersonChanged,
    ReadMoved,
)
from causerie.conversations.model import Change, ChangeKind, ConversationView, Person
from causerie.conversations.ports import Positions, Store
from causerie.conversations.service import ConversationService
from causerie.conversations.wire import (
    WireConversation,
    WireHello,
    WireMemberChange,
    WirePerson,
    WireRead,
    WireUpdate,
    hello_payload,
    joined_payload,
    left_payload,
    opened_payload,
    person_payload,
    read_payload,
    updated_payload,
)
from causerie.foundation.clock import Clock
from causerie.foundation.events import Event, Events
from causerie.foundation.identity import ConversationId, Rev, Seq, UserId
from causerie.foundation.realtime import Entry, Hub
from causerie.gateway.closing import SERVICE_RESTART
from causerie.gateway.session import Session
from causerie.gateway.v2 import Greeting
from causerie.gateway.vocabulary import Vocabulary

log = structlog.get_logger()

MAX_SNAPSHOTS = 8  # A greeting that is outdated this often in a row asks the client to come back.
MAX_MOVES = 10_000  # Of the last moments; an announcement is late by milliseconds.
RETRY_SECONDS = 0.5  # While the database is away, who connects waits.
NOBODY = UserId(0)  # A viewer who is in no conversation: for what is the same for all viewers.

_Place = tuple[ConversationId, UserId]


class Broadcast:
    """Turns what happened to conversations into numbered entries, and moves sessions."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        # By conversation and user, the oldest first: the rev of the latest departure, and the one
        # that a view had in which the user was there.
        self._departures: dict[_Place, Rev] = {}
        self._arrivals: dict[_Place, Rev] = {}

    def listen(self, events: Events) -> None:
        """Hear of every commit."""
        events.listen_everywhere(ConversationOpened, self.opened)
        events.listen(MemberJoined, self.changed)
        events.listen(ConversationUpdated, self.changed)
        events.listen(MemberLeft, self.left)
        events.listen_everywhere(MemberLeft, self.part)
        events.listen(ReadMoved, self.read)

    def opened(self, event: ConversationOpened) -> None:
        """Tell all sockets of a user of a conversation that is now theirs, and let them follow."""
        view = event.view
        if view.rev < self._departures.get((view.id, event.viewer), 0):
            return  # Announced late: the user is out again, and must not follow.
        _note_latest(self._arrivals, (view.id, event.viewer), view.rev)
        for reader in self._hub.readers_of(event.viewer):
            if view.id in reader.topics:
                continue  # Its hello, or another event, has told it.
            self._hub.send_to_reader(reader, event)
            if not (isinstance(reader, Session) and not reader.tongue.follows_all):
                self._hub.attach(reader, view.id, seq=view.last_seq, rev=view.rev)

    def changed(self, event: MemberJoined | ConversationUpdated) -> None:
        """Bring a change to those who follow."""
        self._hub.publish(event.conversation_id, (_entry(event),))

    def left(self, event: MemberLeft) -> None:
        """Bring the change to those who follow."""
        self._hub.publish(event.conversation_id, (_entry(event),))

    def part(self, event: MemberLeft) -> None:
        """Have the sockets of the one who left follow no more; they are told it last of all."""
        place = (event.conversation_id, event.user.id)
        _note_latest(self._departures, place, event.rev)
        if event.rev < self._arrivals.get(place, 0):
            return  # Heard late, of another node: the user is in again.
        for reader in self._hub.readers_of(event.user.id):
            self._hub.detach(reader, event.conversation_id, last_word=_entry(event))

    def read(self, event: ReadMoved) -> None:
        """Tell the user's other sockets, and in a small conversation everyone."""
        if event.is_private:
            self._hub.send_to_user(event.user_id, event)
            return
        self._hub.send_to_topic(event.conversation_id, event, user_id=event.user_id)


def teach_v2(vocabulary: Vocabulary) -> None:
    """Say in v2 what happened to conversations."""
    say = vocabulary.say
    say(ConversationOpened, opened_payload, name="conversation_created", data=WireConversation)
    say(MemberJoined, joined_payload, name="member_joined", data=WireMemberChange)
    say(MemberLeft, left_payload, name="member_left", data=WireMemberChange)
    say(ConversationUpdated, updated_payload, name="conversation_updated", data=WireUpdate)
    say(PersonChanged, person_payload, name="user_updated", data=WirePerson)
    say(ReadMoved, read_payload, name="read", data=WireRead)
    vocabulary.describe("hello", WireHello, "The server speaks first, and says where all stand.")


def _note_latest(moves: dict[_Place, Rev], place: _Place, rev: Rev) -> None:
    moves[place] = max(rev, moves.pop(place, Rev(0)))
    if len(moves) > MAX_MOVES:
        del moves[next(iter(moves))]


def _entry(event: MemberJoined | MemberLeft | ConversationUpdated) -> Entry:
    return Entry(event, rev=event.rev, after_seq=event.after_seq)


class Welcome(Greeting):
    """Says ``hello``: subscribes first, reads the state then, and sends what came meanwhile last."""

    def __init__(
        self,
        hub: Hub,
        service: ConversationService,
        clock: Clock,
        *,
        heartbeat_interval_seconds: int,
    ) -> None:
        self._hub = hub
        self._service = service
        self._clock = clock
        self._heartbeat_interval_seconds = heartbeat_interval_seconds

    @override
    async def greet(self, session: Session) -> None:
        me, views = await self.follow_all(session)
        if me is None:
            return
        session.is_greeted = True
        hello = hello_payload(
            me,
            views,
            session_id=session.id,
            heartbeat_interval=self._heartbeat_interval_seconds,
            server_time=self._clock.now(),
        )
        session.say(hello)

    async def follow_all(
        self, session: Session
    ) -> tuple[Person | None, Sequence[ConversationView]]:
        """Follow all conversations of the session's user, held, from the state that is given.

        Nothing is awaited after that state was found to be whole: what happens later is an event.
        """
        for _ in range(MAX_SNAPSHOTS):
            session.is_stale = False
            try:
                arrival = await self._service.find_arrival(session.user_id)
                ids = arrival.positions if arrival else ()
                self._follow(session, ids)
                views = await self._service.snapshot(session.user_id, tuple(ids))
            except Exception as error:
                if not session.is_open:
                    break
                log.warning("greeting_delayed", error_type=type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if not session.is_open or arrival is None:
                break
            # Stale: a conversation was opened or closed for the user since we began to read.
            if not session.is_stale and {view.id for view in views} == set(session.topics):
                for view in views:
                    self._hub.place(session, view.id, seq=view.last_seq, rev=view.rev)
                return arrival.person, views
        session.close(SERVICE_RESTART.code, "Come back")
        return None, ()

    def _follow(self, session: Session, ids: Collection[ConversationId]) -> None:
        for topic_id in session.topics:
            if topic_id not in ids:
                self._hub.detach(session, topic_id)
        for topic_id in ids:
            self._hub.follow(session, topic_id)

    async def positions(self, user_id: UserId) -> Mapping[ConversationId, Seq]:
        """The last seq of each conversation of a user, for one who is about to be let in."""
        arrival = await self._service.find_arrival(user_id)
        return arrival.positions if arrival else {}

    def go_back(self, session: Session, views: Sequence[ConversationView]) -> None:
        """Send, at the release, also what came since the session was let in."""
        since, session.since = session.since, None
        if since is None:
            return
        for view in views:
            # One that was not there yet is new to the user: what is unread came after it.
            seq = since.get(view.id, view.read_seq)
            if seq < view.last_seq:
                self._hub.rewind(session, view.id, seq=seq, rev=view.rev)

    @override
    def release(self, session: Session) -> None:
        self._hub.release(session)


class ConversationTopics:
    """What the tables hold of a topic; messages ask for it when a reader comes back."""

    def __init__(self, store: Store, positions: Positions) -> None:
        self._store = store
        self._positions = positions

    async def positions(
        self, ids: Sequence[ConversationId]
    ) -> Mapping[ConversationId, tuple[Seq, Rev]]:
        """The newest numbers of many."""
        return await self._positions.numbers_of(ids)

    async def position(self, conversation_id: ConversationId) -> tuple[Seq, Rev]:
        """The newest numbers, from one moment."""
        view = await self._now(conversation_id)
        return view.last_seq, view.rev

    async def changes_between(
        self, conversation_id: ConversationId, *, after: Rev, upto: Rev, limit: int
    ) -> Sequence[Change]:
        """Changes with ``after < rev <= upto``, in order."""
        return await self._store.changes_since(conversation_id, after, upto=upto, limit=limit)

    async def events_of(
        self, conversation_id: ConversationId, changes: Sequence[Change]
    ) -> Mapping[Rev, Event]:
        """The event of each change, with the state of now."""
        if not changes:
            return {}
        view = await self._now(conversation_id)
        ids = {UserId(c.subject) for c in changes if c.kind in _ABOUT_PEOPLE}
        people = {person.id: person for person in await self._store.people(list(ids))}
        return {c.rev: _event_of(c, view, people) for c in changes}

    async def _now(self, conversation_id: ConversationId) -> ConversationView:
        (view,) = await self._store.seen_by(NOBODY, [conversation_id])
        return view


_ABOUT_PEOPLE: Mapping[str, type[MemberJoined | MemberLeft]] = {
    ChangeKind.MEMBER_JOINED: MemberJoined,
    ChangeKind.MEMBER_LEFT: MemberLeft,
}


def _event_of(
    change: Change, view: ConversationView, people: Mapping[UserId, Person]
) -> MemberJoined | MemberLeft | ConversationUpdated:
    about = _ABOUT_PEOPLE.get(change.kind)
    if about is not None:
        person = people[UserId(change.subject)]
        return about(view.id, view.kind, person, change.rev, view.last_seq)
    return ConversationUpdated(
        conversation_id=view.id,
        kind=view.kind,
        rev=change.rev,
        after_seq=view.last_seq,
        name=view.name,
        visibility=view.visibility,
        topic=view.topic,
        last_seq=view.last_seq,
        member_count=view.member_count,
        created_at=view.created_at,
        archived=view.archived,
    )
