"""Messages: sent, edited, deleted, and read as history; in order, once, and after their commit."""

from causerie.messages.errors import (
    ConversationArchived,
    ConversationNotFound,
    KeyUsedOtherwise,
    MayNotWrite,
    MessageNotFound,
    MessageRefused,
    NotTheAuthor,
)
from causerie.messages.events import MessageDeleted, MessageEdited, MessageSent, MessagesSent
from causerie.messages.model import Draft, Message, MessageType, Page, Sent
from causerie.messages.ports import Judgement, Names, Screening, SendDone, SendLimit, Topics
from causerie.messages.service import MessageService

__all__ = [
    "ConversationArchived",
    "ConversationNotFound",
    "Draft",
    "Judgement",
    "KeyUsedOtherwise",
    "MayNotWrite",
    "Message",
    "MessageDeleted",
    "MessageEdited",
    "MessageNotFound",
    "MessageRefused",
    "MessageSent",
    "MessageService",
    "MessageType",
    "MessagesSent",
    "Names",
    "NotTheAuthor",
    "Page",
    "Screening",
    "SendDone",
    "SendLimit",
    "Sent",
    "Topics",
]
