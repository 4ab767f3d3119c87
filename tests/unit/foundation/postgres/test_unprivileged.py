from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from causerie.foundation.postgres.unprivileged import RunAs, can_enter, choose_user

# Nobody's ids: what such a user may do is what the last three bits say.
STRANGER = RunAs(name="stranger", uid=54321, gid=54321, switch=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    # pytest's own folders are closed to others, down from the system's temporary one.
    system = Path(tempfile.gettempdir())
    for above in (tmp_path, *tmp_path.parents):
        if not above.is_relative_to(system) or above == system:
            break
        above.chmod(0o755)
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    return inner


def test_open_folders_can_be_entered(folder: Path) -> None:
    assert can_enter(folder, STRANGER)
    assert can_enter(folder / "not-there-yet", STRANGER)


def test_a_closed_folder_above_closes_all_below(folder: Path) -> None:
    folder.parent.chmod(0o700)

    assert not can_enter(folder, STRANGER)


def test_a_link_is_judged_by_where_it_leads(folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    folder.chmod(0o700)

    assert not can_enter(link, STRANGER)


def test_a_folder_of_its_own_needs_no_right_for_others(folder: Path) -> None:
    folder.chmod(0o700)
    owner = RunAs(name="owner", uid=folder.stat().st_uid, gid=54321, switch=True)

    assert can_enter(folder, owner)


def test_whoever_runs_as_himself_is_not_asked(folder: Path) -> None:
    folder.chmod(0o000)
    ourselves = RunAs(name="", uid=os.geteuid(), gid=os.getegid(), switch=False)

    assert can_enter(folder, ourselves)
    folder.chmod(0o700)


@pytest.mark.skipif(os.geteuid() == 0, reason="for ordinary users")
def test_an_ordinary_user_runs_postgresql_as_himself(tmp_path: Path) -> None:
    user = choose_user(tmp_path)

    assert (user.uid, user.switch) == (os.geteuid(), False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can lend another user")
def test_root_keeps_the_user_whose_cluster_it_is(folder: Path) -> None:
    os.chown(folder, 54321, 54322)

    user = choose_user(folder)

    assert (user.uid, user.gid, user.switch) == (54321, 54322, True)
