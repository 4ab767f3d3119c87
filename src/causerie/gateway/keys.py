"""Idempotency keys as clients give them, in whatever protocol."""

from __future__ import annotations

import re

from causerie.foundation.errors import Invalid

MAX_IDEMPOTENCY_KEY_CHARACTERS = 128  # PROTOCOL, Meaning

_PRINTABLE_ASCII = re.compile(rf"[\x20-\x7e]{{1,{MAX_IDEMPOTENCY_KEY_CHARACTERS}}}")


def one_key(beside: str | None, client_id: str | None, *, header: str) -> str | None:
    """Give the key of a write: what stands beside its body under ``header``, or ``client_id`` in it.

    Raises ``Invalid`` where it is not 1 to 128 printable ASCII characters, or the two differ.
    """
    for field, key in ((header, beside), ("client_id", client_id)):
        if key is not None and not _PRINTABLE_ASCII.fullmatch(key):
            raise Invalid(
                field, f"Must be 1 to {MAX_IDEMPOTENCY_KEY_CHARACTERS} printable ASCII characters"
            )
    if beside is not None and client_id is not None and beside != client_id:
        raise Invalid("client_id", f"Must equal {header} where both are given")
    return client_id if beside is None else beside
