"""What follows a commit: messages and their changes to the hub; and the truth behind its topics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from typing_extensions import override

from causerie.conversations import Change
from causerie.foundation.events import Event, Events
from causerie.foundation.identity import ConversationId, Rev, Seq
from causerie.foundation.realtime import Entry, Hub, Source, in_parts
from causerie.gateway.vocabulary import Vocabulary
from causerie.messages.events import (
    MessageDeleted,
    MessageEdited,
    MessagePinned,
    MessageSent,
    MessagesSent,
    ReactionAdded,
    ReactionRemoved,
    ScheduledChanged,
    ThreadAttended,
    ThreadRead,
    ThreadUpdated,
    thread_updated,
)
from causerie.messages.model import ChangeKind, Message
from causerie.messages.ports import AroundStore, MessageStore, Moves, Topics
from causerie.messages.wire import (
    WireChangedMessage,
    WireMessage,
    WirePinned,
    WireReactionChange,
    WireScheduled,
    WireThreadAttended,
    WireThreadRead,
    WireThreadUpdated,
    attended_payload,
    deleted_payload,
    edited_payload,
    pinned_payload,
    reaction_added_payload,
    reaction_removed_payload,
    scheduled_payload,
    sent_payload,
    thread_payload,
    thread_read_payload,
)

_REWRITTEN: Mapping[str, type[MessageEdited | MessageDeleted]] = {
    ChangeKind.EDITED: MessageEdited,
    ChangeKind.DELETED: MessageDeleted,
    ChangeKind.FILES: MessageEdited,
}
_REACTED: Mapping[str, type[ReactionAdded | ReactionRemoved]] = {
    ChangeKind.REACTION_ADDED: ReactionAdded,
    ChangeKind.REACTION_REMOVED: ReactionRemoved,
}


class Broadcast:
    """Turns what happened to messages into numbered entries of their conversation's topic."""

    def __init__(self, hub: Hub, moves: Moves) -> None:
        self._hub = hub
        self._moves = moves

    def listen(self, events: Events) -> None:
        """Hear of every commit, and look for what has no number where other nodes were not heard."""
        events.listen(MessagesSent, self.sent)
        events.listen(MessageEdited, self.changed)
        events.listen(MessageDeleted, self.changed)
        events.listen(ReactionAdded, self.around)
        events.listen(ReactionRemoved, self.around)
        events.listen(MessagePinned, self.around)
        events.listen(ThreadUpdated, self.around)
        events.listen(ThreadAttended, self.attended)
        events.listen(ThreadRead, self.attended)
        events.listen(ScheduledChanged, self.scheduled)
        self._hub.on_missed(self.look)

    def sent(self, event: MessagesSent) -> None:
        """Bring new messages to those who follow."""
        self._hub.publish(event.conversation_id, [entry_of(m) for m in event.messages])

    def changed(self, event: MessageEdited | MessageDeleted) -> None:
        """Bring a change to those who follow."""
        self._hub.publish(event.message.conversation_id, (_entry_of_change(event),))

    def around(
        self, event: ReactionAdded | ReactionRemoved | MessagePinned | ThreadUpdated
    ) -> None:
        """Bring what somebody put on a message, or answered to it, to those who follow."""
        entry = Entry(event, rev=event.rev, after_seq=event.after_seq)
        self._hub.publish(event.conversation_id, (entry,))

    def attended(self, event: ThreadAttended | ThreadRead) -> None:
        """Tell the user's other sockets."""
        self._hub.send_to_user(event.user_id, event)

    def scheduled(self, event: ScheduledChanged) -> None:
        """Keep the sender's own devices in step; it has no number, as nobody else hears of it."""
        self._hub.send_to_user(event.scheduled.sender_id, event)

    async def look(self, seconds: float) -> None:
        """Tell people's sockets what they did elsewhere for so long at most. Raises ``Unavailable``."""
        for users in in_parts(self._hub.users()):
            for moved in await self._moves.threads_since(users, seconds=seconds):
                self._hub.hear_of_user(moved.user_id, moved, is_for_greeted=False)
            for changed in await self._moves.scheduled_since(users, seconds=seconds):
                sender_id = changed.scheduled.sender_id
                self._hub.hear_of_user(sender_id, changed, is_for_greeted=False)


def teach_v2(vocabulary: Vocabulary) -> None:
    """Say in v2 what happened to messages."""
    say = vocabulary.say
    say(MessageSent, sent_payload, name="message", data=WireMessage)
    say(MessageEdited, edited_payload, name="message_edited", data=WireChangedMessage)
    say(MessageDeleted, deleted_payload, name="message_deleted", data=WireChangedMessage)
    say(ReactionAdded, reaction_added_payload, name="reaction_added", data=WireReactionChange)
    say(ReactionRemoved, reaction_removed_payload, name="reaction_removed", data=WireReactionChange)
    say(MessagePinned, pinned_payload, name="message_pinned", data=WirePinned)
    say(ThreadUpdated, thread_payload, name="thread_updated", data=WireThreadUpdated)
    say(ThreadAttended, attended_payload, name="thread_attended", data=WireThreadAttended)
    say(ThreadRead, thread_read_payload, name="thread_read", data=WireThreadRead)
    say(ScheduledChanged, scheduled_payload, name="scheduled_message", data=WireScheduled)


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

    def __init__(self, store: MessageStore, around: AroundStore, topics: Topics) -> None:
        self._store = store
        self._around = around
        self._topics = topics

    @override
    async def position(self, topic_id: int) -> tuple[int, int]:
        return await self._topics.position(ConversationId(topic_id))

    @override
    async def positions(self, topic_ids: Sequence[int]) -> Mapping[int, tuple[int, int]]:
        found = await self._topics.positions([ConversationId(i) for i in topic_ids])
        return {int(topic_id): numbers for topic_id, numbers in found.items()}

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
        emojis = await self._around.emojis_of(
            conversation_id, [c.rev for c in changes if c.kind in _REACTED]
        )
        last_seq = Seq((await self._topics.position(conversation_id))[0])
        others = await self._topics.events_of(
            conversation_id, [c for c in changes if c.kind not in _ABOUT_MESSAGES]
        )
        return [
            Entry(others[change.rev], rev=change.rev, after_seq=last_seq)
            if change.rev in others
            else _entry_as_it_is(
                change, messages[change.subject], emojis.get(change.rev, ""), last_seq
            )
            for change in changes
        ]


_ABOUT_MESSAGES = frozenset(ChangeKind)


def _entry_as_it_is(change: Change, message: Message, emoji: str, last_seq: Seq) -> Entry:
    """The event of a change, with the state of now."""
    rewritten = _REWRITTEN.get(change.kind)
    if rewritten is not None:
        return _entry_of_change(rewritten(message, change.rev, last_seq, change.actor))
    place = (message.id, message.conversation_id, message.kind)
    numbers = (change.actor, change.rev, last_seq)
    event: Event
    reacted = _REACTED.get(change.kind)
    if reacted is not None:
        count = next((r.count for r in message.reactions if r.emoji == emoji), 0)
        event = reacted(*place, emoji, count, *numbers)
    elif change.kind == ChangeKind.THREAD:
        event = thread_updated(message, rev=change.rev, after_seq=last_seq)
    else:
        event = MessagePinned(*place, message.pinned, *numbers)
    return Entry(event, rev=change.rev, after_seq=last_seq)
