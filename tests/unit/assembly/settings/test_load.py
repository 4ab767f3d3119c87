"""The configuration comes from files and variables, the later wins, and is right or refused whole."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from causerie.assembly.settings import (
    Address,
    ConfigurationError,
    Loaded,
    Settings,
    load,
    rules,
)
from causerie.assembly.settings.model import CATALOGUE
from causerie.assembly.settings.show import as_table

GOOD_SECRET = secrets.token_urlsafe(48)

# PROTOCOL.md, "Configuration keys that outside programs set".
PROMISED = {
    "server.bind_addr": "127.0.0.1:8080",
    "server.environment": "development",
    "server.data_dir": "./data",
    "server.workers": 1,
    "server.max_connections": 20000,
    "server.connection_timeout": "10s",
    "server.heartbeat_interval": "30s",
    "server.shutdown_timeout": "15s",
    "server.trusted_proxies": [],
    "server.tls_cert": "",
    "server.tls_key": "",
    "database.url": "",
    "database.max_connections": 20,
    "database.auto_migrate": True,
    "cache.url": "",
    "grpc.enabled": False,
    "grpc.bind_addr": "127.0.0.1:9090",
    "grpc.tls_cert": "",
    "grpc.tls_key": "",
    "grpc.client_ca": "",
    "security.jwt_secret": "",
    "security.jwt_algorithm": "ES256",
    "security.jwt_access_duration": "15m",
    "security.jwt_refresh_duration": "7d",
    "security.enable_2fa": True,
    "security.content_filtering": True,
    "security.bcrypt_cost": 12,
    "security.master_key": "",
    "security.password_memory_kib": 19456,
    "security.password_iterations": 2,
    "security.jwt_issuer": "causerie",
    "security.jwt_audience": "causerie",
    "security.registration": "open",
    "security.allowed_origins": [],
    "limits.max_message_length": 4000,
    "limits.max_message_size": 65536,
    "limits.max_message_size_v1": 8192,
    "limits.max_connections_per_user": 5,
    "limits.max_connections_per_ip": 100,
    "limits.max_messages_per_minute": 60,
    "limits.auth_attempts_per_minute": 10,
    "limits.max_file_size": 104857600,
    "features.file_uploads": True,
    "features.message_reactions": True,
    "features.user_mentions": True,
    "features.pinned_messages": True,
    "features.message_threads": True,
    "features.webhooks": True,
    "testing.echo": False,
    "logging.level": "info",
    "logging.format": "console",
    "logging.file": "",
}


class Machine:
    """A folder in which the server is started, and the variables around it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ: dict[str, str] = {"PATH": "/usr/bin", "HOME": "/root"}

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def set(self, **variables: str) -> None:
        self.environ.update(variables)

    def load(self, config_dir: Path | None = None) -> Loaded:
        return load(config_dir=config_dir, environ=self.environ, working_dir=self.folder)

    def settings(self) -> Settings:
        return self.load().settings

    def refusal(self, config_dir: Path | None = None) -> str:
        with pytest.raises(ConfigurationError) as refused:
            self.load(config_dir)
        return str(refused.value)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_promised_keys_have_the_promised_defaults() -> None:
    defaults = {name: CATALOGUE[name].written_in(Settings()) for name in PROMISED}

    assert defaults == PROMISED


def test_an_empty_machine_gets_the_defaults(machine: Machine) -> None:
    loaded = machine.load()

    assert loaded.settings == Settings()
    assert loaded.sources == {}


def test_each_source_wins_over_the_one_before(machine: Machine) -> None:
    seen = []
    machine.write("config/development.toml", '[server]\nbind_addr = "h:1"\n')
    seen.append(machine.settings().server.bind_addr.port)
    machine.write(".env", "CHAT_SERVER__SERVER__BIND_ADDR=h:2\n")
    seen.append(machine.settings().server.bind_addr.port)
    machine.write(".env.local", "CHAT_SERVER__SERVER__BIND_ADDR=h:3\n")
    seen.append(machine.settings().server.bind_addr.port)
    machine.set(CHAT_SERVER__SERVER__BIND_ADDR="h:4")
    seen.append(machine.settings().server.bind_addr.port)

    assert seen == [1, 2, 3, 4]


