"""What follows a commit: messages and their changes to the hub; and the truth behind its topics."""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from causerie.foundation.events import Events
from causerie.foundation.identity import ConversationId, Rev, Seq
from causerie.foundation.realtime import Entry, Hub, Source
from causerie.gateway.vocabulary import Vocabulary
from causerie.messages.events import MessageDeleted, MessageEdited, MessageSent, MessagesSent
from causerie.messages.model import ChangeKind, Message
from causerie.messages.ports import MessageStore, Topics
from causerie.messages.wire import deleted_payload, edited_payload, sent_payload

_ABOUT_MESSAGES: Mapping[str, type[MessageEdited | MessageDeleted]] = {
    ChangeKind.EDITED: MessageEdited,
    ChangeKind.DELETED: MessageDeleted,
}


class Broadcast:
    """Turns what happened to messages into numbered entries of their conversation's topic."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def listen(self, events: Events) -> None:
        """Hear of every commit."""
        events.listen(MessagesSent, self.sent)
        events.listen(MessageEdited, self.changed)
        events.listen(MessageDeleted, self.changed)

    def sent(self, event: MessagesSent) -> None:
        """Bring new messages to those who follow."""
        self._hub.publish(event.conversation_id, [entry_of(m) for m in event.messages])

    def changed(self, event: MessageEdited | MessageDeleted) -> None:
        """Bring a change to those who follow."""
        self._hub.publish(event.message.conversation_id, (_entry_of_change(event),))


def teach_v2(vocabulary: Vocabulary) -> None:
    """Say in v2 what happened to messages."""
    vocabulary.say(MessageSent, sent_payload)
    vocabulary.say(MessageEdited, edited_payload)
    vocabulary.say(MessageDeleted, deleted_payload)


def entry_of(message: Message) -> Entry:
    """A new message as an entry."""
    return Entry(MessageSent(message), seq=message.seq, text_bytes=len(message.content))


def _entry_of_change(event: MessageEdited | MessageDeleted) -> Entry:
    return Entry(
        event,
        rev=event.rev,
        after_seq=event.after_seq,
        text_bytes=len(event.message.content),
    )


class CommittedSource(Source):
    """What the database holds of a topic, for readers that come back and for holes."""

    def __init__(self, store: MessageStore, topics: Topics) -> None:
        self._store = store
        self._topics = topics

    @override
    async def position(self, topic_id: int) -> tuple[int, int]:
        return await self._topics.position(ConversationId(topic_id))

    @override
    async def messages(self, topic_id: int, *, after: int, upto: int, limit: int) -> list[Entry]:
        found = await self._store.messages_between(
            ConversationId(topic_id), after=after, upto=upto, limit=limit
        )
        return [entry_of(message) for message in found]

    @override
    async def changes(self, topic_id: int, *, after: int, upto: int, limit: int) -> list[Entry]:
        conversation_id = ConversationId(topic_id)
        changes = await self._topics.changes_between(
            conversation_id, after=Rev(after), upto=Rev(upto), limit=limit
        )
        about_messages = [c for c in changes if c.kind in _ABOUT_MESSAGES]
        messages = await self._store.by_ids([c.subject for c in about_messages])
        last_seq = Seq((await self._topics.position(conversation_id))[0])
        others = await self._topics.events_of(
            conversation_id, [c for c in changes if c.kind not in _ABOUT_MESSAGES]
        )
        entries: list[Entry] = []
        for change in changes:
            about = _ABOUT_MESSAGES.get(change.kind)
            if about is not None:
                message = messages[change.subject]
                entries.append(_entry_of_change(about(message, change.rev, last_seq, change.actor)))
            else:
                entries.append(Entry(others[change.rev], rev=change.rev, after_seq=last_seq))
        return entries
