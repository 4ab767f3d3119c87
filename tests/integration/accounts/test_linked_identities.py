"""Linking a login of the provider to an account that is here: by who has proven both, and nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from causerie.accounts import Change, CredentialsChanged
from tests.integration.accounts.account_scene import AccountScene, Answer
from tests.integration.accounts.conftest import Opener
from tests.integration.accounts.provider_scene import Provider, a_provider
from tests.integration.accounts.timing import MAX_DEVIATIONS, deviations

LINKED = "/auth/oidc/identities"
STEP_UP_SECONDS = 301


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with a_provider() as there:
        yield there


@pytest.fixture
async def node(open_scene: Opener, provider: Provider) -> AccountScene:
    return await open_scene(oidc=provider.options())


class Person:
    """Somebody who is logged in."""

    def __init__(self, node: AccountScene, provider: Provider, logged_in: dict[str, Any]) -> None:
        self.node = node
        self.provider = provider
        self.id: int = logged_in["user"]["id"]
        self.token: str = logged_in["access_token"]

    async def start(self, body: object = None) -> Answer:
        return await self.node.call("POST", f"{LINKED}/start", body, token=self.token)

    async def link(self, **claims: Any) -> Answer:
        started = (await self.start()).json()
        code, state = self.provider.consent(started["authorization_url"], **claims)
        return await self.finish(started["flow"], code, state)

    async def finish(self, flow: str, code: str, state: str) -> Answer:
        body = {"flow": flow, "code": code, "state": state}
        return await self.node.call("POST", f"{LINKED}/finish", body, token=self.token)

    async def linked(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (
            await self.node.call("GET", LINKED, token=self.token)
        ).json()["items"]
        return items

    async def unlink(self, number: int) -> Answer:
        return await self.node.call("DELETE", f"{LINKED}/{number}", token=self.token)

    def changes(self) -> list[Change]:
        found = [e for e in self.node.announced if isinstance(e, CredentialsChanged)]
        return [event.change for event in found if event.user_id == self.id]


async def person(node: AccountScene, provider: Provider, name: str) -> Person:
    made = await node.register(name, email=f"{name}@example.org")
    return Person(node, provider, made.json())


async def log_in(node: AccountScene, provider: Provider, **claims: Any) -> Answer:
    started = (await node.call("POST", "/auth/oidc/start")).json()
    code, state = provider.consent(started["authorization_url"], **claims)
    body = {"flow": started["flow"], "code": code, "state": state}
    return await node.call("POST", "/auth/oidc/finish", body)


async def test_a_linked_login_opens_the_account(node: AccountScene, provider: Provider) -> None:
    bob = await person(node, provider, "bob")

    linked = await bob.link()

    assert linked.status == 200
    assert (await bob.linked()) == [linked.json()]
    assert (await log_in(node, provider)).json()["user"]["id"] == bob.id
    assert bob.changes() == [Change.IDENTITY_LINKED]


async def test_linking_again_changes_nothing(node: AccountScene, provider: Provider) -> None:
    bob = await person(node, provider, "bob")
    first = await bob.link()

    again = await bob.link()

    assert (again.status, again.json()) == (200, first.json())
    assert bob.changes() == [Change.IDENTITY_LINKED]


async def test_an_unlinked_login_opens_nothing_of_it(
    node: AccountScene, provider: Provider
) -> None:
    bob = await person(node, provider, "bob")
    linked = (await bob.link()).json()

    assert (await bob.unlink(linked["id"])).status == 204

    assert await bob.linked() == []
    assert (await log_in(node, provider)).json()["user"]["id"] != bob.id
    assert bob.changes() == [Change.IDENTITY_LINKED, Change.IDENTITY_UNLINKED]
    assert (await bob.unlink(linked["id"])).status == 404


async def test_only_who_has_just_proven_who_they_are_links_or_unlinks(
    node: AccountScene, provider: Provider
) -> None:
    bob = await person(node, provider, "bob")
    linked = (await bob.link()).json()
    node.clock.advance(STEP_UP_SECONDS)

    refused = [await bob.start(), await bob.unlink(linked["id"])]

    assert [(a.status, a.code) for a in refused] == [(401, "step_up_required")] * 2
    assert (await bob.start({"password": "wrong wrong wrong"})).status == 401
    assert [item["id"] for item in await bob.linked()] == [linked["id"]]


async def test_a_flow_of_somebody_else_links_nothing(
    node: AccountScene, provider: Provider
) -> None:
    # Else a thief has the victim's browser finish it, and gets into the account by their own login.
    thief, victim = await person(node, provider, "thief"), await person(node, provider, "victim")
    started = (await thief.start()).json()
    code, state = provider.consent(started["authorization_url"])

    answer = await victim.finish(started["flow"], code, state)

    assert (answer.status, answer.code) == (401, "unauthenticated")
    assert await victim.linked() == []


async def test_a_flow_that_links_logs_nobody_in_and_the_other_way_round(
    node: AccountScene, provider: Provider
) -> None:
    bob = await person(node, provider, "bob")
    to_link = (await bob.start()).json()
    to_log_in = (await node.call("POST", "/auth/oidc/start")).json()
    code, state = provider.consent(to_link["authorization_url"])
    other_code, other_state = provider.consent(to_log_in["authorization_url"])

    logged_in = await node.call(
        "POST", "/auth/oidc/finish", {"flow": to_link["flow"], "code": code, "state": state}
    )
    linked = await bob.finish(to_log_in["flow"], other_code, other_state)

    assert (logged_in.status, linked.status) == (401, 401)


async def test_a_login_that_opens_another_account_is_not_linked(
    node: AccountScene, provider: Provider
) -> None:
    ada = (await log_in(node, provider)).json()["user"]
    bob = await person(node, provider, "bob")

    answer = await bob.link()

    assert (answer.status, answer.code) == (409, "conflict")
    assert (await log_in(node, provider)).json()["user"] == ada


async def test_an_equal_address_alone_links_nothing(node: AccountScene, provider: Provider) -> None:
    bob = await person(node, provider, "bob")

    theirs = await log_in(node, provider, email="bob@example.org", email_verified=True)

    assert theirs.json()["user"]["id"] != bob.id
    assert await bob.linked() == []


async def test_nobody_unlinks_what_is_anothers(node: AccountScene, provider: Provider) -> None:
    bob, eve = await person(node, provider, "bob"), await person(node, provider, "eve")
    linked = (await bob.link()).json()

    assert (await eve.unlink(linked["id"])).status == 404

    assert await bob.linked() == [linked]


async def test_the_last_way_in_is_not_taken_away(node: AccountScene, provider: Provider) -> None:
    ada = Person(node, provider, (await log_in(node, provider)).json())
    (only,) = await ada.linked()

    alone = await ada.unlink(only["id"])
    await ada.link(sub="another")
    beside = await ada.unlink(only["id"])

    assert (alone.status, alone.code) == (409, "conflict")
    assert beside.status == 204


async def test_what_one_account_links_is_bounded(node: AccountScene, provider: Provider) -> None:
    bob = await person(node, provider, "bob")

    answers = [(await bob.link(sub=f"subject-{n}")).status for n in range(11)]

    assert answers == [200] * 10 + [409]


async def test_a_link_by_verified_address_is_on_record(
    open_scene: Opener, provider: Provider
) -> None:
    node = await open_scene(oidc=provider.options(links_by_email=True))
    bob = await person(node, provider, "bob")

    await log_in(node, provider, email="bob@example.org", email_verified=True)

    assert bob.changes() == [Change.IDENTITY_LINKED]


async def test_without_a_provider_nothing_is_linked(scene: AccountScene) -> None:
    token = (await scene.register("bob")).json()["access_token"]

    started = await scene.call("POST", f"{LINKED}/start", token=token)

    assert (started.status, started.code) == (501, "unsupported")
    assert (await scene.call("GET", LINKED, token=token)).json() == {"items": []}


async def test_time_does_not_tell_whether_others_have_a_link(
    node: AccountScene, provider: Provider
) -> None:
    ada, bob = await person(node, provider, "ada"), await person(node, provider, "bob")
    theirs: int = (await ada.link()).json()["id"]

    async def door(number: str) -> None:
        assert (await bob.unlink(int(number))).status == 404

    assert await deviations(door, str(theirs), str(theirs + 1)) < MAX_DEVIATIONS
