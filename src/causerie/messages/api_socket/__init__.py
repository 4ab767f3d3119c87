"""Messages and what is around them over the socket: the commands of v2."""

from causerie.messages.api_socket.around import AroundCommands
from causerie.messages.api_socket.messages import MessageCommands
from causerie.messages.api_socket.search import SearchCommands

__all__ = ["AroundCommands", "MessageCommands", "SearchCommands"]
