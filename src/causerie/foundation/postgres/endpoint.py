"""Where a database is, and as whom one speaks to it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import msgspec


class Endpoint(msgspec.Struct, frozen=True):
    """The two ways in. They hold passwords: never to be logged.

    ``owner_dsn`` is for migrations only, ``app_dsn`` for everything at run time; they are the same
    where the login of an external database may not make roles. ``version`` is PostgreSQL's.
    """

    owner_dsn: str
    app_dsn: str
    version: str


def socket_dsn(socket: Path, role: str, password: str, database: str) -> str:
    """Write the DSN of a role, over a private socket."""
    host = quote(str(socket), safe="")
    return f"postgresql://{role}:{password}@/{database}?host={host}&port=5432"
