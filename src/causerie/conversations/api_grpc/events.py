"""The stream of events: where all stand, what was missed, and what happens, without a hole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from typing_extensions import override

from causerie.conversations.model import ConversationView, Person, parse_wire_id, wire_id
from causerie.conversations.wire import conversation_out, person_out
from causerie.foundation.errors import Invalid, NotFound
from causerie.foundation.identity import MAX_ID, ConversationId
from causerie.foundation.realtime import Hub, Variant
from causerie.foundation.telemetry import metrics
from causerie.gateway.grpc import Call, Service, Streaming, StreamTongue, framed, shaped, words_of
from causerie.gateway.session import Session, Work
from causerie.v1 import accounts_pb2, conversations_pb2
from causerie.v1 import events_pb2 as pb

# Of one conversation: a night of a busy room. They are read page by page as the caller takes them;
# this bounds how long a stream may be behind before the history is the better way.
MAX_RESUMED_MESSAGES = 100_000
MAX_POSITIONS = 10_000  # More conversations than anybody is in; 400 KB.


class Followers(Protocol):
    """Has a session follow its user's conversations."""

    async def follow_all(
        self, session: Session
    ) -> tuple[Person | None, Sequence[ConversationView]]:
        """Follow all of them, held; nobody where the session is gone."""
        ...


def event_words() -> Variant:
    """How the hub encodes events for streams."""
    return words_of(pb.StreamEventsResponse)


def event_service(followers: Followers, hub: Hub) -> Service:
    """The one service whose answers go on."""

    def speech(_call: Call, request: pb.StreamEventsRequest) -> EventTongue:
        return EventTongue(positions_in(request), followers, hub)

    return Service(
        pb.DESCRIPTOR.services_by_name["EventService"], {"StreamEvents": Streaming(speech)}
    )


def positions_in(
    request: pb.StreamEventsRequest,
) -> Mapping[ConversationId, tuple[int, int | None]]:
    """The seq and the rev that the caller holds. What is no conversation's id is left out.

    Raises ``Invalid``.
    """
    if len(request.positions) > MAX_POSITIONS:
        raise Invalid("positions", f"Must be {MAX_POSITIONS} at most")
    held: dict[ConversationId, tuple[int, int | None]] = {}
    for position in request.positions:
        rev = position.rev if position.HasField("rev") else None
        for field, number in (("seq", position.seq), ("rev", rev or 0)):
            if not 0 <= number <= MAX_ID:
                raise Invalid(f"positions.{field}", f"Must lie between 0 and {MAX_ID}")
        with suppress(NotFound):
            held[parse_wire_id(position.conversation_id).id] = (position.seq, rev)
    return held


class EventTongue(StreamTongue):
    """What one stream says of itself; all else is the hub's."""

    def __init__(
        self,
        held: Mapping[ConversationId, tuple[int, int | None]],
        followers: Followers,
        hub: Hub,
    ) -> None:
        self._held = held
        self._followers = followers
        self._hub = hub

    @override
    def opened(self, session: Session) -> Work:
        return self._greet(session)

    async def _greet(self, session: Session) -> None:
        me, views = await self._followers.follow_all(session)
        if me is None:
            return
        # From here on nothing is awaited: what happens later comes as an event.
        session.is_greeted = True
        resumed = [self._rewind(session, view) for view in views if view.id in self._held]
        opened = pb.StreamOpened(
            session_id=session.id,
            user=shaped(accounts_pb2.User, person_out(me)),
            conversations=[
                shaped(conversations_pb2.Conversation, conversation_out(view)) for view in views
            ],
            resumed=resumed,
        )
        session.say(framed(pb.StreamEventsResponse, "opened", opened))
        self._hub.release(session)

    def _rewind(self, session: Session, view: ConversationView) -> pb.Resumed:
        seq, rev = self._held[view.id]
        rev = view.rev if rev is None else rev
        missed, changed = view.last_seq - seq, view.rev - rev
        # Ahead of us: the caller has seen a state that is gone (a restored backup).
        is_reset = not all(0 <= behind <= MAX_RESUMED_MESSAGES for behind in (missed, changed))
        if not is_reset:
            self._hub.rewind(session, view.id, seq=seq, rev=rev)
        metrics.RESUMES.labels("reset" if is_reset else "resumed").inc()
        return pb.Resumed(
            conversation_id=wire_id(view.kind, view.id),
            last_seq=view.last_seq,
            rev=view.rev,
            missed=0 if is_reset else missed,
            reset=is_reset,
        )
