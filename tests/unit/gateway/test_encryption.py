"""The certificate on the port, and who may come without encryption."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from causerie.gateway.addresses import TrustedProxies
from causerie.gateway.encryption import Certificate, CertificateUnusable, HttpsRule
from tests.scenes.certificate import write_certificate

PROXY = "10.0.0.1"


def shown_by(certificate: Certificate) -> bytes:
    """What a client that connects now is shown (DER), in one process and without a network."""
    client = ssl.create_default_context()
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(to_client, to_server)
    there = certificate.context.wrap_bio(to_server, to_client, server_side=True)
    for side in (here, there, here, there):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    shown = here.getpeercert(binary_form=True)
    assert shown is not None
    return shown


@pytest.mark.parametrize("broken", ["chain", "key", "neither"])
def test_what_cannot_be_used_is_refused_by_name(tmp_path: Path, broken: str) -> None:
    chain, key = write_certificate(tmp_path)
    if broken == "chain":
        chain.write_text("nothing")
    elif broken == "key":
        (tmp_path / "other").mkdir()
        key = write_certificate(tmp_path / "other")[1]
    else:
        key.unlink()

    with pytest.raises(CertificateUnusable, match=r"cert\.pem .* key\.pem|cert\.pem"):
        Certificate(chain, key)


def test_a_renewed_certificate_is_shown_to_who_comes_then(tmp_path: Path) -> None:
    certificate = Certificate(*write_certificate(tmp_path))
    before = shown_by(certificate)
    write_certificate(tmp_path)

    certificate.refresh()

    assert shown_by(certificate) != before


def test_half_a_renewal_changes_nothing_until_the_other_half_is_there(tmp_path: Path) -> None:
    chain, key = write_certificate(tmp_path)
    certificate = Certificate(chain, key)
    before = shown_by(certificate)
    (tmp_path / "new").mkdir()
    new_chain, new_key = write_certificate(tmp_path / "new")
    chain.write_bytes(new_chain.read_bytes())
    with capture_logs() as logs:
        certificate.refresh()
        certificate.refresh()
    in_between = shown_by(certificate)
    key.write_bytes(new_key.read_bytes())

    certificate.refresh()

    assert [line["event"] for line in logs] == ["certificate_not_renewed"]
    assert in_between == before != shown_by(certificate)


def test_a_renewal_that_has_ended_already_does_not_take_the_place_of_one_that_holds(
    tmp_path: Path,
) -> None:
    certificate = Certificate(*write_certificate(tmp_path))
    before = shown_by(certificate)
    write_certificate(tmp_path, days=-1)
    with capture_logs() as logs:
        certificate.refresh()

    assert shown_by(certificate) == before
    assert [line["event"] for line in logs] == ["certificate_not_renewed"]


@pytest.mark.parametrize(("days", "told"), [(1, []), (-1, ["certificate_ended"])])
def test_one_that_has_ended_serves_at_first_and_is_told_of(
    tmp_path: Path, days: int, told: list[str]
) -> None:
    certificate = Certificate(*write_certificate(tmp_path, days=days))
    with capture_logs() as logs:
        certificate.warn_of_end()

    assert shown_by(certificate)
    assert [line["event"] for line in logs] == told


async def test_the_files_are_looked_at_for_ever(tmp_path: Path) -> None:
    certificate = Certificate(*write_certificate(tmp_path))
    before = shown_by(certificate)
    watching = asyncio.create_task(certificate.watch(interval_seconds=0.01))
    write_certificate(tmp_path)

    async with asyncio.timeout(60):
        while shown_by(certificate) == before:
            await asyncio.sleep(0.01)

    assert not watching.done()
    watching.cancel()


@pytest.mark.parametrize(
    ("is_met", "traits"),
    [
        (True, {"is_secure": True}),
        (True, {"peer": PROXY, "forwarded_proto": "https"}),
        (True, {"peer": PROXY, "forwarded_proto": "http, HTTPS"}),
        (False, {}),
        (False, {"forwarded_proto": "https"}),
        (False, {"peer": PROXY, "forwarded_proto": "http"}),
        (False, {"peer": PROXY, "forwarded_proto": "https, http"}),
        (False, {"peer": PROXY}),
        (False, {"peer": "127.0.0.1"}),
        (False, {"peer": "::1"}),
        (True, {"peer": "::1", "is_at_home": True}),
        (False, {"peer": PROXY, "is_at_home": True}),
    ],
)
def test_where_encryption_is_asked_for_a_word_for_it_must_be_true(
    is_met: bool, traits: dict[str, object]
) -> None:
    request = {"is_secure": False, "peer": "192.0.2.1", "forwarded_proto": None}
    request |= traits
    trusted = TrustedProxies([PROXY])

    assert HttpsRule(trusted, is_asked_for=True).is_met(**request) is is_met  # type: ignore[arg-type] # a table of traits
    assert HttpsRule(trusted, is_asked_for=False).is_met(**request)  # type: ignore[arg-type] # as above
