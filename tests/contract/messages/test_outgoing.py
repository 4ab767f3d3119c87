"""The exam of ``Outgoing``: what every writer owes to those who give it drafts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from causerie.messages import ConversationNotFound, KeyUsedOtherwise
from tests.databases import FreshDatabase
from tests.scenes.conversation import ConversationScene, draft_of, open_conversation_scene


@pytest.fixture(params=["postgres"])
async def scene(fresh_database: FreshDatabase) -> AsyncIterator[ConversationScene]:
    async with open_conversation_scene(fresh_database.app_dsn) as opened:
        yield opened


async def test_drafts_of_one_sender_are_stored_in_the_order_given(
    scene: ConversationScene,
) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)

    outcomes = [scene.put(draft_of(ann, room, content=str(n))) for n in range(40)]

    sent = [(await outcome.wait()).message for outcome in outcomes]
    assert [(m.seq, m.content) for m in sent] == [(n + 1, str(n)) for n in range(40)]


async def test_it_says_nothing_before_put_returns(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)

    outcome = scene.put(draft_of(ann, room))

    assert outcome.times_heard == 0
    assert (await outcome.wait()).is_new


async def test_the_same_key_is_the_same_message_or_a_conflict(scene: ConversationScene) -> None:
    ann = await scene.person("ann")
    room = await scene.room(ann)
    first = await scene.put(draft_of(ann, room, client_id="k", fingerprint=b"1")).wait()

    again = await scene.put(draft_of(ann, room, client_id="k", fingerprint=b"1")).wait()
    other = await scene.put(draft_of(ann, room, client_id="k", fingerprint=b"2")).refusal()

    assert (again.message, again.is_new) == (first.message, False)
    assert isinstance(other, KeyUsedOtherwise)


async def test_who_is_no_member_is_refused_and_others_are_not(scene: ConversationScene) -> None:
    ann, eve = await scene.people("ann", "eve")
    room = await scene.room(ann)

    refused, stored = scene.put(draft_of(eve, room)), scene.put(draft_of(ann, room))

    assert isinstance(await refused.refusal(), ConversationNotFound)
    assert (await stored.wait()).message.seq == 1


async def test_each_hears_once(scene: ConversationScene) -> None:
    ann, eve = await scene.people("ann", "eve")
    room = await scene.room(ann)
    outcomes = [
        scene.put(draft_of(who, room, client_id=key, fingerprint=b"1"))
        for who in (ann, eve)
        for key in ("a", "b", "a", "c", "a")
    ]

    await asyncio.gather(*(o.wait() for o in outcomes), return_exceptions=True)
    await scene.put(draft_of(ann, room)).wait()

    assert [outcome.times_heard for outcome in outcomes] == [1] * 10
