"""The rooms and seats of a load test on a Causerie server."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path

from causerie.assembly.loadtest import accounts
from causerie.assembly.loadtest.accounts import Account
from causerie.assembly.loadtest.api import Api, Progress, Unprepared
from causerie.assembly.loadtest.plan import Plan
from causerie.assembly.loadtest.run import Scene, Seat

RUN_BYTES = 3  # Names the run, so that the next one's rooms and accounts are others.
SOCKET_PATH = "/ws/v2"


def prepare(
    url: str, plan: Plan, progress: Progress, *, accounts_file: Path | None, secret: str | None
) -> Scene:
    """Get accounts and make private rooms for them. Raises ``Unprepared`` or ``OSError``."""
    run = secrets.token_hex(RUN_BYTES)
    with Api(url, progress) as api:
        users = _users(api, plan, progress, run, accounts_file, secret)
        rooms = []
        for index in range(plan.rooms):
            members = users[index * plan.rooms_of : (index + 1) * plan.rooms_of]
            room = api.make_room(
                f"load-{run}-{index}", [user.user_id for user in members[1:]], members[0].token
            )
            rooms.append((room.id, room.last_seq))
    progress(f"{len(rooms):,} room{'s' if len(rooms) > 1 else ''} made")
    seats = [
        Seat(
            number // plan.rooms_of,
            url.rstrip("/") + SOCKET_PATH,
            {"Authorization": f"Bearer {user.token}"},
        )
        for number, user in enumerate(users)
    ]
    return Scene(rooms, seats)


def _users(
    api: Api,
    plan: Plan,
    progress: Progress,
    run: str,
    accounts_file: Path | None,
    secret: str | None,
) -> Sequence[Account]:
    if accounts_file is None:
        return accounts.register(api, plan.users, run, progress)
    known = accounts.read_accounts(accounts_file)
    if len(known) < plan.users:
        raise Unprepared(f"{accounts_file} has {len(known):,} accounts, {plan.users:,} are wanted")
    known = known[: plan.users]
    if secret is None:
        return accounts.log_in(api, known, progress)
    return accounts.with_secret(api, known, secret, progress)
