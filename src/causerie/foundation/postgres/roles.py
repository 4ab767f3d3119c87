"""The roles: an owner that migrates, and an app role that works at run time and may do no more."""

from __future__ import annotations

from causerie.foundation.postgres.connection import Connection
from causerie.foundation.postgres.queries import Queries

OWNER_ROLE = "causerie_owner"
APP_ROLE = "causerie_app"
DATABASE_NAME = "causerie"
# Whom row security knows; nobody logs in as them. What works at run time is a writer and a finder
# by membership and becomes the reader by SET ROLE; what migrates is a keeper, and a finder so that it
# can give functions to that role.
READER_ROLE = "causerie_reader"
ROLES_OF_APP = (READER_ROLE, "causerie_writer", "causerie_finder")
ROLES_OF_OWNER = ("causerie_keeper", "causerie_finder")

_QUERIES = Queries.load("causerie.foundation.postgres", "roles.sql")


async def has_role(connection: Connection, role: str) -> bool:
    """Say whether the role exists."""
    return bool(await connection.fetchval(_QUERIES["has_role"], role))


async def make_group(connection: Connection, role: str) -> None:
    """Make a role that nobody logs in as."""
    await connection.execute(await connection.fetchval(_QUERIES["make_group"], role))


async def make_login(superuser: Connection, role: str, password: str) -> None:
    """Make a role that can log in and has no rights of its own, unless it is there."""
    if not await has_role(superuser, role):
        await superuser.execute(await superuser.fetchval(_QUERIES["make_login"], role, password))


async def make_policy_roles(connection: Connection) -> None:
    """Make the roles that row security knows, unless they are there, and who is in them."""
    for members, member in ((ROLES_OF_APP, APP_ROLE), (ROLES_OF_OWNER, OWNER_ROLE)):
        for role in members:
            if not await has_role(connection, role):
                await make_group(connection, role)
            if not await connection.fetchval(_QUERIES["is_member"], role, member):
                name = "let_become" if role == READER_ROLE else "let_be"
                await connection.execute(await connection.fetchval(_QUERIES[name], role, member))


async def make_database(superuser: Connection, name: str, *, owner: str) -> None:
    """Make the owner's database, unless it is there."""
    if not await superuser.fetchval(_QUERIES["has_database"], name):
        await superuser.execute(await superuser.fetchval(_QUERIES["make_database"], name, owner))


async def close_database(owner: Connection, app: str) -> None:
    """Let nobody connect but the owner and the app role; said as the owner, inside the database."""
    await _run_each(owner, "close_database", app)


async def let_work(owner: Connection, app: str) -> None:
    """Let the app role read and write, never alter, what the owner makes from now on."""
    await _run_each(owner, "let_work", app)


async def _run_each(connection: Connection, name: str, app: str) -> None:
    for row in await connection.fetch(_QUERIES[name], app):
        await connection.execute(row["statement"])
