"""Users for a load test: made for it, logged in, or given tokens by who holds the server's secret."""

from __future__ import annotations

import base64
import csv
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from causerie.assembly.loadtest.api import Api, Progress, Unprepared

TOKEN_SECONDS = 24 * 3600  # Longer than any load test that still has news.
PROGRESS_EVERY = 500
OWN_PASSWORD_BYTES = 24


class Account(msgspec.Struct, frozen=True):
    """A user who can come in."""

    user_id: int
    token: str


class Known(msgspec.Struct, frozen=True):
    """A line of an accounts file; the same that ``causerie user import`` reads."""

    username: str
    password: str = ""


def read_accounts(path: Path) -> list[Known]:
    """Read lines of ``username,password`` or of JSON. Raises ``Unprepared`` for other files."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = [line for line in file if line.strip()]
    try:
        if lines and lines[0].lstrip().startswith("{"):
            return [msgspec.json.decode(line, type=Known) for line in lines]
    except msgspec.DecodeError as error:
        raise Unprepared(f"{path}: {error}") from error
    rows = list(csv.reader(lines))
    columns = ["username", "password"]
    if rows and "username" in rows[0]:  # The first line may name the columns, in any order.
        columns, rows = rows[0], rows[1:]
    cells = [dict(zip(columns, row, strict=False)) for row in rows]
    return [Known(cell.get("username", ""), cell.get("password", "")) for cell in cells]


def register(api: Api, wanted: int, run: str, progress: Progress) -> list[Account]:
    """Make accounts of our own; slow on a server that limits registrations, as it should be."""
    password = secrets.token_urlsafe(OWN_PASSWORD_BYTES)
    made = []
    for number in range(wanted):
        login = api.register(f"load-{run}-{number}", password)
        made.append(Account(login.user.id, login.access_token))
        _tell(progress, "registered", number, wanted)
    return made


def log_in(api: Api, known: Sequence[Known], progress: Progress) -> list[Account]:
    """Log everybody in by password; each costs the server a password hash, on purpose slow."""
    found = []
    for number, user in enumerate(known):
        login = api.login(user.username, user.password)
        found.append(Account(login.user.id, login.access_token))
        _tell(progress, "logged in", number, len(known))
    return found


def with_secret(api: Api, known: Sequence[Known], secret: str, progress: Progress) -> list[Account]:
    """Log the first one in, ask who the others are, and sign tokens for all (HS256).

    For a server of one's own with ``security.jwt_secret``: ten thousand logins would take it an
    hour of hashing.
    """
    first = api.login(known[0].username, known[0].password)
    accounts = []
    for number, user in enumerate(known):
        user_id = api.user_named(user.username, first.access_token).id
        accounts.append(Account(user_id, sign_token(user_id, secret, now=int(time.time()))))
        _tell(progress, "looked up", number, len(known))
    return accounts


def sign_token(user_id: int, secret: str, *, now: int) -> str:
    """Make an access token as the server would (RFC 7515 §3.1 with HS256; PROTOCOL, Tokens)."""
    claims = {
        "sub": str(user_id),
        "iss": "causerie",
        "aud": "causerie",
        "iat": now,
        "nbf": now,
        "exp": now + TOKEN_SECONDS,
        "jti": secrets.token_hex(16),
        "sid": secrets.token_hex(16),
    }
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    signature = hmac.digest(secret.encode(), signed.encode(), hashlib.sha256)
    return f"{signed}.{_base64url(signature)}"


def _part(value: dict[str, object] | dict[str, str]) -> str:
    return _base64url(json.dumps(value, separators=(",", ":")).encode())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _tell(progress: Progress, what: str, number: int, of: int) -> None:
    if (number + 1) % PROGRESS_EVERY == 0:
        progress(f"{number + 1:,} of {of:,} {what}")
