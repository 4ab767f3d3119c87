"""The data folder: whose it is, where its cluster lies, and the passwords."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import tempfile
from pathlib import Path

import msgspec
import structlog

from causerie.foundation.postgres.errors import DataFolderInUse, EmbeddedFailed
from causerie.foundation.postgres.unprivileged import (
    RunAs,
    can_enter,
    make_folder,
    make_state_folder,
)

log = structlog.get_logger()

LOCK_NAME = "causerie.lock"
PASSWORDS_NAME = "passwords.json"
POINTER_NAME = "postgres-is-at"
MAX_SOCKET_PATH_BYTES = 107  # sun_path of unix(7) has 108 bytes, one for the NUL.
SOCKET_NAME = ".s.PGSQL.5432"
PASSWORD_BYTES = 24


class Passwords(msgspec.Struct, frozen=True):
    """Of the roles in the embedded cluster; made once, kept for good."""

    supervisor: str
    owner: str
    app: str


class Lock:
    """One owner per data folder: a lock that the kernel drops with its holder, however it dies."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / LOCK_NAME
        # Python's descriptors are closed on exec (PEP 446), so PostgreSQL does not inherit it.
        self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(self._fd, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(self._fd)
            raise DataFolderInUse(
                f"the data folder {data_dir} belongs to another running server (pid {owner}): "
                "stop that one, or give this one a data folder of its own"
            ) from None
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let the next one in. The file stays: to remove it would race with the next owner."""
        os.ftruncate(self._fd, 0)
        os.close(self._fd)


class Place(msgspec.Struct, frozen=True):
    """The folder that PostgreSQL's user owns, with everything that is the cluster's."""

    root: Path
    socket: Path

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.root / "cluster"

    @property
    def log(self) -> Path:
        """Where PostgreSQL writes its log files."""
        return self.root / "log"

    @property
    def ballast(self) -> Path:
        """The file that is given up when the disk is full."""
        return self.root / "ballast"

    @property
    def start_log(self) -> Path:
        """What PostgreSQL says before its log collector runs."""
        return self.root / "start.log"


def make_place(data_dir: Path, user: RunAs) -> Place:
    """Find or make the cluster's place: in the data folder, or where its user can reach it."""
    root = _find_root(data_dir, user)
    make_folder(root, user)
    make_folder(root / "log", user)
    socket = root / "socket"
    if not _is_socket_path(socket):
        socket = _short_socket_folder(root, user)
    make_folder(socket, user)
    return Place(root=root, socket=socket)


def find_cluster(data_dir: Path) -> Path:
    """Where the data folder's cluster lies, if there is one. Makes nothing."""
    pointer = data_dir / POINTER_NAME
    root = Path(pointer.read_text().strip()) if pointer.exists() else data_dir / "postgres"
    return root / "cluster"


def _is_socket_path(folder: Path) -> bool:
    # A comma or a quote would be read as a list of folders, by PostgreSQL and by the driver.
    too_long = len(os.fsencode(folder / SOCKET_NAME)) > MAX_SOCKET_PATH_BYTES
    return not too_long and not set(str(folder)) & set(',"')


def _find_root(data_dir: Path, user: RunAs) -> Path:
    pointer = data_dir / POINTER_NAME
    if pointer.exists():
        root = Path(pointer.read_text().strip())
        if not root.is_dir():
            raise EmbeddedFailed(
                f"{pointer} says that the database lies in {root}, which is not there: bring it "
                "back, or remove the pointer to begin with an empty database"
            )
        return root
    root = data_dir / "postgres"
    if root.exists() or can_enter(data_dir, user):
        _require_reachable(root, data_dir, user)
        return root
    root = make_state_folder() / f"data-{secrets.token_hex(8)}"
    root.mkdir(mode=0o700)
    write_whole(pointer, f"{root}\n".encode())
    log.warning(
        "database_placed_elsewhere", because_closed=str(data_dir), user=user.name, at=str(root)
    )
    return root


def _require_reachable(root: Path, data_dir: Path, user: RunAs) -> None:
    if not can_enter(data_dir, user):
        raise EmbeddedFailed(
            f"the database in {root} cannot be reached by the system user {user.name!r}, as which "
            "PostgreSQL runs: open the folders above it (chmod o+x), or move the data folder"
        )


def _short_socket_folder(root: Path, user: RunAs) -> Path:
    name = f"causerie-{user.uid}-{hashlib.sha256(os.fsencode(root)).hexdigest()[:12]}"
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    # After su or sudo it is often another user's, or gone.
    is_ours = runtime and not user.switch and os.access(runtime, os.W_OK | os.X_OK)
    inside = Path(runtime) if is_ours else Path(tempfile.gettempdir())
    folder = inside / name
    if not _is_socket_path(folder):
        folder = Path("/tmp") / name  # noqa: S108 - its owner is checked below
    folder.mkdir(mode=0o700, exist_ok=True)
    facts = folder.lstat()
    if folder.is_symlink() or facts.st_uid not in {user.uid, os.geteuid()}:
        raise EmbeddedFailed(
            f"{folder} is needed for PostgreSQL's socket but is someone else's: remove it"
        )
    return folder


def load_passwords(data_dir: Path, *, cluster_exists: bool) -> Passwords:
    """Read the passwords; made at random where there is no cluster yet."""
    path = data_dir / PASSWORDS_NAME
    if path.exists():
        return msgspec.json.decode(path.read_bytes(), type=Passwords)
    if cluster_exists:
        raise EmbeddedFailed(
            f"{path} is missing, and without it nobody can log in to the database beside it: "
            "bring it back from a backup"
        )
    made = Passwords(*(secrets.token_urlsafe(PASSWORD_BYTES) for _ in range(3)))
    write_whole(path, msgspec.json.encode(made))
    return made


def write_whole(path: Path, content: bytes) -> None:
    """Write a private file (0600) that is there whole or not at all, also after a power cut."""
    fd, scratch = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(fd, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(scratch).rename(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a folder's new names durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
