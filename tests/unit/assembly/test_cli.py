"""The command line answers fast, says what is wrong in one go, and leaves with the right status."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import causerie
from causerie.assembly.cli.app import app
from causerie.assembly.settings.sources import OLD_NAMES, PREFIX


@pytest.fixture(autouse=True)
def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name in OLD_NAMES or name.startswith(PREFIX):
            monkeypatch.delenv(name)


def call(*arguments: str, **variables: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env=variables)


def test_the_version_is_the_packages() -> None:
    assert call("--version").output == f"causerie {causerie.__version__}\n"


def test_help_imports_nothing_heavy() -> None:
    # Instead of a stopwatch, which a busy machine would fool.
    heavy = {"asyncpg", "litestar", "picows", "uvicorn", "uvloop", "structlog", "rich.table"}
    code = (
        "import sys\nfrom causerie.__main__ import main\nsys.argv = ['causerie', '--help']\n"
        f"try:\n    main()\nfinally:\n    print(sorted({heavy!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "Usage: causerie" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_standard_files_that_were_closed_are_nobody_elses() -> None:
    code = (
        "import os, sys\nfrom causerie.__main__ import main\nsys.argv = ['causerie', '--version']\n"
        "try:\n    main()\nfinally:\n"
        "    assert [os.readlink(f'/proc/self/fd/{fd}') for fd in range(3)] == ['/dev/null'] * 3"
    )
    command = ["/bin/sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-', sys.executable, "-c", code]

    assert subprocess.run(command, check=False).returncode == 0


def test_every_command_explains_itself() -> None:
    commands = call("--help").output.split("Commands:")[1].split()

    assert "config" in commands
    for line in call("--help").output.split("Commands:")[1].strip().splitlines():
        assert call(line.split()[0], "--help").exit_code == 0
        assert len(line.split()) > 1, f"{line} has no description"
        assert not line.endswith("..."), f"{line} is cut: its first sentence is too long"


def test_a_right_configuration_passes_the_check() -> None:
    result = call("config", "check")

    assert result.exit_code == 0
    assert "development" in result.stdout


def test_a_wrong_configuration_leaves_with_2_and_no_traceback() -> None:
    result = call("config", "check", MAX_CONNECTIONS="many", JWT_SECRET="short")

    assert result.exit_code == 2
    assert "2 problems" in result.stderr
    assert 'server.max_connections = "many"' in result.stderr
    assert "Traceback" not in result.stderr


def test_a_note_does_not_fail_the_check() -> None:
    result = call("config", "check", DATABASE_URL="postgresql://me:x@db.example.org/chat")

    assert result.exit_code == 0
    assert "keep a copy" in result.stderr


def test_show_prints_the_configuration_and_its_sources() -> None:
    result = call("config", "show", MAX_CONNECTIONS="7")

    assert "max_connections = 7" in result.stdout
    assert "# environment: MAX_CONNECTIONS" in result.stdout


def test_show_as_toml_turns_old_variables_into_keys() -> None:
    result = call("config", "show", "--toml", MAX_CONNECTIONS="7")

    assert tomllib.loads(result.stdout)["server"]["max_connections"] == 7


def test_secrets_are_written_only_where_a_file_is_asked_for() -> None:
    assert call("config", "show", "--secrets").exit_code == 2
    secret = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    shown = call("config", "show", "--toml", "--secrets", JWT_SECRET=secret)

    assert tomllib.loads(shown.stdout)["security"]["jwt_secret"] == secret


def test_the_example_is_printed() -> None:
    assert "#CHAT_SERVER__SERVER__BIND_ADDR=127.0.0.1:8080" in call("config", "env-example").stdout


def test_the_folder_of_files_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/development.toml").write_text("[server]\nmax_connections = 9\n")
    result = call("config", "show", "--config", "elsewhere")

    assert "max_connections = 9" in result.stdout


@pytest.mark.parametrize("arguments", [["nope"], ["config", "nope"], ["config", "show", "--nope"]])
def test_a_wrong_call_leaves_with_2(arguments: list[str]) -> None:
    assert call(*arguments).exit_code == 2


def test_a_new_master_key_and_a_new_secret_are_what_the_settings_take() -> None:
    master = call("keys", "generate").output.strip()
    secret = call("keys", "generate", "secret").output.strip()

    taken = call(
        "config",
        "check",
        CHAT_SERVER__SECURITY__MASTER_KEY=master,
        CHAT_SERVER__SECURITY__JWT_SECRET=secret,
    )
    assert len(master) == 64
    assert taken.exit_code == 0
    assert call("keys", "generate").output.strip() != master


def test_what_cannot_be_generated_is_said() -> None:
    result = call("keys", "generate", "door")

    assert result.exit_code == 2
    assert "master or secret" in result.output
