"""Builds the older dialects for assembly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from typing_extensions import override

from causerie.conversations import ConversationService, MemberLeft
from causerie.dialects import phoenix
from causerie.dialects.v1 import NAME, V1, Followers, Names, is_command, teach
from causerie.foundation.events import Events
from causerie.foundation.identity import Principal
from causerie.foundation.postgres import Database, MigrationSource
from causerie.foundation.realtime import Encoder, Hub
from causerie.gateway import undecided
from causerie.gateway.router import Router
from causerie.gateway.session import Attendance, Dialect, Session
from causerie.gateway.undecided import Undecided
from causerie.gateway.vocabulary import Vocabulary
from causerie.limits import ActionLimits
from causerie.messages import MessageService, SendLimit
from causerie.notifications import NotificationDesk, NotificationRaised

MIGRATIONS = MigrationSource(schema="phoenix", package="causerie.dialects.phoenix")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialects:
    """What must be there before the hub: the words; and then the tongues themselves."""

    names: Names
    encoders: Mapping[str, Encoder]

    def v1(
        self,
        *,
        messages: MessageService,
        conversations: ConversationService,
        followers: Followers,
        limit: SendLimit,
        actions: ActionLimits,
        max_message_bytes: int,
    ) -> V1:
        """What stands behind ``/ws/v1``."""
        return V1(
            messages=messages,
            conversations=conversations,
            followers=followers,
            limit=limit,
            actions=actions,
            names=self.names,
            max_message_bytes=max_message_bytes,
        )

    @staticmethod
    def either(*, old: V1, new: Dialect) -> Undecided:
        """What stands behind ``/``."""
        return Undecided(is_old=is_command, old=old, new=new)

    @staticmethod
    def waiting_for(new: Dialect) -> Undecided:
        """What stands behind ``/`` for who cannot speak v1."""
        return Undecided(is_old=lambda _payload: False, old=new, new=new)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoenixNeeds:
    """What Phoenix stands on."""

    database: Database
    hub: Hub
    router: Router
    events: Events
    conversations: ConversationService
    messages: MessageService
    words: phoenix.Words  # those of v2
    desk: NotificationDesk
    max_message_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoenixDoor:
    """What stands behind ``/socket/websocket``: a tongue for each version."""

    tongues: Mapping[str, Dialect]
    attendance: Attendance  # Who is to hear of sockets, beside those who hear already.


class _UnreadNotices(phoenix.Notices):
    """The desk's list."""

    def __init__(self, desk: NotificationDesk) -> None:
        self._desk = desk

    @override
    async def unread(self, who: Principal, *, limit: int) -> Sequence[NotificationRaised]:
        items, _ = await self._desk.page(who, before=None, unread_only=True, limit=limit)
        return [NotificationRaised(notice, said) for notice, said in reversed(items)]


class _Attended(Attendance):
    def __init__(self, others: Attendance, watchers: phoenix.Watchers) -> None:
        self._others = others
        self._watchers = watchers

    @override
    def came(self, session: Session) -> None:
        self._others.came(session)

    @override
    def acted(self, session: Session) -> None:
        self._others.acted(session)

    @override
    def left(self, session: Session, topics: Sequence[int]) -> None:
        self._watchers.forget(session)
        self._others.left(session, topics)


def phoenix_encoders(words: phoenix.Words) -> Mapping[str, Encoder]:
    """What the hub's events are made of for Phoenix; ``words`` are those of v2."""
    return {s.name: phoenix.PhoenixWords(words, s) for s in (phoenix.V1(), phoenix.V2())}


def build_phoenix(
    needs: PhoenixNeeds, watchers: phoenix.Watchers, seen: phoenix.Seen, others: Attendance
) -> PhoenixDoor:
    """Build both versions, once the router is filled."""
    channels = phoenix.Channels(
        hub=needs.hub,
        router=needs.router,
        conversations=needs.conversations,
        messages=needs.messages,
        deliveries=phoenix.Deliveries(needs.database),
        watchers=watchers,
        seen=seen,
        notices=_UnreadNotices(needs.desk),
    )
    tongues = {
        version: phoenix.Phoenix(
            serializer,
            router=needs.router,
            channels=channels,
            words=phoenix.PhoenixWords(needs.words, serializer),
            max_message_bytes=needs.max_message_bytes,
        )
        for version, serializer in (("1.0.0", phoenix.V1()), ("2.0.0", phoenix.V2()))
    }
    needs.events.listen_everywhere(MemberLeft, phoenix.Closing(needs.hub).left)
    return PhoenixDoor(tongues=tongues, attendance=_Attended(others, watchers))


def build(events: Events) -> Dialects:
    """Teach v1 its words; ``encoders`` are for the hub, beside those of v2."""
    names = Names()
    names.listen(events)
    words = Vocabulary()
    teach(words, names)
    return Dialects(names=names, encoders={NAME: words, undecided.NAME: Vocabulary()})
