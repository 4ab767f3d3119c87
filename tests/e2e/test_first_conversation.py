"""What a new user does first, on a server that was started as the README says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients import Client, Http, Refused, opened, register
from tests.processes import Causerie, a_causerie


@pytest.fixture(scope="module")
def server() -> Iterator[Causerie]:
    with a_causerie() as running:
        yield running


@pytest.fixture
async def room(server: Causerie, request: pytest.FixtureRequest) -> dict[str, str]:
    name = request.node.name.removeprefix("test_")[:25]
    alice = await register(server, f"a.{name}")
    bob = await register(server, f"b.{name}")
    http = Http(server, alice["access_token"])
    async with http.session:
        made = await http.call(
            "POST",
            "/api/v2/conversations",
            {"kind": "room", "name": name, "members": [bob["user"]["id"]]},
        )
    return {"id": made["id"], "alice": alice["access_token"], "bob": bob["access_token"]}


async def test_what_one_sends_the_other_reads(server: Causerie, room: dict[str, str]) -> None:
    async with opened(server, room["alice"]) as alice, opened(server, room["bob"]) as bob:
        sent = await alice.send(room["id"], "hello")
        await bob.until(room["id"], 1)

        assert sent["seq"] == 1
        assert bob.seen[room["id"]] == [sent]


async def test_a_resend_gives_the_same_message(server: Causerie, room: dict[str, str]) -> None:
    async with opened(server, room["alice"]) as alice, opened(server, room["bob"]) as bob:
        first = await alice.send(room["id"], "once", client_id="k")
        again = await alice.send(room["id"], "once", client_id="k")
        await alice.send(room["id"], "twice")
        await bob.until(room["id"], 2)

        assert first == again
        assert bob.seqs(room["id"]) == [1, 2]


async def test_the_key_of_another_message_is_a_conflict(
    server: Causerie, room: dict[str, str]
) -> None:
    async with opened(server, room["alice"]) as alice:
        await alice.send(room["id"], "this", client_id="k")

        with pytest.raises(Refused) as refused:
            await alice.send(room["id"], "that", client_id="k")
        assert refused.value.code == "conflict"


async def test_who_comes_back_gets_what_was_missed(server: Causerie, room: dict[str, str]) -> None:
    bob = Client(server, room["bob"])
    await bob.open()
    async with opened(server, room["alice"]) as alice:
        await alice.send(room["id"], "seen")
        await bob.until(room["id"], 1)
        await bob.close()
        for number in range(2, 12):
            await alice.send(room["id"], f"missed {number}")
        await bob.open()
        answer = await bob.resume(room["id"])
        await alice.send(room["id"], "live")
        await bob.until(room["id"], 12)

    assert answer[room["id"]]["missed"] == 10
    assert bob.seqs(room["id"]) == list(range(1, 13))
    await bob.close()


async def test_a_logout_closes_the_socket(server: Causerie, room: dict[str, str]) -> None:
    bob = Client(server, room["bob"])
    await bob.open()
    http = Http(server, room["bob"])
    async with http.session:
        await http.call("POST", "/auth/logout")

        assert await bob.gone() == 4401