@pytest.mark.parametrize("where", [".env", ".env.local", "environment"])
def test_the_environment_chooses_the_file(machine: Machine, where: str) -> None:
    machine.write("config/development.toml", '[logging]\nlevel = "debug"\n')
    machine.write("config/staging.toml", '[logging]\nlevel = "error"\n')
    if where == "environment":
        machine.set(CHAT_SERVER__SERVER__ENVIRONMENT="staging")
    else:
        machine.write(where, "CHAT_SERVER__SERVER__ENVIRONMENT=staging\n")

    assert machine.settings().logging.level == "error"


def test_another_folder_of_files_can_be_named(machine: Machine) -> None:
    machine.write("elsewhere/development.toml", '[logging]\nlevel = "debug"\n')

    assert machine.load(Path("elsewhere")).settings.logging.level == "debug"


def test_a_folder_that_was_named_must_exist(machine: Machine) -> None:
    assert "no folder nowhere" in machine.refusal(Path("nowhere"))


def test_the_older_names_stand_for_the_new_ones(machine: Machine) -> None:
    machine.set(
        WS_BIND_ADDR="0.0.0.0:9000",
        DATABASE_URL="postgres://u:p@h/d",
        JWT_SECRET=GOOD_SECRET,
        MAX_CONNECTIONS="7",
        MAX_MESSAGE_SIZE="4096",
        HEARTBEAT_INTERVAL_SECONDS="45",
        RATE_LIMIT_MSG_PER_MIN="90",
        MASTER_ENCRYPTION_KEY="ab" * 32,
        SENTRY_DSN="https://key@sentry.example.org/1",
    )
    settings = machine.settings()

    assert settings.server.bind_addr == Address("0.0.0.0", 9000)
    assert settings.database.url == "postgres://u:p@h/d"
    assert settings.security.jwt_secret == GOOD_SECRET
    assert settings.security.jwt_algorithm == "HS256"
    assert settings.server.max_connections == 7
    assert settings.limits.max_message_size == 4096
    assert settings.limits.max_message_size_v1 == 4096
    assert settings.server.heartbeat_interval == 45
    assert settings.limits.max_messages_per_minute == 90
    assert settings.security.master_key == "ab" * 32
    assert settings.telemetry.sentry_dsn == "https://key@sentry.example.org/1"


def test_the_new_name_wins_over_the_older_one_wherever_it_is_set(machine: Machine) -> None:
    machine.write(".env", "CHAT_SERVER__SERVER__MAX_CONNECTIONS=1\n")
    machine.set(MAX_CONNECTIONS="2")

    assert machine.settings().server.max_connections == 1


def test_an_older_name_wins_over_a_file(machine: Machine) -> None:
    machine.write("config/development.toml", "[server]\nmax_connections = 1\n")
    machine.set(MAX_CONNECTIONS="2")

    assert machine.settings().server.max_connections == 2


def test_an_empty_variable_unsets_what_may_be_absent(machine: Machine) -> None:
    machine.write("config/development.toml", '[logging]\nfile = "causerie.log"\n')
    machine.set(CHAT_SERVER__LOGGING__FILE="")

    assert machine.settings().logging.file is None


def test_a_dollar_in_a_dotenv_file_is_a_dollar(machine: Machine) -> None:
    machine.write(".env", 'DATABASE_URL="postgres://u:pa${HOME}$x@h/d"\n')

    assert machine.settings().database.url == "postgres://u:pa${HOME}$x@h/d"


@pytest.mark.parametrize("line", ["CHAT_SERVER__SERVER__WORKERS", "JWT_SECRET", '=sesame"'])
def test_a_line_of_a_dotenv_file_that_sets_nothing_is_named_and_not_quoted(
    machine: Machine, line: str
) -> None:
    machine.write(".env.local", f"OTHERS_FLAG\n{line}\n")

    assert ".env.local" in machine.refusal()
    assert "line 2 is not NAME=value" in machine.refusal()
    assert "sesame" not in machine.refusal()


@pytest.mark.parametrize("name", [".env", "config/development.toml"])
def test_a_file_in_another_encoding_is_named(machine: Machine, name: str) -> None:
    machine.write(name, "")
    (machine.folder / name).write_bytes(b"LANGUAGE=fran\xe7ais\n")

    assert name in machine.refusal()


