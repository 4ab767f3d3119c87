"""What v1 calls conversations: rooms by their names, direct chats by the other person."""

from __future__ import annotations

from causerie.conversations import (
    Address,
    ConversationOpened,
    ConversationUpdated,
    ConversationView,
    Kind,
)
from causerie.dialects.v1.wire import Line, direct_line, line_payload, room_line
from causerie.foundation.events import Events
from causerie.foundation.identity import ConversationId, UserId
from causerie.gateway.vocabulary import Vocabulary
from causerie.messages import Message, MessageSent


class Names:
    """The names of the conversations that users of v1 are in, kept true by events.

    About 200 bytes for each such conversation, for as long as the process lives: there are no more
    of them than conversations of who has ever spoken v1 here, and none where nobody has.
    """

    def __init__(self) -> None:
        self._users: set[UserId] = set()  # who has
        self._rooms: dict[ConversationId, str] = {}
        self._by_name: dict[str, ConversationId] = {}
        self._pairs: dict[ConversationId, tuple[UserId, UserId]] = {}
        self._by_pair: dict[tuple[UserId, UserId], ConversationId] = {}

    def listen(self, events: Events) -> None:
        """Hear of new conversations and new names."""
        events.listen_everywhere(ConversationOpened, self._on_opened)
        events.listen_everywhere(ConversationUpdated, self._on_updated)

    def attend(self, user_id: UserId) -> None:
        """Learn of what opens for a user from now on."""
        self._users.add(user_id)

    def learn(self, view: ConversationView, *, viewer: UserId) -> None:
        """Remember what a conversation is called."""
        if view.peer is not None:
            pair = (viewer, view.peer.id)
            self._pairs[view.id] = pair
            self._by_pair[min(pair), max(pair)] = view.id
        elif view.name is not None:
            self._call(view.id, view.name)

    def room(self, name: str) -> Address | None:
        """A room by its name, in whatever case, if it is remembered."""
        found = self._by_name.get(name.lower())
        return Address(Kind.ROOM, found) if found is not None else None

    def direct(self, one: UserId, other: UserId) -> Address | None:
        """The direct chat of two people, if it is remembered."""
        found = self._by_pair.get((min(one, other), max(one, other)))
        return Address(Kind.DIRECT, found) if found is not None else None

    def line(self, message: Message) -> Line:
        """Show a message with the name of its conversation."""
        pair = self._pairs.get(message.conversation_id)
        if pair is not None:
            return direct_line(message, to_user=pair[pair[0] == message.sender_id])
        return room_line(message, room=self._rooms.get(message.conversation_id, ""))

    def _call(self, conversation_id: ConversationId, name: str) -> None:
        old = self._rooms.get(conversation_id)
        if old is not None and self._by_name.get(old.lower()) == conversation_id:
            del self._by_name[old.lower()]
        self._rooms[conversation_id] = name
        self._by_name[name.lower()] = conversation_id

    def _on_opened(self, event: ConversationOpened) -> None:
        if event.viewer in self._users:
            self.learn(event.view, viewer=event.viewer)

    def _on_updated(self, event: ConversationUpdated) -> None:
        if event.name is not None and event.conversation_id in self._rooms:
            self._call(event.conversation_id, event.name)


def teach(vocabulary: Vocabulary, names: Names) -> None:
    """Say in v1 what v1 has words for: new messages, and nothing else."""

    def sent(event: MessageSent) -> bytes:
        # What was deleted meanwhile has no word here, and an empty line would be no message.
        return b"" if event.message.deleted else line_payload(names.line(event.message))

    vocabulary.say(MessageSent, sent)
