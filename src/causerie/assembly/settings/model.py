"""Every setting, its default and what it means: one typed, frozen object, read once.

The sections' names and keys are those of the TOML files and, in capitals, of the variables
``CHAT_SERVER__SECTION__KEY``. The documentation and ``.env.example`` are made from here.
"""

# Over 300 lines: the whole list of settings, one after the other, is what one looks for here.

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from causerie.assembly.settings.cache import CacheSettings
from causerie.assembly.settings.declaring import setting
from causerie.assembly.settings.files import FilesSettings
from causerie.assembly.settings.grpc import GrpcSettings
from causerie.assembly.settings.issuer import TrustedIssuerSettings
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
    Network,
    Raw,
    Several,
    Text,
    Url,
    read_network,
    read_origin,
)
from causerie.assembly.settings.mail import MailSettings
from causerie.assembly.settings.oidc import OidcSettings
from causerie.assembly.settings.outbound import OutboundSettings
from causerie.assembly.settings.presence import PresenceSettings

ENVIRONMENTS = ("development", "test", "staging", "production")

_DAY_SECONDS = 86400.0
_MANY = 1_000_000_000  # A bound for counts that no real server comes near.
_MAX_FRAME_BYTES = 64 << 20  # Above this a single frame could eat the memory of many readers.

