"""PROTOCOL, Configuration: what a program that sets a key or an older name sees change."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from tests import warm
from tests.e2e.outside import (
    PASSWORD,
    Json,
    Person,
    at_once,
    call,
    fresh,
    newcomer,
    opened,
    problem_of,
    upgrade,
)
from tests.processes import SERVE, Causerie, a_causerie
from tests.seeds import migrated_data, quick_disk, sow

ROOMS = "/api/v2/conversations"
OLD_SECRET = "kG8vQ2mZrT5wXb1nLc7dHy4pJs9fUa3e"  # 32 characters, as short as may be
OLD_NAMES = {
    "WS_BIND_ADDR": "127.0.0.1:0",
    "JWT_SECRET": OLD_SECRET,
    "MAX_CONNECTIONS": "3",
    "MAX_MESSAGE_SIZE": "1000",
    "HEARTBEAT_INTERVAL_SECONDS": "7",
    "RATE_LIMIT_MSG_PER_MIN": "4",
    "MASTER_ENCRYPTION_KEY": "0F" * 32,
}


@contextlib.contextmanager
def an_old_setup(config: str = "", **newer: str) -> Iterator[Causerie]:
    """A server that is set up by the older names, and by nothing else but its folder."""
    folder = Path(tempfile.mkdtemp(prefix="causerie-e2e-", dir=quick_disk()))
    folder.chmod(0o755)
    (folder / "config").mkdir()
    (folder / "config" / "development.toml").write_text(config)
    sow(migrated_data(), folder / "data")
    server = Causerie(folder, {})
    for name in [name for name in server.environment if name.startswith("CHAT_SERVER__")]:
        del server.environment[name]
    server.environment.update(OLD_NAMES, **newer)
    try:
        server.start()
        yield server
    finally:
        if server.process is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def old() -> Iterator[Causerie]:
    with an_old_setup(CHAT_SERVER__SECURITY__PASSWORD_MEMORY_KIB="64") as server:
        yield server


@pytest.fixture(scope="module")
def ann(old: Causerie) -> Person:
    return newcomer(old, "Ann")


def sent(who: Person, room: str, content: str) -> int:
    return who.call("POST", f"{ROOMS}/{room}/messages", {"content": content}).status


# --- older names -----------------------------------------------------------------------------------


def test_an_older_secret_means_hs256_and_no_published_keys(old: Causerie, ann: Person) -> None:
    token = jwt.decode(ann.access_token, OctKey.import_key(OLD_SECRET), ["HS256"])

    assert token.claims["sub"] == str(ann.id)
    assert call(old, "GET", "/.well-known/jwks.json").body == {"keys": []}


def test_a_token_of_another_holder_of_the_secret_is_taken(old: Causerie, ann: Person) -> None:
    now = int(time.time())
    claims = {
        "sub": str(ann.id),
        "iss": "causerie",
        "aud": "causerie",
        "jti": fresh(),
        "sid": "x",
        "iat": now,
        "nbf": now,
        "exp": now + 60,
    }

    def status(secret: str = OLD_SECRET, **changed: Json) -> int:
        told = {k: v for k, v in {**claims, **changed}.items() if v is not None}
        token = jwt.encode({"alg": "HS256"}, told, OctKey.import_key(secret))
        return call(old, "GET", "/api/v2/me", token=token).status

    assert status() == 200
    assert status(secret=OLD_SECRET[::-1]) == 401
    assert status(iss="somebody") == status(aud="somebody") == 401
    assert status(exp=now - 31) == 401
    assert status(exp=now - 20) == 200  # within the skew of 30 s
    assert status(nbf=now + 90) == 401
    assert status(nbf=now + 20) == 200
    assert status(sub="999999") == status(sub="abc") == status(sub=None) == 401
    assert status(exp=None) == 401


def test_the_older_heartbeat_is_told_in_the_greeting(ann: Person) -> None:
    with ann.greeted() as socket:
        assert socket.hello["heartbeat_interval"] == 7


@pytest.mark.parametrize("path", ["/ws/v2", "/ws/v1"])
def test_the_older_message_size_is_that_of_both_dialects(ann: Person, path: str) -> None:
    with ann.socket(path) as socket:
        socket.say('{"type":"join_room"}' + " " * 980)
        assert socket.until_answered()["type"] == "error"
        socket.say('{"type":"join_room"}' + " " * 981)
        assert socket.closed() == 1009


def test_the_older_connections_are_connections_in_all(old: Causerie, ann: Person) -> None:
    bob = newcomer(old)
    while "chat_server_active_connections 0.0" not in call(old, "GET", "/metrics").text:
        time.sleep(0.02)  # those of the test before are on their way out
    with ann.greeted(), ann.greeted(), bob.greeted():
        refused = upgrade(old, "/ws/v2", token=bob.access_token)
        assert problem_of(refused) == (503, "unavailable")
        assert call(old, "GET", "/health/live").status == 200
    for _ in range(100):  # the server hears of the last goodbye when it comes
        with contextlib.suppress(Exception), bob.greeted():
            break
    else:
        pytest.fail("a place that was left is not given to the next")


def test_the_older_rate_is_all_at_once_if_the_user_likes_and_then_429(old: Causerie) -> None:
    who = newcomer(old)
    room = who.room()
    assert [sent(who, room, f"{number}") for number in range(5)] == [201] * 4 + [429]

    refused = who.call("POST", f"{ROOMS}/{room}/messages", {"content": "too much"})
    assert problem_of(refused) == (429, "rate_limited")
    assert isinstance(refused.body["retry_after"], int)
    assert refused.headers["Retry-After"] == str(refused.body["retry_after"])
    assert 1 <= refused.body["retry_after"] <= 15

    with who.greeted() as socket:
        command = {"conversation_id": room, "content": "too much"}
        answer, _ = socket.answered("send_message", **command)
        assert (answer["type"], answer["data"]["code"]) == ("error", "rate_limited")
        assert set(answer["data"]) == {"code", "message", "retry_after"}
        assert isinstance(answer["data"]["retry_after"], int)
        assert socket.ask("ping") == {}
    with who.socket("/ws/v1") as older:
        older.say({"type": "room_message", "room": who.show(room)["name"], "content": "x"})
        assert older.hear()["data"]["code"] == "rate_limited"
    assert who.show(room)["last_seq"] == 4


@pytest.fixture(scope="module")
def newer() -> Iterator[Causerie]:
    """A server with older and newer names, and a file that says what neither does."""
    with an_old_setup(
        "[security]\nregistration = 'closed'\n[limits]\nmax_message_length = 7\n",
        CHAT_SERVER__SERVER__HEARTBEAT_INTERVAL="11s",
        CHAT_SERVER__LIMITS__MAX_MESSAGES_PER_MINUTE="0",
        CHAT_SERVER__LIMITS__MAX_MESSAGE_SIZE_V1="500",
        CHAT_SERVER__SECURITY__JWT_ALGORITHM="ES256",
    ) as server:
        yield server


@pytest.fixture(scope="module")
def founder(newer: Causerie) -> Person:
    return newcomer(newer)


def test_a_newer_name_wins_over_an_older_one(newer: Causerie, founder: Person) -> None:
    room = founder.room()
    with founder.greeted() as socket:
        assert socket.hello["heartbeat_interval"] == 11
    with founder.socket("/ws/v1") as older:
        older.say(" " * 501)
        assert older.closed() == 1009

    assert [sent(founder, room, f"{number}") for number in range(6)] == [201] * 6
    assert call(newer, "GET", "/.well-known/jwks.json").body["keys"] != []


def test_a_file_sets_what_no_variable_does(founder: Person) -> None:
    room = founder.room()

    assert sent(founder, room, "x" * 7) == 201
    assert sent(founder, room, "x" * 8) == 413


def test_where_registration_is_closed_only_the_first_may_register(
    newer: Causerie, founder: Person
) -> None:
    body = {"username": "somebody", "password": PASSWORD}

    assert founder.user["role"] == "admin"
    assert problem_of(call(newer, "POST", "/auth/register", body)) == (403, "forbidden")


# --- limits, origins, proxies, durations -----------------------------------------------------------


@pytest.fixture(scope="module")
def tight() -> Iterator[Causerie]:
    """A server with many limits set, each to a number of its own."""
    with a_causerie(
        limits__max_connections_per_user=2,
        limits__max_connections_per_ip=4,
        limits__max_message_length=10,
        limits__auth_attempts_per_minute=6,
        limits__max_message_size_v1=0,
        security__allowed_origins="https://chat.example",
        security__jwt_issuer="issuer",
        security__jwt_audience="audience",
        security__jwt_access_duration="90s",
        server__trusted_proxies="127.0.0.1",
        server__compression="false",
        testing__echo="true",
    ) as server:
        yield server


def behind_proxy(server: Causerie, address: str) -> Person:
    """Register from an address of one's own: the limits count by it."""
    answer = call(
        server,
        "POST",
        "/auth/register",
        {"username": fresh(), "password": PASSWORD},
        headers={"X-Forwarded-For": address},
    )
    assert answer.status == 201, answer
    return Person(
        server, answer.body["user"], answer.body["access_token"], answer.body["refresh_token"]
    )


