"""Logging in through an OpenID provider: who gets in, and what is refused on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pyotp
import pytest

from causerie.foundation.crypto import KeySet, generate_key
from tests.integration.accounts.account_scene import AccountScene, Answer
from tests.integration.accounts.conftest import Opener
from tests.integration.accounts.provider_scene import NOON, Provider, a_provider

pytestmark = pytest.mark.long


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with a_provider() as there:
        yield there


@pytest.fixture
async def node(open_scene: Opener, provider: Provider) -> AccountScene:
    return await open_scene(oidc=provider.options())


async def start(node: AccountScene) -> dict[str, str]:
    answer = await node.call("POST", "/auth/oidc/start")
    assert answer.status == 200
    started: dict[str, str] = answer.json()
    return started


async def finish(node: AccountScene, **body: str) -> Answer:
    return await node.call("POST", "/auth/oidc/finish", body)


async def log_in(node: AccountScene, provider: Provider, **claims: Any) -> Answer:
    started = await start(node)
    code, state = provider.consent(started["authorization_url"], **claims)
    return await finish(node, flow=started["flow"], code=code, state=state)


async def test_whom_the_provider_names_is_logged_in_the_second_time_as_the_first(
    node: AccountScene, provider: Provider
) -> None:
    first = (await log_in(node, provider)).json()
    again = (await log_in(node, provider, preferred_username="renamed")).json()

    assert first["user"] == again["user"]
    assert (first["user"]["username"], first["user"]["role"]) == ("ada", "user")
    assert (await node.me(first["access_token"])).status == 200
    assert (await node.refresh(first["refresh_token"])).status == 200


async def test_nothing_of_the_flow_can_be_read_or_is_the_same_twice(node: AccountScene) -> None:
    one, other = await start(node), await start(node)

    state = one["authorization_url"].split("state=")[1].split("&")[0]
    assert state not in one["flow"]
    assert state not in other["authorization_url"]


@pytest.mark.parametrize(
    "change",
    [
        {"state": "another"},
        {"state": ""},
        {"code": "another"},
        {"code": ""},
        {"code": "x" * 3000},
        {"flow": ""},
        {"flow": "x" * 3000},
        {"flow": "\u00e9"},
        {"flow": "AQAA"},
    ],
)
async def test_what_does_not_belong_together_is_refused(
    node: AccountScene, provider: Provider, change: dict[str, str]
) -> None:
    started = await start(node)
    code, state = provider.consent(started["authorization_url"])

    answer = await finish(node, **{"flow": started["flow"], "code": code, "state": state, **change})

    assert (answer.status, answer.code) == (401, "unauthenticated")


async def test_a_code_stolen_into_another_flow_is_refused(
    node: AccountScene, provider: Provider
) -> None:
    victim, thief = await start(node), await start(node)
    code, _ = provider.consent(victim["authorization_url"])
    _, state = provider.consent(thief["authorization_url"])

    assert (await finish(node, flow=thief["flow"], code=code, state=state)).status == 401


async def test_a_flow_is_good_once_and_for_ten_minutes(
    node: AccountScene, provider: Provider
) -> None:
    used, late = await start(node), await start(node)
    code, state = provider.consent(used["authorization_url"])
    late_code, late_state = provider.consent(late["authorization_url"], exp=NOON + 9999)

    assert (await finish(node, flow=used["flow"], code=code, state=state)).status == 200
    assert (await finish(node, flow=used["flow"], code=code, state=state)).status == 401
    node.clock.advance(600)

    assert (await finish(node, flow=late["flow"], code=late_code, state=late_state)).status == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": ["chat", "another"]},
        {"azp": "another"},
        {"iss": "https://else.example.org"},
        {"exp": NOON - 31},
        {"iat": NOON + 31},
        {"sub": ""},
        {"sub": None},
    ],
)
async def test_an_id_token_that_is_not_for_this_very_login_is_refused(
    node: AccountScene, provider: Provider, claims: dict[str, Any]
) -> None:
    answer = await log_in(node, provider, **claims)

    assert (answer.status, answer.code) == (401, "unauthenticated")


async def test_an_id_token_of_another_key_is_refused(
    node: AccountScene, provider: Provider
) -> None:
    assert (await log_in(node, provider)).status == 200
    published = provider.keys
    provider.keys = [generate_key("ES256")]
    started = await start(node)
    code, state = provider.consent(started["authorization_url"])
    forger = KeySet(provider.keys)
    provider.keys = published
    provider._exchange = lambda form, basic: (  # type: ignore[method-assign]  # a thief at its place
        200,
        {"id_token": forger.sign(b'{"iss": "x"}')},
    )

    assert (await finish(node, flow=started["flow"], code=code, state=state)).status == 401


async def test_a_name_or_an_address_that_is_taken_does_not_open_its_account(
    node: AccountScene, provider: Provider
) -> None:
    ada = (await node.register("ada", email="ada@example.org")).json()["user"]

    theirs = await log_in(node, provider, email="ada@example.org", email_verified=True)

    assert theirs.json()["user"]["id"] != ada["id"]


@pytest.mark.parametrize(
    ("verified", "is_linked"), [(True, True), (False, False), ("true", False), (None, False)]
)
async def test_a_verified_address_opens_its_account_where_the_operator_says_so(
    open_scene: Opener, provider: Provider, verified: object, is_linked: bool
) -> None:
    node = await open_scene(oidc=provider.options(links_by_email=True))
    ada = (await node.register("ada", email="ada@example.org")).json()["user"]

    theirs = await log_in(node, provider, email="Ada@Example.org", email_verified=verified)

    assert (theirs.json()["user"]["id"] == ada["id"]) is is_linked


async def test_an_address_of_two_accounts_opens_neither(
    open_scene: Opener, provider: Provider
) -> None:
    node = await open_scene(oidc=provider.options(links_by_email=True))
    for name in ("one", "two"):
        await node.register(name, email="ada@example.org")

    theirs = await log_in(node, provider, email="ada@example.org", email_verified=True)

    assert theirs.json()["user"]["username"] == "ada"


async def test_strangers_are_turned_away_where_no_accounts_are_made(
    open_scene: Opener, provider: Provider
) -> None:
    node = await open_scene(oidc=provider.options(creates_accounts=False))

    answer = await log_in(node, provider)

    assert (answer.status, answer.code) == (403, "forbidden")


async def test_who_has_a_second_factor_here_is_asked_for_its_code(
    node: AccountScene, provider: Provider
) -> None:
    token = (await log_in(node, provider)).json()["access_token"]
    enabled = await node.call("POST", "/auth/2fa/enable", token=token)
    totp = pyotp.TOTP(enabled.json()["secret"])
    code = totp.at(NOON)
    await node.call("POST", "/auth/2fa/verify", {"code": code}, token=token)

    asked = await log_in(node, provider)
    assert (asked.status, asked.code) == (401, "two_factor_required")
    flow = asked.json()["flow"]
    assert (await finish(node, flow=flow, otp="000000")).status == 401
    node.clock.advance(30)
    answer = await finish(node, flow=flow, otp=totp.at(NOON + 30))

    assert answer.status == 200
    # The first step's flow does not stand in for the second one's.
    assert (await finish(node, flow=(await start(node))["flow"], otp="000000")).status == 401


@pytest.mark.parametrize(
    "described",
    [
        {"issuer": "https://else.example.org"},
        {"token_endpoint": "http://else.example.org/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
async def test_a_provider_that_describes_another_is_not_used(
    node: AccountScene, provider: Provider, described: dict[str, str]
) -> None:
    provider.described = described

    answer = await node.call("POST", "/auth/oidc/start")

    assert (answer.status, answer.code) == (503, "unavailable")


async def test_a_broken_provider_stops_nothing_but_its_own_logins(
    node: AccountScene, provider: Provider
) -> None:
    started = await start(node)
    code, state = provider.consent(started["authorization_url"])
    provider.is_broken = True

    answer = await finish(node, flow=started["flow"], code=code, state=state)

    assert (answer.status, answer.code) == (503, "unavailable")
    assert (await node.register("bob")).status == 201


async def test_without_a_provider_the_calls_say_so(scene: AccountScene) -> None:
    for call in ("start", "finish"):
        answer = await scene.call(
            "POST", f"/auth/oidc/{call}", {"flow": "x"} if call == "finish" else None
        )
        assert (answer.status, answer.code) == (501, "unsupported")
