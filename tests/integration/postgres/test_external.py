from __future__ import annotations

import asyncio
import itertools
import ssl
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from causerie.foundation.errors import Unavailable
from causerie.foundation.postgres import (
    Database,
    DatabaseRefused,
    DriverError,
    Endpoint,
    MigrationRefused,
    claim,
    find_external,
    migrate,
    place_of,
)
from tests.installed_postgres import ENCODED, InstalledPostgres
from tests.scenes.certificate import write_certificate
from tests.seeds import migration_sources

pytestmark = pytest.mark.long

_numbers = itertools.count(1)
ROLES = ("causerie_app", "causerie_owner")


class ExternalScene:
    """An operator's database with a login of its own, in a PostgreSQL that others use too."""

    def __init__(self, server: InstalledPostgres, name: str) -> None:
        self.server = server
        self.name = name

    async def command(self, statement: str, *, inside: bool = False) -> None:
        """Do what the administrator does."""
        async with self.server.superuser(self.name if inside else "postgres") as superuser:
            await superuser.execute(statement.format(name=self.name))

    async def find(self, user: str | None = None) -> Endpoint:
        url = self.server.url(self.name, user or self.name)
        return await find_external(url, max_connections=10, wait_seconds=0)


@pytest.fixture
async def external(installed_postgres: InstalledPostgres) -> AsyncIterator[ExternalScene]:
    scene = ExternalScene(installed_postgres, f"external_{next(_numbers)}")
    await scene.command("CREATE ROLE {name} LOGIN PASSWORD 'pass/word'")
    await scene.command("CREATE DATABASE {name} OWNER {name}")
    yield scene
    await scene.command("DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    for role in ROLES:
        async with installed_postgres.superuser() as superuser:
            if await superuser.fetchval("SELECT to_regrole($1)", role):
                await superuser.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
    await scene.command("DROP OWNED BY {name}")
    await scene.command("DROP ROLE {name}")


async def who(dsn: str) -> str:
    database = Database(dsn, max_connections=1)
    await database.open()
    async with database.connection() as connection:
        name = str(await connection.fetchval("SELECT current_user"))
    await database.close()
    return name


async def use(endpoint: Endpoint) -> None:
    """Migrate and write, as the server does."""
    await migrate(endpoint.owner_dsn, migration_sources())
    database = Database(endpoint.app_dsn, max_connections=2)
    await database.open()
    async with database.transaction() as tx:
        await claim(tx, user_id=1, key="k", operation="o", fingerprint=b"")
    await database.close()


async def drop_a_table(dsn: str) -> None:
    database = Database(dsn, max_connections=1)
    await database.open()
    try:
        async with database.connection() as connection:
            await connection.execute("DROP TABLE foundation.idempotency_keys")
    finally:
        await database.close()


@pytest.mark.parametrize("right", ["CREATEROLE", "SUPERUSER"])
async def test_where_the_login_may_it_makes_the_two_roles_and_gives_up_its_own_power(
    external: ExternalScene, right: str
) -> None:
    await external.command(f"ALTER ROLE {{name}} {right}")

    endpoint = await external.find()
    await use(endpoint)

    assert await who(endpoint.owner_dsn) == "causerie_owner"
    assert await who(endpoint.app_dsn) == "causerie_app"
    with pytest.raises(DriverError, match="must be owner"):
        await drop_a_table(endpoint.app_dsn)


async def test_where_it_may_not_it_says_so_and_the_login_does_both(
    external: ExternalScene,
) -> None:
    with capture_logs() as lines:
        endpoint = await external.find()
    await use(endpoint)

    assert await who(endpoint.owner_dsn) == external.name
    assert await who(endpoint.app_dsn) == external.name
    (warning,) = (line for line in lines if line["event"] == "database_roles_not_made")
    assert "permission denied to create role" in warning["reason"]


async def test_a_login_that_may_not_make_a_schema_is_told_what_to_ask_for(
    external: ExternalScene,
) -> None:
    await external.command("ALTER DATABASE {name} OWNER TO postgres")
    endpoint = await external.find()

    with pytest.raises(MigrationRefused, match=r"permission denied.*GRANT CREATE ON DATABASE"):
        await use(endpoint)


async def test_roles_that_an_administrator_made_are_taken(external: ExternalScene) -> None:
    for role in ROLES:
        await external.command(f"CREATE ROLE {role} NOLOGIN; GRANT {role} TO {{name}}")
    await external.command("GRANT CREATE ON DATABASE {name} TO causerie_owner")

    endpoint = await external.find()
    await use(endpoint)

    assert await who(endpoint.app_dsn) == "causerie_app"


async def test_a_login_that_began_without_roles_goes_on_without(external: ExternalScene) -> None:
    await use(await external.find())
    await external.command("ALTER ROLE {name} CREATEROLE")

    endpoint = await external.find()
    await use_again(endpoint)

    assert await who(endpoint.owner_dsn) == external.name


async def use_again(endpoint: Endpoint) -> None:
    assert await migrate(endpoint.owner_dsn, migration_sources()) == 0


async def test_nodes_may_start_at_once_on_a_new_database(external: ExternalScene) -> None:
    await external.command("ALTER ROLE {name} CREATEROLE")

    async def start() -> int:
        endpoint = await external.find()
        return await migrate(endpoint.owner_dsn, migration_sources())

    applied = await asyncio.gather(*(start() for _ in range(3)))

    assert sorted(applied)[:2] == [0, 0]
    assert max(applied) > 0


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
async def test_a_server_that_may_lose_what_it_committed_is_refused(
    external: ExternalScene, setting: str
) -> None:
    await reconfigure(external, f"ALTER SYSTEM SET {setting} = off", setting, "off")
    try:
        with pytest.raises(DatabaseRefused, match=f"{setting} = off .set by: configuration file."):
            await external.find()
    finally:
        await reconfigure(external, f"ALTER SYSTEM RESET {setting}", setting, "on")


async def reconfigure(scene: ExternalScene, statement: str, setting: str, value: str) -> None:
    async with scene.server.superuser() as superuser:
        await superuser.execute(statement)
        await superuser.execute("SELECT pg_reload_conf()")
        async with asyncio.timeout(60):
            while await superuser.fetchval("SELECT current_setting($1)", setting) != value:
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("whose", ["ROLE", "DATABASE"])
async def test_commits_that_do_not_wait_are_refused_for_whomever_they_are_set(
    external: ExternalScene, whose: str
) -> None:
    await external.command(f"ALTER {whose} {{name}} SET synchronous_commit = off")

    with pytest.raises(DatabaseRefused, match=r"synchronous_commit = off.*Set synchronous_commit"):
        await external.find()


async def test_a_database_in_another_encoding_is_refused(external: ExternalScene) -> None:
    await external.command("DROP DATABASE {name}")
    await external.command(
        "CREATE DATABASE {name} OWNER {name} TEMPLATE template0 ENCODING 'LATIN1'"
    )

    with pytest.raises(DatabaseRefused, match="LATIN1"):
        await external.find()


async def test_a_server_with_too_few_connections_is_refused(external: ExternalScene) -> None:
    url = external.server.url(external.name, external.name)

    with pytest.raises(DatabaseRefused, match="takes 97 connections and this node may open 98"):
        await find_external(url, max_connections=98, wait_seconds=0)


@pytest.mark.parametrize("whose", ["ROLE", "DATABASE"])
async def test_a_limit_of_connections_counts_for_whomever_it_is_set(
    external: ExternalScene, whose: str
) -> None:
    await external.command(f"ALTER {whose} {{name}} CONNECTION LIMIT 9")

    with pytest.raises(DatabaseRefused, match=r"takes 9 connections.*CONNECTION LIMIT"):
        await external.find()


async def test_a_wrong_password_and_a_missing_database_are_refused_without_the_password(
    external: ExternalScene,
) -> None:
    good = external.server.url(external.name, external.name)

    for url in (good.replace(ENCODED, "hunter2"), good.replace(f"/{external.name}", "/absent")):
        with pytest.raises(DatabaseRefused, match=r"refuses us") as caught:
            await find_external(url, max_connections=1, wait_seconds=0)
        assert "hunter2" not in str(caught.value)
        assert ENCODED not in str(caught.value)


async def test_a_missing_file_of_certificates_is_named_and_not_waited_for() -> None:
    url = "postgresql://u:hunter2@127.0.0.1:1/d?sslmode=verify-full&sslrootcert=/absent/ca.pem"

    with pytest.raises(DatabaseRefused, match=r"sslrootcert=/absent/ca\.pem") as caught:
        await find_external(url, max_connections=1)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:hunter2@h/d",
        "postgresql://u:hunter2#@h/d",
        "postgresql://u:1/hunter2@h/d",
        "postgresql://u:1@/hunter2@h/d",
        "postgresql://u:1?hunter2@h/d",
        "postgresql://u:hunter2@[h/d",
        "postgresql://u:hunter2@h:x/d",
        "?",
    ],
)
async def test_a_url_that_cannot_be_read_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(DatabaseRefused, match="percent-encoded") as caught:
        await find_external(url, max_connections=1, wait_seconds=0)

    assert "hunter" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("sslmode=on", "sslmode=on: allowed are allow, disable, prefer, require, verify-ca"),
        ("sslmode=verify-full", "sslmode=verify-full: add sslrootcert=FILE"),
    ],
)
async def test_a_way_of_tls_that_cannot_be_gone_is_named(
    query: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))  # Where the driver looks for certificates.

    with pytest.raises(DatabaseRefused, match=reason):
        await find_external(f"postgresql://u:p@127.0.0.1:1/d?{query}", max_connections=1)


