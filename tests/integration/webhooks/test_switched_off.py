"""Where the operator wants no webhooks there are none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from causerie.assembly.settings import Settings
from causerie.foundation.postgres import Database
from tests.databases import FreshDatabase
from tests.scenes.node import open_node_scene, quick


async def test_every_call_is_unsupported_and_nothing_is_gathered(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    settings = quick(Settings(), tmp_path)
    settings = replace(settings, features=replace(settings.features, webhooks=False))
    async with open_node_scene(database, fresh_database.app_dsn, settings) as node:
        ann = await node.register("ann")
        body = {"kind": "room", "name": "den"}
        room = (await node.call("POST", "/api/v2/conversations", body, user=ann)).json()["id"]
        answers = [
            await node.call(method, f"/api/v2/{path}", sent, user=ann)
            for method, path, sent in (
                ("GET", f"webhook-endpoints?conversation_id={room}", None),
                ("POST", "webhook-endpoints", {"url": "https://x.invalid/"}),
                ("POST", "webhook-endpoints/1/ping", None),
                ("DELETE", "webhook-endpoints/1", None),
                ("POST", "incoming-webhooks", {"conversation_id": room, "name": "bot"}),
                ("POST", "hooks/whin_x", {"content": "hello"}),
            )
        ]

        assert {(a.status, a.json()["code"]) for a in answers} == {(501, "unsupported")}
        assert "webhooks" not in node.node.workers.states()
