"""Messages: sent, edited, deleted, and read as history; in order, once, and after their commit."""

from causerie.messages.errors import (
    ConversationArchived,
    ConversationNotFound,
    KeyUsedOtherwise,
    MayNotPin,
    MayNotWrite,
    MessageNotFound,
    MessageRefused,
    NotTheAuthor,
)
from causerie.messages.events import (
    MessageDeleted,
    MessageEdited,
    MessagePinned,
    MessageSent,
    MessagesSent,
    ReactionAdded,
    ReactionRemoved,
    ThreadAttended,
    ThreadUpdated,
)
from causerie.messages.model import Attention, Audience, Draft, Message, MessageType, Page, Sent
from causerie.messages.ports import Judgement, Names, Screening, SendDone, SendLimit, Topics
from causerie.messages.service import MessageService, PinService, ReactionService, ThreadService

__all__ = [
    "Attention",
    "Audience",
    "ConversationArchived",
    "ConversationNotFound",
    "Draft",
    "Judgement",
    "KeyUsedOtherwise",
    "MayNotPin",
    "MayNotWrite",
    "Message",
    "MessageDeleted",
    "MessageEdited",
    "MessageNotFound",
    "MessagePinned",
    "MessageRefused",
    "MessageSent",
    "MessageService",
    "MessageType",
    "MessagesSent",
    "Names",
    "NotTheAuthor",
    "Page",
    "PinService",
    "ReactionAdded",
    "ReactionRemoved",
    "ReactionService",
    "Screening",
    "SendDone",
    "SendLimit",
    "Sent",
    "ThreadAttended",
    "ThreadService",
    "ThreadUpdated",
    "Topics",
]
