"""Several worker processes are one server: one port, one database, one set of figures."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from itertools import count
from typing import Any

import httpx2
import msgspec
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from causerie.gateway.elsewhere import KEPT_SECONDS
from causerie.v1 import messages_pb2
from tests.clients import PASSWORD, Client, Http, opened, register
from tests.grpc_clients import calling
from tests.ports import free_port
from tests.processes import Causerie, a_causerie

pytestmark = pytest.mark.long

WORKERS = 2
SOCKETS = 30
MAX_UNEVEN = 14  # Eight apart are left alone, and some come at once.
BACK_SECONDS = 60.0
ADMIN = "operator"
CHANNELS = 16  # The kernel chooses a worker for each; all on one: once in 32,768 times.
GRPC_PORT = free_port()
numbers = count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[Causerie]:
    with a_causerie(
        server__workers=WORKERS,
        cache__url="embedded",
        limits__max_messages_per_minute=10_000,
        grpc__enabled=True,
        grpc__bind_addr=f"127.0.0.1:{GRPC_PORT}",
    ) as started:
        asyncio.run(register(started, ADMIN))  # The first one is.
        yield started


async def processes(server: Causerie) -> dict[str, Any]:
    """What ``/health`` says of them, by their index."""
    async with httpx2.AsyncClient() as http, asyncio.timeout(BACK_SECONDS):
        while True:
            report = (await http.get(f"{server.url}/health", timeout=60)).json()
            told = report["checks"]["processes"]
            if "error" not in told:  # One that stood still has not told in time.
                return {k: v for k, v in told.items() if k != "status"}
            await asyncio.sleep(0.1)


async def figures(server: Causerie) -> dict[str, float]:
    async with httpx2.AsyncClient() as http:
        text = (await http.get(f"{server.url}/metrics", timeout=60)).text
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.labels
    }


async def until(server: Causerie, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    async with asyncio.timeout(BACK_SECONDS):
        while not condition(found := await processes(server)):
            await asyncio.sleep(0.1)
    return found


def all_run(found: dict[str, Any]) -> bool:
    return all(view["status"] == "running" for view in found.values())


def sockets_of(found: dict[str, Any]) -> list[int]:
    return [view["sockets"] for view in found.values()]


async def a_user(server: Causerie) -> dict[str, Any]:
    return await register(server, f"worker{next(numbers)}")


async def a_room(server: Causerie, user: dict[str, Any]) -> str:
    http = Http(server, user["access_token"])
    async with http.session:
        room = await http.call(
            "POST", "/api/v2/conversations", {"kind": "room", "name": user["user"]["username"]}
        )
    return str(room["id"])


async def test_sockets_are_spread_over_the_workers_and_counted_as_one_servers(
    server: Causerie,
) -> None:
    user = await a_user(server)
    await until(server, all_run)
    before = await figures(server)
    async with AsyncExitStack() as stack:
        for _ in range(SOCKETS):
            await stack.enter_async_context(opened(server, user["access_token"]))
        found = await until(server, lambda found: sum(sockets_of(found)) >= SOCKETS)
        during = await figures(server)

    assert len(found) == WORKERS
    assert max(sockets_of(found)) - min(sockets_of(found)) <= MAX_UNEVEN
    name = "chat_server_active_connections"
    assert during[name] - before[name] == SOCKETS
    name = "chat_server_connections_total"
    assert during[name] - before[name] == SOCKETS
    assert during["chat_server_processes"] == WORKERS


async def test_a_worker_that_is_killed_is_replaced_while_the_others_go_on(
    server: Causerie,
) -> None:
    user = await a_user(server)
    room = await a_room(server, user)
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(opened(server, user["access_token"]))
            for _ in range(SOCKETS)
        ]
        await clients[0].send(room, "before")
        found = await until(server, all_run)
        before = await figures(server)
        os.kill(found["0"]["pid"], signal.SIGKILL)
        await until(server, lambda now: now["0"]["restarts"] > found["0"]["restarts"])
        async with opened(server, user["access_token"]) as another:
            await another.send(room, "meanwhile")
        after = await figures(server)
        await until(server, all_run)
        alive = [client for client in clients if not client._is_gone()]
        async with asyncio.timeout(KEPT_SECONDS / 2):  # What nobody takes away ends after it.
            await roll_of(server, lambda roll: of_user(roll, user) == [len(alive)])

    assert 0 < len(alive) < SOCKETS
    assert after["chat_server_connections_total"] > before["chat_server_connections_total"]
    assert (
        after["chat_server_process_restarts_total"] > before["chat_server_process_restarts_total"]
    )


async def test_all_end_with_a_parent_that_is_killed_and_the_next_start_is_clean(
    server: Causerie,
) -> None:
    user = await a_user(server)
    room = await a_room(server, user)
    async with opened(server, user["access_token"]) as client:
        await client.send(room, "stays")
    family = psutil.Process(server.pid).children(recursive=True)
    server.kill()
    _, alive = await asyncio.to_thread(psutil.wait_procs, family, timeout=60)
    await server.start_soon()
    http = Http(server, user["access_token"])
    async with http.session:
        page = await http.call("GET", f"/api/v2/conversations/{room}/messages")

    assert alive == []
    assert [message["content"] for message in page["items"]] == ["stays"]


async def test_the_doctor_finds_nothing_wrong_with_a_running_server(server: Causerie) -> None:
    await until(server, all_run)
    answer = msgspec.json.decode(await asyncio.to_thread(server.run, "doctor", "--json"))
    verdicts = {finding["check"]: finding["verdict"] for finding in answer["findings"]}

    for check in ("server", "headers", "limits", "port", "database", "schema", "clock"):
        assert verdicts[check] == "well", (check, answer)


async def test_the_port_of_grpc_is_all_workers_and_an_admin_sees_whom_each_has(
    server: Causerie,
) -> None:
    user = await a_user(server)
    room = await a_room(server, user)
    await until(server, all_run)
    before = on_nodes(await roll_of(server, lambda roll: bool(roll["is_whole"])))
    async with AsyncExitStack() as stack:
        callers = [
            await stack.enter_async_context(calling(server, user["access_token"], port=GRPC_PORT))
            for _ in range(CHANNELS)
        ]
        streams = [caller.stream() for caller in callers]
        for stream in streams:
            await stream.until("opened")
        request = messages_pb2.SendMessageRequest(conversation_id=room, content="to all")
        await callers[0].call(callers[0].messages.SendMessage, request)
        for stream in streams:
            await stream.until("message")
        during = await figures(server)
        roll = await roll_of(server, lambda roll: total(roll) >= CHANNELS)

    assert [stream.seqs() for stream in streams] == [[1]] * CHANNELS
    assert during["chat_server_grpc_streams"] == CHANNELS
    assert roll["is_whole"]
    grown = [node for node, count in on_nodes(roll).items() if count > before.get(node, 0)]
    assert len(grown) == WORKERS
    assert of_user(roll, user) == [CHANNELS]


def on_nodes(roll: dict[str, Any]) -> dict[str, int]:
    return {node["node"]: node["connections"] for node in roll["nodes"]}


def of_user(roll: dict[str, Any], user: dict[str, Any]) -> list[int]:
    """How many connections the roll has of somebody, if it names them."""
    return [who["connections"] for who in roll["users"] if who["user_id"] == user["user"]["id"]]


def total(roll: dict[str, Any]) -> int:
    return sum(on_nodes(roll).values())


async def roll_of(server: Causerie, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Whom the server says are connected, to the first who registered, an admin."""
    http = Http(server)
    async with http.session, asyncio.timeout(BACK_SECONDS):
        me = {"username": ADMIN, "password": PASSWORD}
        token = (await http.call("POST", "/auth/login", me))["access_token"]
        http.session.headers["Authorization"] = f"Bearer {token}"
        while not condition(roll := await http.call("GET", "/api/v2/admin/connections?limit=1000")):
            await asyncio.sleep(0.1)
    return dict(roll)


async def test_a_stop_ends_all_of_them_within_the_deadline(server: Causerie) -> None:
    family = psutil.Process(server.pid).children(recursive=True)
    user = await a_user(server)
    async with opened(server, user["access_token"]) as client:
        status = await asyncio.to_thread(server.stop)
        code = await client.gone()
    _, alive = await asyncio.to_thread(psutil.wait_procs, family, timeout=60)
    await server.start_soon()

    assert status == 0
    assert code == 1012
    assert alive == []


async def test_a_message_from_a_socket_of_one_worker_reaches_those_of_all(
    server: Causerie,
) -> None:
    user = await a_user(server)
    room = await a_room(server, user)
    async with AsyncExitStack() as stack:
        readers: list[Client] = [
            await stack.enter_async_context(opened(server, user["access_token"]))
            for _ in range(SOCKETS)
        ]
        found = await until(server, lambda found: sum(sockets_of(found)) >= SOCKETS)
        sent = [await readers[0].send(room, f"message {number}") for number in range(3)]
        for reader in readers:
            await reader.until(room, sent[-1]["seq"])

    assert min(sockets_of(found)) > 0
    assert all(reader.seqs(room) == [message["seq"] for message in sent] for reader in readers)
