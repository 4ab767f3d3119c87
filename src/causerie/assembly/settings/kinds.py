"""Kinds of setting: how each is read from a file or a variable, written back, and explained."""

from __future__ import annotations

import ipaddress
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, NamedTuple, TypeAlias, TypeVar
from urllib.parse import urlsplit

from typing_extensions import override

Raw: TypeAlias = str | int | float | bool | list[str]
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

T = TypeVar("T")
V = TypeVar("V")


class Kind(ABC, Generic[T]):
    """One kind of value."""

    @abstractmethod
    def allowed(self) -> str:
        """Say what a value may be; completes "must be ..."."""

    @abstractmethod
    def parse(self, raw: Raw) -> T:
        """Read a TOML value, or the text of a variable. Raises ``ValueError``."""

    @abstractmethod
    def write(self, value: T) -> Raw:
        """Give the TOML value that ``parse`` reads back to the same."""


class Address(NamedTuple):
    """Where to listen. The host is a name or an IP address without brackets; port 0 takes any."""

    host: str
    port: int

    @override
    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True)
class Integer(Kind[int]):
    """A whole number within bounds, both included."""

    least: int
    most: int

    @override
    def allowed(self) -> str:
        return f"a whole number from {self.least} to {self.most}"

    @override
    def parse(self, raw: Raw) -> int:
        if isinstance(raw, str):
            raw = int(raw)
        if isinstance(raw, bool) or not isinstance(raw, int):
            raise ValueError(raw)  # noqa: TRY004 - one error for all that a person wrote wrong
        if not self.least <= raw <= self.most:
            raise ValueError(raw)
        return raw

    @override
    def write(self, value: int) -> Raw:
        return value


_TRUE = frozenset({"true", "1", "on", "yes"})
_FALSE = frozenset({"false", "0", "off", "no"})


@dataclass(frozen=True)
class Boolean(Kind[bool]):
    """On or off."""

    @override
    def allowed(self) -> str:
        return "true or false"

    @override
    def parse(self, raw: Raw) -> bool:
        if isinstance(raw, bool):
            return raw
        word = str(raw).strip().lower()
        if word not in _TRUE | _FALSE:
            raise ValueError(raw)
        return word in _TRUE

    @override
    def write(self, value: bool) -> Raw:
        return value


@dataclass(frozen=True)
class Choice(Kind[str]):
    """One of a few words, in any case."""

    words: tuple[str, ...]

    @override
    def allowed(self) -> str:
        return "one of " + ", ".join(json.dumps(word) for word in self.words)

    @override
    def parse(self, raw: Raw) -> str:
        wanted = str(raw).strip().lower()
        for word in self.words:
            if word.lower() == wanted:
                return word
        raise ValueError(raw)

    @override
    def write(self, value: str) -> Raw:
        return value


_UNITS_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?) ?(ms|s|m|h|d)?")


@dataclass(frozen=True)
class Duration(Kind[float]):
    """A span of time in seconds, written with its unit; a bare number is seconds."""

    least: float
    most: float

    @override
    def allowed(self) -> str:
        bounds = f"from {self.write(self.least)} to {self.write(self.most)}"
        return f'a duration {bounds}, such as "500ms", "30s", "15m", "12h" or "7d"'

    @override
    def parse(self, raw: Raw) -> float:
        match = None if isinstance(raw, (bool, list)) else _DURATION.fullmatch(str(raw).strip())
        if match is None:
            raise ValueError(raw)
        seconds = float(match[1]) * _UNITS_SECONDS[match[2] or "s"]
        if not self.least <= seconds <= self.most:
            raise ValueError(raw)
        return seconds

    @override
    def write(self, value: float) -> str:
        for unit in ("d", "h", "m", "s"):
            if value >= _UNITS_SECONDS[unit] and value % _UNITS_SECONDS[unit] == 0:
                return f"{value / _UNITS_SECONDS[unit]:.0f}{unit}"
        return f"{value * 1000:g}ms" if value < 1 else f"{value:g}s"


@dataclass(frozen=True)
class Text(Kind[str]):
    """Printable text that is not empty, of a certain shape where there is a pattern."""

    shape: str
    pattern: str = r"\S(?:.*\S)?"

    @override
    def allowed(self) -> str:
        return self.shape

    @override
    def parse(self, raw: Raw) -> str:
        if not isinstance(raw, str) or not raw.isprintable():
            raise ValueError(raw)
        if re.fullmatch(self.pattern, raw) is None:
            raise ValueError(raw)
        return raw

    @override
    def write(self, value: str) -> Raw:
        return value


