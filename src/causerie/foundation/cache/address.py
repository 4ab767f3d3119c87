"""Where Redis or Valkey is: the forms of ``cache.url``.

==================================  ==============================================================
form                                meaning
==================================  ==============================================================
``redis://user:password@host:6379/0``     one server; user, password, port and database may be left out
``rediss://...``                          the same over TLS; the certificate is checked
``unix://user:password@/path/to.sock?db=0``  one server on this machine, by its socket
``redis+sentinel://host:26379,host2/service/0``  the master that Sentinels name for a service
``redis+cluster://host:6379,host2:6379``  a Cluster; some of its nodes, the others are found
``rediss+sentinel://``, ``rediss+cluster://``  those over TLS (a Sentinel is then asked over TLS too)
==================================  ==============================================================

What holds a user or password with special characters has them percent-encoded (RFC 3986 §2.1).
Parameters of those over TLS: ``ca=/path`` (a PEM file, where the system does not know the
authority), ``cert=/path`` and ``key=/path`` (our own certificate). Of Sentinels:
``sentinel_username``, ``sentinel_password``, where they ask for their own.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import msgspec

FORMS = (
    "an address such as rediss://user:password@host:6379/0, unix:///run/valkey.sock, "
    "redis+sentinel://host:26379,host2:26379/service or redis+cluster://host:6379,host2:6379 "
    "(rediss+... over TLS, ?ca=/path for an authority of one's own)"
)
DEFAULT_PORT = 6379
DEFAULT_SENTINEL_PORT = 26379
MAX_DATABASE = 1023  # Redis takes as many as its configuration says; 16 unless told.

_SCHEME = re.compile(r"(redis|rediss)(?:\+(sentinel|cluster))?|unix")
_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]@?#]+)(?::(?P<port>\d{1,5}))?")
_OF_TLS = frozenset({"ca", "cert", "key"})
_OF_SENTINEL = frozenset({"sentinel_username", "sentinel_password"})


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed ``cache.url``. It holds passwords: never to be logged; ``shown`` is for that.

    Exactly one of these it is: a server by ``hosts`` (one), a server by ``socket``, Sentinels by
    ``hosts`` and ``service``, or a Cluster by ``hosts``.
    """

    hosts: tuple[tuple[str, int], ...] = ()
    socket: str | None = None
    service: str | None = None
    is_cluster: bool = False
    username: str | None = None
    password: str | None = None
    database: int = 0
    is_tls: bool = False
    ca: str | None = None
    cert: str | None = None
    key: str | None = None
    sentinel_username: str | None = None
    sentinel_password: str | None = None

    @property
    def shown(self) -> str:
        """The address without anything secret, for logs and messages."""
        if self.socket is not None:
            return f"unix://{self.socket}"
        kind = "+sentinel" if self.service else "+cluster" if self.is_cluster else ""
        hosts = ",".join(f"[{h}]:{p}" if ":" in h else f"{h}:{p}" for h, p in self.hosts)
        service = f"/{self.service}" if self.service else ""
        return f"redis{'s' if self.is_tls else ''}{kind}://{hosts}{service}"


def parse_address(text: str) -> Address:
    """Read ``cache.url``. Raises ``ValueError`` for what is none of the forms."""
    parts = urlsplit(text.strip())
    scheme = _SCHEME.fullmatch(parts.scheme)
    if scheme is None or parts.fragment or not text.isprintable():
        raise ValueError("no such form")
    is_tls, kind = scheme[1] == "rediss", scheme[2]
    parameters = _parameters(parts, scheme=parts.scheme, is_tls=is_tls, kind=kind)
    username, password, hosts = _credentials(parts.netloc)
    common = {"username": username, "password": password, "is_tls": is_tls}
    if parts.scheme == "unix":
        return _socket(parts, hosts, parameters, {**common, "is_tls": False})
    path = [part for part in parts.path.split("/") if part]
    named = {
        "hosts": _hosts(hosts, DEFAULT_SENTINEL_PORT if kind == "sentinel" else DEFAULT_PORT),
        **parameters,
        **common,
    }
    if kind == "sentinel":
        service, *rest = path
        return _build({**named, "service": unquote(service), "database": _database(rest)})
    if kind == "cluster":
        if path:
            raise ValueError("a Cluster has one database")
        return _build({**named, "is_cluster": True})
    if len(_hosts(hosts, DEFAULT_PORT)) != 1:
        raise ValueError("one server has one host")
    return _build({**named, "database": _database(path)})


def _build(values: dict[str, object]) -> Address:
    return msgspec.convert(values, Address)


def _socket(
    parts: SplitResult, hosts: str, parameters: dict[str, str], common: dict[str, object]
) -> Address:
    if hosts or parts.path in ("", "/"):
        raise ValueError("a socket has a path and no host")
    database = _database([parameters["db"]] if "db" in parameters else [])
    return _build({"socket": unquote(parts.path), "database": database, **common})


def _parameters(
    parts: SplitResult, *, scheme: str, is_tls: bool, kind: str | None
) -> dict[str, str]:
    allowed = {"db"} if scheme == "unix" else set()
    allowed |= _OF_TLS if is_tls else set()
    allowed |= _OF_SENTINEL if kind == "sentinel" else set()
    found = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
    if not found.keys() <= allowed:
        raise ValueError("no such parameter")
    return found


def _credentials(netloc: str) -> tuple[str | None, str | None, str]:
    credentials, at, hosts = netloc.rpartition("@")
    if not at:
        return None, None, hosts
    username, colon, password = credentials.partition(":")
    if not colon:
        raise ValueError("a user needs a password: user:password@ or :password@")
    return unquote(username) or None, unquote(password) or None, hosts


def _hosts(text: str, default_port: int) -> tuple[tuple[str, int], ...]:
    found: list[tuple[str, int]] = []
    for part in text.split(","):
        match = _HOST.fullmatch(part)
        if match is None:
            raise ValueError("no host")
        port = int(match["port"] or default_port)
        if not 0 < port <= 65535:
            raise ValueError("no port")
        found.append((match["host"].strip("[]"), port))
    return tuple(found)


def _database(path: list[str]) -> int:
    if not path:
        return 0
    number = int(path[0])
    if len(path) > 1 or not 0 <= number <= MAX_DATABASE:
        raise ValueError("no database")
    return number