@contextlib.contextmanager
def socket_from(who: Person, address: str) -> Iterator[None]:
    headers = {"Authorization": f"Bearer {who.access_token}", "X-Forwarded-For": address}
    with opened(who.server, "/ws/v2", headers=headers) as socket:
        socket.hear()
        yield


def refusal_from(who: Person, address: str) -> tuple[int, str]:
    answer = upgrade(
        who.server, "/ws/v2", token=who.access_token, headers={"X-Forwarded-For": address}
    )
    assert int(answer.headers["Retry-After"]) == answer.body["retry_after"] >= 1
    return problem_of(answer)


def test_a_user_has_so_many_connections_and_then_429(tight: Causerie) -> None:
    who = behind_proxy(tight, "192.0.2.1")
    with socket_from(who, "192.0.2.1"), socket_from(who, "192.0.2.2"):
        assert refusal_from(who, "192.0.2.3") == (429, "rate_limited")


def test_an_address_has_so_many_connections_and_then_429(tight: Causerie) -> None:
    people = [behind_proxy(tight, f"192.0.2.{number}") for number in (11, 12, 13)]
    here = "198.51.100.1"
    with contextlib.ExitStack() as stack:
        for who in (people[0], people[0], people[1], people[1]):
            stack.enter_context(socket_from(who, here))
        assert refusal_from(people[2], here) == (429, "rate_limited")
        stack.enter_context(socket_from(people[2], "198.51.100.2"))


