"""A child does not outlive its parent, whatever the parent dies of.

As a script (``python -I -S life.py PARENT PROGRAM ARGUMENT...``) it becomes a program that knows
nothing of this: what the kernel was asked for lasts.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2)


def end_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the thread that started it ends.

    By SIGKILL: without a parent there is no database (where it is the embedded one) and nobody who
    would see us stop, and a new server waits for the port. What was acknowledged is committed.
    Leaves where the parent is gone already.
    """
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        sys.exit(f"prctl failed: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:
        sys.exit("the server was gone before its worker started")


if __name__ == "__main__":
    end_with_parent(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - no shell is wanted
