"""Who is banned stays out by every door, from the ban's commit on; who is muted comes in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from causerie.accounts import (
    FOREVER,
    Banned,
    Muted,
    Restriction,
    TicketRefused,
    UserRestricted,
)
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Database
from tests.integration.accounts.account_scene import AccountScene, Answer
from tests.integration.accounts.conftest import Opener
from tests.scenes.restrictions import restrict

HOUR = timedelta(hours=1)


class Ada:
    """A user with a session."""

    def __init__(self, scene: AccountScene, registered: Answer) -> None:
        made = registered.json()
        self.scene = scene
        self.id = UserId(made["user"]["id"])
        self.access: str = made["access_token"]
        self.refresh: str = made["refresh_token"]

    async def ticket(self) -> str:
        answer = await self.scene.call("POST", "/auth/ticket", token=self.access)
        assert answer.status == 200
        return str(answer.json()["ticket"])

    async def every_door(self) -> list[Answer]:
        return [
            await self.scene.me(self.access),
            await self.scene.refresh(self.refresh),
            await self.scene.login("ada"),
        ]

    def told(self) -> list[Restriction]:
        return [e.restriction for e in self.scene.announced if isinstance(e, UserRestricted)]


@pytest.fixture
async def ada(scene: AccountScene) -> Ada:
    return Ada(scene, await scene.register("ada"))


@pytest.mark.parametrize("is_told", [True, False])
async def test_a_ban_shuts_every_door(
    scene: AccountScene, ada: Ada, database: Database, is_told: bool
) -> None:
    ticket = await ada.ticket()
    ban = await restrict(database, ada.id, banned_until=FOREVER)
    if is_told:
        scene.accounts.restrictions.take(ban)
    else:
        await scene.accounts.restrictions.look_again()

    answers = await ada.every_door()
    assert {(a.status, a.code) for a in answers} == {(403, "banned")}
    with pytest.raises(Banned):
        await scene.service.redeem_ticket(ticket)


async def test_a_wrong_password_does_not_say_that_the_user_is_banned(
    scene: AccountScene, ada: Ada, database: Database
) -> None:
    scene.accounts.restrictions.take(await restrict(database, ada.id, banned_until=FOREVER))

    assert (await scene.login("ada", "another horse, no staple")).code == "unauthenticated"


async def test_what_has_not_been_told_yet_is_in_the_database(
    scene: AccountScene, ada: Ada, database: Database
) -> None:
    """A token that is proven anew, a refresh and a ticket ask the table."""
    ticket = await ada.ticket()
    fresh = (await scene.refresh(ada.refresh)).json()
    await restrict(database, ada.id, banned_until=scene.clock.now() + HOUR)

    assert (await scene.me(fresh["access_token"])).code == "banned"
    assert (await scene.refresh(fresh["refresh_token"])).code == "banned"
    with pytest.raises(Banned):
        await scene.service.redeem_ticket(ticket)


async def test_a_ban_says_when_it_ends_and_ends_then(
    scene: AccountScene, ada: Ada, database: Database
) -> None:
    until = scene.clock.now() + HOUR
    scene.accounts.restrictions.take(await restrict(database, ada.id, banned_until=until))
    refused = await scene.refresh(ada.refresh)
    scene.clock.advance(HOUR.total_seconds())

    assert refused.json()["until"] == until.isoformat(timespec="milliseconds")[:-6] + "Z"
    # The refused refresh has spent nothing.
    assert (await scene.refresh(ada.refresh)).status == 200
    assert (await scene.login("ada")).status == 200


async def test_a_lifted_ban_lets_in_at_once(
    scene: AccountScene, ada: Ada, database: Database
) -> None:
    restrictions = scene.accounts.restrictions
    restrictions.take(await restrict(database, ada.id, banned_until=FOREVER))
    restrictions.take(await restrict(database, ada.id))

    assert {a.status for a in await ada.every_door()} == {200}


async def test_a_change_is_told_once_whoever_hears_of_it_first(
    scene: AccountScene, ada: Ada, database: Database
) -> None:
    restrictions = scene.accounts.restrictions
    mute = await restrict(database, ada.id, muted_until=FOREVER)
    ban = await restrict(database, ada.id, banned_until=FOREVER)
    restrictions.take(ban)
    restrictions.take(mute)  # late
    await restrictions.look_again()
    await restrictions.look_again()

    assert ada.told() == [ban]


async def test_another_process_reads_what_is_in_force_when_it_starts(
    scene: AccountScene, ada: Ada, database: Database, open_scene: Opener
) -> None:
    await restrict(database, ada.id, muted_until=FOREVER)
    other = await open_scene()

    assert (await other.me(ada.access)).status == 200
    with pytest.raises(Muted) as muted:
        other.accounts.restrictions.require_may_speak(ada.id)
    assert muted.value.until is None


async def test_what_is_over_is_forgotten_and_no_ban_is(
    scene: AccountScene, ada: Ada, database: Database
) -> None:
    ben = Ada(scene, await scene.register("ben"))
    await restrict(database, ada.id, muted_until=FOREVER)
    await restrict(database, ada.id)
    await restrict(database, ben.id, banned_until=FOREVER)
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE accounts.restrictions SET changed_at = now() - interval '2 hours'"
        )
    await scene.accounts.restrictions.look_again()

    assert await scene.accounts.restrictions.keep_up() == 1
    assert scene.accounts.restrictions.is_banned(ben.id)
    assert (await scene.me(ada.access)).status == 200


async def test_nobody_is_restricted_who_does_not_exist(
    scene: AccountScene, database: Database
) -> None:
    assert (await restrict(database, 10**9, banned_until=FOREVER)).version is None
    with pytest.raises(TicketRefused):
        await scene.service.redeem_ticket("none")
