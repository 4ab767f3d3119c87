"""What follows a notice: the user's own sockets hear of it; and what commits and readings bring."""

from __future__ import annotations

from typing_extensions import override

from causerie.conversations import Kind, ReadMoved
from causerie.foundation.events import Events
from causerie.foundation.identity import UserId
from causerie.foundation.realtime import Hub, in_parts
from causerie.gateway.ports import SocketsElsewhere
from causerie.gateway.vocabulary import Vocabulary
from causerie.messages import Message, MessageEdited, MessagesSent, ThreadRead
from causerie.notifications.events import NotificationRaised
from causerie.notifications.ports import Notices, Speech, Watching
from causerie.notifications.service import Noticer
from causerie.notifications.wire import WireNotification, raised_payload
from causerie.receipts import NOTIFICATIONS, PreferenceSet

MAX_TOLD = (
    10_000  # Of the last minutes. Forgotten, one is told of twice where nodes lost each other.
)


def teach_v2(vocabulary: Vocabulary) -> None:
    """Say in v2 what users are told."""
    vocabulary.say(NotificationRaised, raised_payload, name="notification", data=WireNotification)


def _calls(message: Message) -> bool:
    # Of a large room only those named stand on the message.
    return bool(message.mentions) or message.audience is not None


def listen(events: Events, noticer: Noticer) -> None:
    """Hear of every commit that may be news to somebody."""

    def sent(event: MessagesSent) -> None:
        noticer.note_said(
            event.conversation_id,
            is_direct=event.messages[0].kind is Kind.DIRECT,
            has_mentions=any(map(_calls, event.messages)),
            has_replies=any(message.parent_id is not None for message in event.messages),
        )

    def edited(event: MessageEdited) -> None:
        if _calls(event.message):
            noticer.note_said(event.message.conversation_id, is_direct=False, has_mentions=True)

    def preferred(event: PreferenceSet) -> None:
        if event.preference.key == NOTIFICATIONS:
            noticer.look_again()

    events.listen(MessagesSent, sent)
    events.listen(MessageEdited, edited)
    events.listen(PreferenceSet, preferred)
    events.listen(
        ReadMoved, lambda event: noticer.note_read(event.user_id, event.conversation_id, event.seq)
    )
    events.listen(
        ThreadRead,
        lambda event: noticer.note_thread_read(event.user_id, event.message_id, event.seq),
    )


class Tellings:
    """Tells sockets of notices, each once: one that went unheard is looked up, and rings a bell."""

    def __init__(self, hub: Hub, notices: Notices, speech: Speech) -> None:
        self._hub = hub
        self._notices = notices
        self._speech = speech
        self._told: dict[int, None] = {}

    def listen(self, events: Events) -> None:
        """Hear of every commit, here and at other nodes."""
        events.listen(NotificationRaised, self.raised)
        self._hub.on_user_event(NotificationRaised, self.heard)
        self._hub.on_missed(self.look)

    def raised(self, event: NotificationRaised) -> None:
        """Tell the user at all nodes."""
        self._note(event)
        self._hub.send_to_user(event.user_id, event)

    def heard(self, event: NotificationRaised) -> None:
        """Tell the user here, unless that was done."""
        if event.notice.id not in self._told:
            self._note(event)
            self._hub.send_to_readers(self._hub.readers_of(event.user_id), event)

    async def look(self, seconds: float) -> None:
        """Tell of the last so many seconds what is not read yet. Raises ``Unavailable``."""
        for users in in_parts(self._hub.users()):
            found = await self._notices.since(users, seconds=seconds)
            new = [notice for notice in found if notice.id not in self._told]
            said = await self._speech.by_ids([n.message_id for n in new if n.message_id])
            for notice in new:
                about = None if notice.message_id is None else said.get(notice.message_id)
                self.heard(NotificationRaised(notice, about))

    def _note(self, event: NotificationRaised) -> None:
        self._told[event.notice.id] = None
        if len(self._told) > MAX_TOLD:
            del self._told[next(iter(self._told))]


class OpenSockets(Watching):
    """Who has a socket, here or at another node."""

    def __init__(self) -> None:
        self._hub: Hub | None = None
        self._elsewhere: SocketsElsewhere | None = None

    def look_at(self, hub: Hub, elsewhere: SocketsElsewhere | None) -> None:
        """Take what is made later; None: there are no other nodes."""
        self._hub, self._elsewhere = hub, elsewhere

    @override
    async def is_looking(self, user_id: UserId) -> bool:
        if self._hub is not None and self._hub.readers_of(user_id):
            return True
        return self._elsewhere is not None and (await self._elsewhere.count(user_id, ""))[0] > 0
