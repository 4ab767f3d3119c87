"""What one has begun to write is the same on all devices, and the latest of them holds."""

from __future__ import annotations

import asyncio
from typing import Any

from causerie.conversations import parse_wire_id
from causerie.foundation.clock import SystemClock
from causerie.foundation.completion import Completion
from causerie.foundation.events import Events
from causerie.foundation.identity import Principal, UserId
from causerie.foundation.postgres import Database
from causerie.messages import wiring as messages_wiring
from causerie.receipts import TooManyDrafts
from causerie.receipts.service.own import DraftService
from causerie.receipts.store.own import PostgresDrafts
from tests.integration.receipts.conftest import BASE, Talk


def at(second: int) -> str:
    return f"2026-01-31T12:00:{second:02}.000Z"


async def write(talk: Talk, content: str, *, to: str = "", **more: Any) -> Any:
    headers = more.pop("headers", {})
    path = f"{BASE}/{to or talk.room}/draft"
    answer = await talk.call("PUT", path, {"content": content, **more}, headers=headers)
    assert answer.status == 200, answer.body
    return answer.json()


async def all_drafts(talk: Talk) -> list[str]:
    return [item["content"] for item in (await talk.call("GET", "/api/v2/drafts")).json()["items"]]


async def test_what_one_device_writes_the_others_hear_and_find(talk: Talk) -> None:
    root = (await talk.say("who comes?"))["id"]
    phone, other = await talk.connect(talk.ann), await talk.connect(talk.ben)

    draft = await write(talk, "Dear Ben", written_at=at(1))
    await write(talk, "in a thread", parent_message_id=root)

    assert draft == {
        "conversation_id": talk.room,
        "parent_message_id": None,
        "content": "Dear Ben",
        "written_at": at(1),
    }
    assert (await phone.hear("draft"))["data"] == draft
    assert (await phone.hear("draft"))["data"]["parent_message_id"] == root
    assert await all_drafts(talk) == ["Dear Ben", "in a thread"]
    one = await talk.call("GET", f"{BASE}/{talk.room}/draft?parent_message_id={root}")
    assert one.json()["content"] == "in a thread"
    await talk.ask(other, "ping")
    assert [frame for frame in other.heard if frame["type"] == "draft"] == []


async def test_what_a_device_wrote_while_away_does_not_undo_what_was_written_since(
    talk: Talk,
) -> None:
    await write(talk, "new", written_at=at(9))

    assert (await write(talk, "old", written_at=at(5)))["content"] == "new"

    assert (await talk.call("DELETE", f"{BASE}/{talk.room}/draft")).status == 204
    assert (await write(talk, "old", written_at=at(5)))["content"] == ""
    assert (await talk.call("GET", f"{BASE}/{talk.room}/draft")).json()["resource"] == "draft"
    # Nor does one whose clock is ahead keep the others from writing.
    ahead = await write(talk, "ahead", written_at="2999-01-01T00:00:00Z")
    assert ahead["written_at"] < "2999"
    assert (await write(talk, "after"))["content"] == "after"


async def test_of_devices_that_write_at_once_all_come_to_the_same_text(talk: Talk) -> None:
    phone = await talk.connect(talk.ann)

    await asyncio.gather(*(write(talk, f"text {n}", written_at=at(n)) for n in range(20)))

    await talk.ask(phone, "ping")
    heard = [frame["data"] for frame in phone.heard if frame["type"] == "draft"]
    newest = max(heard, key=lambda draft: draft["written_at"])
    assert newest["content"] == "text 19"
    assert await all_drafts(talk) == ["text 19"]


async def test_a_draft_is_written_once_however_often_it_is_asked(talk: Talk) -> None:
    key = {"idempotency-key": "once"}
    await write(talk, "one", headers=key)
    await write(talk, "two")

    assert (await write(talk, "one", headers=key))["content"] == "two"
    other = await talk.call("PUT", f"{BASE}/{talk.room}/draft", {"content": "x"}, headers=key)
    assert other.json()["code"] == "conflict"


async def test_drafts_have_their_bounds(talk: Talk) -> None:
    path = f"{BASE}/{talk.room}/draft"

    large = await talk.call("PUT", path, {"content": "x" * 4001})
    nul = await talk.call("PUT", path, {"content": "a\0b"})
    odd = await talk.call("PUT", path, {"content": "x", "written_at": "2026-01-31T12:00:00"})

    assert (large.status, large.json()["limit"]) == (413, 4000)
    assert (nul.status, odd.status) == (422, 422)


async def test_one_keeps_so_many_drafts_and_no_more(talk: Talk, database: Database) -> None:
    ann = Principal(UserId(talk.ann.id), "ann", "user", "", "", frozenset())
    service = DraftService(
        conversations=talk.node.node.conversations.service,
        roots=messages_wiring.roots(database),
        store=PostgresDrafts(database),
        events=Events(),
        completion=Completion(),
        clock=SystemClock(),
        max_chars=10,
        max_drafts=2,
    )
    room = parse_wire_id(talk.room)
    roots = [(await talk.say("root"))["id"] for _ in range(6)]

    async def keep(root_id: int, content: str = "x") -> str:
        try:
            return (await service.set(ann, room, root_id=root_id, content=content)).content
        except TooManyDrafts:
            return "refused"

    assert sorted(await asyncio.gather(*map(keep, roots[:5]))) == ["refused"] * 3 + ["x"] * 2
    kept = (await service.list(ann))[0].place.root_id
    assert await keep(kept, "y") == "y"
    assert await keep(kept, "") == ""
    assert await keep(roots[5]) == "x"


async def test_a_threads_draft_is_one_and_belongs_to_a_message_that_is_there(talk: Talk) -> None:
    root = (await talk.say("who comes?"))["id"]
    reply = (await talk.say("me", parent_message_id=root))["id"]
    elsewhere = (await talk.say("psst", to=talk.direct))["id"]
    path = f"{BASE}/{talk.room}/draft"

    draft = await write(talk, "and me", parent_message_id=reply)

    assert draft["parent_message_id"] == root
    for parent in (elsewhere, elsewhere + 99):
        body = {"content": "x", "parent_message_id": parent}
        of_it = f"{path}?parent_message_id={parent}"
        for refused in (
            await talk.call("PUT", path, body),
            await talk.call("GET", of_it),
            await talk.call("DELETE", of_it),
        ):
            assert (refused.status, refused.json()["resource"]) == (404, "message")
    assert (await talk.call("DELETE", f"{path}?parent_message_id={reply}")).status == 204
    assert await all_drafts(talk) == []


async def test_drafts_are_for_members_and_nobody_elses(talk: Talk) -> None:
    await write(talk, "mine")
    path = f"{BASE}/{talk.room}/draft"

    for method, body in (("GET", None), ("PUT", {"content": "x"}), ("DELETE", None)):
        assert (await talk.call(method, path, body, user=talk.eve)).status == 404
    assert (await talk.call("GET", path, user=talk.ben)).json()["resource"] == "draft"
    await talk.call("POST", f"{BASE}/{talk.room}/leave")
    assert await all_drafts(talk) == []
