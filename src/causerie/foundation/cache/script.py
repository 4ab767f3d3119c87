"""A Lua script that Redis runs as one step."""

from __future__ import annotations

from hashlib import sha1


class Script:
    """A script and the name under which Redis remembers it (EVALSHA).

    Its keys must lie together in a Cluster: put what they share in braces, ``prefix:{user:7}:x``.
    """

    __slots__ = ("digest", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self.digest = sha1(source.encode(), usedforsecurity=False).hexdigest()
