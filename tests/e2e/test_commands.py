"""The commands do what they say to a real database, beside a running server and without one."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.e2e.defaults import attempt, default_causerie
from tests.e2e.outside import call, newcomer, problem_of
from tests.measures import measured
from tests.processes import Causerie

pytestmark = pytest.mark.long

PASSWORD = "correct horse battery"
PATIENCE_SECONDS = 60.0
REVOKED_WITHIN_SECONDS = 2.0  # docs/security.md: a revoked token is refused everywhere so soon


def log_in(server: Causerie, username: str) -> int:
    body = json.dumps({"username": username, "password": PASSWORD}).encode()
    request = urllib.request.Request(
        f"{server.url}/auth/login", body, {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_an_account_made_beside_a_running_server_can_log_in_at_once(
    causerie: Causerie,
) -> None:
    made = attempt(causerie, "user", "create", "cora", stdin=f"{PASSWORD}\n")
    again = attempt(causerie, "user", "create", "CORA", stdin=f"{PASSWORD}\n")

    assert made.returncode == 0, made.stderr
    assert log_in(causerie, "cora") == 200
    assert log_in(causerie, "nobody") == 401
    assert again.returncode == 1
    assert again.stderr.splitlines()[-1] == "causerie: there is a user CORA already"


def test_users_come_through_a_pipe_and_repeating_that_is_harmless(
    causerie: Causerie,
) -> None:
    lines = "".join(
        json.dumps({"username": f"p{n}", "password": PASSWORD}) + "\n" for n in range(3)
    )
    done = attempt(causerie, "user", "import", "-", stdin=lines)
    again = attempt(causerie, "user", "import", "-", stdin=lines)

    marked = attempt(causerie, "user", "import", "-", stdin=f"\ufeff{lines}")

    assert (done.returncode, done.stdout) == (0, "3 created, 0 existed already, 0 rejected\n")
    assert (marked.returncode, marked.stdout) == (again.returncode, again.stdout)
    assert (again.returncode, again.stdout) == (0, "0 created, 3 existed already, 0 rejected\n")
    assert log_in(causerie, "p2") == 200


def test_a_file_of_users_is_imported_but_for_its_wrong_lines_which_are_named(
    causerie: Causerie, tmp_path: Path
) -> None:
    file = tmp_path / "users.csv"
    file.write_bytes(
        b'\xef\xbb\xbfusername,password\r\nq1,"%b"\r\nx y,\r\nq2,%b\r\n'
        % (PASSWORD.encode(), PASSWORD.encode())
    )
    done = attempt(causerie, "user", "import", str(file))

    assert done.returncode == 1
    assert done.stdout == "2 created, 0 existed already, 1 rejected\n"
    assert "line 3: username" in done.stderr
    assert log_in(causerie, "q2") == 200


def test_a_second_server_on_the_same_data_is_told_why_not(causerie: Causerie) -> None:
    second = attempt(causerie, "serve")

    assert second.returncode == 1
    assert "belongs to another running server" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_wrong_configuration_never_gets_as_far_as_listening() -> None:
    with default_causerie(CHAT_SERVER__SERVER__BIND_ADDR="nowhere") as server:
        done = attempt(server, "serve")

        assert done.returncode == 2
        assert "server.bind_addr" in done.stderr
        assert not (server.folder / "data").exists()


def test_a_certificate_that_is_not_there_ends_the_start_before_anything_is_made() -> None:
    missing = {name: f"/nowhere.{name}" for name in ("cert", "key")}
    with default_causerie(
        CHAT_SERVER__SERVER__TLS_CERT=missing["cert"], CHAT_SERVER__SERVER__TLS_KEY=missing["key"]
    ) as server:
        done = attempt(server, "serve")

        assert done.returncode == 1
        assert f"there is no {missing['cert']}" in done.stderr
        assert not (server.folder / "data").exists()


@pytest.mark.parametrize("section", ["SERVER", "GRPC"])
def test_a_port_that_is_taken_ends_the_start_before_anything_is_made(section: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        setting = {f"CHAT_SERVER__{section}__BIND_ADDR": address}
        with default_causerie(CHAT_SERVER__GRPC__ENABLED="true", **setting) as server:
            done = attempt(server, "serve")

            assert done.returncode == 1
            assert f"cannot listen on {address}: another program listens there" in done.stderr
            assert f"({section.lower()}.bind_addr)" in done.stderr
            assert not (server.folder / "data").exists()


def test_a_database_can_be_migrated_before_the_first_start() -> None:
    with default_causerie(CHAT_SERVER__DATABASE__AUTO_MIGRATE="false") as server:
        too_early = attempt(server, "serve")
        migrated = attempt(server, "migrate")
        server.start()

        assert too_early.returncode == 1
        assert "Traceback" not in too_early.stderr
        assert migrated.returncode == 0, migrated.stderr
        assert server.stop() == 0


def test_a_token_for_nobody_says_who_is_missing(causerie: Causerie) -> None:
    done = attempt(causerie, "user", "token", "noone")

    assert (done.returncode, done.stderr) == (1, "causerie: there is no user noone\n")


def test_a_migration_beside_a_running_server_finds_all_in_place(causerie: Causerie) -> None:
    done = attempt(causerie, "migrate")

    assert (done.returncode, done.stdout) == (0, "The schema is up to date.\n")


def test_a_key_of_a_bot_is_made_listed_and_revoked_beside_a_running_server(
    causerie: Causerie,
) -> None:
    attempt(causerie, "bot", "make", "robot")
    made = attempt(causerie, "api-key", "make", "robot", "the weather")
    key = made.stdout.strip()
    before = call(causerie, "GET", "/api/v2/me", token=key)
    listed = attempt(causerie, "api-key", "list", "robot")
    revoked = attempt(causerie, "api-key", "revoke", listed.stdout.split()[0])

    assert (made.returncode, revoked.returncode) == (0, 0), made.stderr + revoked.stderr
    assert (before.status, before.body["username"]) == (200, "robot")
    assert "the weather" in listed.stdout
    assert key not in listed.stdout
    assert seconds_until_refused(causerie, key) < PATIENCE_SECONDS


def test_a_users_sessions_are_ended_beside_a_running_server(causerie: Causerie) -> None:
    def end_sessions() -> float:
        ada = newcomer(causerie)
        done = attempt(causerie, "user", "end-sessions", ada.name)
        assert done.returncode == 0, done.stderr
        return seconds_until_refused(causerie, ada.access_token)

    seconds = measured(end_sessions, holds=lambda seconds: seconds < REVOKED_WITHIN_SECONDS)

    assert seconds < REVOKED_WITHIN_SECONDS


def test_what_moderators_decide_is_decided_from_the_command_line(causerie: Causerie) -> None:
    attempt(causerie, "user", "create", "mona", "--role", "moderator", stdin=f"{PASSWORD}\n")
    ben, ann = newcomer(causerie), newcomer(causerie)
    report = {"user_id": ben.id, "reason": "spam"}
    call(causerie, "POST", "/api/v2/moderation/reports", report, token=ann.access_token)
    attempt(causerie, "moderation", "mute", ben.name, "--reason", "Flooding")
    own = "/api/v2/moderation/sanctions"
    (mute,) = call(causerie, "GET", f"{own}/mine", token=ben.access_token).body["items"]
    appeal = f"{own}/{mute['id']}/appeal"
    call(causerie, "POST", appeal, {"text": "It was not me"}, token=ben.access_token)

    by_mona = ("--reason", "I looked", "--as", "mona")
    shown = attempt(causerie, "moderation", "reports", "--as", "mona")
    number = shown.stdout.split()[0]
    closed = attempt(causerie, "moderation", "close", number, "--dismiss", *by_mona)
    appeals = attempt(causerie, "moderation", "appeals")
    decided = attempt(causerie, "moderation", "decide", str(mute["id"]), "--grant", *by_mona)
    refused = attempt(causerie, "moderation", "reports", "--as", ann.name)

    assert "spam" in shown.stdout, shown.stderr
    assert (closed.returncode, closed.stdout) == (0, f"{number} dismissed\n"), closed.stderr
    assert "It was not me" in appeals.stdout
    assert "lifted: I looked" in decided.stdout, decided.stderr
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1] == "causerie: You may not work on reports"


def test_the_ladder_trust_and_blocks_are_changed_from_the_command_line(
    causerie: Causerie,
) -> None:
    attempt(causerie, "user", "create", "root", "--role", "admin", stdin=f"{PASSWORD}\n")
    ben = newcomer(causerie)

    rungs = ("--rung", "3=mute:3600", "--rung", "9=ban")
    ladder = attempt(causerie, "moderation", "ladder", "--as", "root", *rungs)
    trusted = ("moderation", "reputation", ben.name, "--as", "root", "--trust", "verified")
    reputation = attempt(causerie, *trusted)
    blocked = ("limits", "block", "user", str(ben.id), "--seconds", "60", "--reason", "A flood")
    block = attempt(causerie, *blocked)
    wrong = attempt(causerie, "moderation", "ladder", "--as", "root", "--rung", "much=ban")

    assert ladder.stdout.startswith("3=mute:3600\n9=ban\n"), ladder.stderr
    assert "verified (decided by hand)" in reputation.stdout, reputation.stderr
    assert block.returncode == 0, block.stderr
    assert (wrong.returncode, "3=mute" in wrong.stdout) == (1, False)


def test_a_role_is_made_and_removed_beside_a_running_server(causerie: Causerie) -> None:
    made = attempt(causerie, "role", "make", "helper", "messages.send")
    again = attempt(causerie, "role", "make", "helper")
    removed = attempt(causerie, "role", "remove", "helper")

    assert (made.returncode, made.stdout) == (0, "helper is allowed: messages.send\n"), made.stderr
    assert (again.returncode, again.stderr) == (1, "causerie: There is such a role already\n")
    assert (removed.returncode, removed.stdout) == (0, "helper is removed\n"), removed.stderr


def test_a_rooms_filter_is_set_and_its_verdicts_are_read_from_the_command_line(
    causerie: Causerie,
) -> None:
    attempt(causerie, "user", "create", "vera", "--role", "moderator", stdin=f"{PASSWORD}\n")
    ann = newcomer(causerie)
    room = ann.room()
    threat = {"content": "\x1b[2Jyou there, kill yourself"}
    refused = ann.call("POST", f"/api/v2/conversations/{room}/messages", threat)

    own = ("moderation", "filter", room, "--as", "vera")
    wrong = attempt(causerie, *own, "--meaning", "loud")
    changed = attempt(causerie, *own, "--meaning", "flag", "--size", "default")
    seen = attempt(causerie, "moderation", "verdicts", "--as", "vera", "--room", room)

    assert problem_of(refused) == (422, "refused")
    assert (wrong.returncode, wrong.stderr) == (2, "causerie: there is no action loud\n")
    assert changed.stdout.splitlines() == [
        "size: refuse (the server's)",
        "structure: refuse (the server's)",
        "meaning: flag",
    ], changed.stderr
    (line,) = seen.stdout.splitlines()
    assert f"user {ann.id} in {room}" in line
    assert line.endswith("refused: \\x1b[2Jyou there, kill yourself")


def seconds_until_refused(server: Causerie, token: str) -> float:
    """How long a running server still takes a token."""
    began = time.monotonic()
    while call(server, "GET", "/api/v2/me", token=token).status != 401:
        assert time.monotonic() - began < PATIENCE_SECONDS
    return time.monotonic() - began
