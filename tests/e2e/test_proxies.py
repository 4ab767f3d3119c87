"""Behind the load balancers of ``deploy/``: sockets, addresses, and a stop, through the real ones."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from causerie.v1 import messages_pb2
from tests.clients import Http, opened, register
from tests.grpc_clients import calling
from tests.ports import free_port
from tests.processes import ROOT, Causerie, a_causerie

pytestmark = pytest.mark.long

NGINX, HAPROXY = "/usr/sbin/nginx", "/usr/sbin/haproxy"
UP_SECONDS = 60.0
GRPC_PORT = free_port()
FORGED = {"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9"}


def nginx_with(folder: Path, sample: str) -> list[str]:
    sample = re.sub(r"\n *ssl_certificate.*;", "", sample)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/log; events {{}}\n"
        f"http {{ access_log off; {temporary}\n{sample}\n}}"
    )
    return [NGINX, "-e", str(folder / "log"), "-c", str(folder / "nginx.conf")]


def as_nginx(folder: Path, port: int, node: int) -> list[str]:
    sample = (ROOT / "deploy/nginx/causerie.conf").read_text()
    sample = sample.replace("127.0.0.1:8080", f"127.0.0.1:{node}")
    sample = sample.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    return nginx_with(folder, sample)


def grpc_through_nginx(folder: Path, port: int, node: int) -> list[str]:
    sample = (ROOT / "deploy/nginx/causerie-grpc.conf").read_text()
    sample = sample.replace("127.0.0.1:9090", f"127.0.0.1:{node}")
    sample, found = re.subn(r"listen 9443 ssl http2;", f"listen 127.0.0.1:{port} http2;", sample)
    assert found == 1
    return nginx_with(folder, sample)


def as_haproxy(folder: Path, port: int, node: int) -> list[str]:
    sample = (ROOT / "deploy/haproxy/haproxy.cfg").read_text()
    sample = sample.replace("127.0.0.1:8080", f"127.0.0.1:{node}")
    sample, found = re.subn(r"bind :443 ssl crt \S+", f"bind 127.0.0.1:{port}", sample)
    assert found == 1
    sample = sample.replace("maxconn 50000", "maxconn 500")  # A test's machine has fewer.
    (folder / "haproxy.cfg").write_text(sample)
    return [HAPROXY, "-db", "-f", str(folder / "haproxy.cfg")]


PROXIES = {"nginx": (NGINX, as_nginx), "haproxy": (HAPROXY, as_haproxy)}


@pytest.fixture(scope="module")
def node() -> Iterator[Causerie]:
    with a_causerie(
        server__trusted_proxies="127.0.0.1",
        grpc__enabled=True,
        grpc__bind_addr=f"127.0.0.1:{GRPC_PORT}",
    ) as started:
        yield started


@pytest.fixture(scope="module", params=PROXIES)
def proxied(
    request: pytest.FixtureRequest, node: Causerie, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Causerie]:
    """The node as its clients see it: under the proxy's address."""
    program, configure = PROXIES[request.param]
    if shutil.which(program) is None:
        assert os.environ.get("CI") != "true", f"apt-get install {request.param}"
        pytest.skip(f"needs Debian's {request.param}")  # not on everybody's machine; .ci/run has it
    folder = tmp_path_factory.mktemp(request.param)
    port = free_port()
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(configure(folder, port, node.port), stdout=out, stderr=out)
    seen = Causerie(node.folder, {})
    seen.port = port
    try:
        _wait(seen, folder)
        yield seen
    finally:
        process.terminate()
        process.wait(UP_SECONDS)


def _wait(server: Causerie, folder: Path) -> None:
    deadline = time.monotonic() + UP_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx2.get(server.url + "/health/ready", timeout=30).status_code == 200:
                return
        except httpx2.HTTPError:
            time.sleep(0.1)
    raise AssertionError((folder / "out").read_text())


async def test_a_message_goes_through_and_comes_back(proxied: Causerie) -> None:
    user = await register(proxied, f"someone{proxied.port}")
    http = Http(proxied, user["access_token"])
    async with http.session:
        room = await http.call(
            "POST", "/api/v2/conversations", {"kind": "room", "name": f"room{proxied.port}"}
        )
    async with opened(proxied, user["access_token"]) as client:
        sent = await client.send(room["id"], "through")
        await client.until(room["id"], sent["seq"])

        assert client.seqs(room["id"]) == [sent["seq"]]


async def test_what_a_client_says_of_its_address_is_written_anew(proxied: Causerie) -> None:
    # From another machine the metrics want a token: whoever is believed to be one gets a 401.
    async with httpx2.AsyncClient(timeout=60) as http:
        answer = await http.get(proxied.url + "/metrics", headers=FORGED)

    assert answer.status_code == 200


async def test_a_node_that_stops_tells_sockets_through_the_proxy_and_takes_them_again(
    node: Causerie, proxied: Causerie
) -> None:
    user = await register(proxied, f"drained{proxied.port}")
    async with opened(proxied, user["access_token"]) as client:
        await asyncio.to_thread(node.stop)
        code = await client.gone()
    await node.start_soon()
    async with asyncio.timeout(UP_SECONDS):
        while not await proxied.is_ready():
            await asyncio.sleep(0.1)
    async with opened(proxied, user["access_token"]) as again:
        assert not again._is_gone()

    assert code == 1012


@pytest.fixture
def grpc_port(tmp_path: Path) -> Iterator[int]:
    """Where nginx takes calls for the node."""
    if shutil.which(NGINX) is None:
        assert os.environ.get("CI") != "true", "apt-get install nginx"
        pytest.skip("needs Debian's nginx")  # not on everybody's machine; .ci/run has it
    port = free_port()
    process = subprocess.Popen(grpc_through_nginx(tmp_path, port, GRPC_PORT))
    try:
        yield port
    finally:
        process.terminate()
        process.wait(UP_SECONDS)


async def test_calls_and_streams_go_through_nginx(node: Causerie, grpc_port: int) -> None:
    user = await register(node, "caller")
    http = Http(node, user["access_token"])
    async with http.session:
        room = await http.call("POST", "/api/v2/conversations", {"kind": "room", "name": "calls"})
    request = messages_pb2.SendMessageRequest(conversation_id=room["id"], content="through")
    async with calling(node, user["access_token"], port=grpc_port) as caller:
        await caller.channel.channel_ready()
        stream = caller.stream()
        await stream.until("opened")
        await caller.call(caller.messages.SendMessage, request)
        await stream.until("message")

    assert stream.seqs() == [1]
