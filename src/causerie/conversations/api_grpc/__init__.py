"""Conversations over gRPC, and the stream of what happens in them."""

from causerie.conversations.api_grpc.conversations import conversation_service
from causerie.conversations.api_grpc.events import event_service, event_words

__all__ = ["conversation_service", "event_service", "event_words"]
