"""What happened to files; each is announced after its commit."""

from __future__ import annotations

from causerie.files.model import FileId
from causerie.foundation.events import Event
from causerie.foundation.identity import ConversationId, MessageId, Rev, Seq, UserId


class HarmfulFileFound(Event, frozen=True, gc=False):
    """The scanner knows the file; its bytes are removed. ``found`` is the scanner's name for it."""

    file_id: FileId
    uploader_id: UserId
    sha256: str
    found: str


class MessageFilesChanged(Event, frozen=True, gc=False):
    """A file of a message that is shown became clean, was refused, or was removed.

    A numbered change of the conversation; ``after_seq`` as in the events of conversations.
    """

    message_id: MessageId
    conversation_id: ConversationId
    rev: Rev
    after_seq: Seq
