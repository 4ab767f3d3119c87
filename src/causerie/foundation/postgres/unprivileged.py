"""Whom PostgreSQL runs as: it refuses root, so root lends it a system user of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

import msgspec
import structlog

from causerie.foundation.postgres.errors import EmbeddedFailed

log = structlog.get_logger()

USER_NAME = "causerie"
# Where things go that the system user cannot reach elsewhere: the state folder of FHS 3.0 §5.8.
STATE_FOLDER = Path("/var/lib/causerie")
USERADD_TIMEOUT_SECONDS = 30


class RunAs(msgspec.Struct, frozen=True):
    """The user of PostgreSQL's processes. ``switch`` says that we are root and must change to it."""

    name: str
    uid: int
    gid: int
    switch: bool


def choose_user(cluster: Path) -> RunAs:
    """Give ourselves, or where we are root the user ``causerie``, made if it is missing.

    A cluster that an ordinary user made stays that user's, also when root starts it.
    """
    if os.geteuid() != 0:
        return RunAs(name="", uid=os.geteuid(), gid=os.getegid(), switch=False)
    if cluster.exists() and (facts := cluster.stat()).st_uid != 0:
        return RunAs(name=_name_of(facts.st_uid), uid=facts.st_uid, gid=facts.st_gid, switch=True)
    entry = _find_user() or _make_user()
    return RunAs(name=USER_NAME, uid=entry.pw_uid, gid=entry.pw_gid, switch=True)


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def can_enter(path: Path, user: RunAs) -> bool:
    """Say whether the user gets to the path: through every folder above it and, if one, into it."""
    if not user.switch:
        return True
    real = path.resolve()
    folders = [real, *real.parents] if real.is_dir() else list(real.parents)
    return all(_may_search(folder, user) for folder in folders if folder.exists())


def make_folder(path: Path, user: RunAs) -> None:
    """Make a private folder (0700) of the user's; one that exists is given to it."""
    path.mkdir(mode=0o700, exist_ok=True)
    if not user.switch and path.stat().st_uid != user.uid:
        raise EmbeddedFailed(
            f"{path} belongs to the user {_name_of(path.stat().st_uid)!r}: start as that user or "
            "as root, or take another data folder"
        )
    if user.switch:
        os.chown(path, user.uid, user.gid)
    path.chmod(0o700)


def make_state_folder() -> Path:
    """Make the state folder, which every user may traverse. Only called as root."""
    STATE_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    STATE_FOLDER.chmod(0o755)
    return STATE_FOLDER


def _may_search(folder: Path, user: RunAs) -> bool:
    # Access lists are not looked at: at worst the state folder is used without need.
    facts = folder.stat()
    if facts.st_uid == user.uid:
        return bool(facts.st_mode & stat.S_IXUSR)
    if facts.st_gid == user.gid:
        return bool(facts.st_mode & stat.S_IXGRP)
    return bool(facts.st_mode & stat.S_IXOTH)


def _find_user() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(USER_NAME)
    except KeyError:
        return None


def _make_user() -> pwd.struct_passwd:
    command = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    reason = "there is no useradd here"
    if command is not None:
        made = subprocess.run(  # noqa: S603 - a fixed command
            [command, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
             "--shell", "/usr/sbin/nologin", USER_NAME],
            capture_output=True, text=True, check=False, timeout=USERADD_TIMEOUT_SECONDS,
        )  # fmt: skip
        entry = _find_user()  # Another server may have made it in the same moment.
        if entry is not None:
            log.info("system_user_made", user=USER_NAME, uid=entry.pw_uid)
            return entry
        reason = made.stderr.strip() or f"useradd ended with {made.returncode}"
    raise EmbeddedFailed(
        f"PostgreSQL does not run as root, and the system user {USER_NAME!r} could not be made "
        f"({reason}): make it, start as another user, or name an external database"
    )