@pytest.mark.parametrize("path", ["register", "login"])
def test_attempts_from_an_address_are_limited_and_then_429(tight: Causerie, path: str) -> None:
    def attempt() -> Json:
        return call(
            tight,
            "POST",
            f"/auth/{path}",
            {"username": "nobody!" if path == "register" else "nobody", "password": PASSWORD},
            headers={"X-Forwarded-For": f"203.0.113.{len(path)}"},
        )

    statuses = [attempt().status for _ in range(6)]
    refused = attempt()

    assert set(statuses) == {422 if path == "register" else 401}
    assert problem_of(refused) == (429, "rate_limited")
    assert refused.headers["Retry-After"] == str(refused.body["retry_after"])
    assert 1 <= refused.body["retry_after"] <= 60


def test_a_length_of_its_own_is_told_with_the_refusal(tight: Causerie) -> None:
    who = behind_proxy(tight, "192.0.2.21")
    room = who.room()
    refused = who.call("POST", f"{ROOMS}/{room}/messages", {"content": "x" * 11})

    assert sent(who, room, "x" * 10) == 201
    assert problem_of(refused) == (413, "too_large")
    assert (refused.body["limit"], refused.body["actual"]) == (10, 11)


def test_issuer_audience_and_duration_are_as_set(tight: Causerie) -> None:
    answer = call(
        tight,
        "POST",
        "/auth/register",
        {"username": fresh(), "password": PASSWORD},
        headers={"X-Forwarded-For": "192.0.2.31"},
    )
    secret = OctKey.import_key(tight.environment["CHAT_SERVER__SECURITY__JWT_SECRET"])
    claims = jwt.decode(answer.body["access_token"], secret, ["HS256"]).claims

    assert answer.body["expires_in"] == 90
    assert (claims["iss"], claims["aud"]) == ("issuer", "audience")
    assert claims["exp"] - claims["iat"] == 90


