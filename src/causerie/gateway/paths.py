"""What stands behind the paths of sockets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from causerie.foundation.errors import Invalid
from causerie.foundation.identity import ConversationId, Seq, UserId
from causerie.gateway.ports import UpgradeRequest
from causerie.gateway.session import Dialect

# The last seq of each topic of a user. Raises ``Unavailable``.
Positions = Callable[[UserId], Awaitable[Mapping[ConversationId, Seq]]]


class Door:
    """What stands behind a path: a dialect, and those that are asked for by a subprotocol.

    A dialect that does not greet cannot say from where on the client hears everything. It gets the
    ``positions`` of before the upgrade was answered: from there on.
    """

    def __init__(
        self,
        tongue: Dialect,
        by_subprotocol: Mapping[str, Dialect] | None = None,
        *,
        positions: Positions | None = None,
        by_version: Mapping[str, Dialect] | None = None,
    ) -> None:
        self._tongue = tongue
        self._by_subprotocol = by_subprotocol or {}
        self._by_version = by_version
        self.positions = positions

    def choose(self, request: UpgradeRequest) -> tuple[str | None, Dialect]:
        """Take the first subprotocol that is known here: clients name them as they prefer them.

        Or, behind this path, the version that the query names. Raises ``Invalid`` for another.
        """
        if self._by_version is not None and "vsn" in request.query:
            tongue = self._by_version.get(request.query["vsn"])
            if tongue is None:
                raise Invalid("vsn", f"Must be one of {', '.join(self._by_version)}")
            return None, tongue
        for name in request.subprotocols:
            if name in self._by_subprotocol:
                return name, self._by_subprotocol[name]
        return None, self._tongue
