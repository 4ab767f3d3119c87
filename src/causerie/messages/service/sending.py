"""Sending: a draft, what may be said of it without asking, and the queue of the writer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from causerie.accounts import Permission
from causerie.conversations import Address, Membership, parse_wire_id
from causerie.files import FileId, require_file_ids
from causerie.foundation.errors import Invalid, Unsupported
from causerie.foundation.identity import MAX_ID, MessageId, Principal
from causerie.foundation.postgres import fingerprint
from causerie.messages.errors import ConversationArchived, ConversationNotFound, MayNotWrite
from causerie.messages.model import Draft, MessageType, Sent, require_content, require_key
from causerie.messages.ports import Outgoing, SendDone, Voices
from causerie.messages.service.access import Access
from causerie.messages.service.calling import Calling
from causerie.messages.service.judging import Judging, noted


class Sending:
    """The way of a message from its sender to the writer."""

    def __init__(
        self,
        *,
        access: Access,
        judging: Judging,
        outgoing: Outgoing,
        voices: Voices,
        calling: Calling,
        max_content_chars: int,
        has_threads: bool,
        has_files: bool,
    ) -> None:
        self._access = access
        self._judging = judging
        self._outgoing = outgoing
        self._voices = voices
        self._calling = calling
        self._max_content_chars = max_content_chars
        self._has_threads = has_threads
        self._has_files = has_files

    def submit(
        self,
        sender: Principal,
        *,
        conversation: str,
        content: str,
        client_id: str | None,
        message_type: MessageType,
        done: SendDone,
        parent_message_id: int | None = None,
        file_ids: Sequence[int] = (),
    ) -> bool:
        """Send, without a task where everything is known. False: use ``send`` instead.

        Raises a ``Refusal`` at once; what is known after the commit goes to ``done``.
        """
        draft = self._draft(
            sender,
            conversation,
            content,
            client_id,
            message_type,
            parent_message_id,
            file_ids=file_ids,
        )
        membership = self._access.membership_now(draft.conversation_id, sender)
        if membership is None:
            return False
        self._require_may_send(membership, draft)
        if "@" in content:
            self.require_may_call(sender, draft)
        judgement = self._judging.judge(draft.conversation_id, content)
        if judgement is not None:
            if judgement.is_refused and client_id is not None:
                return False  # It may be a replay of what was fine once: send() looks.
            done = noted(judgement, sender, done)
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
        parent_message_id: int | None = None,
        file_ids: Sequence[int] = (),
    ) -> None:
        """Like ``submit``, with time to look things up. Returns once the draft is queued."""
        draft, done = await self.prepare(
            sender,
            conversation=conversation,
            content=content,
            client_id=client_id,
            message_type=message_type,
            done=done,
            parent_message_id=parent_message_id,
            file_ids=file_ids,
        )
        self.require_may_call(sender, draft)
        self._outgoing.put(draft, done)

    def require_may_call(self, sender: Principal, draft: Draft) -> None:
        """Count what rings at a whole room, as it is sent. Raises ``RateLimited``."""
        self._calling.require(sender, draft.conversation_id, draft.content)

    async def prepare(
        self,
        sender: Principal,
        *,
        conversation: str,
        content: str,
        client_id: str | None,
        message_type: MessageType,
        done: SendDone,
        parent_message_id: int | None = None,
        file_ids: Sequence[int] = (),
    ) -> tuple[Draft, SendDone]:
        """Look whether it may be sent; gives the draft, and who is to hear what came of it."""
        draft = self._draft(
            sender,
            conversation,
            content,
            client_id,
            message_type,
            parent_message_id,
            file_ids=file_ids,
        )
        address = Address(draft.kind, draft.conversation_id)
        membership = self._access.membership_now(
            address.id, sender
        ) or await self._access.require_membership(sender, address)
        self._require_may_send(membership, draft)
        judgement = self._judging.judge(draft.conversation_id, content)
        if judgement is not None and not await self._judging.is_replay(
            judgement, sender, client_id
        ):
            done = noted(judgement, sender, done)
        return draft, done

    async def send_and_wait(
        self,
        sender: Principal,
        *,
        conversation: str,
        content: str,
        client_id: str | None,
        message_type: MessageType,
        parent_message_id: int | None = None,
        file_ids: Sequence[int] = (),
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
            parent_message_id=parent_message_id,
            file_ids=file_ids,
        )
        return await stored

    def _draft(
        self,
        sender: Principal,
        conversation: str,
        content: str,
        client_id: str | None,
        message_type: MessageType,
        parent_message_id: int | None,
        *,
        file_ids: Sequence[int],
    ) -> Draft:
        if not sender.may(Permission.SEND_MESSAGES):
            raise MayNotWrite
        kind, conversation_id = parse_wire_id(conversation)
        files = self._require_files(file_ids, message_type) if file_ids else ()
        if content or not files:  # A picture needs no words.
            require_content(content, limit=self._max_content_chars)
        if message_type is MessageType.SYSTEM:
            raise Invalid("message_type", "Must be text or file")
        parent_id = None
        if parent_message_id is not None:
            parent_id = self._require_parent(parent_message_id)
        print_ = b""
        if client_id is None:
            self._voices.require_may_speak(sender.user_id)
        else:
            require_key(client_id)
            # Keys are kept for good, and most are older than threads: they say nothing of a parent.
            parent = () if parent_id is None else (parent_id,)
            named = (("files", *files),) if files else ()
            print_ = fingerprint(conversation_id, content, message_type, *parent, *named)
        return Draft(
            conversation_id,
            kind,
            sender.user_id,
            sender.username,
            message_type,
            content,
            client_id,
            print_,
            parent_id,
            files,
        )

    def _require_files(
        self, file_ids: Sequence[int], message_type: MessageType
    ) -> tuple[FileId, ...]:
        """Whether they are the sender's, and in no message yet, is for the writer to say."""
        if not self._has_files:
            raise Unsupported("This server takes no files")
        if message_type is not MessageType.FILE:
            raise Invalid("message_type", "Must be file where there are file_ids")
        return require_file_ids(file_ids)

    def _require_parent(self, parent_message_id: int) -> MessageId:
        """Whether there is such a message, and where, is for the writer to say."""
        if not self._has_threads:
            raise Unsupported("Threads are switched off on this server")
        if not 1 <= parent_message_id <= MAX_ID:
            raise Invalid("parent_message_id", f"Must lie between 1 and {MAX_ID}")
        return MessageId(parent_message_id)

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
