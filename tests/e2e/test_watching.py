"""Looking at a running server from outside: ``causerie top``, and ``verify-monitoring`` end to end."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.e2e.defaults import attempt
from tests.ports import free_port
from tests.processes import ROOT, Causerie

pytestmark = pytest.mark.long

FOLDER = ROOT / "deploy/monitoring"
NOT_THERE = "http://127.0.0.1:1"
READY_SECONDS = 60.0


def test_top_looks_once_and_gives_figures_to_a_script(causerie: Causerie) -> None:
    done = attempt(causerie, "top", "--once", "--json", causerie.url)

    assert done.returncode == 0, done.stderr
    look = json.loads(done.stdout)
    (node,) = look["nodes"]
    assert node["url"] == causerie.url
    assert node["figures"]["database"] == "up"
    assert node["figures"]["redis"] == "off"
    assert node["figures"]["workers"] > 10
    assert node["figures"]["workers_down"] == []
    assert node["figures"]["loop_lag_p99_seconds"] > 0
    assert node["figures"]["requests_per_second"] > 0
    assert look["together"] == node["figures"]


def test_top_tells_of_a_node_that_does_not_answer_and_fails(causerie: Causerie) -> None:
    done = attempt(causerie, "top", "--once", causerie.url, NOT_THERE)

    assert done.returncode == 1
    assert f"{NOT_THERE}: nobody listens there" in done.stdout
    assert "conns" in done.stdout


@pytest.mark.parametrize(("columns", "is_wide"), [(40, False), (140, True)])
def test_top_lives_in_a_terminal_of_any_width_and_leaves_at_q(
    causerie: Causerie, *, columns: int, is_wide: bool
) -> None:
    with in_terminal(causerie, columns, "top", causerie.url) as (process, terminal):
        seen = read_until(terminal, b"q to leave")
        os.write(terminal, b"q")
        status = process.wait(timeout=60)

    lines = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", seen).decode().splitlines()
    assert status == 0
    assert max(len(line.rstrip()) for line in lines) <= columns
    assert any("conns" in line and "deliv/s" in line for line in lines) == is_wide


def test_verify_monitoring_finds_what_is_there_and_says_what_is_not(
    causerie: Causerie, tmp_path: Path
) -> None:
    files = tmp_path / "monitoring"
    stranger = f"{causerie.url}/health/live?path="  # It answers whatever is asked, with JSON.
    shutil.copytree(FOLDER, files)
    (files / "grafana/dashboards/mine.json").write_text('{"expr": "chat_server_dreams_total"}')
    (files / "prometheus/rules/business.yml").unlink()
    done = attempt(
        causerie,
        "verify-monitoring",
        *("--url", causerie.url),
        *("--files", str(files)),
        *("--prometheus", NOT_THERE),
        *("--alertmanager", stranger),
    )

    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert f"ok   {causerie.url}/health: ok" in lines
    assert "ok   every metric of this version" in lines
    assert f"FAIL Prometheus answers at {NOT_THERE}: nobody listens there" in lines
    assert f"FAIL Alertmanager answers at {stranger}: what answers is not Alertmanager" in lines
    assert any(
        line.startswith("FAIL") and "mine.json: names chat_server_dreams_total" in line
        for line in lines
    )
    assert any(
        line.startswith("FAIL") and "business.yml: there is no such" in line for line in lines
    )
    assert any(line.startswith("FAIL") and "secrets/slack_webhook" in line for line in lines)


# Prometheus is not on everybody's machine; .ci/run installs it, and there the test fails without.
@pytest.mark.skipif(
    shutil.which("prometheus") is None and os.environ.get("CI") != "true",
    reason="prometheus: of Debian's package of that name",
)
def test_verify_monitoring_is_content_with_what_the_guide_sets_up(
    causerie: Causerie, tmp_path: Path
) -> None:
    files = tmp_path / "monitoring"
    shutil.copytree(FOLDER, files)
    for config in (files / "prometheus/prometheus.yml", files / "alertmanager/alertmanager.yml"):
        for name in re.findall(r"_file: (secrets/\w+)", config.read_text()):
            (config.parent / name).write_text("x\n")
            (config.parent / name).chmod(0o600)
    prometheus_port, alertmanager_port = free_port(), free_port()
    config = files / "prometheus/prometheus.yml"
    text = config.read_text().replace("localhost:8080", causerie.url.partition("://")[2])
    text = text.replace("localhost:9093", f"127.0.0.1:{alertmanager_port}")
    config.write_text(re.sub(r"(scrape|evaluation)_interval: 15s", r"\1_interval: 1s", text))
    prometheus, alertmanager = (
        f"http://127.0.0.1:{port}" for port in (prometheus_port, alertmanager_port)
    )
    with (
        running(
            "prometheus",
            f"--config.file={config}",
            f"--storage.tsdb.path={tmp_path / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{prometheus_port}",
        ),
        running(
            "prometheus-alertmanager",
            f"--config.file={files / 'alertmanager/alertmanager.yml'}",
            f"--storage.path={tmp_path / 'am'}",
            f"--web.listen-address=127.0.0.1:{alertmanager_port}",
            "--cluster.listen-address=",
        ),
    ):
        wait_for(f"{prometheus}/api/v1/query?query=causerie:connections", '"value"')
        wait_for(f"{alertmanager}/-/ready", "")
        done = attempt(
            causerie,
            "verify-monitoring",
            *("--url", causerie.url),
            *("--files", str(files)),
            *("--prometheus", prometheus),
            *("--alertmanager", alertmanager),
        )

    assert done.returncode == 0, done.stdout
    assert f"ok   Prometheus scrapes {causerie.url}/metrics" in done.stdout
    assert "ok   rules of group critical: 9" in done.stdout
    assert "ok   Prometheus tells Alertmanager" in done.stdout
    assert "FAIL" not in done.stdout


# --- helpers -------------------------------------------------------------------------------------


@contextmanager
def in_terminal(
    server: Causerie, columns: int, *arguments: str
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run a command on a terminal of its own; gives the end that a person holds."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {k: v for k, v in server.environment.items() if k not in {"COLUMNS", "LINES"}}
    process = subprocess.Popen(
        [Path(sys.executable).parent / "causerie", *arguments],
        cwd=server.folder,
        env={**environment, "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield process, ours
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(ours)


def read_until(terminal: int, wanted: bytes) -> bytes:
    seen = b""
    while wanted not in seen:
        seen += os.read(terminal, 65536)
    return seen


@contextmanager
def running(*command: str) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def wait_for(url: str, wanted: str) -> None:
    """Ask until the answer holds what is wanted."""
    ends_at = time.monotonic() + READY_SECONDS
    while True:
        try:
            answer = httpx2.get(url, timeout=60)
            if answer.status_code == 200 and wanted in answer.text:
                return
        except httpx2.HTTPError:
            pass
        assert time.monotonic() < ends_at, url
        time.sleep(0.2)
