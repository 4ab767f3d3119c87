"""The settings of Redis or Valkey."""

from __future__ import annotations

from dataclasses import dataclass

from typing_extensions import override

from causerie.assembly.settings.declaring import setting
from causerie.assembly.settings.kinds import Integer, Kind, Maybe, Raw, Text
from causerie.foundation.cache import FORMS, parse_address

# Started by the server for its own worker processes; the parent gives them its address.
EMBEDDED = "embedded"

_pool = Integer(1, 1000)


@dataclass(frozen=True)
class CacheAddress(Kind[str]):
    """Where Redis is, in one of the forms of ``foundation.cache``."""

    @override
    def allowed(self) -> str:
        return f'{FORMS}; or "{EMBEDDED}" for a Valkey of this server\'s own'

    @override
    def parse(self, raw: Raw) -> str:
        text = str(raw).strip()
        if text != EMBEDDED:
            parse_address(text)
        return text

    @override
    def write(self, value: str) -> Raw:
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheSettings:
    """Redis 7 or Valkey 8, or newer, which several nodes share."""

    url: str | None = setting(
        Maybe(CacheAddress()),
        "",
        "Redis or Valkey, which several nodes share; `embedded`: a Valkey of this server's own, for"
        " its workers on one machine (the extra `valkey`); none means one node by itself.",
        secret=True,
    )
    prefix: str = setting(
        Text("letters, digits, - and _, 32 at most", r"[A-Za-z0-9_-]{1,32}"),
        "causerie",
        "What the names of all keys and channels begin with; installations that share a Redis differ.",
    )
    main_pool_size: int = setting(
        _pool, 20, "Connections for the bus, limits and caches; subscribers have theirs beside."
    )
    session_pool_size: int = setting(_pool, 10, "Connections for sockets' sessions and presence.")
    queue_pool_size: int = setting(_pool, 10, "Connections for what waits for absent devices.")
