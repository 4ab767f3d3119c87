from __future__ import annotations

import asyncio
import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import causerie
from causerie.foundation.postgres import (
    DatabaseRefused,
    DataFolderInUse,
    EmbeddedFailed,
    EmbeddedPostgres,
    binaries,
    unprivileged,
)
from causerie.foundation.postgres.database import connect
from causerie.foundation.postgres.folder import POINTER_NAME
from causerie.foundation.postgres.unprivileged import RunAs, can_enter
from tests.databases import PostgresForTests, open_folder
from tests.measures import measured_soon

pytestmark = pytest.mark.long

IS_ROOT = os.geteuid() == 0
NOBODY = RunAs(name="nobody", uid=65534, gid=65534, switch=True)

START_AND_STOP = """
import asyncio, sys
from pathlib import Path
from causerie.foundation.postgres import EmbeddedPostgres

async def main():
    server = EmbeddedPostgres(Path(sys.argv[1]))
    await server.start()
    await server.stop()

asyncio.run(main())
"""


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    with open_folder() as folder:
        folder.chmod(0o700)
        yield folder


@pytest.fixture
def state_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with open_folder() as folder:
        monkeypatch.setattr(unprivileged, "STATE_FOLDER", folder)
        yield folder


def exists(path: Path) -> bool:
    return path.exists()


def listing(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def texts_in(folder: Path) -> list[str]:
    return [file.read_text() for file in folder.iterdir()]


async def start_and_stop(data_folder: Path) -> None:
    server = EmbeddedPostgres(data_folder)
    await server.start()
    await server.stop()


async def ask(dsn: str, query: str) -> object:
    connection = await connect(dsn)
    try:
        answer: object = await connection.fetchval(query)
        return answer
    finally:
        await connection.close()


async def test_what_was_written_is_there_after_the_next_start_which_is_quick(
    used_data_folder: Path,
) -> None:
    server = EmbeddedPostgres(used_data_folder)
    endpoint = await server.start()
    await ask(endpoint.owner_dsn, "CREATE TABLE t AS SELECT 7 AS n")

    async def start_again() -> float:
        await server.stop()
        started = time.monotonic()
        again = await server.start()
        seconds = time.monotonic() - started
        assert await ask(again.owner_dsn, "SELECT n FROM t") == 7
        return seconds

    seconds = await measured_soon(start_again, holds=lambda seconds: seconds < 3)
    await server.stop()

    assert seconds < 3


async def test_when_it_is_stopped_no_process_and_no_socket_is_left(used_data_folder: Path) -> None:
    server = EmbeddedPostgres(used_data_folder)
    await server.start()
    pid = server.pid
    await server.stop()

    assert pid is not None
    assert not exists(Path(f"/proc/{pid}"))
    assert listing(used_data_folder / "postgres" / "socket") == []
    assert not server.is_up


async def test_a_second_owner_of_the_folder_is_refused_and_the_first_goes_on(
    used_data_folder: Path,
) -> None:
    first = EmbeddedPostgres(used_data_folder)
    endpoint = await first.start()

    with pytest.raises(DataFolderInUse, match=f"pid {os.getpid()}"):
        await EmbeddedPostgres(used_data_folder).start()

    assert await ask(endpoint.app_dsn, "SELECT 1") == 1
    await first.stop()


@pytest.mark.parametrize("depth", [0, 30])
async def test_a_command_beside_the_server_finds_its_database(
    used_data_folder: Path, depth: int
) -> None:
    folder = used_data_folder / ("long" * depth)
    server = EmbeddedPostgres(folder)
    endpoint = await server.start()

    found = EmbeddedPostgres.attach(folder)

    assert found == endpoint
    await server.stop()


async def test_a_command_beside_no_server_is_told_so(used_data_folder: Path) -> None:
    with pytest.raises(EmbeddedFailed, match="no database runs in"):
        EmbeddedPostgres.attach(used_data_folder)


async def test_only_passwords_open_it_and_only_through_its_private_socket(
    postgres: PostgresForTests,
) -> None:
    asked = {
        name: await ask(postgres.app_dsn, f"SHOW {name}")
        for name in ("listen_addresses", "password_encryption", "server_encoding")
    }
    rules = await ask(
        postgres.server.supervisor_dsn,
        "SELECT array_agg(DISTINCT auth_method) FROM pg_hba_file_rules",
    )
    socket = Path(str(await ask(postgres.server.supervisor_dsn, "SHOW unix_socket_directories")))

    assert asked == {
        "listen_addresses": "",
        "password_encryption": "scram-sha-256",
        "server_encoding": "UTF8",
    }
    assert rules == ["scram-sha-256"]
    assert mode(socket) == 0o700


async def test_only_passwords_that_are_random_keys_are_not_stretched(
    postgres: PostgresForTests,
) -> None:
    asked = (
        "SELECT array_agg(rolname || ' ' || split_part(split_part(rolpassword, ':', 1), '$', 2)"
        " ORDER BY rolname) FROM pg_authid WHERE rolpassword IS NOT NULL"
    )

    rounds = await ask(postgres.server.supervisor_dsn, asked)
    of_others = await ask(postgres.owner_dsn, "SHOW scram_iterations")

    assert rounds == ["causerie_app 1", "causerie_owner 1", "causerie_supervisor 1"]
    assert of_others == "4096"


async def test_text_is_compared_by_code_point_and_folded_by_unicode(
    postgres: PostgresForTests,
) -> None:
    folded = await ask(postgres.app_dsn, "SELECT lower('ÉTÉ')")
    ordered = await ask(
        postgres.app_dsn, "SELECT array_agg(x ORDER BY x) FROM unnest(ARRAY['b', 'a', 'B', 'é']) x"
    )

    assert folded == "été"
    assert ordered == ["B", "a", "b", "é"]


async def test_what_people_write_is_not_in_its_log(postgres: PostgresForTests) -> None:
    connection = await connect(postgres.owner_dsn)
    await connection.execute("CREATE TABLE t (a text CHECK (a = ''))")
    with pytest.raises(Exception, match="violates check"):
        await connection.execute("INSERT INTO t VALUES ($1)", "secret words")
    with pytest.raises(Exception, match="violates check"):
        await connection.execute("INSERT INTO t VALUES ('secret words')")
    await connection.execute("DROP TABLE t")
    await connection.close()
    folder = Path(str(await ask(postgres.server.supervisor_dsn, "SHOW log_directory")))

    texts = texts_in(folder)

    assert any("violates check constraint" in text for text in texts)
    assert not any("secret words" in text for text in texts)


async def test_a_setup_that_was_cut_off_begins_again(data_folder: Path) -> None:
    half = data_folder / "postgres" / "cluster.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")

    await start_and_stop(data_folder)

    assert not half.exists()


