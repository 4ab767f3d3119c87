"""Each kind of setting reads what it allows, refuses the rest, and writes what it reads back."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from causerie.assembly.settings.kinds import (
    Address,
    Boolean,
    Choice,
    Duration,
    FilePath,
    Integer,
    Kind,
    ListenAddress,
    Maybe,
    Raw,
    Several,
    Text,
    Url,
    read_network,
    read_origin,
)

URL = Url(("postgres", "postgresql"), "postgresql://host/name")
NETWORKS = Several("networks", read_network)
ORIGINS = Several("origins", read_origin)


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (Integer(0, 9), 9, 9),
        (Integer(0, 9), " 0 ", 0),
        (Boolean(), True, True),
        (Boolean(), "TRUE", True),
        (Boolean(), "off", False),
        (Choice(("ES256", "Ed25519")), "ed25519", "Ed25519"),
        (Duration(0, 1e9), "500ms", 0.5),
        (Duration(0, 1e9), "1.5s", 1.5),
        (Duration(0, 1e9), "15m", 900.0),
        (Duration(0, 1e9), "12h", 43200.0),
        (Duration(0, 1e9), "7d", 604800.0),
        (Duration(0, 1e9), "30", 30.0),
        (Duration(0, 1e9), 30, 30.0),
        (Text("text"), "a b", "a b"),
        (URL, "postgres://u:p@h:5433/chat", "postgres://u:p@h:5433/chat"),
        (URL, "postgresql:///chat?host=/run/pg", "postgresql:///chat?host=/run/pg"),
        (ListenAddress(), "0.0.0.0:8080", Address("0.0.0.0", 8080)),
        (ListenAddress(), "localhost:0", Address("localhost", 0)),
        (ListenAddress(), "[::1]:8080", Address("::1", 8080)),
        (FilePath(), "./data", Path("data")),
        (FilePath(), "/var/lib/causerie", Path("/var/lib/causerie")),
        (Maybe(FilePath()), "", None),
        (Maybe(FilePath()), "x", Path("x")),
        (NETWORKS, "10.0.0.0/8, ::1", (ip_network("10.0.0.0/8"), ip_network("::1"))),
        (NETWORKS, [], ()),
        (ORIGINS, ["https://Chat.example.org:8443"], ("https://chat.example.org:8443",)),
    ],
)
def test_what_is_allowed_is_read_and_written_back_the_same(
    kind: Kind[Any], raw: Raw, value: object
) -> None:
    read = kind.parse(raw)

    assert read == value
    assert kind.parse(kind.write(read)) == value


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (Integer(0, 9), 10),
        (Integer(0, 9), -1),
        (Integer(0, 9), True),
        (Integer(0, 9), 1.0),
        (Integer(0, 9), "many"),
        (Integer(0, 9), ""),
        (Boolean(), "maybe"),
        (Boolean(), ""),
        (Boolean(), 2),
        (Choice(("a", "b")), "c"),
        (Duration(1, 60), "61s"),
        (Duration(1, 60), "0s"),
        (Duration(1, 60), "5 parsecs"),
        (Duration(1, 60), "-5s"),
        (Duration(1, 60), "nan"),
        (Duration(1, 60), True),
        (Text("text"), "  "),
        (Text("text"), 5),
        (Text("digits", r"\d{4}"), "123"),
        (URL, "mysql://host/name"),
        (URL, "host/name"),
        (URL, "postgres://host:port/name"),
        (URL, "postgres:///name"),
        (ListenAddress(), "8080"),
        (ListenAddress(), ":8080"),
        (ListenAddress(), "localhost"),
        (ListenAddress(), "localhost:65536"),
        (ListenAddress(), "::1:8080"),
        (ListenAddress(), "[nonsense]:1"),
        (FilePath(), " "),
        (FilePath(), 5),
        (NETWORKS, "10.0.0.0/33"),
        (NETWORKS, [5]),
        (NETWORKS, 5),
        (ORIGINS, "chat.example.org"),
        (ORIGINS, "https://chat.example.org/path"),
        (ORIGINS, "*"),
    ],
)
def test_what_is_not_allowed_is_refused(kind: Kind[Any], raw: Raw) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the operator's message is made by the loader
        kind.parse(raw)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.1, "100ms"), (1, "1s"), (90, "90s"), (900, "15m"), (86400, "1d"), (1.5, "1.5s")],
)
def test_a_duration_is_written_as_a_person_would(seconds: float, text: str) -> None:
    assert Duration(0, 1e9).write(seconds) == text
