"""Tokens of another system: whose keys prove them, whom they stand for, and what is never taken."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from causerie.foundation.crypto import KeySet, generate_key
from tests.integration.accounts.account_scene import AccountScene
from tests.integration.accounts.conftest import Opener
from tests.integration.accounts.issuer_scene import NAME, NOON, Issuer, an_issuer
from tests.integration.accounts.token_scene import TokenScene

pytestmark = pytest.mark.long


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with an_issuer() as there:
        yield there


@pytest.fixture
async def node(open_scene: Opener, issuer: Issuer) -> AccountScene:
    return await open_scene(trusted_issuer=issuer.options())


async def detail(node: AccountScene, token: str) -> str:
    answer = await node.me(token)
    assert (answer.status, answer.code) == (401, "unauthenticated")
    return str(answer.json()["detail"])


async def test_whom_the_issuer_names_has_an_account_from_the_first_token_on(
    node: AccountScene, issuer: Issuer
) -> None:
    first = (await node.me(issuer.token())).json()
    again = (await node.me(issuer.token(jti="two", preferred_username="renamed"))).json()

    assert (first["username"], first["role"]) == ("ada", "user")
    assert again == first
    assert issuer.asked == 1


async def test_our_own_tokens_are_good_beside_theirs(node: AccountScene, issuer: Issuer) -> None:
    ours = (await node.register("bob")).json()["access_token"]

    assert (await node.me(ours)).json()["username"] == "bob"
    assert issuer.asked == 0


async def test_a_name_that_is_taken_here_does_not_open_its_account(
    node: AccountScene, issuer: Issuer
) -> None:
    ada = (await node.register("ada")).json()["user"]

    theirs = (await node.me(issuer.token())).json()

    assert theirs["id"] != ada["id"]
    assert theirs["username"].startswith("ada-")


async def test_of_many_first_requests_at_once_one_makes_the_account(
    node: AccountScene, issuer: Issuer
) -> None:
    answers = await asyncio.gather(*(node.me(issuer.token(jti=str(n))) for n in range(20)))

    assert {answer.status for answer in answers} == {200}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert issuer.asked == 1


async def test_the_first_from_outside_is_no_admin_and_nobody_is_after_them(
    node: AccountScene, issuer: Issuer
) -> None:
    assert (await node.me(issuer.token())).json()["role"] == "user"

    assert (await node.register("bob")).json()["user"]["role"] == "user"


async def test_roles_are_mapped_at_each_proof_where_they_are_named(
    open_scene: Opener, issuer: Issuer
) -> None:
    options = issuer.options(
        role_claim="realm_access.roles", roles=(("boss", "admin"), ("staff", "moderator"))
    )
    node = await open_scene(trusted_issuer=options)

    async def role_with(token_id: str, *roles: str) -> Any:
        token = issuer.token(jti=token_id, realm_access={"roles": roles})
        return (await node.me(token)).json()["role"]

    assert await role_with("1", "staff", "other") == "moderator"
    assert await role_with("2", "staff", "boss") == "admin"
    assert await role_with("3") == "user"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"exp": NOON - 31}, "has expired (exp)"),
        ({"nbf": NOON + 31}, "is not valid yet (nbf, iat)"),
        ({"iat": NOON + 31}, "is not valid yet (nbf, iat)"),
        ({"aud": "another"}, "is for another audience (aud)"),
        ({"aud": ["another"]}, "is for another audience (aud)"),
        ({"sub": ""}, "cannot be read"),
        ({"sub": "x" * 256}, "cannot be read"),
        ({"sub": 7}, "cannot be read"),
        ({"exp": None}, "cannot be read"),
        ({"iat": None}, "cannot be read"),
        ({"exp": "never"}, "cannot be read"),
        # Another issuer's name: then our own keys are asked, which have not signed it.
        ({"iss": "https://else.example.org"}, "key is not known (kid)"),
        ({"iss": "causerie"}, "key is not known (kid)"),
    ],
)
async def test_their_tokens_pass_the_same_checks(
    node: AccountScene, issuer: Issuer, changes: dict[str, Any], text: str
) -> None:
    assert (await detail(node, issuer.token(**changes))).endswith(text)


async def test_our_keys_do_not_sign_for_them_nor_theirs_for_us(
    node: AccountScene, issuer: Issuer
) -> None:
    ours = TokenScene(node, (await node.register("bob")).json()["access_token"])
    with_our_key = ours.signed(lambda claims: claims.update(iss=NAME))
    with_their_key = KeySet(issuer.keys).sign(json.dumps(ours.claims).encode())

    assert (await detail(node, with_our_key)).endswith("key is not known (kid)")
    assert (await detail(node, with_their_key)).endswith("key is not known (kid)")


async def test_a_logout_ends_their_session_here(node: AccountScene, issuer: Issuer) -> None:
    token, same_login = issuer.token(), issuer.token(jti="two")
    other_login = issuer.token(jti="three", sid="other")
    await node.call("POST", "/auth/logout", token=token)

    assert (await detail(node, token)) == (await detail(node, same_login))
    assert (await node.me(other_login)).status == 200


async def test_a_session_of_theirs_is_none_of_ours_by_name(
    node: AccountScene, issuer: Issuer
) -> None:
    ours = TokenScene(node, (await node.register("bob")).json()["access_token"])
    theirs = issuer.token(sid=ours.claims["sid"], jti=ours.claims["jti"])

    await node.call("POST", "/auth/logout", token=theirs)

    assert (await node.me(ours.token)).status == 200


async def test_a_new_key_of_theirs_is_fetched_when_it_is_met_and_made_up_ones_are_not(
    node: AccountScene, issuer: Issuer
) -> None:
    await node.me(issuer.token())
    issuer.keys.insert(0, generate_key("RS256"))
    fresh = issuer.token(jti="two")

    # They were asked just now: the next time is half a minute later.
    assert (await detail(node, fresh)).endswith("(alg)")
    node.clock.advance(30)
    assert (await node.me(fresh)).status == 200
    made_up = KeySet([generate_key("ES256")])
    for number in range(20):
        claims = {"iss": NAME, "sub": str(number)}
        assert (await node.me(made_up.sign(json.dumps(claims).encode()))).status == 401

    assert issuer.asked == 2


async def test_a_key_that_they_took_back_is_refused_ten_minutes_later(
    node: AccountScene, issuer: Issuer
) -> None:
    stolen = issuer.token(exp=NOON + 3600)
    assert (await node.me(stolen)).status == 200
    issuer.keys = [generate_key("ES256")]

    node.clock.advance(600)

    assert (await detail(node, stolen)).endswith("(kid)")


async def test_while_they_are_away_their_last_keys_are_good_for_a_day(
    node: AccountScene, issuer: Issuer
) -> None:
    await node.me(issuer.token())
    issuer.status = "500 Broken"

    node.clock.advance(80_000)
    later = issuer.token(jti="two", exp=NOON + 200_000)
    assert (await node.me(later)).status == 200
    node.clock.advance(10_000)

    answer = await node.me(later)
    assert (answer.status, answer.code) == (503, "unavailable")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("500 Broken", b"{}"),
        ("302 Found\r\nlocation: http://127.0.0.1:1/", b""),
        ("200 OK", b"no JSON"),
        ("200 OK", b'{"keys": []}'),
        ("200 OK", b'{"keys": [{"kty": "oct", "kid": "a", "k": "AAAA"}]}'),
        ("200 OK", b'{"keys": [{"kty": "EC", "crv": "P-256", "kid": "a", "x": "AA", "y": "AA"}]}'),
        ("200 OK", b'{"keys": "' + b"x" * (1 << 18) + b'"}'),
    ],
)
async def test_an_issuer_that_answers_nonsense_stops_nothing_but_its_own_tokens(
    node: AccountScene, issuer: Issuer, status: str, body: bytes
) -> None:
    issuer.status, issuer.body = status, body

    answer = await node.me(issuer.token())

    assert (answer.status, answer.code) == (503, "unavailable")
    assert (await node.register("bob")).status == 201
    issuer.status, issuer.body = "200 OK", None
    node.clock.advance(30)
    assert (await node.me(issuer.token())).status == 200


async def test_a_key_of_theirs_verifies_under_its_own_algorithm_only(
    open_scene: Opener, issuer: Issuer
) -> None:
    node = await open_scene(trusted_issuer=issuer.options(algorithms=frozenset({"RS256"})))
    issuer.keys.append(generate_key("RS256"))

    assert (await detail(node, issuer.token())).endswith("algorithm is not allowed (alg)")
