"""The file of passwords that breaches have made known: every line is found, and nothing else."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from causerie.foundation.crypto import BreachedPasswords, BreachesUnusable


def a_list_of(*passwords: str, ending: str = ":3\r\n") -> str:
    hashes = sorted(hashlib.sha1(p.encode(), usedforsecurity=False).hexdigest() for p in passwords)
    return "".join(f"{digest.upper()}{ending}" for digest in hashes)


@pytest.mark.parametrize("ending", [":3\r\n", ":10434004\n", "\n"])
@pytest.mark.parametrize("count", [1, 2, 3, 100])
def test_every_password_of_the_file_is_found_and_no_other(
    tmp_path: Path, count: int, ending: str
) -> None:
    known = [f"a horse, a staple {number}" for number in range(count)]
    file = tmp_path / "breached.txt"
    file.write_bytes(a_list_of(*known, ending=ending).encode())
    breached = BreachedPasswords(file)

    found = [breached.has(password) for password in known]
    others = [breached.has(f"{password}!") for password in known]

    breached.close()
    assert all(found)
    assert not any(others)


def test_a_last_line_without_an_end_is_found_too(tmp_path: Path) -> None:
    file = tmp_path / "breached.txt"
    file.write_bytes(a_list_of("one", "two", "three").rstrip().encode())
    breached = BreachedPasswords(file)

    assert all(breached.has(password) for password in ("one", "two", "three"))
    breached.close()


@pytest.mark.parametrize("content", ["", "password\n", "a horse", "5baa61e4\n", "\n"])
def test_what_is_no_such_list_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "breached.txt"
    file.write_text(content)

    with pytest.raises(BreachesUnusable, match="breached"):
        BreachedPasswords(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BreachesUnusable, match="missing"):
        BreachedPasswords(tmp_path / "missing.txt")
