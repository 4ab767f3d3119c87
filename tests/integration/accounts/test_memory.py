"""What accounts keep in memory: bounded, and kept true by events and by upkeep."""

from __future__ import annotations

import asyncio

import pytest

from causerie.accounts import UserChanged, UserDirectory
from causerie.accounts.events import SessionRevoked
from causerie.accounts.jobs import keep_accounts_up
from causerie.accounts.service import tokens as tokens_module
from causerie.accounts.store import StoredEmails, StoredUsers
from causerie.foundation.errors import Unavailable
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Database
from causerie.foundation.telemetry import metrics
from tests.integration.accounts.account_scene import AccountScene
from tests.integration.accounts.conftest import Opener
from tests.integration.accounts.token_scene import TokenScene


def emails_of(scene: AccountScene) -> StoredEmails:
    emails = scene.accounts.emails
    assert isinstance(emails, StoredEmails)
    return emails


async def test_the_directory_keeps_those_asked_for_last(
    scene: AccountScene, database: Database
) -> None:
    for name in ("ada", "bob", "eve"):
        await scene.register(name)
    directory = UserDirectory(StoredUsers(database, emails_of(scene)), max_cached=2)

    for user_id in (1, 2, 1, 3):
        await directory.get(UserId(user_id))

    kept = [user_id for user_id in (1, 2, 3) if directory.peek(UserId(user_id))]
    assert kept == [1, 3]


async def test_a_change_during_a_look_up_is_not_lost(
    scene: AccountScene, database: Database
) -> None:
    await scene.register("ada")

    class Interrupted(StoredUsers):
        """Tells of a change just after it has read the state before it."""

        async def get_many(self, ids):  # type: ignore[no-untyped-def,explicit-override] # test double of one method
            found = await super().get_many(ids)
            directory.forget(UserChanged(user_id=UserId(1)))
            return found

    directory = UserDirectory(Interrupted(database, emails_of(scene)))

    await directory.get(UserId(1))

    assert directory.peek(UserId(1)) is None


async def test_proofs_are_kept_for_so_many_tokens_and_no_more(ada: TokenScene) -> None:
    tokens = ada.scene.service._tokens
    tokens._max_cached = 3
    principal = await ada.scene.service.authenticate_bearer(ada.token)

    for _ in range(10):
        await tokens.authenticate(tokens.issue(principal.user_id, principal.session))

    assert len(tokens._proven) == 3


async def test_upkeep_forgets_old_proofs_and_old_revocations(ada: TokenScene) -> None:
    scene, tokens = ada.scene, ada.scene.service._tokens
    await scene.me(ada.token)
    ended = (await scene.login("ada")).json()["access_token"]
    await scene.call("POST", "/auth/logout", token=ended)
    assert (len(tokens._proven), len(tokens._revoked)) == (2, 1)

    scene.clock.advance(601)
    await scene.service.keep_up()

    assert (len(tokens._proven), len(tokens._revoked)) == (0, 0)
    assert (await scene.me(ended)).status == 401


async def test_too_many_revocations_to_remember_are_left_to_the_database(
    ada: TokenScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens_module, "MAX_REMEMBERED_REVOCATIONS", 5)
    await ada.scene.me(ada.token)
    await ada.scene.service.logout(await ada.scene.service.authenticate_bearer(ada.token))

    ada.scene.events.announce(
        [SessionRevoked(user_id=UserId(9), session=f"s{number}") for number in range(20)]
    )

    assert len(ada.scene.service._tokens._revoked) <= 5
    assert (await ada.scene.me(ada.token)).status == 401


async def test_upkeep_outlives_a_database_that_is_away(
    scene: AccountScene, database: Database
) -> None:
    rounds = asyncio.Queue[None]()
    keep_up = scene.service.keep_up

    async def counted() -> int:
        rounds.put_nowait(None)
        return await keep_up()

    scene.service.keep_up = counted  # type: ignore[method-assign] # only to see that it is called
    await database.close()
    worker = asyncio.create_task(keep_accounts_up(scene.service, interval_seconds=0.001))

    for _ in range(3):
        await asyncio.wait_for(rounds.get(), 60)

    assert not worker.done()
    worker.cancel()
    await asyncio.wait({worker})


async def test_without_a_database_only_what_was_proven_before_is_good(
    ada: TokenScene, database: Database
) -> None:
    other = ada.signed(lambda claims: claims.update(jti="other"))
    assert (await ada.scene.me(ada.token)).status == 200
    await database.close()

    proven = await ada.scene.service.authenticate_bearer(ada.token)

    assert proven.username == "ada"
    with pytest.raises(Unavailable):
        await ada.scene.service.authenticate_bearer(other)


async def test_attempts_are_counted_by_result(open_scene: Opener) -> None:
    scene = await open_scene(attempts_per_minute=3)
    good, bad = (metrics.AUTH_ATTEMPTS.labels(result) for result in ("success", "failure"))
    before = (good.value, bad.value)

    token = (await scene.register("ada")).json()["refresh_token"]
    await scene.login("ada")
    await scene.refresh(token)
    await scene.login("ada", "wrong")
    await scene.login("ada")
    await scene.refresh("wrong")

    assert (good.value - before[0], bad.value - before[1]) == (3, 3)
