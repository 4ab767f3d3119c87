"""TLS on the port: the certificate, taken anew when it changes, and who may come without."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from pathlib import Path

import structlog

from causerie.foundation.crypto import expiry_of
from causerie.gateway.addresses import TrustedProxies

log = structlog.get_logger()

LOOK_SECONDS = 10.0  # How often the files are looked at; renewals come weeks before they must.


class CertificateUnusable(Exception):  # noqa: N818 - named after the fact; shown to the operator
    """The certificate or its key cannot be used; ``str()`` says which and why."""


class Certificate:
    """A certificate chain and its key, both PEM; ``context`` serves what the files hold.

    Raises ``CertificateUnusable`` where they cannot be used at first. Later what cannot be used is
    logged, and the one before goes on to serve: also where the new one has ended already, as one that
    was put back by mistake. One that has ended at first serves: the clock may be wrong.
    """

    def __init__(self, chain: Path, key: Path) -> None:
        self._chain = chain
        self._key = key
        self._seen = self._look()
        self._load(_new_context())
        self.context = _new_context()
        self._load(self.context)

    async def watch(self, interval_seconds: float = LOOK_SECONDS) -> None:
        """Take a renewed certificate for the connections that come; a supervised worker."""
        while True:
            await asyncio.sleep(interval_seconds)
            self.refresh()

    def refresh(self) -> None:
        """Look once whether the files have changed, and take them where they can be used."""
        seen = self._look()
        if seen == self._seen:
            return
        self._seen = seen
        try:
            # Tried elsewhere first: a chain without its key must not reach who comes now.
            self._load(_new_context())
            self._require_valid()
            self._load(self.context)
        except CertificateUnusable as error:
            log.error("certificate_not_renewed", reason=str(error))  # noqa: TRY400 - the reason says it
        else:
            log.info("certificate_renewed", path=str(self._chain))

    def warn_of_end(self) -> None:
        """Log that it has ended, if it has: no client that looks takes it."""
        try:
            self._require_valid()
        except CertificateUnusable as error:
            log.warning("certificate_ended", reason=str(error))

    def _require_valid(self) -> None:
        try:
            ends = expiry_of(self._chain.read_bytes())
        except (OSError, ValueError):
            return  # OpenSSL has read it, and knows more kinds of files.
        if ends <= datetime.now(UTC):
            raise CertificateUnusable(f"the certificate {self._chain} ended on {ends:%Y-%m-%d}")

    def _load(self, context: ssl.SSLContext) -> None:
        try:
            context.load_cert_chain(self._chain, self._key)
        except OSError as error:  # ssl.SSLError is one
            missing = next((p for p in (self._chain, self._key) if not p.exists()), None)
            reason = str(error) if missing is None else f"there is no {missing}"
            raise CertificateUnusable(
                f"the certificate {self._chain} and its key {self._key} cannot be used: {reason}"
            ) from error

    def _look(self) -> tuple[tuple[int, int, int], ...]:
        try:
            found = (self._chain.stat(), self._key.stat())
        except OSError:
            return ()  # Between the removal of the old file and the new one, or for good.
        return tuple((stat.st_ino, stat.st_size, stat.st_mtime_ns) for stat in found)


def _new_context() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def says_https(forwarded_proto: str | None) -> bool:
    """Say what ``X-Forwarded-Proto`` of a proxy that is trusted says; the last is the nearest one's."""
    return (forwarded_proto or "").rpartition(",")[2].strip().lower() == "https"


class HttpsRule:
    """Whether a request came encrypted, where that is asked for.

    What a trusted proxy calls https counts, and nothing else that comes in plain. Not what comes from
    this machine either: a proxy on it that says nothing of itself would bring everybody in plain.
    """

    def __init__(self, trusted: TrustedProxies, *, is_asked_for: bool) -> None:
        self._trusted = trusted
        self.is_asked_for = is_asked_for

    def is_met(
        self, *, is_secure: bool, peer: str, forwarded_proto: str | None, is_at_home: bool = False
    ) -> bool:
        """Say whether the request may be served.

        ``is_secure``: the connection to us is TLS; ``forwarded_proto``: ``X-Forwarded-Proto`` as it
        came; ``is_at_home``: it is surely of a program on this machine.
        """
        if is_secure or not self.is_asked_for:
            return True
        if self._trusted.trusts(peer):
            return says_https(forwarded_proto)
        return is_at_home
