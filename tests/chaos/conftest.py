"""What the tests on whole servers share: a data folder with users in it, and servers on copies."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec
import pytest

from tests.chaos.small_disk import mounted_disk
from tests.clients import PASSWORD, Http
from tests.processes import SERVE, Causerie, a_causerie
from tests.seeds import seed

WRONG_SERVER = Path(__file__).with_name("wrong_server.py")
# The long forms, with the numbers of the requirements: CAUSERIE_CHAOS=full.
IS_FULL = os.environ.get("CAUSERIE_CHAOS") == "full"
USERS = 200 if IS_FULL else 40
REGISTER_AT_ONCE = 8
USERS_NAME = "users.json"


class Prepared(msgspec.Struct, frozen=True):
    """The data folder of a server that was stopped, and the ids of its users."""

    data: Path
    users: tuple[int, ...]


# Starts a server, right or wrong (names of ``wrong_server``), on a copy of the prepared folder.
StartServer = Callable[..., AbstractContextManager[Causerie]]


@pytest.fixture(scope="session")
def prepared() -> Prepared:
    folder = seed("chaos", _prepare)
    users = msgspec.json.decode((folder / USERS_NAME).read_bytes(), type=tuple[int, ...])
    return Prepared(folder / "data", users)


def _prepare(folder: Path) -> None:
    with a_causerie() as server:
        users = asyncio.run(_register_all(server))
        server.stop()
        (server.folder / "data" / "postgres" / "ballast").unlink()
        shutil.move(server.folder / "data", folder / "data")
    (folder / USERS_NAME).write_bytes(msgspec.json.encode(users))


async def _register_all(server: Causerie) -> tuple[int, ...]:
    http = Http(server)
    async with http.session, asyncio.TaskGroup() as group:
        at_once = asyncio.Semaphore(REGISTER_AT_ONCE)

        async def register(number: int) -> int:
            async with at_once:
                body = {"username": f"user{number}", "password": PASSWORD}
                return int((await http.call("POST", "/auth/register", body))["user"]["id"])

        made = [group.create_task(register(number)) for number in range(USERS)]
    return tuple(task.result() for task in made)


@pytest.fixture
def small_disk() -> Iterator[Path]:
    with mounted_disk() as disk:
        yield disk


@pytest.fixture(scope="session")
def start_server(prepared: Prepared) -> StartServer:
    def start(
        *wrongs: str, place: Path | None = None, **settings: object
    ) -> AbstractContextManager[Causerie]:
        program = (str(WRONG_SERVER), ",".join(wrongs)) if wrongs else SERVE
        settings = {"server__shutdown_timeout": "1s" if wrongs else "15s", **settings}
        return a_causerie(program=program, data=prepared.data, place=place, **settings)

    return start


@pytest.fixture(scope="session")
def users(prepared: Prepared) -> tuple[int, ...]:
    return prepared.users


@pytest.fixture(scope="session")
def lasting_server(start_server: StartServer) -> Iterator[Causerie]:
    """A server that all tests share that leave it well."""
    with start_server() as server:
        yield server
