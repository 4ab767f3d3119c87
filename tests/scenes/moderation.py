"""People of all roles on one node, and what moderators ask of it."""

from __future__ import annotations

import asyncio
from typing import Any

from causerie.foundation.postgres import Database
from tests.fakes.peer import FakePeer
from tests.scenes.node import Answer, NodeScene, User

BASE = "/api/v2/moderation"
PATIENCE_SECONDS = 60


class ModerationScene:
    """Ada is the admin, Mo a moderator, Ann and Ben are people with a room of Ann's."""

    def __init__(
        self, node: NodeScene, database: Database, people: dict[str, User], room: str
    ) -> None:
        self.node = node
        self.database = database
        self.ada, self.mo = people["ada"], people["mo"]
        self.ann, self.ben = people["ann"], people["ben"]
        self.room = room

    async def call(
        self, who: User, method: str, path: str, body: object = None, *, key: str | None = None
    ) -> Answer:
        headers = {} if key is None else {"idempotency-key": key}
        return await self.node.call(method, path, body, user=who, headers=headers)

    async def sanction(
        self,
        kind: str,
        subject: User,
        *,
        by: User | None = None,
        key: str | None = None,
        **more: Any,
    ) -> Any:
        """Sanction somebody; gives the sanction, or the problem."""
        body = {"user_id": subject.id, "kind": kind, "reason": "spam", **more}
        return (await self.call(by or self.mo, "POST", f"{BASE}/sanctions", body, key=key)).json()

    async def followed(self) -> None:
        """Wait until all that was decided about reports has been done."""
        async with asyncio.timeout(PATIENCE_SECONDS), self.database.connection() as connection:
            while await connection.fetchval(
                "SELECT count(*) FROM jobs.waiting WHERE kind = 'report_follows'"
            ):
                await asyncio.sleep(0.01)

    async def say(self, who: User, content: str = "hello") -> Answer:
        path = f"/api/v2/conversations/{self.room}/messages"
        return await self.call(who, "POST", path, {"content": content})

    async def on_socket(self, who: User) -> FakePeer:
        peer = await self.node.connect("/ws/v2", who)
        await peer.hear("hello")
        return peer

    async def at_once(self, times: int, *calls: tuple[User, str, object]) -> list[Answer]:
        """Post each of the calls so many times, all at once."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await asyncio.gather(
                *(
                    self.call(who, "POST", path, body)
                    for _ in range(times)
                    for who, path, body in calls
                )
            )


async def open_moderation_scene(node: NodeScene, database: Database) -> ModerationScene:
    people = {name: await node.register(name) for name in ("ada", "mo", "ann", "ben")}
    await node.node.accounts.service.change_role("mo", "moderator")
    body = {"kind": "room", "name": "general", "members": [people["ben"].id, people["mo"].id]}
    answer = await node.call("POST", "/api/v2/conversations", body, user=people["ann"])
    return ModerationScene(node, database, people, answer.json()["id"])
