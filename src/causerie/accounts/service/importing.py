"""Users brought in by the thousand, from JSON lines or CSV; harmless when repeated."""

from __future__ import annotations

import asyncio
import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import msgspec

from causerie.accounts.errors import UnknownRole
from causerie.accounts.model import (
    NewUser,
    Role,
    require_display_name,
    require_email,
    require_password,
    require_username,
)
from causerie.accounts.ports import Passwords, Users
from causerie.accounts.service.roles import RoleBook
from causerie.foundation.clock import Clock
from causerie.foundation.errors import Invalid, Refusal

ROWS_PER_BATCH = 500  # One transaction; what is lost by a crash is done again by the next run.
MAX_REPORTED_REJECTIONS = 1000  # More of them say nothing new.
HASHES_AT_ONCE = 2 * (os.cpu_count() or 1)  # Keeps every core busy and leaves room for logins.


class ImportedUser(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line. ``password`` in clear or ``password_hash``; with neither, no login for now."""

    username: str
    password: str | None = None
    password_hash: str | None = None
    display_name: str | None = None
    email: str | None = None
    role: str = Role.USER


class RejectedLine(msgspec.Struct, frozen=True):
    """A line, counted from 1, that became no user, and why."""

    line: int
    reason: str


class ImportReport(msgspec.Struct, frozen=True):
    """How an import went; ``rejected`` names the first thousand of ``rejected_count``."""

    created: int
    existing: int
    rejected_count: int
    rejected: tuple[RejectedLine, ...]


Line = tuple[int, "ImportedUser | str"]  # its number, and what it holds or why it cannot be read

_decoder = msgspec.json.Decoder(ImportedUser)


def read_jsonl(lines: Iterable[str]) -> Iterator[Line]:
    """Read JSON objects, one a line; empty lines are passed over."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield number, _decoder.decode(line)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
            yield number, str(error)


def read_csv(lines: Iterable[str]) -> Iterator[Line]:
    """Read CSV (RFC 4180) whose first line names the columns; an empty cell is an absent value."""
    reader = csv.DictReader(lines, restkey="(cells without a column)")
    while True:
        try:
            row = next(reader)
            cells = {name: cell for name, cell in row.items() if cell}
            yield reader.reader.line_num, msgspec.convert(cells, ImportedUser)
        except StopIteration:
            return
        except (msgspec.ValidationError, csv.Error) as error:
            yield reader.reader.line_num, str(error)


class UserImport:
    """Makes accounts from a file's lines; accounts that exist are left as they are."""

    def __init__(self, users: Users, passwords: Passwords, roles: RoleBook, clock: Clock) -> None:
        self._users = users
        self._passwords = passwords
        self._roles = roles
        self._clock = clock

    async def run(self, lines: Iterable[Line]) -> ImportReport:
        """Import what ``read_jsonl`` or ``read_csv`` reads. Raises ``Unavailable``; run it again."""
        books = _Books()
        rest = iter(lines)
        while batch := list(islice(rest, ROWS_PER_BATCH)):
            await self._import_batch(batch, books)
        return books.report()

    async def _import_batch(self, batch: Sequence[Line], books: _Books) -> None:
        accepted: dict[str, tuple[int, ImportedUser]] = {}
        for number, row in batch:
            name = "" if isinstance(row, str) else row.username.lower()
            if isinstance(row, str):
                books.reject(number, row)
            elif name in accepted:
                books.existing += 1
            elif self._is_acceptable(number, row, books):
                accepted[name] = (number, row)
        names = [row.username for _, row in accepted.values()]
        known = {user.username.lower() for user in await self._users.find_many_by_username(names)}
        books.existing += len(known)
        fresh = [row for name, (_, row) in accepted.items() if name not in known]
        users = await self._with_hashes(fresh)
        added = await self._users.add_users(users, at=self._clock.now()) if users else frozenset()
        books.created += len(added)
        books.existing += len(users) - len(added)  # somebody else was quicker

    def _is_acceptable(self, number: int, row: ImportedUser, books: _Books) -> bool:
        try:
            self._require_acceptable(row)
        except Refusal as refusal:
            books.reject(number, str(refusal))
            return False
        return True

    def _require_acceptable(self, row: ImportedUser) -> None:
        require_username(row.username)
        require_email(row.email)
        if row.display_name is not None:
            require_display_name(row.display_name)
        if row.password is not None:
            require_password(row.password, username=row.username)
            if row.password_hash is not None:
                raise Invalid("password_hash", "Must not stand beside a password")
        if row.password_hash is not None and not self._passwords.is_hash(row.password_hash):
            raise Invalid(
                "password_hash",
                "Must be Argon2 (PHC string) or bcrypt, of bearable cost (security.bcrypt_cost)",
            )
        if not self._roles.has(row.role):
            raise UnknownRole(row.role)

    async def _with_hashes(self, rows: Sequence[ImportedUser]) -> list[NewUser]:
        turn = asyncio.Semaphore(HASHES_AT_ONCE)

        async def make(row: ImportedUser) -> NewUser:
            encoded = row.password_hash
            if row.password is not None:
                async with turn:
                    encoded = await self._passwords.hash(row.password)
            return NewUser(
                username=row.username,
                display_name=row.display_name or row.username,
                email=row.email,
                password_hash=encoded,
                role=row.role,
            )

        return list(await asyncio.gather(*(make(row) for row in rows)))


class _Books:
    """What has become of the lines so far."""

    def __init__(self) -> None:
        self.created = 0
        self.existing = 0
        self._rejected_count = 0
        self._rejected: list[RejectedLine] = []

    def reject(self, line: int, reason: str) -> None:
        self._rejected_count += 1
        if len(self._rejected) < MAX_REPORTED_REJECTIONS:
            self._rejected.append(RejectedLine(line, reason))

    def report(self) -> ImportReport:
        return ImportReport(
            self.created, self.existing, self._rejected_count, tuple(self._rejected)
        )
