"""What is said to Redis and what it answers, as values; and how long anybody waits for that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

Word: TypeAlias = str | bytes | int | float
Command: TypeAlias = Sequence[Word]
# As on the wire (RESP2): text is bytes, nothing is None.
Reply: TypeAlias = bytes | int | list["Reply"] | None

# Nobody waits longer for Redis than this, a free connection included: about a hundred times what it
# takes on a busy machine, and short enough for who waits at the other end of a request.
COMMAND_TIMEOUT_SECONDS = 0.5
