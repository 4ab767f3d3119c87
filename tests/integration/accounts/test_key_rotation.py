"""Signing keys through time, on several nodes of one database."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from causerie.accounts import SigningKeysWithdrawn
from causerie.foundation.crypto import CannotUnseal
from causerie.foundation.errors import Conflict
from tests.integration.accounts.account_scene import AccountScene
from tests.integration.accounts.conftest import Opener
from tests.integration.accounts.token_scene import parts_of

TEN_MINUTES = 600
MONTHS = 90 * 86400


async def new_token(scene: AccountScene, name: str = "ada") -> str:
    await scene.register(name)
    return str((await scene.login(name)).json()["access_token"])


def key_of(token: str) -> str:
    return str(parts_of(token)[0]["kid"])


async def published(scene: AccountScene) -> list[str]:
    answer = await scene.call("GET", "/.well-known/jwks.json")
    return [key["kid"] for key in answer.json()["keys"]]


async def test_a_new_key_is_published_before_it_signs_and_the_old_one_after(
    scene: AccountScene,
) -> None:
    old = await new_token(scene)
    made = await scene.accounts.keys.rotate()

    assert set(await published(scene)) == {made.key_id, key_of(old)}
    assert key_of(await new_token(scene)) == key_of(old)

    scene.clock.advance(TEN_MINUTES)
    assert key_of(await new_token(scene)) == made.key_id
    assert (await scene.me(old)).status == 200


async def test_the_old_key_is_published_until_its_last_token_is_over_and_then_gone(
    scene: AccountScene,
) -> None:
    await new_token(scene)
    made = await scene.accounts.keys.rotate()
    scene.clock.advance(TEN_MINUTES - 1)
    last = await new_token(scene)

    scene.clock.advance(900 + 29)
    assert (await scene.me(last)).status == 200
    assert len(await published(scene)) == 2
    scene.clock.advance(300)

    assert await published(scene) == [made.key_id]


async def test_a_token_made_to_live_longer_keeps_its_key_published(scene: AccountScene) -> None:
    await scene.register("ada")
    (token,) = await scene.service.mint_access_tokens(["ada"], seconds=86400)
    await scene.accounts.keys.rotate(at_once=True)

    scene.clock.advance(86399)

    assert key_of(token) in await published(scene)
    assert (await scene.me(token)).status == 200


async def test_nodes_that_find_the_time_come_rotate_once_between_them(open_scene: Opener) -> None:
    nodes = [await open_scene() for _ in range(4)]
    for node in nodes:
        node.clock.advance(MONTHS)

    await asyncio.gather(*(node.accounts.keys.keep_up() for node in nodes))
    await asyncio.gather(*(node.accounts.keys.keep_up() for node in nodes))

    assert {len(node.accounts.keys.cards()) for node in nodes} == {2}


async def test_before_its_time_nothing_is_rotated(open_scene: Opener) -> None:
    scene = await open_scene()
    never = await open_scene(rotate_keys_seconds=None)
    scene.clock.advance(MONTHS - 1)
    never.clock.advance(10 * MONTHS)

    await scene.accounts.keys.keep_up()
    await never.accounts.keys.keep_up()

    assert len(scene.accounts.keys.cards()) == 1


async def test_a_key_that_another_node_has_just_made_is_found_when_it_is_met(
    open_scene: Opener,
) -> None:
    here, there = await open_scene(), await open_scene()
    await there.accounts.keys.rotate(at_once=True)

    assert (await here.me(await new_token(there))).status == 200


async def test_made_up_keys_do_not_make_a_node_look_into_the_database_each_time(
    open_scene: Opener,
) -> None:
    here, there = await open_scene(), await open_scene()
    await there.accounts.keys.rotate(at_once=True)
    first = await new_token(there)
    assert (await here.me(first)).status == 200
    await there.accounts.keys.rotate(at_once=True)
    second = await new_token(there)

    # A look has just been: this one waits for its turn, five seconds later.
    assert (await here.me(second)).json()["detail"].endswith("(kid)")
    here.clock.advance(5)

    assert (await here.me(second)).status == 200


async def test_a_withdrawn_key_voids_what_it_has_signed_at_once_and_everywhere(
    open_scene: Opener,
) -> None:
    here, there = await open_scene(), await open_scene()
    stolen = await new_token(here)
    assert (await here.me(stolen)).status == (await there.me(stolen)).status == 200

    await here.accounts.keys.rotate(withdraw=True)
    await there.accounts.keys.keep_up()

    assert (await here.me(stolen)).status == (await there.me(stolen)).status == 401
    assert here.announced.count(SigningKeysWithdrawn()) == 1
    assert SigningKeysWithdrawn() in there.announced
    fresh = (await there.login("ada")).json()["access_token"]
    assert (await here.me(fresh)).status == 200


async def test_a_key_that_is_gone_for_a_week_is_removed_and_nobody_calls_it_a_theft(
    scene: AccountScene,
) -> None:
    await scene.accounts.keys.rotate(at_once=True)
    scene.clock.advance(8 * 86400)

    await scene.accounts.keys.keep_up()
    await scene.accounts.keys.keep_up()

    assert len(scene.accounts.keys.cards()) == 1
    assert SigningKeysWithdrawn() not in scene.announced


async def test_a_wrong_master_key_stops_the_start_and_says_what_to_do(open_scene: Opener) -> None:
    await open_scene(master_key="0" * 64)

    with pytest.raises(CannotUnseal, match=r"another master key: set security\.master_key"):
        await open_scene(master_key="1" * 64)


async def test_a_master_key_is_made_in_the_data_folder_for_its_owner_only(
    open_scene: Opener, tmp_path: Path
) -> None:
    await open_scene(data_dir=tmp_path / "data")

    file = tmp_path / "data/master.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(bytes.fromhex(file.read_text())) == 32


async def test_a_shared_secret_has_no_keys_to_rotate(open_scene: Opener) -> None:
    scene = await open_scene(jwt_algorithm="HS256", jwt_secret="f" * 32)
    await scene.accounts.keys.keep_up()

    with pytest.raises(Conflict, match=r"security\.jwt_secret"):
        await scene.accounts.keys.rotate()


async def test_a_clock_that_goes_back_by_two_days_leaves_a_node_signing(
    scene: AccountScene,
) -> None:
    await scene.accounts.keys.rotate()
    scene.clock.jump(-2 * 86400)

    assert (await scene.me(await new_token(scene))).status == 200
