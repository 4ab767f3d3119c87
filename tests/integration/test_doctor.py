"""The doctor finds what is broken, says what to do, and changes nothing."""

from __future__ import annotations

import datetime as dt
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from typing_extensions import override

from causerie.assembly.doctor import Diagnosis, Finding, Verdict, diagnose
from causerie.assembly.doctor import machine as machine_module
from causerie.assembly.doctor.diagnosis import of_configuration
from causerie.assembly.settings import ConfigurationError, load
from causerie.foundation.processes import valkey as valkey_module
from causerie.gateway.precautions import HEADERS
from tests.databases import PostgresForTests
from tests.ports import free_port
from tests.valkeys import a_valkey

NOBODY = "http://127.0.0.1:9"


class Patient:
    """A set-up: variables over an empty folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.variables: dict[str, str] = {}
        self.set(server__data_dir=str(folder), server__bind_addr="127.0.0.1:0")

    def set(self, **settings: object) -> None:
        for name, value in settings.items():
            self.variables[f"CHAT_SERVER__{name.upper()}"] = str(value)

    async def look(self, url: str = NOBODY) -> Diagnosis:
        loaded = load(config_dir=None, environ=self.variables, working_dir=self.folder)
        return await diagnose(loaded, url)

    async def finds(self, check: str, url: str = NOBODY) -> Finding:
        diagnosis = await self.look(url)
        return next(finding for finding in diagnosis.findings if finding.check == check)


@pytest.fixture
def patient(tmp_path: Path) -> Patient:
    return Patient(tmp_path)


async def test_what_is_well_has_the_full_score_and_is_left_as_it_was(patient: Patient) -> None:
    patient.set(server__max_connections=100, server__data_dir=patient.folder / "not" / "yet")
    diagnosis = await patient.look()

    assert diagnosis.score == 100
    assert diagnosis.is_well
    assert list(patient.folder.iterdir()) == []


def test_a_configuration_that_cannot_be_read_is_told_with_each_problem(patient: Patient) -> None:
    patient.set(server__workers="many", limits__adaptive="perhaps")
    with pytest.raises(ConfigurationError) as wrong:
        load(config_dir=None, environ=patient.variables, working_dir=patient.folder)
    diagnosis = of_configuration(wrong.value)

    assert diagnosis.score == 0
    assert len(diagnosis.findings) == 2
    assert not diagnosis.is_well


async def test_a_data_folder_that_cannot_be_written_is_wrong(patient: Patient) -> None:
    patient.set(server__data_dir="/proc/causerie")
    finding = await patient.finds("data folder")

    assert finding.verdict is Verdict.WRONG
    assert "server.data_dir" in finding.remedy


@pytest.mark.parametrize(
    ("name", "value", "check", "verdict"),
    [
        ("FULL_BYTES", 1 << 60, "disk space", Verdict.WRONG),
        ("LOW_FREE_BYTES", 1 << 60, "disk space", Verdict.DOUBTFUL),
        ("SLOW_SYNC_MS", -1.0, "disk speed", Verdict.DOUBTFUL),
        ("DESCRIPTOR_RESERVE", 1 << 40, "file descriptors", Verdict.DOUBTFUL),
    ],
)
async def test_a_machine_that_is_too_small_is_told_so(
    patient: Patient,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: float,
    check: str,
    verdict: Verdict,
) -> None:
    # The bounds are moved, as a small machine is hard to come by.
    monkeypatch.setattr(machine_module, name, value)

    assert (await patient.finds(check)).verdict is verdict


async def test_a_port_that_another_program_has_is_wrong(patient: Patient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        patient.set(server__bind_addr=f"127.0.0.1:{other.getsockname()[1]}")
        finding = await patient.finds("port")

    assert finding.verdict is Verdict.WRONG
    assert "another program" in finding.found


async def test_a_database_that_does_not_answer_is_wrong_and_its_password_is_not_told(
    patient: Patient,
) -> None:
    patient.set(database__url=f"postgresql://me:hush@127.0.0.1:{free_port()}/chat")
    finding = await patient.finds("database")

    assert finding.verdict is Verdict.WRONG
    assert "does not answer" in finding.found
    assert "hush" not in finding.found


async def test_a_database_is_looked_at_whole(patient: Patient, postgres: PostgresForTests) -> None:
    async with postgres.copy("template0") as name:
        patient.set(database__url=postgres.owner_of(name), database__max_connections=2)
        found = {finding.check: finding for finding in (await patient.look()).findings}
        patient.set(database__auto_migrate="false")
        held_back = await patient.finds("schema")

    assert found["database"].verdict is Verdict.WELL
    assert found["database speed"].verdict in {Verdict.WELL, Verdict.DOUBTFUL}
    assert found["clock"].verdict is Verdict.WELL
    assert found["schema"].verdict is Verdict.WELL
    assert held_back.verdict is Verdict.WRONG
    assert "causerie migrate" in held_back.found


async def test_a_database_with_too_few_connections_for_all_workers_is_wrong(
    patient: Patient, postgres: PostgresForTests
) -> None:
    patient.set(database__url=postgres.owner_dsn, server__workers=50, cache__url="embedded")
    finding = await patient.finds("database")

    assert finding.verdict is Verdict.WRONG
    assert "max_connections" in finding.found


async def test_a_redis_that_is_away_is_wrong(patient: Patient) -> None:
    patient.set(cache__url=f"redis://:hush@127.0.0.1:{free_port()}")
    finding = await patient.finds("Redis")

    assert finding.verdict is Verdict.WRONG
    assert "hush" not in finding.found


async def test_a_redis_without_tls_is_known_by_its_silence(patient: Patient) -> None:
    with a_valkey() as valkey:
        patient.set(cache__url=valkey.url.replace("redis:", "rediss:"))
        finding = await patient.finds("Redis")

    assert finding.verdict is Verdict.WRONG
    assert finding.remedy is not None
    assert "TLS" in finding.remedy


async def test_a_valkey_of_its_own_that_is_not_installed_is_wrong(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient.set(cache__url="embedded")
    monkeypatch.setattr(valkey_module, "PACKAGE", "not_installed_here")

    assert (await patient.finds("Redis")).verdict is Verdict.WRONG


async def test_a_clamd_that_is_away_is_wrong(patient: Patient) -> None:
    patient.set(files__scanner="clamd", files__clamd_port=free_port())

    assert (await patient.finds("clamd")).verdict is Verdict.WRONG


async def test_a_mail_server_that_is_away_is_wrong(patient: Patient) -> None:
    patient.set(
        mail__host="127.0.0.1",
        mail__port=free_port(),
        mail__sender="chat@example.org",
        server__public_url="https://chat.example.org",
    )

    assert (await patient.finds("mail")).verdict is Verdict.WRONG


def make_certificate(folder: Path, *, days: int) -> tuple[Path, Path]:
    """A certificate that ends in this many days, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "chat.example.org")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=100))
        .not_valid_after(now + dt.timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.touch(mode=0o600)
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return chain, secret


@pytest.mark.parametrize(
    ("days", "mode", "verdict"),
    [
        (90, 0o600, Verdict.WELL),
        (90, 0o644, Verdict.DOUBTFUL),
        (5, 0o600, Verdict.DOUBTFUL),
        (-1, 0o600, Verdict.WRONG),
    ],
)
async def test_a_certificate_that_ends_is_told_in_time(
    patient: Patient, days: int, mode: int, verdict: Verdict
) -> None:
    chain, key = make_certificate(patient.folder, days=days)
    key.chmod(mode)
    patient.set(server__tls_cert=chain, server__tls_key=key)

    assert (await patient.finds("TLS files")).verdict is verdict


async def test_a_certificate_without_its_key_is_wrong(patient: Patient) -> None:
    chain, _ = make_certificate(patient.folder, days=90)
    patient.set(server__tls_cert=chain, server__tls_key=chain)

    assert (await patient.finds("TLS files")).verdict is Verdict.WRONG


@contextmanager
def a_stranger(body: bytes, headers: dict[str, str]) -> Iterator[str]:
    """Something else that speaks HTTP, or a server behind a proxy that takes headers away."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_sent_away = "location" in headers and not self.path.startswith("/health")
            self.send_response(308 if is_sent_away else 200)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


ALL_HEADERS = {
    **{name.decode(): value.decode() for name, value in HEADERS},
    "content-security-policy": "default-src 'none'",
    "x-ratelimit-limit": "60",
}


async def test_a_stranger_at_the_address_is_known_as_one(patient: Patient) -> None:
    with a_stranger(b"<html>It works!</html>", ALL_HEADERS) as url:
        finding = await patient.finds("server", url)

    assert finding.verdict is Verdict.WRONG
    assert "not Causerie" in finding.found


@pytest.mark.parametrize(
    ("status", "verdict"),
    [("ok", Verdict.WELL), ("degraded", Verdict.DOUBTFUL), ("down", Verdict.WRONG)],
)
async def test_what_a_server_says_of_itself_is_heard(
    patient: Patient, status: str, verdict: Verdict
) -> None:
    body = b'{"status": "%b", "checks": {"disk": {"status": "%b"}}}' % ((status.encode(),) * 2)
    with a_stranger(body, ALL_HEADERS) as url:
        finding = await patient.finds("server", url)

    assert finding.verdict is verdict
    assert ("disk" in finding.found) is (status != "ok")


@pytest.mark.parametrize(
    ("missing", "check", "verdict"),
    [
        ("x-content-type-options", "headers", Verdict.WRONG),
        ("content-security-policy", "headers", Verdict.WRONG),
        ("x-ratelimit-limit", "limits", Verdict.DOUBTFUL),
    ],
)
async def test_what_a_proxy_takes_away_is_missed(
    patient: Patient, missing: str, check: str, verdict: Verdict
) -> None:
    headers = {name: value for name, value in ALL_HEADERS.items() if name != missing}
    with a_stranger(b'{"status": "ok", "checks": {}}', headers) as url:
        finding = await patient.finds(check, url)

    assert finding.verdict is verdict


async def test_who_is_sent_to_https_is_told_to_ask_there_for_the_limits(patient: Patient) -> None:
    away = {**ALL_HEADERS, "location": "https://chat.example.org/"}
    with a_stranger(b'{"status": "ok", "checks": {}}', away) as url:
        findings = {name: await patient.finds(name, url) for name in ("headers", "limits")}

    assert findings["headers"].verdict is Verdict.WELL
    assert findings["limits"].verdict is Verdict.SKIPPED
    assert "--url" in findings["limits"].found


async def test_limits_that_the_configuration_switches_off_are_told_of_as_such(
    patient: Patient,
) -> None:
    patient.set(limits__max_messages_per_minute=0)
    headers = {name: value for name, value in ALL_HEADERS.items() if "ratelimit" not in name}
    with a_stranger(b'{"status": "ok", "checks": {}}', headers) as url:
        finding = await patient.finds("limits", url)

    assert finding.verdict is Verdict.DOUBTFUL
    assert "max_messages_per_minute" in finding.found


async def test_every_finding_that_is_not_well_says_what_to_do(patient: Patient) -> None:
    patient.set(
        server__data_dir="/proc/causerie",
        database__url=f"postgresql://me@127.0.0.1:{free_port()}/chat",
        cache__url=f"redis://127.0.0.1:{free_port()}",
        files__scanner="clamd",
        files__clamd_port=free_port(),
    )
    diagnosis = await patient.look()
    bad = [f for f in diagnosis.findings if f.verdict in {Verdict.WRONG, Verdict.DOUBTFUL}]

    assert len(bad) >= 4
    assert all(finding.remedy for finding in bad)
    assert diagnosis.score < 50
