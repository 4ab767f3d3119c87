"""The tables of guesses at accounts, and of the places that their owners are known from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from typing_extensions import override

from causerie.foundation.postgres import Connection, Database, Gathering, Queries
from causerie.limits.model import (
    GUESS_WINDOW,
    KNOWN_FOR,
    MAX_KNOWN_GUESSES,
    MAX_KNOWN_PLACES,
    MAX_STRANGERS_GUESSES,
    Aim,
)
from causerie.limits.ports import GuessStore, Taken

_QUERIES = Queries.load("causerie.limits")
MAX_REMOVED = 5000  # At a time: some milliseconds; what is left over goes a minute later.


class StoredGuesses(GuessStore):
    """``limits.guesses`` and ``limits.known_places``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # A crowd that guesses asks this first. Each by itself would wait for a connection until the
        # last are told that the server is overloaded, and keep everybody else from one.
        self._known_places = Gathering(database.in_turn, _read_known_places)

    @override
    async def is_known(self, aim: Aim, *, at: datetime) -> bool:
        return await self._known_places.find((aim, at - KNOWN_FOR)) is not None

    @override
    async def take(self, aim: Aim, *, is_known: bool, at: datetime) -> Taken | float:
        async with self._database.connection() as connection:
            # What is kept for known places first: the rest is shared with strangers.
            for lane in (True, False) if is_known else (False,):
                most = MAX_KNOWN_GUESSES if lane else MAX_STRANGERS_GUESSES
                if await connection.fetchval(
                    _QUERIES["take_guess"], aim.account, lane, at, GUESS_WINDOW, most
                ):
                    return Taken(at, lane)
            earliest: datetime | None = await connection.fetchval(
                _QUERIES["earliest_guess"], aim.account, is_known, at, GUESS_WINDOW
            )
        return ((earliest or at) + GUESS_WINDOW - at).total_seconds()

    @override
    async def give_back(self, aim: Aim, taken: Taken) -> None:
        async with self._database.connection() as connection:
            await connection.execute(
                _QUERIES["give_guess_back"], aim.account, taken.is_known, taken.at
            )

    @override
    async def remember(self, aim: Aim, *, at: datetime) -> None:
        async with self._database.connection() as connection:
            is_new = await connection.fetchval(
                _QUERIES["remember_place"], aim.account, aim.place, at
            )
            if is_new:
                await connection.execute(
                    _QUERIES["forget_oldest_places"], aim.account, MAX_KNOWN_PLACES
                )

    @override
    async def remove_old(self, *, at: datetime) -> int:
        async with self._database.connection() as connection:
            guesses = await connection.fetch(
                _QUERIES["remove_old_guesses"], at - GUESS_WINDOW, MAX_REMOVED
            )
            places = await connection.fetch(
                _QUERIES["remove_old_places"], at - KNOWN_FOR, MAX_REMOVED
            )
        return len(guesses) + len(places)


async def _read_known_places(
    connection: Connection, asked: Sequence[tuple[Aim, datetime]]
) -> Mapping[tuple[Aim, datetime], bool]:
    rows = await connection.fetch(
        _QUERIES["known_places"],
        [aim.account for aim, _ in asked],
        [aim.place for aim, _ in asked],
        [since for _, since in asked],
    )
    known = {(row["account"], row["place"]) for row in rows}
    return {key: True for key in asked if (key[0].account, key[0].place) in known}
