"""The roles: an owner that migrates, and an app role that works at run time and may do no more."""

from __future__ import annotations

from causerie.foundation.postgres.connection import Connection
from causerie.foundation.postgres.queries import Queries

OWNER_ROLE = "causerie_owner"
APP_ROLE = "causerie_app"
DATABASE_NAME = "causerie"

_QUERIES = Queries.load("causerie.foundation.postgres", "roles.sql")


async def make_login(superuser: Connection, role: str, password: str) -> None:
    """Make a role that can log in and has no rights of its own, unless it is there."""
    if not await superuser.fetchval(_QUERIES["has_role"], role):
        await superuser.execute(await superuser.fetchval(_QUERIES["make_login"], role, password))


async def make_database(superuser: Connection, name: str, *, owner: str) -> None:
    """Make the owner's database, unless it is there."""
    if not await superuser.fetchval(_QUERIES["has_database"], name):
        await superuser.execute(await superuser.fetchval(_QUERIES["make_database"], name, owner))


async def restrict_database(owner: Connection, app: str) -> None:
    """Let the app role, and no other, work in the database; said as the owner, inside it.

    What the owner makes from now on (by migrations) the app role may read and write, never alter.
    """
    for statement in await owner.fetch(_QUERIES["restrict_database"], app):
        await owner.execute(statement["statement"])
