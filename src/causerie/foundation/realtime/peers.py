"""The other nodes, as far as they are heard: whether one has gone, or was not heard once."""

from __future__ import annotations

GONE_SECONDS = 3.5  # Three heartbeats did not come; a node that hangs this long is one that died.


class Peers:
    """Each numbers what it says to all nodes, heartbeats included. Pure: time comes from outside."""

    def __init__(self) -> None:
        self._last: dict[bytes, tuple[int, float]] = {}

    def __len__(self) -> int:
        return len(self._last)

    def hear(self, node: bytes, number: int, *, at: float) -> bool:
        """Note what came; False where something before it did not."""
        last = self._last.get(node)
        self._last[node] = number, at
        return last is None or number == last[0] + 1

    def remove_gone(self, *, at: float) -> int:
        """Forget those that are silent for too long; gives how many."""
        gone = [node for node, (_, heard) in self._last.items() if at - heard > GONE_SECONDS]
        for node in gone:
            del self._last[node]
        return len(gone)

    def forget(self) -> None:
        """Begin anew."""
        self._last.clear()
