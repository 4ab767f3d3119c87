"""Letters to those who are away: once an hour at most, and never to who wants none."""

from __future__ import annotations

import asyncio

from tests.integration.notifications.conftest import Notified


async def leave_unread(scene: Notified, *texts: str) -> None:
    """Ann has an address, and has not looked for two hours."""
    async with scene.database.connection() as connection:
        await connection.execute(
            "UPDATE accounts.users SET email = 'ann@example.org' WHERE id = $1", scene.ann.id
        )
    for text in texts:
        await scene.say(text)
    await scene.told(len(texts))
    async with scene.database.connection() as connection:
        await connection.execute(
            "UPDATE notifications.notices SET created_at = now() - interval '2 hours'"
        )


async def order(scene: Notified) -> int:
    digests = scene.node.node.notifications.digests
    assert digests is not None
    return await digests.order()


async def test_what_is_unread_is_written_of_once_an_hour_at_most(scene: Notified) -> None:
    await leave_unread(scene, "one @ann", "two @ann")
    first = sum(await asyncio.gather(order(scene), order(scene)))  # As two nodes do at once.
    again = await order(scene)
    await leave_unread(scene, "three @ann")
    soon = await order(scene)
    await scene.mailbox.wait_for(1)

    assert (first, again, soon) == (1, 0, 0)
    (letter,) = scene.mailbox.letters
    text = letter.get_content()
    assert letter["To"] == "ann@example.org"
    assert "ben mentioned you: one @ann" in text
    assert "two @ann" in text
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


async def test_what_is_nobodys_to_read_any_more_is_neither_written_nor_shown(
    scene: Notified,
) -> None:
    await leave_unread(scene, "the secret @ann")
    await scene.say("in passing", place=scene.direct)
    await scene.told(2)
    await leave_unread(scene)  # The same of what came now.
    path = f"/conversations/{scene.room}/members/{scene.ann.id}"
    await scene.ask("DELETE", path, user=scene.ben)
    shown = await scene.told(2)
    await order(scene)
    await scene.mailbox.wait_for(1)

    assert [notice["text"] for notice in shown] == ["", "in passing"]
    text = scene.mailbox.letters[0].get_content()
    assert "in passing" in text
    assert "secret" not in text


async def test_one_click_ends_them(scene: Notified) -> None:
    await leave_unread(scene, "one @ann")
    await order(scene)
    await scene.mailbox.wait_for(1)
    address = scene.mailbox.letters[0]["List-Unsubscribe"].strip("<>")
    path = address.removeprefix("https://chat.example.org")
    ended = await scene.node.call("POST", path, b"List-Unsubscribe=One-Click")
    unknown = await scene.node.call("POST", path[:-1] + "!")

    assert (ended.status, unknown.status) == (204, 404)
    shown = await scene.ask("GET", "/notifications/preferences", user=scene.ann)
    assert shown["email_digest"] is False


async def test_who_looks_gets_no_letter(scene: Notified) -> None:
    await leave_unread(scene, "one @ann")
    peer = await scene.node.connect("/ws/v2", scene.ann)
    await peer.hear("hello")
    await order(scene)
    await scene.quiet()

    assert scene.mailbox.letters == []
