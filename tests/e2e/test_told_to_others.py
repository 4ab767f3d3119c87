"""What leaves a running server for those who watch it: traces, and logs; and what never does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx2
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.clients import PASSWORD, Client, Refused
from tests.collectors import Collector, a_collector
from tests.processes import Causerie, a_causerie

pytestmark = pytest.mark.long

MARK = "zqmark"  # In every secret and text of these tests, and in nothing else.
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
CONNECTION = "causerie.connection_id"
SECRET_PASSWORD = f"{MARK} a horse, a staple"


class Watched(NamedTuple):
    server: Causerie
    collector: Collector


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    with (
        a_collector() as collector,
        a_causerie(
            telemetry__traces_endpoint=collector.traces_endpoint,
            telemetry__traces_percent=100,
            logging__format="json",
            logging__level="debug",
            server__workers=2,
            cache__url="embedded",
        ) as server,
    ):
        yield Watched(server, collector)


def register(server: Causerie, username: str, password: str = PASSWORD) -> dict[str, Any]:
    answer = httpx2.post(
        f"{server.url}/auth/register",
        json={"username": username, "password": password, "email": f"{MARK}@example.org"},
        timeout=60,
    )
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def log_lines(server: Causerie) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]


def connection_of(span: Span) -> str:
    attributes = {a.key: a.value.string_value for a in span.attributes}
    return attributes["causerie.connection_id"]


async def test_a_message_is_one_trace_from_its_socket_to_the_sockets(watched: Watched) -> None:
    server, collector = watched
    client = Client(server, register(server, "ada")["access_token"])
    hello = await client.open()
    room = httpx2.post(
        f"{server.url}/api/v2/conversations",
        json={"kind": "room", "name": "den"},
        headers={"Authorization": f"Bearer {client.token}"},
        timeout=60,
    ).json()
    await client.send(room["id"], f"{MARK} hello")
    await client.close()

    def of_the_send() -> dict[str, Span]:
        sends = [
            s
            for s in collector.spans()
            if s.name == "socket send_message" and connection_of(s) == hello["session_id"]
        ]
        return {s.name: s for s in collector.spans() if sends and s.trace_id == sends[0].trace_id}

    wanted = {
        "socket send_message",
        "messages.send",
        "messages.commit",
        "postgresql write_batch",
        "bus.publish",
        "hub.deliver",
    }
    await asyncio.to_thread(collector.until, lambda: wanted <= set(of_the_send()))
    found = of_the_send()
    chain = ["socket send_message", "messages.send", "messages.commit", "bus.publish"]
    for outer, inner in zip(chain, [*chain[1:], "hub.deliver"], strict=True):
        assert found[inner].parent_span_id == found[outer].span_id, inner
    assert found["postgresql write_batch"].parent_span_id == found["messages.commit"].span_id


async def test_a_message_is_followed_to_the_sockets_of_another_node(watched: Watched) -> None:
    server, collector = watched
    sender = Client(server, register(server, "fay")["access_token"])
    hello = await sender.open()
    room = httpx2.post(
        f"{server.url}/api/v2/conversations",
        json={"kind": "room", "name": "attic"},
        headers={"Authorization": f"Bearer {sender.token}"},
        timeout=60,
    ).json()
    # Of so many, level between two workers as they are kept, some are on the other one.
    readers = [Client(server, sender.token) for _ in range(20)]
    for reader in readers:
        await reader.open()
    await sender.send(room["id"], "hello")
    for reader in readers:
        await reader.until(room["id"], 1)
    for client in (sender, *readers):
        await client.close()

    def steps(name: str) -> list[dict[str, Any]]:
        found = (line for line in log_lines(server) if line["message"] == name)
        return [line for line in found if line.get(CONNECTION) == hello["session_id"]]

    (committed,) = steps("message_committed")
    delivered = steps("message_delivered")
    assert len({line["process.pid"] for line in delivered}) == 2
    assert {line["causerie.number"] for line in delivered} == {committed["causerie.number"]}

    def deliveries() -> list[Span]:
        """Of the message, wherever it was delivered: children of where it was published."""
        sends = [
            s
            for s in collector.spans()
            if s.name == "socket send_message" and connection_of(s) == hello["session_id"]
        ]
        ours = [s for s in collector.spans() if sends and s.trace_id == sends[0].trace_id]
        published = {s.span_id for s in ours if s.name == "bus.publish"}
        return [s for s in ours if s.name == "hub.deliver" and s.parent_span_id in published]

    await asyncio.to_thread(collector.until, lambda: len(deliveries()) == 2)


def test_a_request_goes_on_with_the_trace_of_who_calls_and_holds_its_statements(
    watched: Watched,
) -> None:
    server, collector = watched
    token = register(server, "bea")["access_token"]
    answer = httpx2.get(
        f"{server.url}/api/v2/conversations",
        headers={"Authorization": f"Bearer {token}", "traceparent": TRACEPARENT},
        timeout=60,
    )

    def of_the_call() -> list[Span]:
        trace_id = bytes.fromhex(TRACEPARENT.split("-")[1])
        return [s for s in collector.spans() if s.trace_id == trace_id]

    collector.until(lambda: any(s.name.startswith("GET") for s in of_the_call()))
    (request,) = (s for s in of_the_call() if s.name == "GET /api/v2/conversations")
    attributes = {a.key: a.value for a in request.attributes}
    assert answer.status_code == 200
    assert request.parent_span_id == bytes.fromhex(TRACEPARENT.split("-")[2])
    assert attributes["http.request.id"].string_value == answer.headers["x-request-id"]
    collector.until(lambda: any(s.name.startswith("postgresql") for s in of_the_call()))


async def call_with_secrets(server: Causerie) -> list[str]:
    """Drive many calls, right and wrong, with marked secrets; gives the unmarked ones."""
    made = register(server, "cleo", SECRET_PASSWORD)
    token, refresh = made["access_token"], made["refresh_token"]
    async with httpx2.AsyncClient(base_url=server.url, timeout=60) as http:
        own = {"Authorization": f"Bearer {token}"}

        async def call(method: str, path: str, body: Any = None, **headers: str) -> Any:
            answer = await http.request(method, path, json=body, headers={**own, **headers})
            return answer.json() if answer.content else None

        await call("POST", "/auth/login", {"username": "cleo", "password": f"{MARK} wrong"})
        login = {"username": "cleo", "password": SECRET_PASSWORD, "code": f"{MARK}1"}
        await call("POST", "/auth/login", login)
        await call("POST", "/auth/2fa/verify", {"code": MARK})
        renewed = await call("POST", "/auth/refresh", {"refresh_token": refresh})
        await call("POST", "/auth/refresh", {"refresh_token": f"{MARK}.{MARK}"})
        await call("GET", "/api/v2/me", Authorization=f"Bearer {MARK}.{MARK}.{MARK}")
        room = await call("POST", "/api/v2/conversations", {"kind": "room", "name": "vault"})
        place = f"/api/v2/conversations/{room['id']}"
        for content in (f"{MARK} one", [MARK], f"{MARK}\0"):
            await call("POST", f"{place}/messages", {"content": content})
        await call("POST", f"{place}/messages", {"content": MARK, "surplus": MARK})
        await call("GET", f"/api/v2/search?q={MARK}")
        await call("GET", f"{place}/messages?before={MARK}")
        ticket = (await call("POST", "/auth/ticket"))["ticket"]
        await speak_with_secrets(server, token, room["id"])
        await http.get(f"/ws/v2?ticket={MARK}&token={MARK}")
        await call("POST", "/auth/logout")
    return [token, refresh, renewed["access_token"], renewed["refresh_token"], ticket]


async def speak_with_secrets(server: Causerie, token: str, room: str) -> None:
    client = Client(server, token)
    await client.open()
    sent = await client.send(room, f"{MARK} one")
    await client.call("edit_message", message_id=sent["id"], content=f"{MARK} two")
    with pytest.raises(Refused):
        await client.send(room, f"{MARK}\0")
    await client.call("search_messages", query=MARK)
    await client.close()


async def test_no_secret_and_no_text_is_in_a_log_or_a_trace_whatever_is_called(
    watched: Watched,
) -> None:
    server, collector = watched
    secrets = await call_with_secrets(server)

    names = {line["event.action"] for line in log_lines(server) if "event.action" in line}
    assert {"user_registered", "connected", "disconnected", "login_refused"} <= names
    for secret in (MARK, *secrets):
        assert secret not in server.log()
        assert secret.encode() not in b"".join(collector.bodies)


def test_a_line_names_the_request_that_it_comes_from(watched: Watched) -> None:
    server, _ = watched
    answer = httpx2.post(
        f"{server.url}/auth/register",
        json={"username": "dora", "password": PASSWORD},
        headers={"X-Request-Id": "mine-17"},
        timeout=60,
    )
    assert answer.status_code == 201

    (line,) = (
        line
        for line in log_lines(server)
        if line.get("http.request.id") == "mine-17" and line["message"] == "user_registered"
    )
    assert line["user.id"] == answer.json()["user"]["id"]
