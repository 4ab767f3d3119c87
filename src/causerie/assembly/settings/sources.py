"""Where settings come from, and which source wins: files, then variables, each later one over it.

The order, weakest first: ``config/<environment>.toml``; the older names in ``.env``, ``.env.local``
and the environment; the names of today in those same three. So a file's value gives way to an old
variable, and an old variable to a new one.
"""

from __future__ import annotations

import io
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from dotenv.parser import parse_stream

from causerie.assembly.settings.kinds import Raw
from causerie.assembly.settings.model import CATALOGUE, ENVIRONMENTS, SECTIONS
from causerie.assembly.settings.problems import Problem

PREFIX = "CHAT_SERVER__"
DEFAULT_CONFIG_DIR = Path("config")

# PROTOCOL's older names, and what each stands for.
OLD_NAMES: dict[str, tuple[str, ...]] = {
    "WS_BIND_ADDR": ("server.bind_addr",),
    "DATABASE_URL": ("database.url",),
    "JWT_SECRET": ("security.jwt_secret",),
    "MAX_CONNECTIONS": ("server.max_connections",),
    "MAX_MESSAGE_SIZE": ("limits.max_message_size", "limits.max_message_size_v1"),
    "HEARTBEAT_INTERVAL_SECONDS": ("server.heartbeat_interval",),
    "RATE_LIMIT_MSG_PER_MIN": ("limits.max_messages_per_minute",),
    "MASTER_ENCRYPTION_KEY": ("security.master_key",),
    "SENTRY_DSN": ("telemetry.sentry_dsn",),
}

Layer = tuple[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Given:
    """What a source says of one key."""

    raw: Raw
    source: str


@dataclass(slots=True)
class Gathered:
    """What all sources say: the winning value per key, and what could not be understood."""

    given: dict[str, Given] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def gather(config_dir: Path | None, environ: Mapping[str, str], working_dir: Path) -> Gathered:
    """Read every source. ``config_dir`` is only asked to exist where it was named."""
    gathered = Gathered()
    layers = [*_dotenv_layers(gathered, working_dir), ("environment", environ)]
    environment = _environment_of(layers)
    folder = working_dir / (config_dir or DEFAULT_CONFIG_DIR)
    if config_dir is not None and not folder.is_dir():
        gathered.problems.append(Problem("--config", f"there is no folder {config_dir}"))
    if environment in ENVIRONMENTS:  # else the catalogue's own check complains
        _take_toml(gathered, folder / f"{environment}.toml", environment)
    for layer in layers:
        _take_old_names(gathered, layer)
    for layer in layers:
        _take_variables(gathered, layer)
    _point_away_from_rest(gathered, layers)
    return gathered


def _dotenv_layers(gathered: Gathered, working_dir: Path) -> Iterator[Layer]:
    for name in (".env", ".env.local"):
        path = working_dir / name
        if path.is_file():
            yield name, dict(_lines_of(gathered, path))


def _lines_of(gathered: Gathered, path: Path) -> Iterator[tuple[str, str]]:
    """Read a file of variables as it stands: a password may hold a dollar sign."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        gathered.problems.append(Problem(path.name, f"cannot be read: {error}"))
        return
    for line in parse_stream(io.StringIO(text)):
        if line.key is not None and line.value is not None:
            yield line.key, line.value
        elif line.error or (line.key is not None and _is_ours(line.key)):
            # Not quoted: it may be a piece of a secret.
            text = f"line {line.original.line} is not NAME=value"
            gathered.problems.append(Problem(path.name, text))


def _is_ours(variable: str) -> bool:
    return variable.startswith(PREFIX) or variable in OLD_NAMES


def _environment_of(layers: Iterable[Layer]) -> str:
    environment = "development"
    for _, variables in layers:
        environment = variables.get(f"{PREFIX}SERVER__ENVIRONMENT", environment)
    return environment.strip().lower()


def _take_toml(gathered: Gathered, path: Path, environment: str) -> None:
    if not path.is_file():
        return
    source = f"{path.parent.name}/{path.name}"
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        gathered.problems.append(Problem(source, f"cannot be read: {error.strerror}"))
        return
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        gathered.problems.append(Problem(source, f"is not TOML: {error}"))
        return
    for section, keys in document.items():
        if not isinstance(keys, dict):
            gathered.problems.append(_unknown(section, source))
            continue
        for name, value in keys.items():
            _take(gathered, f"{section}.{name}", value, source)
    named = gathered.given.get("server.environment")
    if named is not None and named.raw != environment:
        text = f'this file is read where the environment is "{environment}"; leave the key out'
        gathered.problems.append(Problem("server.environment", text, repr(named.raw), source))


def _take_old_names(gathered: Gathered, layer: Layer) -> None:
    source, variables = layer
    for old, keys in OLD_NAMES.items():
        if old in variables:
            for key in keys:
                _take(gathered, key, variables[old], f"{source}: {old}")


def _take_variables(gathered: Gathered, layer: Layer) -> None:
    source, variables = layer
    for name, value in variables.items():
        if name.startswith(PREFIX):
            dotted = name.removeprefix(PREFIX).lower().replace("__", ".")
            _take(gathered, dotted, value, f"{source}: {name}")


def _take(gathered: Gathered, key: str, value: Raw, source: str) -> None:
    if key in CATALOGUE:
        gathered.given[key] = Given(value, source)
    else:
        gathered.problems.append(_unknown(key, source))


def _unknown(key: str, source: str) -> Problem:
    section = key.split(".", 1)[0]
    close = get_close_matches(key, CATALOGUE, n=1, cutoff=0.7)
    if close:
        text = f"there is no such key; {close[0]} is near"
    elif section in SECTIONS:
        names = ", ".join(k.name for k in CATALOGUE.values() if k.section == section)
        text = f"there is no such key; [{section}] has {names}"
    else:
        text = f"there is no such section; there are {', '.join(SECTIONS)}"
    return Problem(key, text, source=source)


def _point_away_from_rest(gathered: Gathered, layers: Iterable[Layer]) -> None:
    """Answer Upstash's REST variables: a chat server needs the Redis protocol itself."""
    found: dict[str, str] = {}
    for _, variables in layers:
        for name in ("UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN"):
            if variables.get(name):
                found[name] = variables[name]
    if not found or "cache.url" in gathered.given:
        return
    host = found.get("UPSTASH_REDIS_REST_URL", "https://<host>").split("://")[-1].split("/")[0]
    host = host.rsplit("@", 1)[-1].split(":")[0]
    text = (
        "is for Redis over HTTP, which cannot push. The same database speaks Redis itself at "
        f"rediss://default:<UPSTASH_REDIS_REST_TOKEN>@{host}:6379, which is what "
        f"{PREFIX}CACHE__URL takes. Set that one, and unset this."
    )
    gathered.problems.extend(Problem(name, text, source="environment") for name in found)
