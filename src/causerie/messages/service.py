"""What one can do with messages: send, edit, delete, and read the history."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from causerie.accounts import Permission
from causerie.conversations import (
    Address,
    ConversationService,
    Kind,
    MemberRole,
    Membership,
    NotAMember,
    parse_wire_id,
)
from causerie.foundation.completion import Completion
from causerie.foundation.errors import Invalid
from causerie.foundation.events import Events
from causerie.foundation.identity import ConversationId, MessageId, Principal
from causerie.foundation.postgres import fingerprint
from causerie.messages.errors import (
    ConversationArchived,
    ConversationNotFound,
    MayNotWrite,
    MessageNotFound,
    NotTheAuthor,
)
from causerie.messages.events import MessageDeleted, MessageEdited
from causerie.messages.model import (
    DEFAULT_PAGE_MESSAGES,
    Draft,
    Message,
    MessageType,
    Page,
    Sent,
    require_content,
    require_key,
    require_page,
)
from causerie.messages.ports import (
    Found,
    Judgement,
    MessageStore,
    Outgoing,
    Screening,
    SendDone,
    Voices,
)


class MessageService:
    """Sends through the group-commit writer, the rest in transactions of their own."""

    def __init__(
        self,
        *,
        conversations: ConversationService,
        store: MessageStore,
        outgoing: Outgoing,
        events: Events,
        completion: Completion,
        voices: Voices,
        screening: Screening | None,
        max_content_chars: int,
    ) -> None:
        self._conversations = conversations
        self._store = store
        self._outgoing = outgoing
        self._events = events
        self._completion = completion
        self._voices = voices
        self._screening = screening
        self._max_content_chars = max_content_chars

    # --- sending ---------------------------------------------------------------------------------

    def submit(
        self,
        sender: Principal,
        *,
        conversation: str,
        content: str,
        client_id: str | None,
        message_type: MessageType,
        done: SendDone,
    ) -> bool:
        """Send, without a task where everything is known. False: use ``send`` instead.

        Raises a ``Refusal`` at once; what is known after the commit goes to ``done``.
        """
        draft = self._draft(sender, conversation, content, client_id, message_type)
        membership = self._conversations.membership_now(draft.conversation_id, sender.user_id)
        if membership is None:
            return False
        self._require_may_send(membership, draft)
        judgement = self._judge(draft.conversation_id, content)
        if judgement is not None:
            if judgement.is_refused and client_id is not None:
                return False  # It may be a replay of what was fine once: send() looks.
            done = _noted(judgement, sender, done)
        self._outgoing.put(draft, done)
        return True

    async def send(
        self,
        sender: Principal,
        *,
        conversation: str,
        content: str,
        client_id: str | None,
        message_type: MessageType,
        done: SendDone,
    ) -> None:
        """Like ``submit``, with time to look things up. Returns once the draft is queued."""
        draft = self._draft(sender, conversation, content, client_id, message_type)
        address = Address(draft.kind, draft.conversation_id)
        membership = self._conversations.membership_now(
            address.id, sender.user_id
        ) or await self._require_membership(sender, address)
        self._require_may_send(membership, draft)
        judgement = self._judge(draft.conversation_id, content)
        if judgement is not None and not await self._is_replay(judgement, sender, client_id):
            done = _noted(judgement, sender, done)
        self._outgoing.put(draft, done)

    async def send_and_wait(
        self,
        sender: Principal,
        *,
        conversation: str,
        content: str,
        client_id: str | None,
        message_type: MessageType,
    ) -> Sent:
        """Send and give the message, after its commit."""
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[Sent] = loop.create_future()

        def done(outcome: Sent | Exception) -> None:
            if stored.done():  # The caller has gone; what was sent is sent.
                return
            if isinstance(outcome, Exception):
                stored.set_exception(outcome)
            else:
                stored.set_result(outcome)

        await self.send(
            sender,
            conversation=conversation,
            content=content,
            client_id=client_id,
            message_type=message_type,
            done=done,
        )
        return await stored

    def _draft(
        self,
        sender: Principal,
        conversation: str,
        content: str,
        client_id: str | None,
        message_type: MessageType,
    ) -> Draft:
        if not sender.may(Permission.SEND_MESSAGES):
            raise MayNotWrite
        kind, conversation_id = parse_wire_id(conversation)
        require_content(content, limit=self._max_content_chars)
        if message_type is MessageType.SYSTEM:
            raise Invalid("message_type", "Must be text or file")
        print_ = b""
        if client_id is None:
            self._voices.require_may_speak(sender.user_id)
        else:
            require_key(client_id)
            print_ = fingerprint(conversation_id, content, message_type)
        return Draft(
            conversation_id,
            kind,
            sender.user_id,
            sender.username,
            message_type,
            content,
            client_id,
            print_,
        )

    @staticmethod
    def _require_may_send(membership: Membership, draft: Draft) -> None:
        if membership.kind is not draft.kind:
            raise ConversationNotFound
        if draft.client_id is not None:
            return  # It may be a replay of what was stored before: the writer knows, and looks too.
        if membership.archived:
            raise ConversationArchived
        if not membership.may_send:
            raise MayNotWrite

    def _judge(self, conversation_id: ConversationId, content: str) -> Judgement | None:
        if self._screening is None:
            return None
        return self._screening.judge(conversation_id, content)

    async def _is_replay(
        self, judgement: Judgement, author: Principal, client_id: str | None
    ) -> bool:
        """Say whether what is refused today was stored under its key before the rules changed."""
        return (
            judgement.is_refused
            and client_id is not None
            and await self._store.knows_key(author.user_id, client_id)
        )

    # --- changing --------------------------------------------------------------------------------

    async def edit_message(
        self, editor: Principal, message_id: int, *, content: str, client_id: str | None = None
    ) -> Message:
        """Replace the content of one's own message; what it said before is kept."""
        require_content(content, limit=self._max_content_chars)
        if client_id is None:
            self._voices.require_may_speak(editor.user_id)
        else:
            require_key(client_id)  # It may be a replay: the store knows, and looks too.
        found = await self._require_found(editor, message_id)
        if found.role is None:
            raise MessageNotFound
        if found.message.sender_id != editor.user_id:
            raise NotTheAuthor
        judgement = self._judge(found.message.conversation_id, content)
        if judgement is not None and not await self._is_replay(judgement, editor, client_id):
            judgement.note(editor.user_id, message_id=found.message.id)
            if judgement.is_refused:
                raise judgement.refusal()
        change = self._store.edit(
            found,
            editor=editor.user_id,
            content=content,
            key=client_id,
            fingerprint=fingerprint(message_id, content),
        )
        return await self._completion.run(self._announced(change))

    async def delete_message(
        self, editor: Principal, message_id: int, *, client_id: str | None = None
    ) -> Message:
        """Make a tombstone of a message. Deleting it again changes nothing."""
        if client_id is not None:
            require_key(client_id)
        found = await self._require_found(editor, message_id)
        is_moderator = editor.may(Permission.DELETE_ANY_MESSAGE)
        if found.role is None and not is_moderator:
            raise MessageNotFound
        is_room_admin = (
            found.role in {MemberRole.OWNER, MemberRole.ADMIN}
            and found.message.kind is not Kind.DIRECT
        )
        if found.message.sender_id != editor.user_id and not (is_moderator or is_room_admin):
            raise NotTheAuthor
        change = self._store.delete(
            found, editor=editor.user_id, key=client_id, fingerprint=fingerprint(message_id)
        )
        return await self._completion.run(self._announced(change))

    async def _announced(
        self, change: Coroutine[Any, Any, Message | MessageEdited | MessageDeleted]
    ) -> Message:
        """Commit and announce, whether or not the one who asked still waits."""
        outcome = await change
        if isinstance(outcome, Message):
            return outcome
        self._events.announce((outcome,))
        return outcome.message

    async def _require_found(self, editor: Principal, message_id: int) -> Found:
        found = await self._store.find(MessageId(message_id), viewer=editor.user_id)
        if found is None:
            raise MessageNotFound
        return found

    # --- reading ---------------------------------------------------------------------------------

    async def history(
        self,
        reader: Principal,
        conversation: str,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = DEFAULT_PAGE_MESSAGES,
    ) -> Page:
        """A page of a conversation that the reader is in; bounds are ``seq`` and exclusive."""
        require_page(before, after, limit)
        conversation_id = await self.require_reader(reader, conversation)
        return await self._store.page(
            conversation_id, viewer=reader.user_id, before=before, after=after, limit=limit
        )

    async def get_message(self, reader: Principal, message_id: int) -> Message:
        """A message of a conversation that the reader is in. Raises ``NotFound``."""
        found = await self._require_found(reader, message_id)
        if found.role is None:
            raise MessageNotFound
        return found.message

    async def require_reader(self, reader: Principal, conversation: str) -> ConversationId:
        """Give the id of a conversation that the user is in. Raises ``NotFound``, ``NotAMember``."""
        address = parse_wire_id(conversation)
        membership = self._conversations.membership_now(address.id, reader.user_id)
        if membership is None or membership.kind is not address.kind:
            await self._require_membership(reader, address)
        return address.id

    async def _require_membership(self, who: Principal, address: Address) -> Membership:
        """A public room may be seen by all, its messages by members; others are not even there."""
        membership = await self._conversations.membership(address.id, who.user_id)
        if membership is None:
            await self._conversations.get(who, address)
            raise NotAMember
        if membership.kind is not address.kind:
            raise ConversationNotFound
        return membership


def _noted(judgement: Judgement, author: Principal, done: SendDone) -> SendDone:
    """Have moderators told once the message is stored. Raises ``MessageRefused``."""
    if judgement.is_refused:
        judgement.note(author.user_id, message_id=None)
        raise judgement.refusal()

    def noted(outcome: Sent | Exception) -> None:
        if isinstance(outcome, Sent) and outcome.is_new:
            judgement.note(author.user_id, message_id=outcome.message.id)
        done(outcome)

    return noted
