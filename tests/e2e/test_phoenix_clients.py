"""The npm clients of Phoenix, unmodified, talk through a real server: of 2016 and of today."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.node_programs import find_node, install
from tests.processes import Causerie

pytestmark = pytest.mark.long

CLIENTS = Path(__file__).parent / "phoenix"
TALK_SECONDS = 60


@pytest.fixture(scope="module")
def node() -> str:
    return find_node()


@pytest.fixture(scope="module")
def clients(node: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the clients, from the npm registry, as the lock file names them."""
    folder = tmp_path_factory.mktemp("phoenix")
    for name in ("package.json", "package-lock.json", "talk.mjs"):
        shutil.copy(CLIENTS / name, folder)
    install(node, folder)
    return folder


async def person(client: httpx2.AsyncClient, name: str) -> Any:
    body = {"username": name, "password": "a horse, a staple"}
    answer = (await client.post("/auth/register", json=body)).json()
    return {"id": answer["user"]["id"], "token": answer["access_token"]}


async def test_the_published_clients_talk_lose_the_connection_and_miss_nothing(
    causerie: Causerie, node: str, clients: Path
) -> None:
    async with httpx2.AsyncClient(base_url=causerie.url, timeout=60) as client:
        ada, bob = await person(client, "ada-phx"), await person(client, "bob-phx")
        as_ada = {"Authorization": f"Bearer {ada['token']}"}
        as_bob = {"Authorization": f"Bearer {bob['token']}"}
        room = {"kind": "room", "name": "phoenix", "members": [bob["id"]]}
        made = (await client.post("/api/v2/conversations", json=room, headers=as_ada)).json()
        direct = {"kind": "direct", "members": [ada["id"]]}
        chat = (await client.post("/api/v2/conversations", json=direct, headers=as_bob)).json()
        for text in ("one", "two"):
            await client.post(
                f"/api/v2/conversations/{chat['id']}/messages",
                json={"content": text},
                headers=as_bob,
            )
    told = {
        "url": f"ws://127.0.0.1:{causerie.port}/socket",
        "ada": ada,
        "bob": bob,
        "room": made["id"],
        "direct": chat["id"],
    }

    done = await asyncio.to_thread(
        subprocess.run,
        [node, "talk.mjs", json.dumps(told)],
        cwd=clients,
        capture_output=True,
        text=True,
        timeout=TALK_SECONDS,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    saw = json.loads(done.stdout)
    lines = [
        [1, "from ada"],
        [2, "from bob"],
        [3, "while she was away"],
        [4, "and now"],
    ]
    assert saw["fresh"] == lines
    assert saw["old"] == lines
    assert saw["replies"] == [1, 2]
    assert saw["waited"] == ["one", "two"]
    assert saw["people"] == sorted([str(ada["id"]), str(bob["id"])])
    assert [str(bob["id"]), 0] in saw["leaves"]