@pytest.mark.parametrize("dotted", sorted(CATALOGUE))
def test_a_wrong_value_is_named_with_its_key_its_place_and_what_is_allowed(
    machine: Machine, dotted: str
) -> None:
    key = CATALOGUE[dotted]
    wrong = "\0" if isinstance(key.kind.write(key.value_in(Settings())), str) else "w"
    machine.set(**{key.variable: wrong})
    text = machine.refusal()

    assert dotted in text
    assert key.variable in text
    assert key.kind.allowed() in text


def test_all_problems_are_told_at_once(machine: Machine) -> None:
    machine.write("config/development.toml", "[server]\nworkers = 4\nwrong = 1\n[nonsense]\n")
    machine.write(".env", "CHAT_SERVER__LIMITS__MAX_FILE_SIZE=big\n")
    machine.set(MAX_CONNECTIONS="0", CHAT_SERVER__TOO__MANY__PARTS="1", JWT_SECRET="short")
    text = machine.refusal()

    for key in ("server.workers", "server.wrong", "limits.max_file_size", "too.many.parts"):
        assert key in text
    assert 'server.max_connections = "0"   (environment: MAX_CONNECTIONS)' in text
    assert "security.jwt_secret" in text
    assert text.startswith("The configuration has 6 problems:")


def test_an_unknown_key_gets_its_nearest_neighbour(machine: Machine) -> None:
    machine.set(CHAT_SERVER__SERVER__BINDADDR="0.0.0.0:1")

    assert "server.bind_addr is near" in machine.refusal()


def test_an_unknown_section_gets_the_list_of_sections(machine: Machine) -> None:
    machine.write("config/development.toml", "[zzz]\nx = 1\n")

    assert "there are server, database, cache" in machine.refusal()


def test_a_file_that_is_not_toml_is_named(machine: Machine) -> None:
    machine.write("config/development.toml", "[server\n")

    assert "config/development.toml" in machine.refusal()


def test_an_unknown_environment_is_refused(machine: Machine) -> None:
    machine.set(CHAT_SERVER__SERVER__ENVIRONMENT="prod")

    assert 'one of "development", "test", "staging", "production"' in machine.refusal()


def test_a_file_cannot_say_that_it_belongs_to_another_environment(machine: Machine) -> None:
    machine.write("config/development.toml", '[server]\nenvironment = "production"\n')

    assert "server.environment" in machine.refusal()


@pytest.mark.parametrize(
    "variables",
    [
        {"JWT_SECRET": "hunter2"},
        {"DATABASE_URL": "user:hunter2@host/db"},
        {"DATABASE_URL": "mysql://user:hunter2@host/db?password=hunter2"},
        {"MASTER_ENCRYPTION_KEY": "hunter2"},
        {"SENTRY_DSN": "hunter2"},
        {"CHAT_SERVER__CACHE__URL": "redis://:hunter2@host/x"},
        {"CHAT_SERVER__CACHE__URL": "redis://:hunter2?hunter2/hunter2@host"},
        {"CHAT_SERVER__SECURITY__JWT_SECRT": "hunter2"},
    ],
)
def test_no_message_shows_a_secret(machine: Machine, variables: dict[str, str]) -> None:
    machine.set(**variables)

    assert "hunter2" not in machine.refusal()


def test_settings_that_are_printed_show_no_secret(machine: Machine) -> None:
    machine.set(
        DATABASE_URL="postgresql://user:hunter2-hunter2@host/db",
        MASTER_ENCRYPTION_KEY="0123456789abcdef" * 4,
        JWT_SECRET=GOOD_SECRET,
    )

    printed = repr(machine.settings())

    assert "bind_addr" in printed
    assert not [text for text in ("hunter2", "0123456789abcdef", GOOD_SECRET) if text in printed]


def test_a_short_secret_is_refused_with_a_way_to_a_good_one(machine: Machine) -> None:
    machine.set(JWT_SECRET="x" * 31)
    text = machine.refusal()

    assert "has 31 characters and must have 32" in text
    assert "secrets.token_urlsafe" in text
    assert "JWT_SECRET" in text