def test_an_allowed_origin_opens_a_socket_and_others_do_not(tight: Causerie) -> None:
    who = behind_proxy(tight, "192.0.2.41")
    headers = {"Authorization": f"Bearer {who.access_token}"}
    with opened(tight, "/ws/v2", headers={**headers, "Origin": "https://chat.example"}) as socket:
        assert socket.hear()["type"] == "hello"
    for origin in ("http://chat.example", "https://chat.example:444", "https://a.chat.example"):
        answer = upgrade(tight, "/ws/v2", token=who.access_token, headers={"Origin": origin})
        assert problem_of(answer) == (403, "forbidden"), origin


def test_metrics_need_a_token_where_they_are_asked_for_from_elsewhere(tight: Causerie) -> None:
    far = {"X-Forwarded-For": "203.0.113.77"}
    who = behind_proxy(tight, "192.0.2.51")

    assert call(tight, "GET", "/metrics").status == 200
    assert problem_of(call(tight, "GET", "/metrics", headers=far)) == (401, "unauthenticated")
    known = call(tight, "GET", "/metrics", headers=far, token=who.access_token)
    assert known.status in {200, 403}


def test_the_echo_needs_no_token_and_gives_back_what_it_gets(tight: Causerie) -> None:
    with opened(tight, "/ws/echo") as socket:
        for message in ("text 🚀", b"\x00\xff", "", b""):
            socket.say(message)
            assert socket.wire.recv(timeout=60) == message


def test_where_compression_is_switched_off_nobody_compresses(tight: Causerie) -> None:
    with opened(tight, "/ws/echo", compression="deflate") as socket:
        assert socket.wire.protocol.extensions == []


def test_a_limit_of_0_is_none(tight: Causerie) -> None:
    who = behind_proxy(tight, "192.0.2.61")
    with who.socket("/ws/v1") as older:
        older.say({"type": "room_history", "room": "x" * 20_000, "limit": 5})
        assert older.hear()["type"] == "error"


# --- stopping --------------------------------------------------------------------------------------


@pytest.mark.long
def test_a_stop_closes_with_1012_and_what_was_accepted_is_there_afterwards() -> None:
    with a_causerie() as server:
        who = newcomer(server)
        room = who.room()
        with who.greeted() as socket, who.socket("/ws/v1") as older, who.socket("/") as either:
            for number in range(300):
                data = {"conversation_id": room, "content": f"{number}"}
                socket.say({"type": "send_message", "ref": number, "data": data})
            assert socket.hear()["type"] in {"ack", "message"}
            began = time.monotonic()
            acked = 1
            server_process, server.process = server.process, None
            assert server_process is not None
            server_process.terminate()
            with contextlib.suppress(Exception):
                while True:
                    acked = max(acked, socket.hear()["data"]["seq"])
            codes = [socket.closed(), older.closed(), either.closed()]
            status = server_process.wait(timeout=60)
            assert server_process.stdout is not None
            server_process.stdout.close()

        assert codes == [1012, 1012, 1012]
        assert status == 0
        assert time.monotonic() - began < 15
        server.start()
        page = who.history(room, "?limit=1000")["items"]
        assert [message["seq"] for message in page] == [*range(1, len(page) + 1)]
        assert [message["content"] for message in page] == [f"{n}" for n in range(len(page))]
        assert len(page) >= acked


# --- refused at the start --------------------------------------------------------------------------


