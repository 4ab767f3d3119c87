"""Refresh tokens, tickets, and what becomes of what has expired."""

from __future__ import annotations

import pytest

from causerie.accounts.events import RefreshTokenReused, SessionRevoked
from causerie.foundation.errors import Unauthenticated
from causerie.foundation.postgres import Database
from causerie.foundation.telemetry import metrics
from tests.integration.accounts.account_scene import AccountScene
from tests.integration.accounts.conftest import Opener
from tests.integration.accounts.token_scene import TokenScene

WEEK_SECONDS = 7 * 24 * 3600


async def test_a_spent_refresh_token_ends_its_session(scene: AccountScene) -> None:
    first = (await scene.register("ada")).json()
    second = (await scene.refresh(first["refresh_token"])).json()
    before = metrics.TOKEN_REUSES.value

    again = await scene.refresh(first["refresh_token"])

    assert (again.status, again.code) == (401, "unauthenticated")
    assert (await scene.me(second["access_token"])).status == 401
    assert (await scene.refresh(second["refresh_token"])).status == 401
    events = [e for e in scene.announced if isinstance(e, SessionRevoked | RefreshTokenReused)]
    assert [type(event) for event in events] == [SessionRevoked, RefreshTokenReused]
    assert isinstance(events[1], RefreshTokenReused)
    assert events[1].ip == "192.0.2.7"
    assert metrics.TOKEN_REUSES.value == before + 1


async def test_an_old_generation_is_recognised_too(scene: AccountScene) -> None:
    first = (await scene.register("ada")).json()["refresh_token"]
    latest = first
    for _ in range(3):
        latest = (await scene.refresh(latest)).json()["refresh_token"]

    await scene.refresh(first)

    assert (await scene.refresh(latest)).status == 401


@pytest.mark.parametrize("token", ["", "unknown", "x" * 5000, "é", "a b"])
async def test_an_unknown_refresh_token_is_refused_and_ends_nothing(
    scene: AccountScene, token: str
) -> None:
    login = (await scene.register("ada")).json()

    answer = await scene.refresh(token)

    assert (answer.status, answer.code) == (401, "unauthenticated")
    assert (await scene.me(login["access_token"])).status == 200


async def test_a_refresh_token_lives_seven_days_from_its_last_use(scene: AccountScene) -> None:
    token = (await scene.register("ada")).json()["refresh_token"]
    scene.clock.advance(WEEK_SECONDS - 1)
    token = (await scene.refresh(token)).json()["refresh_token"]
    scene.clock.advance(WEEK_SECONDS - 1)
    token = (await scene.refresh(token)).json()["refresh_token"]

    scene.clock.advance(WEEK_SECONDS)

    assert (await scene.refresh(token)).status == 401


async def test_the_tables_hold_nothing_that_opens_anything(
    scene: AccountScene, database: Database
) -> None:
    login = (await scene.register("ada")).json()
    ticket = await _ticket(scene, login["access_token"])

    async with database.connection() as connection:
        rows = [
            str([tuple(row) for row in await connection.fetch(f"SELECT * FROM accounts.{table}")])
            for table in ("users", "sessions", "refresh_tokens", "tickets", "signing_keys")
        ]

    stored = "".join(rows)
    for secret in (login["refresh_token"], login["access_token"], ticket, "a horse, a staple"):
        assert secret not in stored
    assert "$argon2id$" in stored
    assert '"d"' not in stored


async def test_a_session_knows_from_where_it_came(scene: AccountScene, database: Database) -> None:
    await scene.register("ada")

    async with database.connection() as connection:
        session = await connection.fetchrow("SELECT ip, user_agent FROM accounts.sessions")

    assert session is not None
    assert tuple(session) == ("192.0.2.7", "test")


async def test_a_ticket_proves_its_user_once(scene: AccountScene) -> None:
    token = (await scene.register("ada")).json()["access_token"]
    bearer = await scene.service.authenticate_bearer(token)

    answer = await scene.call("POST", "/auth/ticket", token=token)

    assert (answer.status, answer.json()["expires_in"]) == (200, 30)
    principal = await scene.service.redeem_ticket(answer.json()["ticket"])
    assert (principal.user_id, principal.session) == (bearer.user_id, bearer.session)
    assert principal.permissions is bearer.permissions
    assert principal.token == ""
    with pytest.raises(Unauthenticated):
        await scene.service.redeem_ticket(answer.json()["ticket"])


async def test_a_ticket_is_good_for_thirty_seconds(scene: AccountScene) -> None:
    token = (await scene.register("ada")).json()["access_token"]
    early, late = await _ticket(scene, token), await _ticket(scene, token)

    scene.clock.advance(29)
    assert (await scene.service.redeem_ticket(early)).username == "ada"
    scene.clock.advance(1)

    with pytest.raises(Unauthenticated):
        await scene.service.redeem_ticket(late)