async def test_a_certificate_that_does_not_hold_is_refused_and_not_waited_for(
    tmp_path: Path,
) -> None:
    shown, trusted = tmp_path / "shown", tmp_path / "trusted"
    shown.mkdir()
    trusted.mkdir()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*write_certificate(shown))
    authority, _ = write_certificate(trusted)

    async with tls_of_postgres(context) as port:
        url = f"postgresql://u:p@localhost:{port}/d?sslmode=verify-full&sslrootcert={authority}"
        with pytest.raises(DatabaseRefused, match=r"does not hold .self-signed certificate"):
            await find_external(url, max_connections=1)


async def test_a_parameter_that_postgresql_does_not_know_is_named(external: ExternalScene) -> None:
    url = f"{external.server.url(external.name, external.name)}?colour=red"

    with pytest.raises(DatabaseRefused, match=r'refuses us: unrecognized .* "colour"'):
        await find_external(url, max_connections=1)


async def test_a_server_that_does_not_answer_is_named() -> None:
    with pytest.raises(DatabaseRefused, match=r"127\.0\.0\.1:1/d does not answer") as caught:
        await find_external("postgresql://u:p@127.0.0.1:1/d", max_connections=1, wait_seconds=0)

    assert isinstance(caught.value.__cause__, Unavailable)


