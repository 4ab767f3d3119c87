"""A server in production, spoken to in plain: by nobody, unless a trusted proxy says https."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from causerie.gateway.precautions import precaution_lines
from tests.e2e.conformance.raw_client import RawClient
from tests.e2e.outside import call, problem_of, upgrade
from tests.processes import Causerie, a_causerie

pytestmark = pytest.mark.long

PASSWORD = "correct horse, battery staple"
HTTPS = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}


@pytest.fixture(scope="module")
def server() -> Iterator[Causerie]:
    with a_causerie(
        server__environment="production",
        server__trusted_proxies="127.0.0.1",
        files__scanner="none",
        security__jwt_secret=secrets.token_urlsafe(48),
    ) as server:
        yield server


@pytest.mark.parametrize("forwarded", [{}, {"X-Forwarded-Proto": "http"}])
def test_plain_requests_are_sent_to_https_and_plain_sockets_refused(
    server: Causerie, forwarded: dict[str, str]
) -> None:
    sent = [call(server, "GET", path, headers=forwarded) for path in ("/", "/api/v2/me?a=b")]
    refused = upgrade(server, "/ws/v2", headers=forwarded)
    host = f"https://127.0.0.1:{server.port}"

    assert [answer.status for answer in sent] == [308, 308]
    assert [answer.headers["location"] for answer in sent] == [f"{host}/", f"{host}/api/v2/me?a=b"]
    assert problem_of(refused) == (403, "forbidden")


def test_who_watches_over_it_may_ask_in_plain(server: Causerie) -> None:
    assert [call(server, "GET", path).status for path in ("/health", "/metrics")] == [200, 200]


def test_what_a_trusted_proxy_brings_by_https_is_served_and_told_to_stay_there(
    server: Causerie,
) -> None:
    body = {"username": "ada", "password": PASSWORD}
    registered = call(server, "POST", "/auth/register", body, headers=HTTPS)
    token = registered.body["access_token"]
    extra = "".join(f"{name}: {value}\r\n" for name, value in HTTPS.items())
    with RawClient(("127.0.0.1", server.port)) as client:
        head = client.upgrade(f"/ws/v2?token={token}", extra=extra)

    assert registered.status == 201
    assert "max-age=" in registered.headers["strict-transport-security"]
    assert head.startswith(b"HTTP/1.1 101 ")
    assert set(precaution_lines(is_production=True)) <= set(head.split(b"\r\n"))
