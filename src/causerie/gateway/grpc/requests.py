"""What a call carries beside its message: metadata, who is at the other end, and how long it has."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote

from google.protobuf.message import Message
from grpc import aio

from causerie.foundation.errors import Invalid, Unauthenticated
from causerie.foundation.identity import MAX_ID
from causerie.gateway.keys import one_key

Context = aio.ServicerContext[Message, bytes]


def metadata_of(context: Context, name: str) -> Sequence[str]:
    """Give the values of one name; those that are not text are passed over."""
    return [
        value if isinstance(value, str) else value.decode("latin-1")
        for key, value in context.invocation_metadata() or ()
        if key == name
    ]


def joined(context: Context, name: str) -> str | None:
    """Give a name's values as HTTP joins them (RFC 9110 §5.3)."""
    values = metadata_of(context, name)
    return ", ".join(values) if values else None


def credentials_of(context: Context) -> str:
    """Give the token or key of ``authorization: Bearer``. Raises ``Unauthenticated``."""
    given = metadata_of(context, "authorization")
    scheme, _, token = (given[0] if len(given) == 1 else "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("A token or an API key is needed: authorization: Bearer")
    return token.strip()


def peer_address(context: Context) -> str:
    """Give the IP address of the connection; nothing for what has none."""
    kind, _, rest = unquote(context.peer()).partition(":")
    if kind not in {"ipv4", "ipv6"}:
        return ""
    return rest.rpartition(":")[0].strip("[]")


def write_key(idempotency_key: str | None, client_id: str | None) -> str | None:
    """Give the key under which a write happens once: the metadata's, or the message's.

    Raises ``Invalid`` where it is not 1 to 128 printable ASCII characters, or the two differ.
    """
    return one_key(idempotency_key, client_id, header="idempotency-key")


def require_id(number: int, *, field: str) -> int:
    """Give an id back. Raises ``Invalid`` outside 1 ... 2^63-1."""
    if not 1 <= number <= MAX_ID:
        raise Invalid(field, f"Must lie between 1 and {MAX_ID}")
    return number
