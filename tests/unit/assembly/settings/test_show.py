"""Settings are shown without secrets, and as files that mean the same when read back."""

from __future__ import annotations

import secrets
import tomllib
from pathlib import Path

import pytest

from causerie.assembly.settings import Loaded, Settings, load
from causerie.assembly.settings.model import CATALOGUE
from causerie.assembly.settings.show import as_env_example, as_table, as_toml
from causerie.assembly.settings.sources import OLD_NAMES

OLD_SETUP = {
    "WS_BIND_ADDR": "0.0.0.0:9000",
    "DATABASE_URL": "postgres://app:hunter2@db.internal/chat?password=hunter2",
    "JWT_SECRET": "hunter2" + secrets.token_urlsafe(32),
    "MAX_CONNECTIONS": "7",
    "MAX_MESSAGE_SIZE": "4096",
    "HEARTBEAT_INTERVAL_SECONDS": "45",
    "RATE_LIMIT_MSG_PER_MIN": "90",
    "MASTER_ENCRYPTION_KEY": "ab" * 32,
    "SENTRY_DSN": "https://hunter2@sentry.example.org/1",
    "CHAT_SERVER__SERVER__TRUSTED_PROXIES": "10.0.0.0/8,192.0.2.1",
    "CHAT_SERVER__SERVER__DATA_DIR": 'state/ä "quoted"',
}


@pytest.fixture
def old_setup(tmp_path: Path) -> Loaded:
    return load(config_dir=None, environ=OLD_SETUP, working_dir=tmp_path)


def test_the_table_shows_each_value_and_where_it_comes_from(old_setup: Loaded) -> None:
    table = as_table(old_setup)

    assert 'bind_addr = "0.0.0.0:9000"' in table
    assert "# environment: WS_BIND_ADDR" in table
    assert all(f"{key.name} = " in table for key in CATALOGUE.values())


def test_no_form_shows_a_secret_unasked(old_setup: Loaded) -> None:
    for text in (as_table(old_setup), as_toml(old_setup)):
        assert "hunter2" not in text
        assert "ab" * 32 not in text


def test_the_table_still_tells_which_database(old_setup: Loaded) -> None:
    assert "@db.internal/chat" in as_table(old_setup)


def test_old_variables_become_a_file_that_means_the_same(old_setup: Loaded, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config/development.toml").write_text(as_toml(old_setup, secrets=True))
    again = load(config_dir=None, environ={}, working_dir=tmp_path)

    assert again.settings == old_setup.settings


def test_without_secrets_the_file_is_toml_and_names_the_variables(old_setup: Loaded) -> None:
    text = as_toml(old_setup)
    document = tomllib.loads(text)

    assert document["limits"] == {
        "max_message_size": 4096,
        "max_message_size_v1": 4096,
        "max_messages_per_minute": 90,
    }
    assert document["security"] == {"jwt_algorithm": "HS256"}
    assert "CHAT_SERVER__SECURITY__JWT_SECRET" in text


def test_the_example_with_every_comment_sign_taken_off_is_the_defaults(tmp_path: Path) -> None:
    lines = as_env_example().splitlines()
    variables = [line[1:] for line in lines if line.startswith("#CHAT_SERVER__")]
    (tmp_path / ".env").write_text("\n".join(variables))
    loaded = load(config_dir=None, environ={}, working_dir=tmp_path)

    assert len(variables) == len(CATALOGUE)
    assert loaded.settings == Settings()


def test_the_example_names_the_older_names_too() -> None:
    text = as_env_example()

    assert all(f"#{old}=" in text for old in OLD_NAMES)
