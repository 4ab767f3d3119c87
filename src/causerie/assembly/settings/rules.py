"""What no single key can tell: settings that only make sense, or are only safe, together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec

from causerie.assembly.settings.model import Settings
from causerie.assembly.settings.problems import MASK, Problem
from causerie.assembly.settings.processes import lonely_workers
from causerie.foundation.outbound import is_secure_address

MIN_SECRET_CHARACTERS = 32  # RFC 7518 §3.2: a key of HS256 has at least the 256 bits of its hash.
MIN_DISTINCT_CHARACTERS = 8  # Random text of 32 characters has twenty or more.

EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not listened on

ADVICE = 'Make a good one with: python3 -c "import secrets; print(secrets.token_urlsafe(48))"'

# What examples, tutorials and older servers' files carry where a secret should stand.
_PLACEHOLDER = re.compile(
    r"change[-_ ]?(me|this|it|in)|your[-_ ]|placeholder|example|secret|default|insecure|password"
    r"|development|not[-_ ]?secure|12345678|qwerty|deadbeef|0123456789abcdef|abcdefgh",
    re.IGNORECASE,
)


def broken_rules(settings: Settings) -> Iterator[Problem]:
    """Find every problem that shows only when all keys are known."""
    yield from _signing(settings)
    yield from _trusted_issuer(settings)
    yield from _oidc(settings)
    yield from _production(settings)
    yield from _mail(settings)
    yield from _files(settings)
    yield from _tls(settings)
    yield from _addresses(settings)
    yield from lonely_workers(settings)


def notices(settings: Settings) -> list[str]:
    """Say what is set and does nothing yet, where starting all the same does no harm."""
    found = list(_at_odds(settings))
    telemetry = settings.telemetry
    for key, value, library, extra in (
        ("sentry_dsn", telemetry.sentry_dsn, "sentry_sdk", "sentry"),
        ("traces_endpoint", telemetry.traces_endpoint, "opentelemetry", "telemetry"),
    ):
        if value is not None and find_spec(library) is None:
            found.append(f"telemetry.{key} is set and does nothing: install causerie[{extra}]")
    if settings.database.url is not None and settings.security.master_key is None:
        found.append(
            f"the keys in the external database are encrypted under "
            f"{settings.server.data_dir}/master.key, which lies on this machine only: keep a copy "
            "of it apart from the database's backups, or set security.master_key"
        )
    is_unsaid = settings.files.scanner is None or settings.server.environment == "production"
    if settings.features.file_uploads and settings.files_scanner == "none" and is_unsaid:
        found.append(
            "files are served without a look for harmful content: set files.scanner to clamd"
        )
    if settings.server.environment == "production" and settings.mail.host is None:
        found.append("mail.host is not set: who forgets a password cannot set a new one")
    return found


def _at_odds(settings: Settings) -> Iterator[str]:
    """Find settings of which one takes the sense of another."""
    security, limits = settings.security, settings.limits
    if security.jwt_secret is not None and security.jwt_algorithm != "HS256":
        yield (
            "security.jwt_secret is set and does nothing: security.jwt_algorithm is "
            f"{security.jwt_algorithm}, which has keys of its own"
        )
    if security.jwt_access_duration >= security.jwt_refresh_duration:
        yield (
            "security.jwt_access_duration is not shorter than security.jwt_refresh_duration: "
            "nobody will ever refresh a token"
        )
    if 0 < limits.max_message_size < limits.max_message_length:
        yield (
            f"limits.max_message_length is {limits.max_message_length} characters, and "
            f"limits.max_message_size lets no more than {limits.max_message_size} bytes in"
        )


def _signing(settings: Settings) -> Iterator[Problem]:
    security = settings.security
    if security.jwt_algorithm == "HS256" and security.jwt_secret is None:
        yield Problem(
            "security.jwt_algorithm",
            "HS256 needs security.jwt_secret, 32 characters or more. " + ADVICE,
            '"HS256"',
        )
    if security.jwt_secret is None:
        return
    if len(security.jwt_secret) < MIN_SECRET_CHARACTERS:
        yield Problem(
            "security.jwt_secret",
            f"has {len(security.jwt_secret)} characters and must have {MIN_SECRET_CHARACTERS} at "
            f"least. {ADVICE}",
            f'"{MASK}"',
        )
    elif settings.server.environment == "production" and is_placeholder(security.jwt_secret):
        yield Problem(
            "security.jwt_secret",
            "is a well-known placeholder or easily guessed, and must not be used in production. "
            + ADVICE,
            f'"{MASK}"',
        )


def _trusted_issuer(settings: Settings) -> Iterator[Problem]:
    trusted = settings.trusted_issuer
    if (trusted.issuer is None) != (trusted.jwks_url is None):
        missing = "issuer" if trusted.issuer is None else "jwks_url"
        yield Problem(f"trusted_issuer.{missing}", "is needed where the other of the two is set")
    if trusted.issuer == settings.security.jwt_issuer:
        yield Problem(
            "trusted_issuer.issuer",
            "must not be security.jwt_issuer: two sets of keys would sign for one name",
            f'"{trusted.issuer}"',
        )
    is_production = settings.server.environment == "production"
    if trusted.jwks_url is not None and not is_secure_address(
        trusted.jwks_url, allow_loopback=not is_production
    ):
        yield Problem(
            "trusted_issuer.jwks_url",
            "must be an https address: whoever can change the answer signs every token",
            f'"{trusted.jwks_url}"',
        )
    if not trusted.algorithms:
        yield Problem("trusted_issuer.algorithms", "must name one at least")


def _oidc(settings: Settings) -> Iterator[Problem]:
    oidc = settings.oidc
    needed = {
        "issuer": oidc.issuer,
        "client_id": oidc.client_id,
        "redirect_uri": oidc.redirect_uri,
    }
    if any(needed.values()):
        for name, value in needed.items():
            if value is None:
                yield Problem(f"oidc.{name}", "is needed where the others of oidc are set")
    is_production = settings.server.environment == "production"
    for name in ("issuer", "redirect_uri"):
        address = needed[name]
        if address is not None and not is_secure_address(address, allow_loopback=not is_production):
            yield Problem(f"oidc.{name}", "must be an https address", f'"{address}"')


def is_placeholder(secret: str) -> bool:
    """Say whether a secret looks like what a file of examples carries."""
    few = len(set(secret)) < MIN_DISTINCT_CHARACTERS
    return few or _PLACEHOLDER.search(secret) is not None


def _production(settings: Settings) -> Iterator[Problem]:
    if settings.server.environment == "production" and settings.testing.echo:
        yield Problem("testing.echo", "must be false in production: it needs no token", "true")


def _mail(settings: Settings) -> Iterator[Problem]:
    mail = settings.mail
    if mail.host is None:
        return
    for name, value in (
        ("server.public_url", settings.server.public_url),
        ("mail.sender", mail.sender),
    ):
        if value is None:
            yield Problem(name, "must be set where mail.host is: letters cannot do without it")
    if mail.username is not None and mail.password is None:
        yield Problem("mail.password", "must be set where mail.username is")
    if mail.password is not None and mail.tls == "none":
        yield Problem("mail.tls", "must not be none where a password is sent", '"none"')


def _files(settings: Settings) -> Iterator[Problem]:
    files = settings.files
    if files.storage == "s3" and files.s3_bucket is None:
        yield Problem("files.s3_bucket", 'must be set where files.storage is "s3"')
    if (files.s3_access_key is None) != (files.s3_secret_key is None):
        missing = "s3_access_key" if files.s3_access_key is None else "s3_secret_key"
        yield Problem(f"files.{missing}", "is needed where the other of the two is set")


def _addresses(settings: Settings) -> Iterator[Problem]:
    http, grpc = settings.server.bind_addr, settings.grpc
    # Port 0 is whichever is free: another for each.
    is_one_port = grpc.enabled and grpc.bind_addr.port == http.port != 0
    if is_one_port and (
        grpc.bind_addr.host == http.host
        or not EVERYWHERE.isdisjoint({grpc.bind_addr.host, http.host})
    ):
        yield Problem("grpc.bind_addr", "must be another than server.bind_addr: a port of its own")


def _tls(settings: Settings) -> Iterator[Problem]:
    """A certificate serves with its key only."""
    server, grpc = settings.server, settings.grpc
    for name, value, other in (
        ("server.tls_key", server.tls_key, server.tls_cert),
        ("server.tls_cert", server.tls_cert, server.tls_key),
        ("grpc.tls_key", grpc.tls_key, grpc.tls_cert),
        ("grpc.tls_cert", grpc.tls_cert, grpc.tls_key),
    ):
        if value is None and other is not None:
            yield Problem(name, "must be given too: a certificate and its key go together")
    if grpc.client_ca is not None and grpc.tls_cert is None:
        yield Problem("grpc.tls_cert", "must be given too: clients show theirs over TLS only")
