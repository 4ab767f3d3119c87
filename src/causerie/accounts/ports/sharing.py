"""What nodes tell each other of the tokens that they have proven."""

from __future__ import annotations

from typing import Protocol

from causerie.accounts.model import SharedProof


class SharedProofs(Protocol):
    """Proofs of all nodes, under a hash of the token. It may be empty, late, or away at any time."""

    async def find(self, key: bytes) -> SharedProof | None:
        """Give what another node has proven; None where that is not known. Never raises."""
        ...

    def put(self, key: bytes, proof: SharedProof, *, seconds: float) -> None:
        """Tell the others, some time soon; to be forgotten after so long."""
        ...
