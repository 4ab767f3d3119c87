"""Who is told of what: by default, by level, and after a crash."""

from __future__ import annotations

import asyncio

from causerie.foundation.clock import SystemClock
from causerie.foundation.events import Events
from causerie.notifications.service import Noticer
from tests.integration.notifications.conftest import Notified


async def test_a_mention_and_a_direct_message_are_told_and_the_rest_is_not(scene: Notified) -> None:
    await scene.say("nobody in particular")
    await scene.say("hello @ann")
    await scene.told(1)
    await scene.say("between us", place=scene.direct)
    first, second = await scene.told(2)

    assert (first["kind"], first["text"], first["sender"]) == ("mention", "hello @ann", "ben")
    assert (second["kind"], second["conversation_id"]) == ("direct", scene.direct)
    assert not first["read"]
    assert (await scene.ask("GET", "/notifications", user=scene.ben))["items"] == []


async def test_the_users_sockets_hear_of_it_and_nobody_elses(scene: Notified) -> None:
    anns = await scene.node.connect("/ws/v2", scene.ann)
    bens = await scene.node.connect("/ws/v2", scene.ben)
    await anns.hear("hello")
    await bens.hear("hello")
    await scene.say("hello @ann")

    event = await anns.hear("notification")
    assert (event["data"]["kind"], event["data"]["text"]) == ("mention", "hello @ann")
    assert "notification" not in [frame["type"] for frame in bens.heard]


async def test_levels_say_of_what_one_is_told(scene: Notified) -> None:
    path = f"/conversations/{scene.room}/notifications"
    await scene.ask("PUT", path, {"level": "all"}, user=scene.ann)
    await scene.say("anything")
    await scene.told(1)
    await scene.ask("PUT", path, {"level": "none"}, user=scene.ann)
    await scene.say("not even @ann")
    muted = {"level": "all", "muted_until": "2126-01-31T12:00:00Z"}
    await scene.ask("PUT", path, muted, user=scene.ann)
    await scene.say("muted @ann")
    await scene.say("last", place=scene.direct)
    told = await scene.told(2)

    assert [item["text"] for item in told] == ["anything", "last"]
    assert (await scene.ask("GET", path, user=scene.ann))["level"] == "all"


async def test_what_one_wants_everywhere_holds_where_a_conversation_says_nothing(
    scene: Notified,
) -> None:
    everywhere = "/me/preferences/notifications"
    path = f"/conversations/{scene.room}/notifications"
    await scene.ask("PUT", everywhere, {"value": "none"}, user=scene.ann)
    await scene.say("not even @ann")
    await scene.say("nor here", place=scene.direct)
    await scene.ask("PUT", path, {"level": "mentions"}, user=scene.ann)
    await scene.say("here @ann")
    await scene.told(1)
    await scene.ask("PUT", path, {"level": None}, user=scene.ann)
    read = await scene.say("read before")
    body = {"seq": read["seq"]}
    await scene.ask("POST", f"/conversations/{scene.room}/read", body, user=scene.ann)
    await scene.ask("PUT", everywhere, {"value": "all"}, user=scene.ann)
    await scene.say("anything")
    await scene.told(2)
    await scene.ask("PUT", everywhere, {"value": "mentions"}, user=scene.ann)
    await scene.say("no more")
    await scene.say("but this", place=scene.direct)
    told = await scene.told(3)

    assert [item["text"] for item in told] == ["here @ann", "anything", "but this"]


async def test_what_is_told_is_plain_text(scene: Notified) -> None:
    await scene.say("# Hello **@ann**, see [the plan](https://example.org/plan_b)")
    (told,) = await scene.told(1)

    assert told["text"] == "Hello @ann, see the plan"


async def test_reading_a_conversation_reads_what_was_told_of_it(scene: Notified) -> None:
    said = await scene.say("hello @ann")
    await scene.told(1)
    body = {"seq": said["seq"]}
    await scene.ask("POST", f"/conversations/{scene.room}/read", body, user=scene.ann)
    async with asyncio.timeout(60):
        while (await scene.ask("GET", "/notifications", user=scene.ann))["unread"]:
            await asyncio.sleep(0.02)

    (item,) = await scene.told(1)
    assert item["read"]


async def test_notices_are_read_one_by_one_or_up_to_one(scene: Notified) -> None:
    for n in range(3):
        await scene.say(f"{n} @ann")
    first, second, third = await scene.told(3)
    one = await scene.ask("POST", "/notifications/read", {"ids": [second["id"]]}, user=scene.ann)
    up = await scene.ask("POST", "/notifications/read", {"upto": third["id"]}, user=scene.ann)
    others = await scene.ask("POST", "/notifications/read", {"ids": [first["id"]]}, user=scene.ben)

    assert (one, up, others) == ({"unread": 2}, {"unread": 0}, {"unread": 0})


async def test_nobody_is_told_twice_and_nothing_is_lost_with_a_process(scene: Notified) -> None:
    live = scene.node.node.notifications.noticer
    live.note_said = lambda *_, **__: None  # type: ignore[method-assign] # the news of commits is lost
    for n in range(20):
        await scene.say(f"{n}", place=scene.direct)
        await scene.say(f"{n} @ann")
    twins = [Noticer(live._notices, live._speech, Events(), SystemClock()) for _ in range(3)]
    await asyncio.gather(*(twin.sweep() for twin in twins))
    await asyncio.gather(*(twin.sweep() for twin in twins))
    told = await scene.told(40)

    assert len(told) == 40
    assert len({item["message_id"] for item in told}) == 40


async def test_who_has_blocked_somebody_is_not_told_of_what_they_say(scene: Notified) -> None:
    await scene.ask("PUT", f"/blocks/{scene.ben.id}", user=scene.ann)
    await scene.say("hello @ann")
    eve = await scene.node.register("eve")
    body = {"user_ids": [eve.id]}
    await scene.ask("POST", f"/conversations/{scene.room}/members", body, user=scene.ben)
    said = {"content": "and from me @ann"}
    await scene.ask("POST", f"/conversations/{scene.room}/messages", said, user=eve)
    (item,) = await scene.told(1)

    assert item["sender"] == "eve"


async def test_what_was_deleted_is_shown_no_more(scene: Notified) -> None:
    said = await scene.say("secret @ann")
    await scene.told(1)
    await scene.ask("DELETE", f"/messages/{said['id']}", user=scene.ben)

    (item,) = await scene.told(1)
    assert item["text"] == ""
