"""What one can do with messages: send, edit, delete, and read the history."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from causerie.accounts import Permission
from causerie.conversations import ConversationService, Kind, MemberRole, Position
from causerie.foundation.completion import Completion
from causerie.foundation.errors import Unsupported
from causerie.foundation.events import Events
from causerie.foundation.identity import ConversationId, Principal, UserId
from causerie.foundation.postgres import fingerprint
from causerie.messages.errors import EditsHidden, MayNotWrite, MessageNotFound, NotTheAuthor
from causerie.messages.model import (
    DEFAULT_PAGE_EDITS,
    DEFAULT_PAGE_MESSAGES,
    EditPage,
    Message,
    Page,
    calls_room,
    require_content,
    require_edits_page,
    require_key,
    require_page,
)
from causerie.messages.ports import (
    Changed,
    MessageStore,
    Outgoing,
    RoomLimit,
    Screening,
    Voices,
)
from causerie.messages.service.access import Access
from causerie.messages.service.calling import Calling
from causerie.messages.service.judging import Judging
from causerie.messages.service.sending import Sending


class MessageService:
    """Sends through the group-commit writer, the rest in transactions of their own."""

    def __init__(  # noqa: PLR0913 - what it stands on, each by name
        self,
        *,
        conversations: ConversationService,
        store: MessageStore,
        outgoing: Outgoing,
        events: Events,
        completion: Completion,
        voices: Voices,
        room_calls: RoomLimit | None = None,
        screening: Screening | None,
        max_content_chars: int,
        has_threads: bool,
        has_files: bool,
    ) -> None:
        self._store = store
        self._events = events
        self._completion = completion
        self._voices = voices
        self._max_content_chars = max_content_chars
        self._has_threads = has_threads
        self._access = Access(conversations, store)
        self._judging = Judging(screening, store)
        self._calling = Calling(room_calls)
        self.sending = Sending(
            access=self._access,
            judging=self._judging,
            outgoing=outgoing,
            voices=voices,
            calling=self._calling,
            max_content_chars=max_content_chars,
            has_threads=has_threads,
            has_files=has_files,
        )
        # As they are: a call in between would be paid by every message.
        self.submit = self.sending.submit
        self.send = self.sending.send
        self.send_and_wait = self.sending.send_and_wait

    # --- changing --------------------------------------------------------------------------------

    async def edit_message(
        self, editor: Principal, message_id: int, *, content: str, client_id: str | None = None
    ) -> Message:
        """Replace the content of one's own message; what it said before is kept."""
        if not editor.may(Permission.SEND_MESSAGES):
            raise MayNotWrite
        require_content(content, limit=self._max_content_chars)
        if client_id is None:
            self._voices.require_may_speak(editor.user_id)
        else:
            require_key(client_id)  # It may be a replay: the store knows, and looks too.
        found = await self._access.require_visible(editor, message_id)
        if found.message.sender_id != editor.user_id:
            raise NotTheAuthor
        if not calls_room(found.message.content):
            self._calling.require(editor, found.message.conversation_id, content)
        judgement = self._judging.judge(found.message.conversation_id, content)
        if judgement is not None and not await self._judging.is_replay(
            judgement, editor, client_id
        ):
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
        return await self._completed(change, editor)

    async def delete_message(
        self, editor: Principal, message_id: int, *, client_id: str | None = None
    ) -> Message:
        """Make a tombstone of a message. Deleting it again changes nothing."""
        if client_id is not None:
            require_key(client_id)
        found = await self._access.require_found(editor, message_id)
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
        return await self._completed(change, editor)

    async def _completed(
        self,
        change: Coroutine[Any, Any, Changed],
        editor: Principal,
    ) -> Message:
        message = await self._completion.run(self._announced(change))
        (seen,) = await self._store.as_seen((message,), (editor.user_id,))
        return seen

    async def _announced(self, change: Coroutine[Any, Any, Changed]) -> Message:
        """Commit and announce, whether or not the one who asked still waits."""
        changed = await change
        self._events.announce(changed.facts)
        return changed.message

    # --- reading ---------------------------------------------------------------------------------

    async def history(
        self,
        reader: Principal,
        conversation: str,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = DEFAULT_PAGE_MESSAGES,
        parent_message_id: int | None = None,
    ) -> Page:
        """A page of a conversation that the reader is in; bounds are ``seq`` and exclusive.

        With a parent: only the answers in the thread that it begins, or is in.
        """
        require_page(before, after, limit)
        if parent_message_id is not None and not self._has_threads:
            raise Unsupported("Threads are switched off on this server")
        conversation_id = await self._access.require_reader(reader, conversation)
        root = None
        if parent_message_id is not None:
            parent = (await self._access.require_visible(reader, parent_message_id)).message
            if parent.conversation_id != conversation_id:
                raise MessageNotFound
            root = parent.parent_id or parent.id
        return await self._store.page(
            conversation_id,
            viewer=reader.user_id,
            before=before,
            after=after,
            limit=limit,
            root=root,
        )

    async def position(
        self, reader: Principal, conversation: str
    ) -> tuple[ConversationId, Position]:
        """How far a conversation that the reader is in has come, by the database.

        Raises ``NotFound``, ``NotAMember``.
        """
        return await self._access.require_position(reader, conversation)

    async def edits(
        self,
        reader: Principal,
        message_id: int,
        *,
        after: int = 0,
        limit: int = DEFAULT_PAGE_EDITS,
    ) -> EditPage:
        """What a message said before, from the first text on; ``after`` is the ``rev`` of an edit.

        Members see it while the message is there; what a deleted one said is for moderators, who
        need not be members. Raises ``EditsHidden``.
        """
        require_edits_page(after, limit)
        found = await self._access.require_found(reader, message_id)
        viewer: UserId | None = reader.user_id
        if reader.may(Permission.DELETE_ANY_MESSAGE):
            viewer = None
        elif found.role is None:
            raise MessageNotFound
        elif found.message.deleted:
            raise EditsHidden
        return await self._store.edits(found.message.id, viewer=viewer, after=after, limit=limit)

    async def get_message(self, reader: Principal, message_id: int) -> Message:
        """A message of a conversation that the reader is in. Raises ``NotFound``."""
        found = await self._access.require_visible(reader, message_id)
        (seen,) = await self._store.as_seen((found.message,), (reader.user_id,))
        return seen

    async def require_reader(self, reader: Principal, conversation: str) -> ConversationId:
        """Give the id of a conversation that the user is in. Raises ``NotFound``, ``NotAMember``."""
        return await self._access.require_reader(reader, conversation)
