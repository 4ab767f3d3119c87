"""Many at once: exactly one wins, whatever the timing."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from causerie.accounts import Registration
from causerie.accounts.events import RefreshTokenReused, SessionRevoked
from tests.integration.accounts.account_scene import AccountScene
from tests.integration.accounts.conftest import Opener

pytestmark = pytest.mark.long

MANY = 50


async def test_of_fifty_first_accounts_one_is_admin(open_scene: Opener) -> None:
    nodes = [await open_scene(), await open_scene()]

    answers = await asyncio.gather(*(nodes[i % 2].register(f"user{i}") for i in range(MANY)))

    assert {answer.status for answer in answers} == {201}
    roles = Counter(answer.json()["user"]["role"] for answer in answers)
    assert roles == {"admin": 1, "user": MANY - 1}


async def test_of_fifty_accounts_of_one_name_one_is_made(open_scene: Opener) -> None:
    nodes = [await open_scene(), await open_scene()]
    names = [
        "".join(c.upper() if i >> bit & 1 else c for bit, c in enumerate("ada.lo"))
        for i in range(MANY)
    ]

    answers = await asyncio.gather(*(nodes[i % 2].register(name) for i, name in enumerate(names)))

    assert Counter(answer.status for answer in answers) == {201: 1, 409: MANY - 1}
    winner = next(answer for answer in answers if answer.status == 201)
    assert winner.json()["user"]["role"] == "admin"


async def test_a_closed_server_lets_one_of_fifty_in(open_scene: Opener) -> None:
    scene = await open_scene(registration=Registration.CLOSED)

    answers = await asyncio.gather(*(scene.register(f"user{i}") for i in range(MANY)))

    assert Counter(answer.status for answer in answers) == {201: 1, 403: MANY - 1}


async def test_of_fifty_uses_of_a_refresh_token_one_wins_and_the_session_ends(
    scene: AccountScene,
) -> None:
    login = (await scene.register("ada")).json()
    bystander = (await scene.login("ada")).json()

    answers = await asyncio.gather(*(scene.refresh(login["refresh_token"]) for _ in range(MANY)))

    assert Counter(answer.status for answer in answers) == {200: 1, 401: MANY - 1}
    # The winner may be the thief: what it was given is void as well.
    won = next(answer.json() for answer in answers if answer.status == 200)
    assert (await scene.me(won["access_token"])).status == 401
    assert (await scene.refresh(won["refresh_token"])).status == 401
    assert (await scene.me(login["access_token"])).status == 401
    assert (await scene.refresh(bystander["refresh_token"])).status == 200
    told = [type(event) for event in scene.announced]
    assert (told.count(RefreshTokenReused), told.count(SessionRevoked)) == (1, 1)


async def test_of_fifty_redemptions_of_a_ticket_one_wins(scene: AccountScene) -> None:
    token = (await scene.register("ada")).json()["access_token"]
    ticket = (await scene.call("POST", "/auth/ticket", token=token)).json()["ticket"]

    outcomes = await asyncio.gather(
        *(scene.service.redeem_ticket(ticket) for _ in range(MANY)), return_exceptions=True
    )

    won = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    assert [principal.username for principal in won] == ["ada"]
    assert {str(o) for o in outcomes if isinstance(o, BaseException)} == {
        "The ticket is not valid; ask for a new one"
    }


async def test_of_fifty_uses_of_a_single_use_token_one_wins(open_scene: Opener) -> None:
    nodes = [await open_scene(), await open_scene()]
    login = (await nodes[0].register("ada")).json()
    principal = await nodes[0].service.authenticate_bearer(login["access_token"])
    token = nodes[0].service._tokens.issue(principal.user_id, principal.session, single_use=True)

    answers = await asyncio.gather(*(nodes[i % 2].me(token) for i in range(MANY)))

    assert Counter(answer.status for answer in answers) == {200: 1, 401: MANY - 1}
    assert (await nodes[0].me(login["access_token"])).status == 200


async def test_nodes_that_start_at_once_share_one_signing_key(open_scene: Opener) -> None:
    nodes = await asyncio.gather(*(open_scene() for _ in range(6)))

    keys = {node.service.public_keys()[0]["kid"] for node in nodes}
    assert len(keys) == 1
    assert all(len(node.service.public_keys()) == 1 for node in nodes)


async def test_a_logout_beats_a_proof_that_is_under_way(scene: AccountScene) -> None:
    for number in range(10):
        token = (await scene.register(f"user{number}")).json()["access_token"]

        await asyncio.gather(
            *(scene.me(token) for _ in range(5)),
            scene.call("POST", "/auth/logout", token=token),
            *(scene.me(token) for _ in range(5)),
        )

        assert (await scene.me(token)).status == 401
