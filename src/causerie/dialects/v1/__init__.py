"""The flat dialect that older clients speak (PROTOCOL, WebSocket v1)."""

from causerie.dialects.v1.dialect import NAME, V1, Followers
from causerie.dialects.v1.names import Names, teach
from causerie.dialects.v1.wire import DESCRIPTION, is_command

__all__ = ["DESCRIPTION", "NAME", "V1", "Followers", "Names", "is_command", "teach"]
