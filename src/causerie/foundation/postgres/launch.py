"""Becomes PostgreSQL: run as a script, as a child of the server, and replaced by ``postgres``.

``python -I -S launch.py PARENT_PID UID GID POSTGRES ARGUMENT...``. It gives up root (``UID`` -1
keeps the user) and asks the kernel for a fast shutdown when the parent is gone, by whatever
death. That cannot be asked for by the parent, and a change of user would undo it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2)


def main(arguments: list[str]) -> None:
    """Never returns."""
    parent, uid, gid = (int(argument) for argument in arguments[:3])
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    # SIGINT is PostgreSQL's fast shutdown: open transactions are rolled back, all is written.
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGINT) != 0:
        sys.exit(f"prctl failed: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:
        sys.exit("the server was gone before PostgreSQL started")
    os.execv(arguments[3], arguments[3:])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
