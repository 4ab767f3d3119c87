"""One idempotency contract for every write that the OpenAPI document says takes a key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.fakes.browser import Browser
from tests.scenes.belongings import Ann, Operation, move_in, operations
from tests.scenes.node import Answer, NodeScene, User

STAFF = ("/api/v2/admin/", "/api/v2/moderation/")
OWN_APPEAL = "/api/v2/moderation/sanctions/{sanction_id}/appeal"
# A picture has to be looked at first: tests/integration/files/test_profiles.py.
TRIED_ELSEWHERE = ("PUT", "/api/v2/me/avatar")
# When presence was looked at, and how a delivery that is under way gets on.
MOVES_ON = {"at", "status", "attempts", "last_at", "last_status", "last_error", "took_ms"}
WEBHOOK = "https://hook.invalid/"
# Where the schema alone, with Ann's ids, does not make a body lawful.
BODIES: dict[tuple[str, str], Callable[[Ann], object]] = {
    ("POST", "/api/v2/conversations"): lambda ann: {"kind": "room", "name": f"of-{ann.user.id}"},
    ("PUT", "/api/v2/me/preferences/{key}"): lambda _: {"value": "dark"},
    ("POST", "/api/v2/moderation/reports"): lambda ann: {
        "reason": "spam",
        "user_id": ann.ids["friend_id"],
    },
    ("POST", "/api/v2/push/subscriptions"): lambda _: Browser().subscription(
        "https://push.invalid/another"
    ),
    ("PATCH", "/api/v2/scheduled-messages/{scheduled_message_id}"): lambda _: {"content": "later"},
    ("POST", "/api/v2/webhook-endpoints"): lambda ann: {
        "conversation_id": ann.ids["conversation_id"],
        "url": WEBHOOK,
    },
}


def ways_to_differ(body: Any) -> Iterator[Any]:
    """Bodies of which a server that forgot what the key was for would take at least one."""
    if isinstance(body, bytes):
        yield body + b" more"
    for name, value in body.items() if isinstance(body, dict) else ():
        if isinstance(value, bool):
            yield {**body, name: not value}
        elif isinstance(value, str):
            yield {**body, name: value + "x"}
        elif isinstance(value, int):
            yield {**body, name: value + 1}
        elif isinstance(value, list):
            yield {**body, name: [*value, len(value) + 1]}


def seen_in(answer: Answer) -> Any:
    """What an answer says that does not move on meanwhile by itself."""
    body = answer.json() if answer.body else None
    if isinstance(body, dict):
        return {name: value for name, value in body.items() if name not in MOVES_ON}
    return body


class Replays:
    """Sends writes again. Some of them take away what others need: then Ann moves in anew."""

    def __init__(self, scene: NodeScene, admin: User, ann: Ann) -> None:
        self.scene = scene
        self.admin = admin
        self.ann = ann
        self.moves = 0

    async def send(self, wanted: Operation, key: str) -> Answer:
        ids = dict(self.ann.ids)
        if "/blocks/{user_id}" in wanted.path:
            ids["user_id"] = ids["friend_id"]
        return await self.scene.call(
            wanted.method,
            wanted.path.format(**ids),
            wanted.body,
            user=self.asker(wanted),
            headers={"idempotency-key": key},
        )

    def asker(self, wanted: Operation) -> User:
        is_staffs = wanted.path.startswith(STAFF) and wanted.path != OWN_APPEAL
        return self.admin if is_staffs else self.ann.user

    async def prepare(self, wanted: Operation) -> Operation:
        """Make what a write takes that Ann does not have from the beginning; give it so."""
        make = self.scene.make
        if wanted.path.startswith("/api/v2/moderation/sanctions/{"):
            mute = {"user_id": self.ann.user.id, "kind": "mute", "reason": "because"}
            made = await make("/api/v2/moderation/sanctions", mute, user=self.admin)
            self.ann.ids["sanction_id"] = made["id"]
            if wanted.path.endswith("/decision"):
                appeal = OWN_APPEAL.format(**self.ann.ids)
                await make(appeal, {"text": "no"}, user=self.ann.user)
        if wanted.path.startswith("/api/v2/incoming-webhooks/"):
            incoming = {"conversation_id": self.ann.ids["conversation_id"], "name": "robot"}
            made = await make("/api/v2/incoming-webhooks", incoming, user=self.ann.user)
            self.ann.ids["webhook_id"] = made["id"]
        of = BODIES.get((wanted.method, wanted.path))
        return wanted if of is None else wanted._replace(body=of(self.ann))

    async def first(self, wanted: Operation, key: str) -> tuple[Operation, Answer]:
        room = f"/api/v2/conversations/{self.ann.ids['conversation_id']}"
        if (await self.scene.call("GET", room, user=self.ann.user)).status == 200:
            done = await self.prepare(wanted)
            answer = await self.send(done, key)
            if answer.status < 400:
                return done, answer
        self.moves += 1
        self.ann = await move_in(self.scene, self.admin, number=self.moves)
        anew = await operations(self.scene, self.ann.ids)
        (wanted,) = [w for w in anew if (w.method, w.path) == (wanted.method, wanted.path)]
        done = await self.prepare(wanted)
        return done, await self.send(done, key)

    async def faults(self, wanted: Operation, key: str) -> Iterator[str]:
        """Say what of the contract a write does not keep."""
        done, first = await self.first(wanted, key)
        again = await self.send(done, key)
        # What was made is not made again: 200 where it was 201.
        lawful = {first.status, 200 if first.status == 201 else first.status}
        found = []
        if first.status >= 400:
            found.append(f"is not lawful: {first.body!r}")
        if again.status not in lawful or seen_in(again) != seen_in(first):
            found.append(f"{first.status} {first.body!r}, then {again.status} {again.body!r}")
        for other in ways_to_differ(done.body):
            answer = await self.send(done._replace(body=other), key)
            if answer.status < 400:
                found.append(f"takes {other} under the key of {done.body}")
        elsewhere = await self.scene.call(
            "PUT",
            "/api/v2/me/preferences/theme",
            {"value": "light"},
            user=self.asker(done),
            headers={"idempotency-key": key},
        )
        if elsewhere.status != 409:
            found.append(f"its key serves another call, too: {elsewhere.status}")
        return iter(f"{done.method} {done.path}: {fault}" for fault in found)


@pytest.mark.long
async def test_a_write_sent_twice_is_answered_twice_and_done_once(scene: NodeScene) -> None:
    admin = await scene.register("admin")
    replays = Replays(scene, admin, await move_in(scene, admin))
    everything = await operations(scene, replays.ann.ids)
    keyed = [w for w in everything if w.is_keyed and (w.method, w.path) != TRIED_ELSEWHERE]

    found: list[str] = []
    # Deletions last: they take away what others need.
    for n, wanted in enumerate(sorted(keyed, key=lambda w: w.method == "DELETE")):
        found += await replays.faults(wanted, f"key {n}")

    assert found == []
    assert len(keyed) > 40