async def test_roles_that_a_killed_first_start_did_not_make_are_made_by_the_next(
    used_data_folder: Path,
) -> None:
    server = EmbeddedPostgres(used_data_folder)
    await server.start()
    await ask(server.supervisor_dsn, "DROP DATABASE causerie")
    await ask(server.supervisor_dsn, "DROP ROLE causerie_app")
    await server.stop()

    endpoint = await server.start()

    assert await ask(endpoint.app_dsn, "SELECT current_user") == "causerie_app"
    await server.stop()


@pytest.mark.parametrize("pid", [os.getppid(), 999_999_999])
async def test_a_pid_file_that_names_a_stranger_or_nobody_does_not_hinder(
    used_data_folder: Path, pid: int
) -> None:
    (used_data_folder / "postgres" / "cluster" / "postmaster.pid").write_text(
        f"{pid}\n/x\n0\n5432\n"
    )

    await start_and_stop(used_data_folder)

    assert exists(Path(f"/proc/{os.getppid()}"))


async def test_a_cluster_of_another_major_version_is_refused_with_what_to_do(
    used_data_folder: Path,
) -> None:
    (used_data_folder / "postgres" / "cluster" / "PG_VERSION").write_text("17\n")

    with pytest.raises(EmbeddedFailed, match=r"made by PostgreSQL 17.*dump the database"):
        await EmbeddedPostgres(used_data_folder).start()


async def test_a_start_that_failed_leaves_the_folder_free(used_data_folder: Path) -> None:
    version = used_data_folder / "postgres" / "cluster" / "PG_VERSION"
    good = version.read_text()
    version.write_text("17\n")
    with pytest.raises(EmbeddedFailed):
        await EmbeddedPostgres(used_data_folder).start()
    version.write_text(good)

    await start_and_stop(used_data_folder)


