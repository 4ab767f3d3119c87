"""What the gateway needs from others: receivers of sockets, doorkeepers, and who a caller is."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

import msgspec

from causerie.foundation.errors import RateLimited
from causerie.foundation.identity import Principal
from causerie.gateway.deflate import Deflation
from causerie.gateway.roll import Roll


class UpgradeRequest(msgspec.Struct, frozen=True):
    """One WebSocket upgrade request, before it is answered.

    ``query`` holds the last value of each name; ``client`` is the peer's IP address; ``host`` is
    empty where the header is missing; ``forwarded_for`` and ``forwarded_proto`` are the raw
    ``X-Forwarded-For`` and ``X-Forwarded-Proto``, which are true only where ``client`` is a trusted
    proxy. ``is_secure``: the connection to us is TLS. ``extensions`` is the raw
    ``Sec-WebSocket-Extensions``.
    """

    path: str
    query: Mapping[str, str]
    authorization: str | None
    origin: str | None
    host: str
    subprotocols: tuple[str, ...]
    client: str
    forwarded_for: str | None = None
    forwarded_proto: str | None = None
    is_secure: bool = False
    extensions: str | None = None


class SocketsElsewhere(Protocol):
    """How many sockets other nodes have; on a node by itself there is none of these."""

    async def count(self, user: int, address: str) -> tuple[int, int]:
        """Of this user, and of this address. Never raises: what is not known is 0."""
        ...

    def note(self, user: int, of_user: int, address: str, of_address: int) -> None:
        """Say how many there are here now, of this user and of this address."""
        ...

    async def roll(self, limit: int) -> Roll | None:
        """Who has most of them on all nodes, this one included; None where that is not known."""
        ...


class Peer(Protocol):
    """The far end of an open socket; implemented by the bridge."""

    @property
    def address(self) -> str:
        """The peer's IP address."""
        ...

    @property
    def deflation(self) -> Deflation | None:
        """What compresses for this peer, where that was agreed on; none needs to be compressed."""
        ...

    def write(self, framed: bytes) -> None:
        """Send bytes that are already framed, as they are; one system call where the peer reads.

        After ``close`` or ``abort`` nothing is written.
        """
        ...

    def unsent_bytes(self) -> int:
        """How many written bytes the kernel has not taken yet."""
        ...

    def close(self, code: int, reason: str = "") -> None:
        """Queue a close frame, wait for the peer's, abort after ``CLOSE_TIMEOUT_SECONDS``.

        The receiver hears no message from here on, only ``on_closed``. Repeating it does nothing.
        """
        ...

    def abort(self) -> None:
        """End the connection now, without a close frame."""
        ...

    def pause_reading(self) -> None:
        """Leave what the peer sends in the kernel until ``resume_reading``."""
        ...

    def resume_reading(self) -> None:
        """Undo ``pause_reading``."""
        ...


class Receiver(Protocol):
    """What an admitted socket's messages go to. All methods are quick and run on the loop."""

    @property
    def max_message_bytes(self) -> int:
        """The largest assembled message; a longer one closes the socket with 1009."""
        ...

    def on_open(self, peer: Peer) -> None:
        """Take the peer; the upgrade has been answered. Called once, before all others."""
        ...

    def on_text(self, payload: bytes) -> None:
        """Take one whole text message, valid UTF-8."""
        ...

    def on_binary(self, payload: bytes) -> None:
        """Take one whole binary message."""
        ...

    def on_writable(self) -> None:
        """Go on writing: the transport has drained after having been over its high-water mark."""
        ...

    def on_closed(self, code: int) -> None:
        """Hear that the socket is gone: once, always, also where ``on_open`` was never called.

        ``code`` is the close code the peer sent or was sent, 1006 where there was none.
        """
        ...


class Admitted(msgspec.Struct, frozen=True):
    """The upgrade is granted; ``subprotocol`` is one of those asked for, or none."""

    receiver: Receiver
    subprotocol: str | None = None


class Refused(msgspec.Struct, frozen=True):
    """The upgrade is answered with this HTTP answer and the connection is closed."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class Crowd(Protocol):
    """Other processes of this server that accept on the same port. Every method is quick."""

    def note(self, *, connections: int, sockets: int) -> None:
        """Tell the others how many connections this process has, and sockets among them."""
        ...

    def fewest_elsewhere(self) -> int:
        """Say how many connections that other process has which has the fewest."""
        ...

    def sockets_elsewhere(self) -> int:
        """Say how many sockets the other processes have in all."""
        ...


class Doorkeeper(Protocol):
    """Decides over each upgrade, on any path."""

    async def admit(self, request: UpgradeRequest) -> Admitted | Refused:
        """Say who takes the socket, or why not. Raises nothing; a failure inside is a 500.

        Cancelled when it takes longer than ``connection_timeout``: what was taken for the socket
        by then (a place, a ticket) is for the doorkeeper to give back.
        """
        ...


class Authenticator(Protocol):
    """Tells who a caller is; implemented by accounts."""

    async def authenticate_bearer(self, token: str) -> Principal:
        """Prove an access token. Raises ``Unauthenticated``, or a refusal with code ``banned``."""
        ...

    def recall(self, token: str) -> Principal | None:
        """Say whom a token is remembered to prove, now too; None says nothing. Awaits nothing."""
        ...

    async def redeem_ticket(self, ticket: str) -> Principal:
        """Spend a single-use ticket. Raises ``Unauthenticated``, or one with code ``banned``."""
        ...


class Tier(StrEnum):
    """How HTTP requests are limited (REQUIREMENTS, RL-3)."""

    DEFAULT = "default"  # by user or API key; by address where there is none
    AUTH = "auth"  # by address: what tries a password or a code
    WEBHOOK = "webhook"  # by address: what other systems post


class Allowance(msgspec.Struct, frozen=True, gc=False):
    """How a caller stands after a request was counted; ``refusal``: it was one too many.

    ``limit`` at once, ``remaining`` of it, all of it again in ``reset_seconds``, which is never
    more than ``window_seconds``.
    """

    tier: Tier
    limit: int
    remaining: int
    reset_seconds: int
    window_seconds: int
    refusal: RateLimited | None = None


class Admission(Protocol):
    """Counts HTTP requests; implemented by limits. Every method is quick and awaits nothing."""

    def count_address(self, tier: Tier, address: str) -> Allowance | None:
        """Count a request by its client's address; None where nothing limits it."""
        ...

    def count_principal(self, principal: Principal) -> Allowance | None:
        """Count a request by who makes it; None where nothing limits it."""
        ...

    def failed_proof(self, address: str) -> RateLimited | None:
        """Count credentials that proved nothing; a refusal where they were some too many."""
        ...

    def require_action(self, action: str, principal: Principal) -> None:
        """Count what a user is about to do. Raises ``RateLimited``."""
        ...


class Lookout(Protocol):
    """Watches for attacks; implemented by audit. Every method is quick and awaits nothing."""

    def seen(self, principal: Principal, address: str) -> None:
        """See a proven principal at an address."""
        ...

    def refused(self, address: str, status: int) -> None:
        """See a request answered with an error's status."""
        ...
