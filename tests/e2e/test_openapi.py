"""The OpenAPI document and the server agree, whatever is sent (schemathesis as the outsider)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.outside import call, newcomer
from tests.processes import Causerie, a_causerie

pytestmark = pytest.mark.long

ROOMS = "/api/v2/conversations"
METHODS = {"get", "post", "put", "patch", "delete"}
RUN_SECONDS = 480
EXAMPLES = 3  # for each operation, beside those that its schema's edges give
EXPECTED = ["2xx", "3xx", "4xx", "501"]  # 501: of a later version, and documented so
# What a schema allows may still be refused: "room_123" names no room, a name is taken.
NOT_PROMISED = "positive_data_acceptance"


def operations_of(server: Causerie) -> list[str]:
    """Each operation of the document, by method and path."""
    document = call(server, "GET", "/openapi.json").body
    return [
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method in operations
        if method in METHODS
    ]


def token_of_someone(server: Causerie, name: str) -> str:
    """Of a user with a room and a message."""
    user = newcomer(server, name)
    body = {"kind": "room", "name": name}
    room = call(server, "POST", ROOMS, body, token=user.access_token).body["id"]
    call(server, "POST", f"{ROOMS}/{room}/messages", {"content": "hi"}, token=user.access_token)
    return user.access_token


def configuration(server: Causerie) -> str:
    """A user for each operation: it may log out, leave its room or change its password."""
    lines = [
        f"checks.{NOT_PROMISED}.enabled = false",
        f"checks.not_a_server_error.expected-statuses = {json.dumps(EXPECTED)}",
    ]
    for n, name in enumerate(operations_of(server)):
        lines += [
            "[[operations]]",
            f"include-name = {json.dumps(name)}",
            f'headers = {{ Authorization = "Bearer {token_of_someone(server, f"user{n}")}" }}',
        ]
    return "\n".join(lines)


@pytest.mark.timeout(RUN_SECONDS + 60)
def test_every_answer_is_a_documented_one(tmp_path: Path) -> None:
    with a_causerie(
        limits__auth_attempts_per_minute=0,
        limits__max_messages_per_minute=0,
        security__password_memory_kib=8,
        security__password_iterations=1,
    ) as server:
        (tmp_path / "schemathesis.toml").write_text(configuration(server))

        run = subprocess.run(
            [
                *(Path(sys.executable).with_name("schemathesis"), "run"),
                f"http://127.0.0.1:{server.port}/openapi.json",
                *("--phases", "coverage,fuzzing", "--max-examples", str(EXAMPLES)),
                *("--suppress-health-check", "all", "--no-color"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )

    assert run.returncode == 0, run.stdout + run.stderr
