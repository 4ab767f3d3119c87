"""What one can do with conversations, and see of them."""

from causerie.conversations.service.blocks import BlockService
from causerie.conversations.service.directory import MAX_MEMBERS_PER_PAGE, Directory
from causerie.conversations.service.service import ConversationService

__all__ = ["MAX_MEMBERS_PER_PAGE", "BlockService", "ConversationService", "Directory"]
