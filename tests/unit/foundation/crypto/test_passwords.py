"""Password hashes: what verifies, what is outdated, and what a flood meets."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import bcrypt
import pytest

from causerie.foundation.crypto import PasswordHashes
from causerie.foundation.errors import Unavailable


@pytest.fixture
def hashes() -> Iterator[PasswordHashes]:
    made = PasswordHashes(memory_kib=8, iterations=1, bcrypt_cost=6, threads=2)
    yield made
    made.close()


async def test_a_hash_is_that_of_its_password_only(hashes: PasswordHashes) -> None:
    encoded = await hashes.hash("right")

    assert encoded.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert await hashes.verify("right", encoded)
    assert not await hashes.verify("wrong", encoded)
    assert not hashes.is_outdated(encoded)


async def test_the_same_password_never_has_the_same_hash(hashes: PasswordHashes) -> None:
    assert await hashes.hash("same") != await hashes.hash("same")


@pytest.mark.parametrize("prefix", [b"2a", b"2b"])
async def test_bcrypt_verifies_and_is_outdated(hashes: PasswordHashes, prefix: bytes) -> None:
    encoded = bcrypt.hashpw(b"old", bcrypt.gensalt(4, prefix)).decode()

    assert await hashes.verify("old", encoded)
    assert not await hashes.verify("new", encoded)
    assert hashes.is_outdated(encoded)


async def test_other_parameters_are_outdated(hashes: PasswordHashes) -> None:
    stronger = PasswordHashes(memory_kib=16, iterations=1, threads=1)
    encoded = await hashes.hash("password")
    stronger.close()

    assert stronger.is_outdated(encoded)


@pytest.mark.parametrize(
    "encoded", [None, "", "plain", "$argon2id$", "$2b$04$short", "$2b$99$" + "a" * 53]
)
async def test_what_is_no_hash_is_nobodys(hashes: PasswordHashes, encoded: str | None) -> None:
    assert not await hashes.verify("plain", encoded)


@pytest.mark.parametrize(
    ("text", "is_hash"),
    [
        ("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21l$Q2hlYXAgaGFzaCBmb3IgdGVzdHMu", True),
        ("$argon2i$v=19$m=4096,t=3,p=4$c29tZXNhbHRzb21l$Q2hlYXAgaGFzaCBmb3IgdGVzdHMu", True),
        ("$argon2id$v=19$m=99999999,t=2,p=1$c29tZXNhbHRzb21l$Q2hlYXAgaGFzaCBmb3IgdGVzdHMu", False),
        ("$argon2id$v=19$m=19456,t=999,p=1$c29tZXNhbHRzb21l$Q2hlYXAgaGFzaCBmb3IgdGVzdHMu", False),
        ("$argon2id$v=19$m=8,t=1,p=99$c29tZXNhbHRzb21l$Q2hlYXAgaGFzaCBmb3IgdGVzdHMu", False),
        ("$argon2id$v=19$m=19456,t=2,p=1$short$x", False),
        ("$2b$06$" + "a" * 53, True),
        ("$2y$05$" + "a" * 53, True),
        ("$2b$07$" + "a" * 53, False),
        ("$2b$03$" + "a" * 53, False),
        ("$1$abc$def", False),
        ("5f4dcc3b5aa765d61d8327deb882cf99", False),
        ("", False),
    ],
)
def test_only_hashes_of_bearable_cost_are_taken_in(
    hashes: PasswordHashes, text: str, is_hash: bool
) -> None:
    assert hashes.is_hash(text) is is_hash


async def test_a_flood_is_turned_away_and_the_rest_is_served() -> None:
    hashes = PasswordHashes(memory_kib=8, iterations=1, threads=1)
    let_go = threading.Event()
    waiting = [asyncio.create_task(hashes._run(lambda: let_go.wait(10))) for _ in range(64)]
    await asyncio.sleep(0)

    with pytest.raises(Unavailable):
        await hashes.hash("one too many")

    let_go.set()
    assert all(await asyncio.gather(*waiting))
    assert await hashes.hash("after the flood")
    hashes.close()


async def test_callers_who_go_away_keep_their_place_until_the_work_is_done() -> None:
    hashes = PasswordHashes(memory_kib=8, iterations=1, threads=1)
    let_go, begun = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        let_go.wait(10)

    caller = asyncio.create_task(hashes._run(work))
    await asyncio.to_thread(begun.wait, 10)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert hashes._waiting == 1

    let_go.set()
    await hashes.hash("next")

    assert hashes._waiting == 0
    hashes.close()
