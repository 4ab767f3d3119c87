"""The embedded PostgreSQL: set up on the first start, kept alive while the server lives."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import structlog

from causerie.foundation.errors import Unavailable
from causerie.foundation.postgres import roles
from causerie.foundation.postgres.binaries import Binaries, find_binaries
from causerie.foundation.postgres.cluster import SUPERVISOR_ROLE, Cluster
from causerie.foundation.postgres.connection import Connection
from causerie.foundation.postgres.database import connect
from causerie.foundation.postgres.disk import DiskGuard
from causerie.foundation.postgres.endpoint import Endpoint, socket_dsn
from causerie.foundation.postgres.errors import EmbeddedFailed
from causerie.foundation.postgres.fitness import require_durable
from causerie.foundation.postgres.folder import (
    Lock,
    Passwords,
    Place,
    find_cluster,
    load_passwords,
    make_place,
)
from causerie.foundation.postgres.tuning import settings
from causerie.foundation.postgres.unprivileged import choose_user

log = structlog.get_logger()

DEFAULT_MAX_CONNECTIONS = 20
READY_POLL_SECONDS = 0.02
# Recovery reads at most max_wal_size of log, which the slowest disks do in a minute or two.
START_TIMEOUT_SECONDS = 300.0
# After a kill PostgreSQL refuses to start until the last of its old processes has noticed.
START_RETRY_SECONDS = 5.0
RETRY_PAUSE_SECONDS = 0.2
WATCH_SECONDS = 0.1
DISK_CHECK_SECONDS = 1.0
FIRST_BACK_OFF_SECONDS = 0.1
LONGEST_BACK_OFF_SECONDS = 5.0
SOCKET_LINE = 4  # The fifth line of postmaster.pid is the socket's folder.
NO_SPACE = "No space left on device"


class EmbeddedPostgres:
    """A PostgreSQL of our own in a data folder; it stops with the server, however that ends.

    ``disk`` is there once ``start`` has returned. Start it in the thread that lives as long as
    the server does (the kernel ties PostgreSQL's life to that thread).
    """

    disk: DiskGuard

    def __init__(self, data_dir: Path, *, max_connections: int = DEFAULT_MAX_CONNECTIONS) -> None:
        self._data_dir = data_dir.absolute()
        self._max_connections = max_connections
        self._listeners: list[Callable[[bool], None]] = []
        self._lock: Lock | None = None
        self._watch: asyncio.Task[None] | None = None
        self._is_up = False
        self._restarts = 0
        self._place: Place
        self._binaries: Binaries
        self._passwords: Passwords
        self._cluster: Cluster

    @property
    def is_up(self) -> bool:
        """Whether PostgreSQL takes connections, as far as its supervisor has seen."""
        return self._is_up

    @property
    def restarts(self) -> int:
        """How often PostgreSQL had to be started again."""
        return self._restarts

    @property
    def pid(self) -> int | None:
        """The pid of PostgreSQL's main process."""
        return self._cluster.pid

    def listen(self, listener: Callable[[bool], None]) -> None:
        """Call back with False when PostgreSQL has died and with True when it is back."""
        self._listeners.append(listener)

    @property
    def supervisor_dsn(self) -> str:
        """The superuser's way in: for the supervisor, and for tests that make databases."""
        return socket_dsn(
            self._place.socket, SUPERVISOR_ROLE, self._passwords.supervisor, "postgres"
        )

    @staticmethod
    def require_unowned(data_dir: Path) -> None:
        """Raise ``DataFolderInUse`` where another server runs on this data folder."""
        with suppress(OSError):  # None there, or not ours to look into: nobody's that we know.
            Lock(data_dir.absolute()).release()

    @staticmethod
    def require_made(data_dir: Path) -> None:
        """Raise ``EmbeddedFailed`` where no server has made its database yet, or none is seen."""
        if not (find_cluster(data_dir.absolute()) / "PG_VERSION").exists():
            raise EmbeddedFailed(
                f"there is no database in {data_dir.absolute()}: is it the server's data folder "
                "(CHAT_SERVER__SERVER__DATA_DIR)? `causerie serve` and `causerie migrate` make one"
            )

    @staticmethod
    def attach(data_dir: Path) -> Endpoint:
        """Find the way in to the database of a server that runs on this data folder already.

        For commands beside it. Raises ``EmbeddedFailed`` where none runs.
        """
        cluster = find_cluster(data_dir.absolute())
        try:
            lines = (cluster / "postmaster.pid").read_text().splitlines()
            passwords = load_passwords(data_dir, cluster_exists=True)
        except OSError as error:
            raise EmbeddedFailed(f"no database runs in {data_dir}: {error}") from error
        version = find_binaries(choose_user(cluster)).version
        return _endpoint(Path(lines[SOCKET_LINE]), passwords, version)

    async def start(self) -> Endpoint:
        """Set up what is missing, start, and watch. Raises ``EmbeddedFailed``."""
        started = time.monotonic()
        try:
            await _to_its_end(self._prepare_or_say_why)
            await self._start_first()
            endpoint = await self._bootstrap()
        except BaseException:
            await self.stop()
            raise
        self._is_up = True
        self._watch = asyncio.create_task(self._supervise(), name="postgres-supervisor")
        log.info(
            "postgres_started",
            version=self._binaries.version,
            data_folder=str(self._place.root),
            seconds=round(time.monotonic() - started, 2),
        )
        return endpoint

    async def stop(self) -> None:
        """Shut PostgreSQL down (fast, then by force: 12 s at most) and give the folder free."""
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
        self._is_up = False
        try:
            if hasattr(self, "_cluster"):
                await asyncio.to_thread(self._cluster.stop)
        finally:
            self._leave_socket_folder()
            lock, self._lock = self._lock, None
            if lock is not None:
                lock.release()

    def _leave_socket_folder(self) -> None:
        # A short one in /tmp is ours to clear away; what is not empty is still in use.
        if hasattr(self, "_place") and not self._place.socket.is_relative_to(self._place.root):
            with suppress(OSError):
                self._place.socket.rmdir()

    def _prepare_or_say_why(self) -> None:
        try:
            self._prepare()
        except OSError as error:  # a folder of another user's, a read-only or full disk
            raise EmbeddedFailed(
                f"the data folder {self._data_dir} cannot be used: {error}; let this user write "
                "there, or name another (CHAT_SERVER__SERVER__DATA_DIR)"
            ) from error

    def _prepare(self) -> None:
        self._data_dir.mkdir(parents=True, exist_ok=True)
        self._lock = Lock(self._data_dir)
        user = choose_user(self._data_dir / "postgres" / "cluster")
        self._binaries = find_binaries(user)
        self._place = make_place(self._data_dir, user)
        self._cluster = Cluster(self._place, self._binaries, user)
        self.disk = DiskGuard(self._place.ballast)
        exists = self._cluster.exists()
        self._passwords = load_passwords(self._data_dir, cluster_exists=exists)
        if exists:
            self._cluster.stop_leftover()
        else:
            # Said before, not after: on a slow disk this is all that a new user sees for a while.
            log.info("making_database", data_folder=str(self._place.root))
            self._cluster.make(self._passwords.supervisor)
        self.disk.check()

    async def _start_first(self) -> None:
        deadline = time.monotonic() + START_RETRY_SECONDS
        while not await self._start_once():
            if time.monotonic() > deadline:
                raise EmbeddedFailed(
                    f"PostgreSQL does not start; it said: {self._cluster.last_words()}"
                )
            await asyncio.sleep(RETRY_PAUSE_SECONDS)

    async def _start_once(self) -> bool:
        """Spawn and wait until it takes connections; False where it died instead."""
        self._cluster.spawn(settings(self._place, max_connections=self._max_connections))
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not self._cluster.is_ready():
            if not self._cluster.is_alive():
                return False
            if time.monotonic() > deadline:
                await asyncio.to_thread(self._cluster.stop)
                return False
            await asyncio.sleep(READY_POLL_SECONDS)
        return True

    async def _bootstrap(self) -> Endpoint:
        passwords = self._passwords
        endpoint = _endpoint(self._place.socket, passwords, self._binaries.version)
        # Every time, and each step only where it is missing: a first start may have been killed.
        async with self._session(self.supervisor_dsn) as superuser:
            await roles.make_login(superuser, roles.OWNER_ROLE, passwords.owner)
            await roles.make_login(superuser, roles.APP_ROLE, passwords.app)
            await roles.make_policy_roles(superuser)
            await roles.make_database(superuser, roles.DATABASE_NAME, owner=roles.OWNER_ROLE)
        async with self._session(endpoint.owner_dsn) as owner:
            await roles.close_database(owner, roles.APP_ROLE)
            await roles.let_work(owner, roles.APP_ROLE)
        async with self._session(endpoint.app_dsn) as app:
            # An ALTER ROLE or ALTER DATABASE would win over the settings that we start with.
            await require_durable(app)
        return endpoint

    @asynccontextmanager
    async def _session(self, dsn: str) -> AsyncIterator[Connection]:
        try:
            connection = await connect(dsn)
        except Unavailable as error:
            raise EmbeddedFailed(
                f"PostgreSQL runs but does not answer; it said: {self._cluster.last_words()}"
            ) from error
        try:
            yield connection
        finally:
            await connection.close()

    async def _supervise(self) -> None:
        next_disk_check = 0.0
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if not self._cluster.is_alive():
                await self._revive()
            if time.monotonic() >= next_disk_check:
                await self._check_disk()
                next_disk_check = time.monotonic() + DISK_CHECK_SECONDS

    async def _revive(self) -> None:
        self._announce(is_up=False)
        back_off = FIRST_BACK_OFF_SECONDS
        while not await self._try_again():
            await asyncio.sleep(back_off)
            back_off = min(back_off * 2, LONGEST_BACK_OFF_SECONDS)
        self._announce(is_up=True)

    async def _try_again(self) -> bool:
        # Whatever goes wrong here (no descriptors, no memory, no disk) may be over in a moment.
        try:
            last_words = self._cluster.last_words()
            log.error("postgres_died", restarts=self._restarts, last_words=last_words)
            if NO_SPACE in last_words:
                self.disk.report_full()
            await self._check_disk()
            self._restarts += 1
            return await self._start_once()
        except Exception:
            log.exception("postgres_restart_failed")
            return False

    async def _check_disk(self) -> None:
        try:
            await asyncio.to_thread(self.disk.check)
        except OSError:
            log.exception("disk_check_failed")

    def _announce(self, *, is_up: bool) -> None:
        self._is_up = is_up
        for listener in self._listeners:
            try:
                listener(is_up)
            except Exception:
                log.exception("postgres_listener_failed")


async def _to_its_end(work: Callable[[], None]) -> None:
    # A thread cannot be cancelled: who gives up waits for it, or would clear up under its hands.
    task = asyncio.create_task(asyncio.to_thread(work))
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise


def _endpoint(socket: Path, passwords: Passwords, version: str) -> Endpoint:
    return Endpoint(
        owner_dsn=socket_dsn(socket, roles.OWNER_ROLE, passwords.owner, roles.DATABASE_NAME),
        app_dsn=socket_dsn(socket, roles.APP_ROLE, passwords.app, roles.DATABASE_NAME),
        version=version,
    )
