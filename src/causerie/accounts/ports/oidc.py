"""What a login through an OpenID provider needs."""

from __future__ import annotations

from typing import Protocol

from causerie.accounts.model import Endpoints


class ProviderClient(Protocol):
    """Speaks to the provider. Raises ``Unavailable`` where it cannot be asked."""

    async def endpoints(self) -> Endpoints:
        """Give the provider's addresses."""
        ...

    async def exchange(self, code: str, *, verifier: str) -> str:
        """Give the ID token for a code (RFC 6749 §4.1.3, RFC 7636 §4.5). Raises ``OidcRefused``."""
        ...

    async def read(self, id_token: str) -> bytes:
        """Give the payload of an ID token that one of the provider's keys has signed.

        Raises the refusals of ``OutsideKeys.read``.
        """
        ...