PLACEHOLDERS = [
    "change-me-change-me-change-me-change-me",
    "your-256-bit-secret-your-256-bit-secret",
    "super-secret-key-for-jwt-do-not-use-it",
    "a" * 64,
    "12345678901234567890123456789012",
    "please_CHANGE_THIS_in_production_0123",
]


@pytest.mark.parametrize("secret", PLACEHOLDERS)
def test_production_refuses_a_placeholder_as_secret(machine: Machine, secret: str) -> None:
    machine.set(JWT_SECRET=secret, CHAT_SERVER__SERVER__ENVIRONMENT="production")
    text = machine.refusal()

    assert "security.jwt_secret" in text
    assert "secrets.token_urlsafe" in text
    assert secret not in text


def test_development_lets_a_placeholder_pass(machine: Machine) -> None:
    machine.set(JWT_SECRET=PLACEHOLDERS[0])

    assert machine.settings().security.jwt_algorithm == "HS256"


def test_production_takes_a_random_secret(machine: Machine) -> None:
    machine.set(JWT_SECRET=GOOD_SECRET, CHAT_SERVER__SERVER__ENVIRONMENT="production")

    assert machine.settings().security.jwt_secret == GOOD_SECRET


def test_an_algorithm_that_is_named_is_kept_beside_a_secret(machine: Machine) -> None:
    machine.set(JWT_SECRET=GOOD_SECRET, CHAT_SERVER__SECURITY__JWT_ALGORITHM="ES256")

    assert machine.settings().security.jwt_algorithm == "ES256"


def test_hs256_without_a_secret_is_refused(machine: Machine) -> None:
    machine.set(CHAT_SERVER__SECURITY__JWT_ALGORITHM="HS256")

    assert "needs security.jwt_secret" in machine.refusal()


def test_production_refuses_the_echo_door(machine: Machine) -> None:
    machine.set(CHAT_SERVER__TESTING__ECHO="true", CHAT_SERVER__SERVER__ENVIRONMENT="production")

    assert "testing.echo" in machine.refusal()


def test_several_processes_that_cannot_hear_each_other_are_refused_with_both_ways_out(
    machine: Machine,
) -> None:
    machine.set(CHAT_SERVER__SERVER__WORKERS="2")

    refusal = machine.refusal()

    assert "set cache.url" in refusal
    assert "set server.workers to 1" in refusal


@pytest.mark.parametrize(
    ("variables", "key"),
    [
        ({}, "server.public_url"),
        ({"SERVER__PUBLIC_URL": "https://chat.example.org"}, "mail.sender"),
        ({"MAIL__USERNAME": "chat"}, "mail.password"),
        ({"MAIL__USERNAME": "chat", "MAIL__PASSWORD": "sesame", "MAIL__TLS": "none"}, "mail.tls"),
    ],
)
def test_a_server_for_mail_is_not_enough_by_itself(
    machine: Machine, variables: dict[str, str], key: str
) -> None:
    named = {f"CHAT_SERVER__{name}": value for name, value in variables.items()}
    machine.set(CHAT_SERVER__MAIL__HOST="mail.example.org", **named)

    assert key in machine.refusal()
    assert "sesame" not in machine.refusal()


def test_production_without_mail_is_noted(machine: Machine) -> None:
    machine.set(CHAT_SERVER__SERVER__ENVIRONMENT="production")

    assert any(notice.startswith("mail.host is not set") for notice in machine.load().notices)


def test_files_without_a_scanner_are_noted_until_somebody_says_so(machine: Machine) -> None:
    unsaid = machine.load()
    machine.set(CHAT_SERVER__FILES__SCANNER="none")
    said = machine.load()

    assert any("files.scanner" in notice for notice in unsaid.notices)
    assert said.notices == ()


def test_production_holds_files_back_where_nobody_said_anything(machine: Machine) -> None:
    machine.set(CHAT_SERVER__SERVER__ENVIRONMENT="production")

    assert machine.load().settings.files_scanner == "clamd"


def test_a_bucket_has_a_name_and_both_keys_or_none(machine: Machine) -> None:
    machine.set(CHAT_SERVER__FILES__STORAGE="s3", CHAT_SERVER__FILES__S3_ACCESS_KEY="somebody")
    text = machine.refusal()

    assert "files.s3_bucket" in text
    assert "files.s3_secret_key" in text


