"""What follows a notice: the user's own sockets hear of it; and what commits and readings bring."""

from __future__ import annotations

from typing_extensions import override

from causerie.conversations import Kind, ReadMoved
from causerie.foundation.events import Events
from causerie.foundation.identity import UserId
from causerie.foundation.realtime import Hub
from causerie.gateway.vocabulary import Vocabulary
from causerie.messages import Message, MessageEdited, MessagesSent, ThreadRead
from causerie.notifications.events import NotificationRaised
from causerie.notifications.ports import Watching
from causerie.notifications.service import Noticer
from causerie.notifications.wire import WireNotification, raised_payload


def teach_v2(vocabulary: Vocabulary) -> None:
    """Say in v2 what users are told."""
    vocabulary.say(NotificationRaised, raised_payload, name="notification", data=WireNotification)


def _calls(message: Message) -> bool:
    # Of a large room only those named stand on the message.
    return bool(message.mentions) or message.audience is not None


def listen(hub: Hub, events: Events, noticer: Noticer) -> None:
    """Hear of every commit, and tell sockets."""

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

    events.listen(MessagesSent, sent)
    events.listen(MessageEdited, edited)
    events.listen(
        ReadMoved, lambda event: noticer.note_read(event.user_id, event.conversation_id, event.seq)
    )
    events.listen(
        ThreadRead,
        lambda event: noticer.note_thread_read(event.user_id, event.message_id, event.seq),
    )
    events.listen(NotificationRaised, lambda event: hub.send_to_user(event.notice.user_id, event))


class OpenSockets(Watching):
    """Who has a socket here."""

    def __init__(self) -> None:
        self._hub: Hub | None = None

    def look_at(self, hub: Hub) -> None:
        """Take the hub, which is made later."""
        self._hub = hub

    @override
    def is_looking(self, user_id: UserId) -> bool:
        return self._hub is not None and bool(self._hub.readers_of(user_id))
