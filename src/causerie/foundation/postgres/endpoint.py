"""Where a database is, and as whom one speaks to it."""

from __future__ import annotations

import msgspec


class Endpoint(msgspec.Struct, frozen=True):
    """The two ways in. They hold passwords: never to be logged.

    ``owner_dsn`` is for migrations only, ``app_dsn`` for everything at run time; they are the same
    where the login of an external database may not make roles. ``version`` is PostgreSQL's.
    """

    owner_dsn: str
    app_dsn: str
    version: str
