from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from causerie.foundation.postgres import DataFolderInUse, EmbeddedFailed
from causerie.foundation.postgres.folder import (
    MAX_SOCKET_PATH_BYTES,
    POINTER_NAME,
    SOCKET_NAME,
    Lock,
    load_passwords,
    make_place,
)
from causerie.foundation.postgres.unprivileged import RunAs

OURSELVES = RunAs(name="", uid=os.geteuid(), gid=os.getegid(), switch=False)


def test_a_second_owner_is_told_the_pid_of_the_first(tmp_path: Path) -> None:
    first = Lock(tmp_path)

    with pytest.raises(DataFolderInUse, match=rf"pid {os.getpid()}\)"):
        Lock(tmp_path)
    first.release()


def test_a_folder_that_was_released_can_be_taken(tmp_path: Path) -> None:
    Lock(tmp_path).release()
    second = Lock(tmp_path)

    with pytest.raises(DataFolderInUse):
        Lock(tmp_path)
    second.release()


def test_the_lock_is_not_inherited_by_programs_we_start(tmp_path: Path) -> None:
    lock = Lock(tmp_path)
    child = subprocess.Popen(
        [sys.executable, "-c", "print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        close_fds=False,
    )
    assert child.stdout is not None
    child.stdout.readline()  # The kernel lets us go on a moment before it closes descriptors.
    lock.release()
    second = Lock(tmp_path)

    second.release()
    child.communicate(b"\n")


def test_the_passwords_are_made_once_and_are_private(tmp_path: Path) -> None:
    made = load_passwords(tmp_path, cluster_exists=False)
    again = load_passwords(tmp_path, cluster_exists=True)

    assert made == again
    assert len({made.supervisor, made.owner, made.app}) == 3
    assert stat.S_IMODE((tmp_path / "passwords.json").stat().st_mode) == 0o600


def test_passwords_lost_beside_a_cluster_are_not_made_anew(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedFailed, match="is missing"):
        load_passwords(tmp_path, cluster_exists=True)


def test_the_place_is_private_and_lies_in_the_data_folder(tmp_path: Path) -> None:
    place = make_place(tmp_path, OURSELVES)

    assert place.root == tmp_path / "postgres"
    for folder in (place.root, place.socket, place.log):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["x" * 120, "with,comma", 'with"quote'])
def test_a_path_that_no_socket_can_have_gets_a_short_private_one(tmp_path: Path, name: str) -> None:
    data_dir = tmp_path / name
    data_dir.mkdir()

    place = make_place(data_dir, OURSELVES)

    try:
        assert len(os.fsencode(place.socket / SOCKET_NAME)) <= MAX_SOCKET_PATH_BYTES
        assert not set(str(place.socket)) & set(',"')
        assert stat.S_IMODE(place.socket.stat().st_mode) == 0o700
        assert make_place(data_dir, OURSELVES).socket == place.socket
    finally:
        place.socket.rmdir()


def test_a_short_socket_folder_that_is_a_strangers_trap_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_dir = tmp_path / ("x" * 120)
    data_dir.mkdir()
    runtime = Path(tempfile.mkdtemp())
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    socket = make_place(data_dir, OURSELVES).socket
    socket.rmdir()
    socket.symlink_to(tmp_path)

    try:
        with pytest.raises(EmbeddedFailed, match="someone else's"):
            make_place(data_dir, OURSELVES)
    finally:
        socket.unlink()
        runtime.rmdir()


def test_a_runtime_folder_that_is_gone_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_dir = tmp_path / ("x" * 120)
    data_dir.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "gone"))

    socket = make_place(data_dir, OURSELVES).socket

    assert socket.is_dir()
    socket.rmdir()


def test_a_pointer_is_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / POINTER_NAME).write_text(f"{elsewhere}\n")

    assert make_place(tmp_path, OURSELVES).root == elsewhere


def test_a_pointer_to_nothing_is_no_reason_to_begin_with_an_empty_database(tmp_path: Path) -> None:
    (tmp_path / POINTER_NAME).write_text(f"{tmp_path}/gone\n")

    with pytest.raises(EmbeddedFailed, match="which is not there"):
        make_place(tmp_path, OURSELVES)
