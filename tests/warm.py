"""Server processes that begin with everything imported: forked from one that did it once.

A start imports some 1,500 modules, which takes more than a second of a core; the tests start a hundred
servers. What is forked here is a process like any other, with its own environment, folder, signals
and arguments. Tests of the start itself use a new interpreter (``tests.e2e.defaults``).

Run as ``python tests/warm.py DESCRIPTOR``; asked over that socket.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, NoReturn, TypedDict

PRELOADED = ("causerie.assembly.cli", "causerie.assembly.serve", "uvloop")
METRICS = "causerie.foundation.telemetry.metrics"  # notes when it was imported: the server's start
MAX_REQUEST_BYTES = 1 << 17  # An environment and some arguments; MAX_ARG_STRLEN of Linux.
DESCRIPTORS = 4  # stdin, stdout, stderr, and where its number and its end are told


class Grown:
    """A process that was forked; as ``subprocess.Popen`` shows one."""

    def __init__(self, told: socket.socket, stdout: IO[bytes] | None) -> None:
        self._told = told
        self._answers = told.makefile("rb")
        self.stdout = stdout
        self.returncode: int | None = None
        self.pid = int(self._answers.readline())

    def poll(self) -> int | None:
        """Its exit status; None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; gives the exit status. Raises ``subprocess.TimeoutExpired``."""
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("a forked server", timeout or 0)
            self.returncode = int(self._answers.readline())
            self._answers.close()
            self._told.close()
        return self.returncode

    def send_signal(self, signal_number: int) -> None:
        """Send it a signal; one that has ended gets none."""
        if self.poll() is None:
            os.kill(self.pid, signal_number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def start(
    program: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    stderr: IO[bytes],
    stdin: IO[bytes] | None = None,
    stdout: IO[bytes] | None = None,
) -> Grown:
    """Run a program, ``-m MODULE ...`` or ``FILE ...``; without a ``stdout`` it gets a pipe."""
    theirs, ours = socket.socketpair()
    read = None
    with theirs, contextlib.ExitStack() as stack:
        if stdout is None:
            read_end, write_end = os.pipe()
            stack.callback(os.close, write_end)
            read = os.fdopen(read_end, "rb")
        else:
            write_end = stdout.fileno()
        given = stdin or stack.enter_context(Path(os.devnull).open("rb"))
        request = json.dumps({"program": program, "cwd": str(cwd), "env": dict(env)}).encode()
        assert len(request) <= MAX_REQUEST_BYTES
        descriptors = [given.fileno(), write_end, stderr.fileno(), theirs.fileno()]
        socket.send_fds(_nursery(), [request], descriptors)
    return Grown(ours, read)


def run(
    program: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float,
    stdin_text: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; gives its exit status and what it wrote on both streams."""
    with (
        tempfile.TemporaryFile() as given,
        tempfile.TemporaryFile() as stdout,
        tempfile.TemporaryFile() as stderr,
    ):
        given.write(stdin_text.encode())
        given.seek(0)
        process = start(program, cwd=cwd, env=env, stdin=given, stdout=stdout, stderr=stderr)
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        stdout.seek(0)
        stderr.seek(0)
        said, complained = stdout.read().decode(), stderr.read().decode()
        return subprocess.CompletedProcess(program, status, said, complained)


_asked: list[socket.socket] = []  # Empty until somebody starts a server.


def _nursery() -> socket.socket:
    if not _asked:
        theirs, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())], pass_fds=[theirs.fileno()]
            )

        def end() -> None:
            ours.close()
            process.wait()

        atexit.register(end)
        _asked.append(ours)
    return _asked[0]


# --- What runs in the process that is forked from ------------------------------------------------


def _serve(asked: socket.socket) -> None:
    """Fork whatever is asked for, and tell how each one ended, until nobody can ask any more."""
    children: dict[int, socket.socket] = {}
    heard, wakes = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    # Ctrl-C is for pytest, which ends what it has started.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        ready = select.select([asked.fileno(), heard], [], [])[0]
        if heard in ready:
            os.read(heard, 4096)
            _tell_of_the_ended(children)
        if asked.fileno() in ready:
            request, descriptors, _, _ = socket.recv_fds(asked, MAX_REQUEST_BYTES, DESCRIPTORS)
            if not request:
                return
            pid = os.fork()
            if pid == 0:
                _become(json.loads(request), descriptors)
            told = socket.socket(fileno=descriptors[3])
            told.sendall(f"{pid}\n".encode())
            children[pid] = told
            for descriptor in descriptors[:3]:
                os.close(descriptor)


def _tell_of_the_ended(children: dict[int, socket.socket]) -> None:
    for pid in list(children):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            with children.pop(pid) as told, contextlib.suppress(OSError):
                told.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


class _Wanted(TypedDict):
    program: list[str]
    cwd: str
    env: dict[str, str]


def _become(wanted: _Wanted, descriptors: Sequence[int]) -> NoReturn:
    """Be the program that was asked for, to its end."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number, descriptor in enumerate(descriptors[:3]):
            os.dup2(descriptor, number)
        os.closerange(3, max(os.sysconf("SC_OPEN_MAX"), 1024))
        os.chdir(wanted["cwd"])
        os.environ.clear()
        os.environ.update(wanted["env"])
        _run(wanted["program"])
        status = 0
    except SystemExit as left:
        if isinstance(left.code, str):
            sys.stderr.write(f"{left.code}\n")
        status = left.code if isinstance(left.code, int) else int(left.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _run(program: Sequence[str]) -> None:
    first, *others = program
    sys.modules[METRICS]._started = time.monotonic()  # type: ignore[attr-defined] # not ours
    if first == "-m":
        sys.argv = others
        sys.path.insert(0, str(Path.cwd()))
        runpy.run_module(others[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = [first, *others]
        sys.path.insert(0, str(Path(first).parent))
        runpy.run_path(first, run_name="__main__")


if __name__ == "__main__":
    del sys.path[0]  # this folder, which a server does not have there
    for name in PRELOADED:
        __import__(name)
    gc.collect()
    gc.freeze()  # Else each child's first collection would copy all of it.
    _serve(socket.socket(fileno=int(sys.argv[1])))