@dataclass(frozen=True)
class Url(Kind[str]):
    """An address with one of a few schemes."""

    schemes: tuple[str, ...]
    example: str

    @override
    def allowed(self) -> str:
        return f"an address such as {self.example}"

    @override
    def parse(self, raw: Raw) -> str:
        text = str(raw).strip()
        parts = urlsplit(text)
        # A host may also stand in the query: postgresql:///chat?host=/run/postgresql
        if parts.scheme not in self.schemes or not (parts.hostname or "host=" in parts.query):
            raise ValueError(raw)
        _ = parts.port  # raises for what is no port
        return text

    @override
    def write(self, value: str) -> Raw:
        return value


@dataclass(frozen=True)
class ListenAddress(Kind[Address]):
    """``host:port``."""

    @override
    def allowed(self) -> str:
        return 'host:port, such as "127.0.0.1:8080", "0.0.0.0:8080" or "[::1]:8080"'

    @override
    def parse(self, raw: Raw) -> Address:
        match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+):(\d{1,5})", str(raw).strip())
        if match is None or int(match[2]) > 65535:
            raise ValueError(raw)
        if match[1].startswith("["):
            return Address(str(ipaddress.IPv6Address(match[1][1:-1])), int(match[2]))
        return Address(match[1], int(match[2]))

    @override
    def write(self, value: Address) -> Raw:
        return str(value)


@dataclass(frozen=True)
class FilePath(Kind[Path]):
    """A path; a relative one counts from the folder in which the server is started."""

    @override
    def allowed(self) -> str:
        return "a path"

    @override
    def parse(self, raw: Raw) -> Path:
        if not isinstance(raw, str) or not raw.strip() or "\0" in raw:
            raise ValueError(raw)
        return Path(raw.strip()).expanduser()

    @override
    def write(self, value: Path) -> Raw:
        return f"./{value}" if value.parts and value.parts[0].isidentifier() else str(value)


@dataclass(frozen=True)
class Maybe(Kind[T | None]):
    """A setting that may be absent: empty text means absent, so that a variable can unset it."""

    kind: Kind[T]

    @override
    def allowed(self) -> str:
        return f"{self.kind.allowed()}, or empty for none"

    @override
    def parse(self, raw: Raw) -> T | None:
        return None if raw == "" else self.kind.parse(raw)

    @override
    def write(self, value: T | None) -> Raw:
        return "" if value is None else self.kind.write(value)


@dataclass(frozen=True)
class Several(Kind[tuple[V, ...]]):
    """A list: in TOML an array, in a variable separated by commas."""

    shape: str
    read_one: Callable[[str], V]

    @override
    def allowed(self) -> str:
        return self.shape

    @override
    def parse(self, raw: Raw) -> tuple[V, ...]:
        parts = raw.split(",") if isinstance(raw, str) else raw
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise ValueError(raw)
        return tuple(self.read_one(part.strip()) for part in parts if part.strip())

    @override
    def write(self, value: tuple[V, ...]) -> Raw:
        return [str(item) for item in value]


@dataclass(frozen=True)
class Pairs(Kind[tuple[tuple[str, str], ...]]):
    """A list of ``one=other``; in TOML an array, in a variable separated by commas."""

    shape: str

    @override
    def allowed(self) -> str:
        return self.shape

    @override
    def parse(self, raw: Raw) -> tuple[tuple[str, str], ...]:
        return Several(self.shape, _read_pair).parse(raw)

    @override
    def write(self, value: tuple[tuple[str, str], ...]) -> Raw:
        return [f"{one}={other}" for one, other in value]


def _read_pair(text: str) -> tuple[str, str]:
    one, found, other = (part.strip() for part in text.rpartition("="))
    if not (one and found and re.fullmatch(r"[a-z][a-z_]{0,31}", other)):
        raise ValueError(text)
    return one, other


def read_algorithm(text: str) -> str:
    """Read the name of a signature algorithm with a pair of keys."""
    return Choice(("ES256", "RS256", "Ed25519")).parse(text)


def read_network(text: str) -> Network:
    """Read an IP address or a network in CIDR notation."""
    return ipaddress.ip_network(text)


def read_origin(text: str) -> str:
    """Read a browser's origin (RFC 6454 §6.1): scheme, host and port, no path."""
    if re.fullmatch(r"https?://[^\s/?#@*]+", text) is None:
        raise ValueError(text)
    return text.lower()