_on_or_off = Boolean()
_count_or_off = Integer(0, _MANY)
_maybe_path = Maybe(FilePath())
# Refuse: what is sure, the rest is flagged; strict: whatever is found.
_filter_action = Choice(("off", "flag", "refuse", "strict"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """The process: where it listens, where it keeps its data, how long it waits."""

    bind_addr: Address = setting(
        ListenAddress(), "127.0.0.1:8080", "Where HTTP and WebSocket listen, on one port."
    )
    environment: str = setting(
        Choice(ENVIRONMENTS), "development", "Which `config/*.toml` is read; production is strict."
    )
    public_url: str | None = setting(
        Maybe(Url(("http", "https"), "https://chat.example.org")),
        "",
        "The address under which people reach this server; links in mails begin with it.",
    )
    data_dir: Path = setting(
        FilePath(), "./data", "Where the embedded PostgreSQL, keys and files lie."
    )
    workers: int = setting(
        Integer(0, 256),
        1,
        "Server processes on the one port; 0 means one per core. More than one need `cache.url`.",
    )
    max_connections: int = setting(
        Integer(1, 1_000_000),
        20000,
        "WebSocket connections of this machine, all worker processes together; beyond them 503.",
    )
    connection_timeout: float = setting(
        Duration(0.1, 600),
        "10s",
        "From accepting a connection to complete headers and answered authentication.",
    )
    compression: bool = setting(
        _on_or_off,
        default=True,
        doc="WebSocket messages of 1 KB and more are compressed for clients that offer it.",
    )
    heartbeat_interval: float = setting(
        Duration(0.1, 3600), "30s", "Between two pings; a peer silent for two of them is dropped."
    )
    shutdown_timeout: float = setting(
        Duration(0.1, 3600), "15s", "For an orderly stop, everything included."
    )
    trusted_proxies: tuple[Network, ...] = setting(
        Several("a list of IP addresses or networks", read_network),
        [],
        "Peers whose `Forwarded` or `X-Forwarded-For` is believed.",
    )
    tls_cert: Path | None = setting(
        _maybe_path,
        "",
        "Certificate chain (PEM): the port then speaks TLS. Taken anew when it changes.",
    )
    tls_key: Path | None = setting(_maybe_path, "", "The certificate's private key (PEM).")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    """PostgreSQL, 15 or newer."""

    url: str | None = setting(
        Maybe(Url(("postgres", "postgresql"), "postgresql://user:password@host:5432/name")),
        "",
        "An external PostgreSQL; none means the embedded one in the data folder.",
        secret=True,
    )
    max_connections: int = setting(
        Integer(2, 1000), 20, "Connections in the pool; the writer has one more of its own."
    )
    auto_migrate: bool = setting(
        _on_or_off, default=True, doc="Apply migrations at start; else `causerie migrate` does."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SecuritySettings:
    """Tokens, passwords, and who may come in."""

    jwt_secret: str | None = setting(
        Maybe(Text("32 characters or more", r".+")),
        "",
        "Shared secret of HS256, 32 characters or more; none means keys in the database.",
        secret=True,
    )
    jwt_algorithm: str = setting(
        Choice(("ES256", "RS256", "Ed25519", "HS256")),
        "ES256",
        "How access tokens are signed. `HS256` where `jwt_secret` is set and this is not.",
    )
    jwt_access_duration: float = setting(
        Duration(1, 7 * _DAY_SECONDS), "15m", "Life of an access token."
    )
    jwt_refresh_duration: float = setting(
        Duration(1, 365 * _DAY_SECONDS), "7d", "Life of a refresh token; each use starts a new one."
    )
    session_lifetime: float = setting(
        Duration(60, 3650 * _DAY_SECONDS),
        "30d",
        "Life of a session from its login on, however much it is used; then one logs in again.",
    )
    jwt_issuer: str = setting(
        Text("a text that is not empty"), "causerie", "`iss` of tokens made and accepted."
    )
    jwt_audience: str = setting(
        Text("a text that is not empty"), "causerie", "`aud` of tokens made and accepted."
    )
    enable_2fa: bool = setting(
        _on_or_off, default=True, doc="Let users switch two-factor on; who has it on keeps it."
    )
    content_filtering: bool = setting(
        _on_or_off, default=True, doc="Screen messages before they are stored (docs/moderation.md)."
    )
    filter_size: str = setting(
        _filter_action, "refuse", "What the filter does about size and encoding; rooms may differ."
    )
    filter_structure: str = setting(
        _filter_action, "refuse", "The same about links, mentions, scripts and disguises."
    )
    filter_meaning: str = setting(
        _filter_action, "refuse", "The same about profanity, threats, spam and abuse."
    )
    bcrypt_cost: int = setting(
        Integer(4, 20), 12, "Cost of bcrypt, for comparison with hashes from an older system."
    )
    master_key: str | None = setting(
        Maybe(Text("64 hexadecimal digits", r"[0-9A-Fa-f]{64}")),
        "",
        "Encrypts keys in the database; none means one made in the data folder.",
        secret=True,
    )
    key_rotation: float | None = setting(
        Maybe(Duration(3600, 3650 * _DAY_SECONDS)),
        "90d",
        "A new signing key comes this long after the last; none means by `causerie keys` only.",
    )
    password_memory_kib: int = setting(
        Integer(8, 4 << 20), 19456, "Memory of Argon2id for one password, in KiB."
    )
    password_iterations: int = setting(Integer(1, 100), 2, "Iterations of Argon2id.")
    breached_passwords: Path | None = setting(
        _maybe_path,
        "",
        "SHA-1 hashes of breached passwords, sorted, one a line (haveibeenpwned.com); none of them "
        "may be chosen.",
    )
    registration: str = setting(
        Choice(("open", "invite", "closed")),
        "open",
        "Who may make an account for themselves: all, who has an invitation, or nobody. Those of an "
        "OpenID provider always may; `causerie user create` makes the rest.",
    )
    allowed_origins: tuple[str, ...] = setting(
        Several('a list of origins such as "https://chat.example.org"', read_origin),
        [],
        "Origins besides the server's own from which browsers may open a WebSocket.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsSettings:
    """Bounds on what clients may do; 0 switches one off."""

    max_message_length: int = setting(
        _count_or_off, 4000, "Length of a message's text in Unicode code points."
    )
    max_message_size: int = setting(
        Integer(0, _MAX_FRAME_BYTES),
        65536,
        "Bytes of one assembled WebSocket message; 0 leaves the 64 MiB that no setting exceeds.",
    )
    max_message_size_v1: int = setting(
        Integer(0, _MAX_FRAME_BYTES), 8192, "The same on the v1 dialect."
    )
    max_connections_per_user: int = setting(
        _count_or_off, 5, "WebSocket connections of one user at a time."
    )
    max_connections_per_ip: int = setting(
        _count_or_off, 100, "WebSocket connections from one IP address at a time."
    )
    max_messages_per_minute: int = setting(
        _count_or_off, 60, "Messages of one user a minute; all of them at once if the user likes."
    )
    auth_attempts_per_minute: int = setting(
        _count_or_off, 10, "Registrations, logins and codes from one IP address a minute."
    )
    max_file_size: int = setting(_count_or_off, 104857600, "Bytes of one file.")
    adaptive: bool = setting(
        _on_or_off,
        default=True,
        doc="Whether limits tighten while the server is loaded; see docs/limits.md.",
    )

    @property
    def message_bytes(self) -> int:
        """The bound of a socket's messages: there is one also where the setting is off."""
        return self.max_message_size or _MAX_FRAME_BYTES

    @property
    def message_bytes_v1(self) -> int:
        """The same on the v1 dialect."""
        return self.max_message_size_v1 or _MAX_FRAME_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSettings:
    """Switches of features; one that this version does not have yet stays off either way."""

    file_uploads: bool = setting(_on_or_off, default=True, doc="Files in messages.")
    message_reactions: bool = setting(_on_or_off, default=True, doc="Reactions.")
    user_mentions: bool = setting(_on_or_off, default=True, doc="Mentions.")
    pinned_messages: bool = setting(_on_or_off, default=True, doc="Pinned messages.")
    message_threads: bool = setting(_on_or_off, default=True, doc="Threads.")
    webhooks: bool = setting(_on_or_off, default=True, doc="Webhooks, both ways.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TestingSettings:
    """For tests only; refused in production."""

    echo: bool = setting(
        _on_or_off,
        default=False,
        doc="Stand up `/ws/echo`, which needs no token, for a WebSocket conformance suite.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggingSettings:
    """The log, which goes to standard error."""

    level: str = setting(
        Choice(("debug", "info", "warning", "error", "critical")), "info", "What is left out."
    )
    format: str = setting(
        Choice(("console", "json")), "console", "For a person, or for a collector (ECS names)."
    )
    file: Path | None = setting(
        _maybe_path, "", "Log to this file as well; it turns over at 64 MB, five are kept."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetrySettings:
    """Where errors and traces go; each needs an extra, ``causerie[sentry]``, ``causerie[telemetry]``."""

    sentry_dsn: str | None = setting(
        Maybe(Url(("http", "https"), "https://key@host/project")),
        "",
        "Report errors to Sentry, without anything about people; needs causerie[sentry].",
        secret=True,
    )
    traces_endpoint: str | None = setting(
        Maybe(Url(("http", "https"), "http://localhost:4318/v1/traces")),
        "",
        "Send traces there, by OTLP over HTTP; needs causerie[telemetry].",
    )
    traces_percent: int = setting(
        Integer(0, 100), 10, "How many of all traces are sent; who calls us may decide for its own."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set. ``Settings()`` is what an empty machine gets."""

    server: ServerSettings = field(default_factory=ServerSettings)
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    cache: CacheSettings = field(default_factory=CacheSettings)
    grpc: GrpcSettings = field(default_factory=GrpcSettings)
    security: SecuritySettings = field(default_factory=SecuritySettings)
    mail: MailSettings = field(default_factory=MailSettings)
    oidc: OidcSettings = field(default_factory=OidcSettings)
    trusted_issuer: TrustedIssuerSettings = field(default_factory=TrustedIssuerSettings)
    files: FilesSettings = field(default_factory=FilesSettings)
    limits: LimitsSettings = field(default_factory=LimitsSettings)
    presence: PresenceSettings = field(default_factory=PresenceSettings)
    outbound: OutboundSettings = field(default_factory=OutboundSettings)
    features: FeatureSettings = field(default_factory=FeatureSettings)
    testing: TestingSettings = field(default_factory=TestingSettings)
    logging: LoggingSettings = field(default_factory=LoggingSettings)
    telemetry: TelemetrySettings = field(default_factory=TelemetrySettings)

    @property
    def files_scanner(self) -> str:
        """Who looks at files. Where nobody said anything, production holds them back."""
        default = "clamd" if self.server.environment == "production" else "none"
        return self.files.scanner or default

    @property
    def is_https_asked_for(self) -> bool:
        """Whether who comes in plain from another machine is sent away."""
        return self.server.tls_cert is not None or self.server.environment == "production"


@dataclass(frozen=True, slots=True)
class Key:
    """One setting in the catalogue."""

    section: str
    name: str
    kind: Kind[Any]  # Any: each key has a type of its own; its kind is what knows it
    default: Raw
    doc: str
    secret: bool

    @property
    def dotted(self) -> str:
        """The key as the TOML files and messages name it."""
        return f"{self.section}.{self.name}"

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"CHAT_SERVER__{self.section.upper()}__{self.name.upper()}"

    def value_in(self, settings: Settings) -> object:
        """Look the value up in the settings."""
        found: object = getattr(getattr(settings, self.section), self.name)
        return found

    def written_in(self, settings: Settings) -> Raw:
        """Write the value as TOML would hold it."""
        return self.kind.write(self.value_in(settings))


def _declared() -> Iterator[Key]:
    defaults = Settings()
    for section in dataclasses.fields(Settings):
        for key in dataclasses.fields(getattr(defaults, section.name)):
            about = key.metadata
            yield Key(
                section.name,
                key.name,
                about["kind"],
                about["default"],
                about["doc"],
                about["secret"],
            )


CATALOGUE: dict[str, Key] = {key.dotted: key for key in _declared()}
SECTIONS: dict[str, str] = {
    section.name: (getattr(Settings(), section.name).__doc__ or "")
    for section in dataclasses.fields(Settings)
}