@pytest.mark.parametrize("address", ["127.0.0.1:8080", "0.0.0.0:8080", "[::]:8080"])
def test_grpc_has_a_port_of_its_own(machine: Machine, address: str) -> None:
    machine.set(CHAT_SERVER__GRPC__ENABLED="true", CHAT_SERVER__GRPC__BIND_ADDR=address)

    assert "grpc.bind_addr" in machine.refusal()


def test_one_port_of_two_addresses_is_two(machine: Machine) -> None:
    machine.set(CHAT_SERVER__GRPC__ENABLED="true", CHAT_SERVER__GRPC__BIND_ADDR="127.0.0.2:8080")

    assert machine.load().settings.grpc.bind_addr.host == "127.0.0.2"


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"JWT_SECRET": "k" + "0f3a9c7e" * 4}, None),
        (
            {
                "JWT_SECRET": "k" + "0f3a9c7e" * 4,
                "CHAT_SERVER__SECURITY__JWT_ALGORITHM": "ES256",
            },
            "security.jwt_secret is set and does nothing",
        ),
        ({"CHAT_SERVER__SECURITY__JWT_ACCESS_DURATION": "7d"}, "security.jwt_access_duration"),
        ({"MAX_MESSAGE_SIZE": "3999"}, "limits.max_message_length is 4000 characters"),
        ({"MAX_MESSAGE_SIZE": "0"}, None),
    ],
)
def test_settings_of_which_one_takes_the_sense_of_another_are_noted(
    machine: Machine, variables: dict[str, str], named: str | None
) -> None:
    machine.set(CHAT_SERVER__FILES__SCANNER="none", **variables)
    found = machine.load().notices

    assert len(found) == (named is not None)
    assert all(notice.startswith(str(named)) for notice in found)


@pytest.mark.parametrize(("given", "missing"), [("cert", "key"), ("key", "cert")])
def test_a_certificate_goes_with_its_key(machine: Machine, given: str, missing: str) -> None:
    machine.set(**{f"CHAT_SERVER__SERVER__TLS_{given.upper()}": f"{given}.pem"})

    assert f"server.tls_{missing}" in machine.refusal()


@pytest.mark.parametrize(
    ("variable", "extra"),
    [("SENTRY_DSN", "sentry"), ("CHAT_SERVER__TELEMETRY__TRACES_ENDPOINT", "telemetry")],
)
def test_who_is_to_be_told_and_cannot_be_is_noted_with_what_to_install(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, variable: str, extra: str
) -> None:
    machine.set(**{variable: "https://key@there.example.org/1"})
    with_extra = machine.load().notices
    monkeypatch.setattr(rules, "find_spec", lambda _: None)

    assert "telemetry." not in " ".join(with_extra)
    assert f"install causerie[{extra}]" in machine.load().notices[0]


def test_an_external_database_does_not_have_the_master_key_and_the_operator_hears_it(
    machine: Machine,
) -> None:
    machine.set(DATABASE_URL="postgresql://host/chat", CHAT_SERVER__FILES__SCANNER="none")
    (notice,) = machine.load().notices

    assert "data/master.key" in notice
    machine.set(MASTER_ENCRYPTION_KEY="0f" * 32)
    assert machine.load().notices == ()


def test_upstash_rest_variables_are_answered_with_the_address_to_use(machine: Machine) -> None:
    machine.set(
        UPSTASH_REDIS_REST_URL="https://eu1-calm-cat.upstash.io", UPSTASH_REDIS_REST_TOKEN="hunter2"
    )
    text = machine.refusal()

    assert "rediss://default:<UPSTASH_REDIS_REST_TOKEN>@eu1-calm-cat.upstash.io:6379" in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    "url",
    ["redis://:hunter2@", "http://u:hunter2@h", "redis://u:hun/ter2@h", "redis://u:hunter2@a,b"],
)
def test_a_wrong_address_of_redis_is_told_with_what_is_allowed(machine: Machine, url: str) -> None:
    machine.set(CHAT_SERVER__CACHE__URL=url)
    text = machine.refusal()

    assert "cache.url" in text
    assert "redis+sentinel://host:26379,host2:26379/service" in text
    assert "hun" not in text


