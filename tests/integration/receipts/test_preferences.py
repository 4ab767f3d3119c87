"""Preferences are the same on all devices, and what they say is done."""

from __future__ import annotations

from typing import Any

from tests.integration.receipts.conftest import Talk

MINE = "/api/v2/me/preferences"


async def shown(talk: Talk) -> dict[str, Any]:
    items = (await talk.call("GET", MINE)).json()["items"]
    return {item["key"]: item["value"] for item in items}


async def test_what_one_device_sets_the_others_hear_and_find(talk: Talk) -> None:
    phone, laptop, other = [await talk.connect(user) for user in (talk.ann, talk.ann, talk.ben)]
    assert (await shown(talk))["theme"] == "system"

    answer = await talk.call("PUT", f"{MINE}/theme", {"value": "dark"})

    assert answer.json()["value"] == "dark"
    for peer in (phone, laptop):
        assert (await peer.hear("preference"))["data"] == answer.json()
    assert (await shown(talk))["theme"] == "dark"
    assert (await talk.call("GET", f"{MINE}/theme")).json() == answer.json()
    assert (await talk.call("DELETE", f"{MINE}/theme")).status == 204
    assert (await phone.hear("preference"))["data"]["value"] == "system"
    await talk.ask(other, "ping")
    assert [frame for frame in other.heard if frame["type"] == "preference"] == []


async def test_a_preference_is_set_once_however_often_it_is_asked(talk: Talk) -> None:
    key = {"idempotency-key": "once"}
    await talk.call("PUT", f"{MINE}/theme", {"value": "dark"}, headers=key)
    await talk.call("PUT", f"{MINE}/theme", {"value": "light"})

    again = await talk.call("PUT", f"{MINE}/theme", {"value": "dark"}, headers=key)
    other = await talk.call("PUT", f"{MINE}/layout", {"value": "compact"}, headers=key)

    assert (again.status, again.json()["value"]) == (200, "light")
    assert other.json()["code"] == "conflict"


async def test_unknown_keys_and_wrong_values_are_refused(talk: Talk) -> None:
    for method in ("GET", "PUT", "DELETE"):
        body = {"value": True} if method == "PUT" else None
        assert (await talk.call(method, f"{MINE}/colour", body)).status == 404
    for value in ("purple", True, 7, None):
        assert (await talk.call("PUT", f"{MINE}/theme", {"value": value})).status == 422


async def test_a_time_zone_is_one_that_there_is(talk: Talk) -> None:
    for name in ("Europe/Paris", "America/Argentina/Ushuaia", "UTC"):
        assert (await talk.call("PUT", f"{MINE}/time_zone", {"value": name})).status == 200
    for name in ("Europe/Atlantis", "europe/paris", "CEST-2", "posix/Europe/Paris", "localtime"):
        refused = await talk.call("PUT", f"{MINE}/time_zone", {"value": name})
        assert (refused.status, refused.json()["code"]) == (422, "invalid"), name
    assert (await shown(talk))["time_zone"] == "UTC"


async def test_with_receipts_off_others_hear_and_find_nothing_and_ones_devices_all(
    talk: Talk,
) -> None:
    await talk.say("one")
    await talk.say("two")
    phone, laptop, other = [await talk.connect(user) for user in (talk.ben, talk.ben, talk.ann)]
    off = await talk.call("PUT", f"{MINE}/read_receipts", {"value": False}, user=talk.ben)
    assert off.status == 200

    await talk.ask(phone, "mark_read", conversation_id=talk.room, seq=1)

    assert (await laptop.hear("read"))["data"]["seq"] == 1
    await talk.ask(other, "ping")
    assert [frame for frame in other.heard if frame["type"] == "read"] == []
    assert await talk.receipts(talk.ann) == {talk.ann.id: 2}

    await talk.call("DELETE", f"{MINE}/read_receipts", user=talk.ben)
    await talk.ask(phone, "mark_read", conversation_id=talk.room, seq=2)
    assert (await other.hear("read"))["data"]["seq"] == 2
    assert await talk.receipts(talk.ann) == {talk.ann.id: 2, talk.ben.id: 2}
