"""Two whole nodes whose Redis has a replica and Sentinels: its master dies, and another one is it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from causerie.foundation.postgres import Database
from tests.databases import FreshDatabase
from tests.ensembles import a_watched_pair
from tests.scenes.pair import connect, open_pair


async def test_what_is_said_through_a_failover_is_told_once_and_in_order(
    database: Database, fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    with a_watched_pair() as watched:
        async with open_pair(database, fresh_database, tmp_path, watched=watched) as pair:
            room = f"/api/v2/conversations/{pair.room}"
            laptop, ben = await connect(pair.other, pair.ann), await connect(pair.other, pair.ben)

            async def say(content: str) -> Any:
                body = {"content": content}
                return await pair.one.call("POST", f"{room}/messages", body, user=pair.ann)

            answers = [await say("before")]
            await ben.hear("message")
            await pair.lose_each_other()
            answers.append(await say("meanwhile"))
            await pair.one.call("PUT", f"{room}/draft", {"content": "Dear Ben"}, user=pair.ann)
            await pair.until(is_away=False)
            answers.append(await say("after"))
            await ben.hear("message")
            await ben.hear("message")
            draft = (await laptop.hear("draft"))["data"]
            master = watched.master

    said = [(answer.json()["seq"], answer.json()["content"]) for answer in answers]
    told = [frame["data"] for frame in ben.heard if frame["type"] == "message"]
    assert master is not pair.valkey
    assert [(message["seq"], message["content"]) for message in told] == said
    assert said == [(1, "before"), (2, "meanwhile"), (3, "after")]
    assert draft["content"] == "Dear Ben"