async def test_a_ticket_ends_with_its_session(scene: AccountScene) -> None:
    token = (await scene.register("ada")).json()["access_token"]
    ticket = await _ticket(scene, token)

    await scene.call("POST", "/auth/logout", token=token)

    with pytest.raises(Unauthenticated):
        await scene.service.redeem_ticket(ticket)


@pytest.mark.parametrize("ticket", ["", "unknown", "x" * 5000, "é", "\ud800", "\0"])
async def test_an_unknown_ticket_is_refused(scene: AccountScene, ticket: str) -> None:
    with pytest.raises(Unauthenticated, match="ticket is not valid"):
        await scene.service.redeem_ticket(ticket)


async def test_a_door_can_ask_whether_a_proof_still_holds(ada: TokenScene) -> None:
    principal = await ada.scene.service.authenticate_bearer(ada.token)
    assert not ada.scene.service.is_revoked(principal)

    await ada.scene.service.logout(principal)
    await ada.scene.service.logout(principal)

    assert ada.scene.service.is_revoked(principal)
    revoked = [event for event in ada.scene.announced if isinstance(event, SessionRevoked)]
    assert [event.session for event in revoked] == [principal.session]


async def test_what_has_expired_is_removed_and_the_rest_stays(
    scene: AccountScene, database: Database
) -> None:
    await _everything_once(scene, "ada")
    scene.clock.advance(WEEK_SECONDS - 60)
    await _everything_once(scene, "bob")
    scene.clock.advance(120)

    removed = await scene.service.keep_up()

    # Ada's session with both her refresh tokens, both tickets, and her revoked access token.
    assert removed == 6
    async with database.connection() as connection:
        left = [
            await connection.fetchval(f"SELECT count(*) FROM accounts.{table}")
            for table in ("users", "sessions", "refresh_tokens", "tickets", "revoked_tokens")
        ]
    assert left == [2, 1, 2, 0, 1]
    assert await scene.service.keep_up() == 0


async def test_a_revocation_outlives_what_it_revokes(open_scene: Opener) -> None:
    # Access tokens that live longer than refresh tokens: odd, and allowed.
    scene = await open_scene(access_seconds=3600, refresh_seconds=60)
    token = (await scene.register("ada")).json()["access_token"]
    await scene.call("POST", "/auth/logout", token=token)

    scene.clock.advance(3000)
    await scene.service.keep_up()

    assert (await (await open_scene(access_seconds=3600)).me(token)).status == 401


async def _ticket(scene: AccountScene, token: str) -> str:
    answer = await scene.call("POST", "/auth/ticket", token=token)
    return str(answer.json()["ticket"])


async def _everything_once(scene: AccountScene, name: str) -> None:
    login = (await scene.register(name)).json()
    await _ticket(scene, login["access_token"])
    principal = await scene.service.authenticate_bearer(login["access_token"])
    await scene.service.revoke_token(principal.token)
    await scene.refresh(login["refresh_token"])


async def test_a_session_ends_when_it_is_old_however_much_it_is_used(open_scene: Opener) -> None:
    scene = await open_scene(refresh_seconds=3600, lifetime_seconds=7000, access_seconds=900)
    answer = (await scene.register("ada")).json()
    lives = [answer["expires_in"]]
    for _ in range(2):
        scene.clock.advance(3200)
        answer = (await scene.refresh(answer["refresh_token"])).json()
        lives.append(answer["expires_in"])
    near_the_end = await scene.me(answer["access_token"])
    scene.clock.advance(601)

    late = await scene.refresh(answer["refresh_token"])
    ended = await scene.accounts.service.keep_up()

    assert lives == [900, 900, 600]  # No token outlives its session.
    assert near_the_end.status == 200
    assert (late.status, late.code) == (401, "unauthenticated")
    # What its sockets hear.
    assert [e for e in scene.announced if isinstance(e, SessionRevoked)] != []
    assert ended >= 0
    assert (await scene.me(answer["access_token"])).status == 401


async def test_one_upkeep_ends_old_sessions_once_and_leaves_young_ones(open_scene: Opener) -> None:
    scene = await open_scene(lifetime_seconds=7000)
    await scene.register("ada")
    scene.clock.advance(6999)
    young = (await scene.login("ada")).json()["access_token"]
    scene.clock.advance(1)
    other = await open_scene(lifetime_seconds=7000)
    other.clock.advance(7000)

    for node in (scene, other, scene):
        await node.accounts.service.keep_up()

    told = [e for n in (scene, other) for e in n.announced if isinstance(e, SessionRevoked)]
    assert len(told) == 1
    assert (await scene.me(young)).status == 200
