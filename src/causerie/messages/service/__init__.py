"""What one can do with messages."""

from causerie.messages.service.service import MessageService

__all__ = ["MessageService"]