def _refused(**variables: str) -> str:
    """Try to start with these; gives what is said. It must end by itself, and not have listened."""
    with tempfile.TemporaryDirectory() as folder:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("CHAT_SERVER__")}
        done = warm.run(
            SERVE,
            cwd=Path(folder),
            env={**kept, "CHAT_SERVER__SERVER__BIND_ADDR": "127.0.0.1:0", **variables},
            timeout=60,
        )
        assert done.returncode > 0
        assert "listens on" not in done.stdout
        assert "Traceback" not in done.stderr
        assert not (Path(folder) / "data" / "postgres").exists()
        return done.stderr


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"JWT_SECRET": "short"}, ["jwt_secret", "32", "python3 -c"]),
        (
            {
                "CHAT_SERVER__SERVER__ENVIRONMENT": "production",
                "CHAT_SERVER__SECURITY__JWT_SECRET": "your-secret-key-change-in-production-now",
            },
            ["jwt_secret", "python3 -c"],
        ),
        (
            {
                "CHAT_SERVER__SERVER__ENVIRONMENT": "production",
                "CHAT_SERVER__TESTING__ECHO": "true",
            },
            ["testing.echo"],
        ),
        ({"CHAT_SERVER__SECURITY__JWT_ALGORITHM": "HS256"}, ["jwt_secret"]),
        ({"CHAT_SERVER__SECURITY__JWT_ALGORITHM": "none"}, ["jwt_algorithm", "none", "ES256"]),
        ({"CHAT_SERVER__LIMITS__MAX_MESSAGE_LENGTH": "-1"}, ["max_message_length", "-1"]),
        ({"CHAT_SERVER__SERVER__HEARTBEAT_INTERVAL": "soon"}, ["heartbeat_interval", "soon"]),
        ({"CHAT_SERVER__SERVER__ENVIRONMENT": "prod"}, ["environment", "prod", "production"]),
        ({"CHAT_SERVER__SERVER__COLOUR": "red"}, ["colour"]),
        ({"CHAT_SERVER__NOWHERE__KEY": "1"}, ["nowhere"]),
        ({"MASTER_ENCRYPTION_KEY": "abc"}, ["master_key", "64"]),
        ({"DATABASE_URL": "mysql://x"}, ["url", "postgres"]),
        ({"MAX_CONNECTIONS": "many"}, ["max_connections", "many"]),
        ({"CHAT_SERVER__SERVER__BIND_ADDR": "here"}, ["bind_addr", "here"]),
    ],
)
def test_a_wrong_value_stops_the_start_and_is_named(
    variables: dict[str, str], said: list[str]
) -> None:
    told = _refused(**variables).lower()

    assert [word for word in said if word.lower() not in told] == []


def test_config_show_masks_secrets_and_has_every_promised_key(old: Causerie) -> None:
    shown = old.run("config", "show")

    assert OLD_SECRET not in shown
    assert OLD_NAMES["MASTER_ENCRYPTION_KEY"] not in shown
    for key in (
        *("bind_addr", "environment", "data_dir", "workers", "max_connections"),
        *("connection_timeout", "heartbeat_interval", "shutdown_timeout", "trusted_proxies"),
        *("auto_migrate", "jwt_secret", "jwt_algorithm", "jwt_access_duration"),
        *("jwt_refresh_duration", "enable_2fa", "content_filtering", "bcrypt_cost", "master_key"),
        *("password_memory_kib", "password_iterations", "jwt_issuer", "jwt_audience"),
        *("registration", "allowed_origins", "max_message_length", "max_message_size"),
        *("max_message_size_v1", "max_connections_per_user", "max_connections_per_ip"),
        *("max_messages_per_minute", "auth_attempts_per_minute", "max_file_size"),
        *("file_uploads", "message_reactions", "user_mentions", "pinned_messages"),
        *("message_threads", "webhooks", "echo", "level", "format"),
    ):
        assert key in shown, key


def test_sockets_that_are_opened_at_once_are_counted_right(tight: Causerie) -> None:
    who = behind_proxy(tight, "192.0.2.71")
    all_have_come = Barrier(8, timeout=60)

    def come(_: int) -> int:
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(socket_from(who, "192.0.2.71"))
                status = 101
            except Exception as error:
                status = 429 if "429" in str(error) else 0
            all_have_come.wait()
        return status

    assert sorted(at_once(8, come)) == [101] * 2 + [429] * 6
