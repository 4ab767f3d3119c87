"""Whoever stops the server before it listens gets a clean end, soon."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from causerie import __main__ as program
from tests.e2e.defaults import attempt, default_causerie
from tests.processes import Causerie

pytestmark = pytest.mark.long

NOBODY_ANSWERS = "postgresql://u:p@127.0.0.1:1/d"


@pytest.fixture
def waiting() -> Iterator[Causerie]:
    """A server whose database does not answer; it would wait for 30 s."""
    with default_causerie(CHAT_SERVER__DATABASE__URL=NOBODY_ANSWERS) as server:
        yield server


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_start_that_waits_for_its_database_is_stopped_at_once(
    waiting: Causerie, signal_number: signal.Signals
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "causerie", "serve"],
        cwd=waiting.folder,
        env=waiting.environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    # Notices about the settings may come before it.
    told = next(line for line in process.stderr if "database_not_reached_yet" in line)
    process.send_signal(signal_number)
    _, rest = process.communicate(timeout=60)

    assert told
    assert process.returncode == 0
    assert "stopped_before_listening" in rest
    assert "Traceback" not in rest


def test_a_ctrl_c_while_the_program_is_still_loading_leaves_no_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Loading:
        @property
        def run(self) -> None:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "causerie.assembly.cli", Loading())

    with pytest.raises(SystemExit) as ended:
        program.main()

    assert ended.value.code == 130


def test_a_log_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with default_causerie(CHAT_SERVER__LOGGING__FILE=str(tmp_path)) as server:
        done = attempt(server, "serve")

    assert done.returncode == 1
    said = done.stderr.splitlines()[-1]  # Behind the notes about settings.
    assert said.startswith(f"causerie: the log file logging.file = '{tmp_path}' cannot")
