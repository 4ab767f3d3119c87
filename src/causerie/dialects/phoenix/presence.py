"""Presence by channel, as ``Presence`` of ``phoenix.js`` keeps it.

A user has one entry under one ``phx_ref``: an entry that comes anew takes the place of the old one,
whatever it said, and a leave takes it away. So nothing needs to be remembered of what was told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

import msgspec

from causerie.dialects.phoenix.wire import CONVERSATION, USER, Serializer
from causerie.foundation.clock import rfc3339
from causerie.foundation.events import Event
from causerie.foundation.identity import UserId
from causerie.foundation.realtime import Hub, Reader
from causerie.gateway.session import Session
from causerie.presence import Presence, PresenceChanged, Status

STATE = b"presence_state"
DIFF = b"presence_diff"
AWAY = frozenset({Status.OFFLINE, Status.INVISIBLE})
MAX_IDLE_NAMES = 10_000  # Some 1 MB, of conversations that nobody here follows any more.


class ChannelNames:
    """What conversations are called on the wire, for as long as somebody follows them here."""

    def __init__(self, is_followed: Callable[[int], bool]) -> None:
        self._is_followed = is_followed
        self._names: dict[int, str] = {}
        self._look_from = MAX_IDLE_NAMES

    def __len__(self) -> int:
        return len(self._names)

    def learn(self, topic_id: int, name: str) -> None:
        """Remember one; those that nobody follows any more go, when there are many."""
        if len(self) >= self._look_from:
            kept = {topic: self._names[topic] for topic in self._names if self._is_followed(topic)}
            self._names = kept
            # Not before as many again have come: all told, each is looked at once.
            self._look_from = 2 * len(self) + MAX_IDLE_NAMES
        self._names[topic_id] = name

    def find(self, topic_id: int) -> str | None:
        """What a conversation is called."""
        return self._names.get(topic_id)


class Watchers:
    """Who watches whom: channels of conversations by what their sockets follow, users' by their peers."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._names = ChannelNames(self._is_followed)
        self._of_peer: dict[UserId, set[Session]] = {}
        self._peers: dict[Session, frozenset[UserId]] = {}

    def learn(self, topic_id: int, name: str) -> None:
        """Remember what a conversation is called on the wire."""
        self._names.learn(topic_id, name)

    def watch(self, session: Session, peers: Iterable[UserId]) -> None:
        """Have a user's channel hear of these people."""
        self.forget(session)
        self._peers[session] = frozenset(peers)
        for peer in self._peers[session]:
            self._of_peer.setdefault(peer, set()).add(session)

    def forget(self, session: Session) -> None:
        """Hear that a session has left its user's channel, or is gone."""
        for peer in self._peers.pop(session, ()):
            watching = self._of_peer[peer]
            watching.discard(session)
            if not watching:
                del self._of_peer[peer]

    def told(self, user_id: UserId, topics: Sequence[int], event: Event) -> None:
        """Tell the channels what the other dialects were told of somebody."""
        if not isinstance(event, PresenceChanged):
            return
        diff = _encode(_diff_of(event.presence))
        for topic_id in topics:
            name = self._names.find(topic_id)
            if name is not None:
                self._tell(self._hub.followers(topic_id), CONVERSATION + name, diff)
        for session in tuple(self._of_peer.get(user_id, ())):
            self._tell((session,), f"{USER}{session.user_id}", diff)

    def _is_followed(self, topic_id: int) -> bool:
        return next(iter(self._hub.followers(topic_id)), None) is not None

    @staticmethod
    def _tell(readers: Iterable[Reader], topic: str, diff: bytes) -> None:
        # One's own sockets too: in a channel of Phoenix one is among those who are there.
        for reader in readers:
            serializer = serializer_of(reader)
            if serializer is not None:
                reader.say(serializer.write(topic, DIFF, diff))  # type: ignore[attr-defined] # a Session


def serializer_of(reader: Reader) -> Serializer | None:
    """The serializer that a session speaks; None where it is of another dialect."""
    tongue = reader.tongue if isinstance(reader, Session) else None
    return getattr(tongue, "serializer", None)


def state_payload(presences: Sequence[Presence]) -> bytes:
    """The payload of ``presence_state``: who is there."""
    return _encode({str(p.user_id): _metas(p) for p in presences if p.status not in AWAY})


def _diff_of(presence: Presence) -> dict[str, object]:
    entry = {str(presence.user_id): _metas(presence)}
    if presence.status in AWAY:
        return {"joins": {}, "leaves": entry}
    return {"joins": entry, "leaves": {}}


def _metas(presence: Presence) -> dict[str, object]:
    last = presence.last_active_at
    meta = {
        "phx_ref": str(presence.user_id),
        "status": presence.status,
        "last_active_at": None if last is None else _time(last),
        "at": _time(presence.at),
    }
    return {"metas": [meta]}


def _time(seconds: float) -> str:
    return rfc3339(datetime.fromtimestamp(seconds, UTC))


_encode = msgspec.json.Encoder().encode
