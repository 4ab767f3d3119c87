"""Whatever a body holds, the answer is a typed refusal and never a failure."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Database
from tests.databases import PostgresForTests
from tests.integration.accounts.account_scene import AccountScene, Answer
from tests.integration.accounts.conftest import open_node

PATHS = st.sampled_from(["/auth/register", "/auth/login", "/auth/refresh"])
NAMES = st.sampled_from(["username", "password", "email", "code", "refresh_token", "admin", "role"])
TEXTS = st.text() | st.sampled_from(["", "a\0b", "ada", "x" * 200, "\u202e", "' OR 1=1 --"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
BODIES = st.dictionaries(NAMES, VALUES, max_size=4) | VALUES


class LongScene:
    """A scene that lasts for all examples of one property, on a loop of its own."""

    def __init__(self, runner: asyncio.Runner, scene: AccountScene) -> None:
        self._runner = runner
        self._scene = scene

    def post(self, path: str, body: bytes) -> Answer:
        return self._runner.run(self._scene.call("POST", path, body))


@pytest.fixture
def long_scene(postgres: PostgresForTests, tmp_path: Path) -> Iterator[LongScene]:
    with asyncio.Runner() as runner:
        copy = postgres.copy("causerie")
        database = Database(postgres.app_of(runner.run(copy.__aenter__())), max_connections=4)
        runner.run(database.open())
        node = open_node(database, tmp_path)
        scene = runner.run(node.__aenter__())
        runner.run(scene.register("ada"))
        yield LongScene(runner, scene)
        runner.run(node.__aexit__(None, None, None))
        runner.run(database.close())
        runner.run(copy.__aexit__(None, None, None))


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(path="/auth/register", body={"username": "bob", "password": "a\ud800bcdefgh"})
@example(path="/auth/login", body={"username": "ada", "password": "\ud800"})
@example(path="/auth/refresh", body={"refresh_token": "\ud800"})
@given(path=PATHS, body=BODIES)
def test_no_body_is_answered_by_a_failure(long_scene: LongScene, path: str, body: Any) -> None:
    answer = long_scene.post(path, _encode(body))

    if answer.status in {200, 201}:
        assert set(body) <= {"username", "password", "email", "code"}
    else:
        assert (answer.status, answer.code) in {
            (400, "invalid"),
            (401, "unauthenticated"),
            (409, "conflict"),
            (422, "invalid"),
        }


@settings(
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(path=PATHS, body=st.binary(max_size=200))
def test_no_bytes_are_answered_by_a_failure(long_scene: LongScene, path: str, body: bytes) -> None:
    answer = long_scene.post(path, body)

    assert answer.status in {400, 422}
    assert answer.code == "invalid"


@pytest.mark.parametrize("path", ["/auth/register", "/auth/login", "/auth/refresh"])
async def test_an_unknown_field_is_refused_by_name(scene: AccountScene, path: str) -> None:
    body = {"username": "bob", "password": "a horse, a staple", "role": "admin"}
    if path == "/auth/refresh":
        body = {"refresh_token": "x", "role": "admin"}

    answer = await scene.call("POST", path, body)

    assert (answer.status, answer.code) == (422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == ["role"]


@pytest.mark.parametrize(
    "username", ["", " ada", "ada ", "a" * 33, "a/b", "adä", "ada\n", "a b", "\u0430da", "ada\0"]
)
async def test_a_username_has_one_form(scene: AccountScene, username: str) -> None:
    answer = await scene.register(username)

    assert (answer.status, answer.code) == (422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == ["username"]


@pytest.mark.parametrize("username", ["a", "A_b-c.D", "a" * 32, "0", "..", "-"])
async def test_all_usernames_of_that_form_are_taken(scene: AccountScene, username: str) -> None:
    answer = await scene.register(username)

    assert answer.json()["user"]["username"] == username


@pytest.mark.parametrize("email", ["", "ada", "ada@", "@b.c", "a b@c.d", "a@b", "a@b.", "a@@b.c"])
async def test_what_is_no_address_is_refused(scene: AccountScene, email: str) -> None:
    answer = await scene.register("ada", email=email)

    assert [error["field"] for error in answer.json()["errors"]] == ["email"]


async def test_an_address_is_kept_and_shown_to_nobody(
    scene: AccountScene, database: Database
) -> None:
    answer = await scene.register("ada", email="Ada@Example.org")

    assert "example" not in answer.body.decode().lower()
    async with database.connection() as connection:
        row = await connection.fetchrow("SELECT * FROM accounts.users")
    assert b"xample" not in repr(row).encode()
    assert await scene.accounts.emails.email_of(UserId(1)) == "Ada@Example.org"


def _encode(body: object) -> bytes:
    try:
        return msgspec.json.encode(body)
    except (UnicodeEncodeError, ValueError):
        import json

        return json.dumps(body).encode()  # writes unpaired surrogates as \ud800
