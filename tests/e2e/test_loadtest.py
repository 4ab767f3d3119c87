"""``causerie loadtest`` on a real server, as an operator runs it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from causerie.assembly.loadtest.cli import CANNOT_RUN, FOUND_FAULTS
from tests import warm
from tests.e2e.defaults import CAUSERIE, default_causerie
from tests.processes import SECRET, Causerie, a_causerie

pytestmark = pytest.mark.long

SHORT = ("--duration", "1", "--warmup", "0.5", "--settle", "0.2")
COMMAND_SECONDS = 150


@pytest.fixture(scope="module")
def server() -> Iterator[Causerie]:
    with a_causerie() as server:
        yield server


def load(server: Causerie, *options: str) -> subprocess.CompletedProcess[str]:
    return warm.run(
        (CAUSERIE, "loadtest", "--url", server.sockets, *options),
        cwd=Path.cwd(),
        env=os.environ,
        timeout=COMMAND_SECONDS,
    )


def test_every_message_of_a_closed_loop_reaches_everybody(server: Causerie, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    done = load(
        server,
        *("--users", "20", "--rooms-of", "10", "--rate", "0", "--in-flight", "4"),
        *("--server-pid", str(server.pid), "--json", str(figures), *SHORT),
    )

    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(figures.read_bytes())
    assert (report["connected"], report["rooms"]) == (20, 2)
    assert report["sent"] == report["acked"] > 20
    assert report["lost"] == report["repeated"] == report["out_of_order"] == 0
    assert report["deliveries_per_second"] > report["sends_per_second"] > 0
    assert report["bytes_per_connection"] is not None
    assert report["server_cpu"] > 0
    assert "deliveries/s" in done.stdout
    assert "connected in" in done.stderr


def test_imported_users_come_in_with_tokens_signed_by_the_secret(
    server: Causerie, tmp_path: Path
) -> None:
    accounts = tmp_path / "accounts.jsonl"
    lines = [{"username": "import-0", "password": "a long pass phrase"}]
    lines += [{"username": f"import-{number}"} for number in range(1, 12)]
    accounts.write_text("".join(json.dumps(line) + "\n" for line in lines))
    server.run("user", "import", str(accounts))
    done = load(
        server,
        *("--users", "12", "--rooms-of", "12", "--rate", "40", "--accounts", str(accounts)),
        *("--token-secret", SECRET, *SHORT),
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_users_log_in_by_their_passwords(server: Causerie, tmp_path: Path) -> None:
    accounts = tmp_path / "accounts.csv"
    lines = [f"csv-{number},pass phrase number {number}" for number in range(3)]
    accounts.write_text("\n".join(["username,password", *lines, ""]))
    server.run("user", "import", str(accounts))
    done = load(
        server,
        "--users",
        "3",
        "--rooms-of",
        "3",
        "--rate",
        "20",
        "--accounts",
        str(accounts),
        *SHORT,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_too_few_accounts_are_said_before_anything_begins(server: Causerie, tmp_path: Path) -> None:
    accounts = tmp_path / "accounts.csv"
    accounts.write_text("ann,secret\n")
    done = load(server, "--users", "2", "--accounts", str(accounts), *SHORT)

    assert done.returncode == CANNOT_RUN
    assert "1 accounts, 2 are wanted" in " ".join(done.stderr.split())


def test_what_the_servers_limits_refuse_is_in_the_report() -> None:
    # The message limit of a new server, which the load is over on purpose.
    with default_causerie(CHAT_SERVER__LIMITS__MAX_MESSAGES_PER_MINUTE="5") as server:
        server.start()
        done = load(server, "--users", "2", "--rooms-of", "2", "--rate", "40", *SHORT)

    assert done.returncode == FOUND_FAULTS
    assert "refused: rate_limited" in done.stdout


def test_a_server_of_somebody_else_is_not_touched(server: Causerie) -> None:
    done = load(server, "--url", "ws://192.0.2.1:8080")

    assert done.returncode == CANNOT_RUN
    assert "--i-own-this-target" in done.stderr


@pytest.mark.parametrize(
    ("option", "value"), [("--json", "/proc/nowhere/figures.json"), ("--server-pid", "999999999")]
)
def test_what_would_be_missed_after_the_load_is_said_before_it(
    server: Causerie, option: str, value: str
) -> None:
    done = load(server, option, value)

    assert (done.returncode, done.stdout) == (CANNOT_RUN, "")
    assert value in done.stderr
    assert "Traceback" not in done.stderr
    assert "connected" not in done.stderr


def test_nobody_there_is_said_plainly(server: Causerie) -> None:
    done = load(server, "--url", "ws://127.0.0.1:1")

    assert done.returncode == CANNOT_RUN
    assert "could not run" in done.stderr
    assert "Traceback" not in done.stderr