async def test_a_cluster_that_cannot_start_says_what_postgresql_said(
    used_data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (used_data_folder / "postgres" / "cluster" / "postgresql.conf").write_text("nonsense = 1\n")
    monkeypatch.setattr("causerie.foundation.postgres.embedded.START_RETRY_SECONDS", 0.1)

    with pytest.raises(EmbeddedFailed, match='unrecognized configuration parameter "nonsense"'):
        await EmbeddedPostgres(used_data_folder).start()


async def test_durability_taken_away_inside_the_database_is_noticed(used_data_folder: Path) -> None:
    server = EmbeddedPostgres(used_data_folder)
    await server.start()
    await ask(server.supervisor_dsn, "ALTER ROLE causerie_app SET synchronous_commit = off")
    await server.stop()

    with pytest.raises(DatabaseRefused, match=r"synchronous_commit = off \(set by: user\)"):
        await server.start()


async def test_a_file_of_postgresqls_settings_cannot_take_durability_away(
    used_data_folder: Path,
) -> None:
    with (used_data_folder / "postgres" / "cluster" / "postgresql.conf").open("a") as file:
        file.write("fsync = off\nfull_page_writes = off\nsynchronous_commit = off\n")
    server = EmbeddedPostgres(used_data_folder)

    endpoint = await server.start()

    assert await ask(endpoint.app_dsn, "SHOW fsync") == "on"
    await server.stop()


async def test_it_works_in_a_folder_whose_path_is_too_long_for_a_socket(data_folder: Path) -> None:
    deep = data_folder / ("long" * 30) / "and, with a comma"
    server = EmbeddedPostgres(deep)

    await server.start()
    socket = Path(str(await ask(server.supervisor_dsn, "SHOW unix_socket_directories")))
    await server.stop()

    assert not socket.is_relative_to(data_folder)
    assert not exists(socket)


@pytest.mark.skipif(not IS_ROOT, reason="an ordinary user reaches what he starts in")
async def test_in_a_closed_folder_root_places_the_cluster_where_its_user_can_reach_it(
    closed_folder: Path, state_folder: Path
) -> None:
    server = EmbeddedPostgres(closed_folder / "data")
    await server.start()
    place = Path((closed_folder / "data" / POINTER_NAME).read_text().strip())
    await server.stop()

    endpoint = await server.start()

    assert await ask(endpoint.app_dsn, "SELECT 1") == 1
    assert place.parent == state_folder
    await server.stop()


@pytest.mark.skipif(not IS_ROOT, reason="an ordinary user reaches what he starts in")
async def test_programs_in_a_closed_folder_are_copied_once_to_where_their_user_can_reach_them(
    data_folder: Path,
    closed_folder: Path,
    state_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    package = binaries._wheel_folder().parent
    for folder in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(folder, closed_folder / folder.name, symlinks=True)
    closed = closed_folder / package.name / "pginstall"
    monkeypatch.setattr(binaries, "_wheel_folder", lambda: closed)
    await start_and_stop(data_folder)  # An empty one: initdb needs more than the server does.
    (copy,) = listing(state_folder)
    made = copy.stat().st_ino

    await start_and_stop(data_folder)

    assert copy.stat().st_ino == made


async def test_a_data_folder_that_cannot_be_used_is_named(data_folder: Path) -> None:
    (data_folder / "file").touch()

    with pytest.raises(EmbeddedFailed, match=f"data folder {data_folder}/file/data cannot be used"):
        await EmbeddedPostgres(data_folder / "file" / "data").start()


def test_where_no_server_has_been_there_is_no_database_to_look_for(data_folder: Path) -> None:
    with pytest.raises(EmbeddedFailed, match=f"no database in {data_folder}/typo: .*DATA_DIR"):
        EmbeddedPostgres.require_made(data_folder / "typo")
    assert not (data_folder / "typo").exists()


def run_as_nobody(script: str, *arguments: Path) -> None:
    # The interpreter of the tests may lie where nobody else may go, such as in /root.
    candidates = [Path(sys.executable).resolve(), Path(f"/usr/bin/python3.{sys.version_info[1]}")]
    python = next((p for p in candidates if p.exists() and can_enter(p, NOBODY)), None)
    if python is None:
        pytest.skip(f"no Python 3.{sys.version_info[1]} that an ordinary user can run")
    packages = [path for path in sys.path if path.endswith("site-packages")]
    subprocess.run(
        [python, "-c", script, *arguments],
        user=NOBODY.uid,
        group=NOBODY.gid,
        extra_groups=[],
        check=True,
        timeout=60,
        env={"PYTHONPATH": os.pathsep.join([*packages, str(Path(causerie.__file__).parents[1])])},
    )


@pytest.mark.skipif(not IS_ROOT, reason="only root can start as another user")
async def test_an_ordinary_user_can_start_it_and_root_can_go_on(data_folder: Path) -> None:
    os.chown(data_folder, NOBODY.uid, NOBODY.gid)
    run_as_nobody(START_AND_STOP, data_folder / "data")
    server = EmbeddedPostgres(data_folder / "data")

    endpoint = await server.start()

    assert await ask(endpoint.app_dsn, "SELECT 1") == 1
    assert (data_folder / "data" / "postgres" / "cluster").stat().st_uid == NOBODY.uid
    await server.stop()


async def test_a_start_that_is_given_up_leaves_a_whole_cluster_or_none(data_folder: Path) -> None:
    starting = asyncio.create_task(EmbeddedPostgres(data_folder).start())
    async with asyncio.timeout(60):
        while not (data_folder / "postgres" / "cluster.new").exists():
            await asyncio.sleep(0.005)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    is_whole = exists(data_folder / "postgres" / "cluster" / "PG_VERSION")
    is_half = exists(data_folder / "postgres" / "cluster.new")

    await start_and_stop(data_folder)

    assert (is_whole, is_half) == (True, False)