async def test_a_server_that_comes_a_little_later_is_waited_for(external: ExternalScene) -> None:
    await external.command("ALTER DATABASE {name} CONNECTION LIMIT 0")
    url = external.server.url(external.name, external.name)
    with capture_logs() as lines:
        finding = asyncio.create_task(find_external(url, max_connections=1, wait_seconds=20))
        async with asyncio.timeout(60):
            while not lines:
                await asyncio.sleep(0.01)
    await external.command("ALTER DATABASE {name} CONNECTION LIMIT -1")

    assert lines[0]["event"] == "database_not_reached_yet"
    assert (await finding).version.startswith("15.")


async def test_waiting_for_a_server_is_said_at_growing_intervals() -> None:
    with capture_logs() as lines, pytest.raises(DatabaseRefused):
        await find_external("postgresql://u:p@127.0.0.1:1/d", max_connections=1, wait_seconds=3)

    assert [line["waited_seconds"] for line in lines] == [0, 2]
    assert {line["given_up_after_seconds"] for line in lines} == {3}


async def test_a_pooler_is_refused(external: ExternalScene) -> None:
    async with pooler_before(external.server.port) as port:
        url = InstalledPostgres(port).url(external.name, external.name)
        with pytest.raises(DatabaseRefused, match="connection pooler"):
            await find_external(url, max_connections=1, wait_seconds=0)


async def test_what_only_passes_bytes_on_is_no_pooler(external: ExternalScene) -> None:
    async with pooler_before(external.server.port, rewrite=lambda body: body) as port:
        url = InstalledPostgres(port).url(external.name, external.name)
        endpoint = await find_external(url, max_connections=1, wait_seconds=0)

    assert endpoint.version.startswith("15.")


def test_a_database_is_named_without_its_password() -> None:
    assert place_of("postgresql://u:p%40@db.example:5433/chat") == "db.example:5433/chat"
    assert place_of("postgresql://u:p@a:1,b:2/chat?sslmode=require") == "a:1,b:2/chat"
    assert place_of("postgresql:///chat?host=/run/postgresql") == "local socket/chat"


def other_process_id(body: bytes) -> bytes:
    # As pgbouncer does: BackendKeyData (PostgreSQL documentation §54.7) with numbers of its own.
    pid, secret = struct.unpack("!ii", body)
    return struct.pack("!ii", pid ^ 0x0F0F, secret)


@asynccontextmanager
async def tls_of_postgres(context: ssl.SSLContext) -> AsyncIterator[int]:
    """Agrees to TLS as PostgreSQL does, and goes no further."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)
        writer.write(b"S")
        try:
            await writer.start_tls(context)
        except ssl.SSLError:  # The driver has hung up on us, as it should.
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()


async def pass_bytes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
    writer.close()


async def pass_messages(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rewrite: Callable[[bytes], bytes]
) -> None:
    try:
        while True:
            kind, length = struct.unpack("!ci", await reader.readexactly(5))
            body = await reader.readexactly(length - 4)
            changed = rewrite(body) if kind == b"K" else body
            writer.write(struct.pack("!ci", kind, length) + changed)
    except asyncio.IncompleteReadError:
        writer.close()


@asynccontextmanager
async def pooler_before(
    port: int, *, rewrite: Callable[[bytes], bytes] = other_process_id
) -> AsyncIterator[int]:
    """Passes PostgreSQL's messages on, and rewrites the one that names the backend."""
    tasks: list[asyncio.Task[None]] = []

    async def answer(client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_connection("127.0.0.1", port)
        # The driver asks for TLS first, which is refused by one byte without a header.
        to_server.write(await client.readexactly(8))
        to_client.write(await server.readexactly(1))
        tasks.append(asyncio.create_task(pass_bytes(client, to_server)))
        tasks.append(asyncio.create_task(pass_messages(server, to_client, rewrite)))

    listener = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