def test_an_address_of_redis_is_shown_without_its_password(machine: Machine) -> None:
    machine.set(CHAT_SERVER__CACHE__URL="rediss+sentinel://u:hunter2@a,b/main?sentinel_password=x2")
    text = as_table(machine.load())

    assert 'url = "rediss+sentinel://********@a,b/main?********"' in text
    assert "hunter2" not in text


def test_a_trusted_issuer_is_read_whole(machine: Machine) -> None:
    machine.set(
        CHAT_SERVER__TRUSTED_ISSUER__ISSUER="https://login.example.org",
        CHAT_SERVER__TRUSTED_ISSUER__JWKS_URL="https://login.example.org/jwks.json",
        CHAT_SERVER__TRUSTED_ISSUER__ROLES="boss=admin, cn=staff=moderator",
        CHAT_SERVER__TRUSTED_ISSUER__ALGORITHMS="rs256",
    )
    trusted = machine.load().settings.trusted_issuer

    assert trusted.roles == (("boss", "admin"), ("cn=staff", "moderator"))
    assert trusted.algorithms == ("RS256",)


@pytest.mark.parametrize(
    ("key", "value", "environment", "text"),
    [
        ("JWKS_URL", "http://login.example.org/jwks", "development", "must be an https address"),
        ("JWKS_URL", "http://127.0.0.1:9/jwks", "production", "must be an https address"),
        ("JWKS_URL", "", "development", "trusted_issuer.jwks_url"),
        ("ISSUER", "", "development", "trusted_issuer.issuer"),
        ("ISSUER", "causerie", "development", "must not be security.jwt_issuer"),
        ("ALGORITHMS", "none", "development", "a list of ES256, RS256 and Ed25519"),
        ("ALGORITHMS", "HS256", "development", "a list of ES256, RS256 and Ed25519"),
        ("ALGORITHMS", "", "development", "must name one at least"),
        ("ROLES", "boss", "development", "a list of theirs=ours"),
    ],
)
def test_a_trusted_issuer_that_cannot_be_trusted_is_refused(
    machine: Machine, key: str, value: str, environment: str, text: str
) -> None:
    machine.set(
        CHAT_SERVER__TRUSTED_ISSUER__ISSUER="https://login.example.org",
        CHAT_SERVER__TRUSTED_ISSUER__JWKS_URL="https://login.example.org/jwks.json",
        CHAT_SERVER__SERVER__ENVIRONMENT=environment,
    )
    machine.set(**{f"CHAT_SERVER__TRUSTED_ISSUER__{key}": value})

    assert text in machine.refusal()


@pytest.mark.parametrize(
    ("key", "value", "environment", "text"),
    [
        ("ISSUER", "", "development", "oidc.issuer"),
        ("CLIENT_ID", "", "development", "oidc.client_id"),
        ("REDIRECT_URI", "", "development", "oidc.redirect_uri"),
        ("ISSUER", "http://login.example.org", "development", "must be an https address"),
        ("ISSUER", "http://127.0.0.1:9", "production", "must be an https address"),
        ("REDIRECT_URI", "http://chat.example.org/", "production", "must be an https address"),
        ("SCOPES", "profile email", "development", "`openid` among them"),
    ],
)
def test_a_login_provider_that_cannot_be_used_is_refused(
    machine: Machine, key: str, value: str, environment: str, text: str
) -> None:
    machine.set(
        CHAT_SERVER__OIDC__ISSUER="https://login.example.org",
        CHAT_SERVER__OIDC__CLIENT_ID="chat",
        CHAT_SERVER__OIDC__REDIRECT_URI="https://chat.example.org/oidc",
        CHAT_SERVER__SERVER__ENVIRONMENT=environment,
    )
    machine.set(**{f"CHAT_SERVER__OIDC__{key}": value})

    assert text in machine.refusal()


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("CHAT_SERVER__GRPC__TLS_CERT", "grpc.tls_key"),
        ("CHAT_SERVER__GRPC__TLS_KEY", "grpc.tls_cert"),
        ("CHAT_SERVER__GRPC__CLIENT_CA", "grpc.tls_cert"),
    ],
)
def test_what_grpc_needs_for_tls_goes_together(machine: Machine, given: str, asked: str) -> None:
    machine.set(**{given: "some.pem"})

    assert asked in machine.refusal()
