"""What the README shows is what a new user gets."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import Causerie

README = (Path(__file__).parents[2] / "README.md").read_text()
SHELL, *_ = [b for b in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) if "curl" in b]
PYTHON, *_ = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def said(causerie: Causerie) -> list[str]:
    """Run the shell lines, and the Python lines in the same shell, as the README says."""
    address = f"127.0.0.1:{causerie.port}"
    shell = SHELL.replace("127.0.0.1:8080", address)
    python = PYTHON.replace("127.0.0.1:8080", address)
    script = f"set -euo pipefail\n{shell}\necho\n{sys.executable} - <<'END'\n{python}\nEND\n"
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.replace("}{", "}\n{").split("\n")


def test_curl_sends_a_message_and_finds_it_in_the_history(said: list[str]) -> None:
    sent, history = (json.loads(line) for line in said[:2])

    assert sent["content"] == "Hello from curl"
    assert sent["seq"] == 1
    assert history["items"] == [sent]


def test_ten_lines_of_python_send_a_message_and_receive_it(said: list[str]) -> None:
    frames = {frame["type"]: frame["data"] for frame in map(json.loads, said[2:4])}

    assert frames["ack"]["content"] == "Hello from Python"
    assert frames["ack"]["seq"] == 2
    assert frames["message"]["id"] == frames["ack"]["id"]


def test_ten_lines_are_ten_lines() -> None:
    assert len([line for line in PYTHON.splitlines() if line.strip()]) <= 10


def test_there_are_two_commands() -> None:
    first, *_ = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)

    assert first.split("\n") == ["make setup", "make run", ""]
