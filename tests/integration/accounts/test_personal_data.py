"""E-mail addresses at rest: encrypted, found all the same, and brought under the key of now."""

from __future__ import annotations

import pytest

from causerie.accounts import read_jsonl
from causerie.accounts.store import emails
from causerie.foundation.crypto import CannotUnseal
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Database
from tests.integration.accounts.account_scene import AccountScene
from tests.integration.accounts.conftest import Opener

MASTER = bytes(range(32)).hex()
# openssl enc -aes-256-cbc, of ada@example.org under the key above
OLD_VALUE = "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf:c923d792b937cc75a03a81a2b4879a86"


async def sealed_of(database: Database, user_id: int) -> bytes:
    async with database.connection() as connection:
        row = await connection.fetchrow("SELECT * FROM accounts.users WHERE id = $1", user_id)
    assert row is not None
    assert row["email"] is None
    return bytes(row["email_sealed"])


async def put_in_clear(database: Database, user_id: int, email: str) -> None:
    """As a version before encryption wrote it."""
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE accounts.users SET email = $2, email_sealed = NULL, email_index = NULL"
            " WHERE id = $1",
            user_id,
            email,
        )


async def found(scene: AccountScene, address: str) -> list[str]:
    return [user.username for user in await scene.accounts.emails.find_by_email(address)]


async def test_an_address_is_found_in_any_case_and_by_nothing_else(scene: AccountScene) -> None:
    await scene.register("ada", email="Ada@Example.org")
    await scene.register("eve", email="eve@example.org")
    await scene.register("countess", email="ada@example.org")

    assert await found(scene, "ADA@example.org") == ["ada", "countess"]
    assert await found(scene, "ad@example.org") == []


async def test_imported_addresses_are_encrypted_too(
    scene: AccountScene, database: Database
) -> None:
    lines = ['{"username": "ada", "email": "ada@example.org"}', '{"username": "bob"}']
    await scene.service.import_users(read_jsonl(lines))

    assert b"ada" not in await sealed_of(database, 1)
    assert await found(scene, "ada@example.org") == ["ada"]
    assert await scene.accounts.emails.email_of(UserId(2)) is None
    assert await scene.accounts.emails.email_of(UserId(3)) is None


async def test_an_address_can_be_replaced_and_taken_away(scene: AccountScene) -> None:
    await scene.register("ada", email="ada@example.org")
    kept = scene.accounts.emails

    await kept.replace(UserId(1), "new@example.org")
    assert (await found(scene, "ada@example.org"), await kept.email_of(UserId(1))) == (
        [],
        "new@example.org",
    )
    await kept.replace(UserId(1), None)

    assert await kept.email_of(UserId(1)) is None


async def test_what_was_stored_in_clear_is_read_and_then_encrypted(
    scene: AccountScene, database: Database
) -> None:
    await scene.register("ada")
    await put_in_clear(database, 1, "Ada@example.org")
    assert await found(scene, "ada@example.org") == ["ada"]

    done = await scene.accounts.personal.encrypt_existing()

    assert done.encrypted == 1
    assert b"xample" not in await sealed_of(database, 1)
    assert await found(scene, "ada@example.org") == ["ada"]
    assert (await scene.accounts.personal.encrypt_existing()).encrypted == 0


async def test_what_an_older_system_encrypted_is_read_and_encrypted_anew(
    open_scene: Opener, database: Database
) -> None:
    scene = await open_scene(master_key=MASTER)
    await scene.register("ada")
    await put_in_clear(database, 1, OLD_VALUE)
    assert await scene.accounts.emails.email_of(UserId(1)) == "ada@example.org"

    await scene.accounts.personal.encrypt_existing()

    await sealed_of(database, 1)
    assert await found(scene, "ada@example.org") == ["ada"]


async def test_all_is_encrypted_in_batches_and_what_does_not_open_is_named_and_left(
    scene: AccountScene, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emails, "BATCH_ROWS", 2)
    for number in range(1, 6):
        await scene.register(f"user{number}")
        await put_in_clear(database, number, f"user{number}@example.org")
    await put_in_clear(database, 3, OLD_VALUE)  # under another master key than this server's

    done = await scene.accounts.personal.encrypt_existing()

    assert (done.encrypted, done.unreadable) == (4, (3,))
    assert await found(scene, "user5@example.org") == ["user5"]


async def test_a_run_that_was_cut_short_goes_on_where_it_stopped(
    scene: AccountScene, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emails, "BATCH_ROWS", 2)
    for number in range(1, 6):
        await scene.register(f"user{number}")
        await put_in_clear(database, number, f"user{number}@example.org")
    first = await scene.accounts.emails.encrypt_batch(UserId(0))
    assert first is not None

    assert (first.encrypted, (await scene.accounts.personal.encrypt_existing()).encrypted) == (2, 3)


async def test_after_a_rotation_values_are_read_on_every_node_and_encrypted_anew(
    open_scene: Opener, database: Database
) -> None:
    here, there = await open_scene(), await open_scene()
    await here.register("ada", email="ada@example.org")
    before = await sealed_of(database, 1)

    await here.accounts.personal.rotate()
    assert await here.accounts.emails.email_of(UserId(1)) == "ada@example.org"
    assert (await here.accounts.personal.encrypt_existing()).encrypted == 1

    after = await sealed_of(database, 1)
    assert after[:5] != before[:5]
    # The other node has not looked yet: it does when it meets the new key.
    assert await there.accounts.emails.email_of(UserId(1)) == "ada@example.org"
    assert await found(there, "ada@example.org") == ["ada"]


async def test_a_value_copied_into_another_row_does_not_open(
    scene: AccountScene, database: Database
) -> None:
    await scene.register("ada", email="ada@example.org")
    await scene.register("eve", email="eve@example.org")
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE accounts.users e SET email_sealed = a.email_sealed"
            " FROM accounts.users a WHERE a.id = 1 AND e.id = 2"
        )

    with pytest.raises(CannotUnseal, match=r"accounts\.users\.email:2"):
        await scene.accounts.emails.email_of(UserId(2))


async def test_nodes_that_start_at_once_share_the_keys_of_fields(open_scene: Opener) -> None:
    nodes = [await open_scene() for _ in range(3)]
    await nodes[0].register("ada", email="ada@example.org")

    for node in nodes:
        assert await found(node, "ada@example.org") == ["ada"]


async def test_another_master_key_stops_a_start_with_a_shared_secret_too(
    open_scene: Opener,
) -> None:
    shared = {"jwt_algorithm": "HS256", "jwt_secret": "f" * 32}
    await open_scene(master_key="0" * 64, **shared)

    with pytest.raises(CannotUnseal, match=r"data_keys.*another master key"):
        await open_scene(master_key="1" * 64, **shared)
