"""TLS on the gRPC port: the certificate, taken anew when it changes, and whose clients may come."""

from __future__ import annotations

import ssl
from pathlib import Path

import grpc
import structlog

from causerie.gateway.encryption import Certificate, CertificateUnusable
from causerie.gateway.listener import CannotListen

log = structlog.get_logger()


def credentials(
    chain: Path | None, key: Path | None, client_ca: Path | None
) -> grpc.ServerCredentials | None:
    """Read the files; None: in plain. Raises ``CannotListen`` where they cannot be used."""
    if chain is None or key is None:
        return None
    files = _Files(chain, key, client_ca)
    try:
        first = files.read()
    except (OSError, CertificateUnusable) as error:
        raise CannotListen(f"gRPC cannot use its certificate: {error}") from error
    return grpc.dynamic_ssl_server_credentials(
        first,
        files.renewed,  # type: ignore[arg-type] # None means unchanged, as the library documents
        require_client_authentication=client_ca is not None,
    )


class _Files:
    """What the certificates are read from.

    ``renewed`` is called by the library at each handshake, on a thread of its own: it looks at the
    files' times, and reads them where those have changed.
    """

    def __init__(self, chain: Path, key: Path, client_ca: Path | None) -> None:
        self._chain = chain
        self._key = key
        self._client_ca = client_ca
        self._seen = self._look()

    def read(self) -> grpc.ServerCertificateConfiguration:
        """Read them. Raises ``OSError`` or ``CertificateUnusable``."""
        Certificate(self._chain, self._key)  # Says what is wrong, which the library does not.
        roots = None
        if self._client_ca is not None:
            roots = self._client_ca.read_bytes()
            _require_authorities(self._client_ca, roots)
        pair = (self._key.read_bytes(), self._chain.read_bytes())
        return grpc.ssl_server_certificate_configuration([pair], root_certificates=roots)

    def renewed(self) -> grpc.ServerCertificateConfiguration | None:
        """Give what the files hold where they have changed; what cannot be used is logged."""
        seen = self._look()
        if not seen or seen == self._seen:
            return None
        self._seen = seen
        try:
            read = self.read()
        except (OSError, CertificateUnusable) as error:
            log.error("certificate_not_renewed", reason=str(error))  # noqa: TRY400 - the reason says it
            return None
        log.info("certificate_renewed", path=str(self._chain))
        return read

    def _look(self) -> tuple[tuple[int, int, int], ...]:
        paths = (self._chain, self._key, *([] if self._client_ca is None else [self._client_ca]))
        try:
            found = [path.stat() for path in paths]
        except OSError:
            return ()  # Between the removal of the old file and the new one, or for good.
        return tuple((stat.st_ino, stat.st_size, stat.st_mtime_ns) for stat in found)


def _require_authorities(path: Path, roots: bytes) -> None:
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=roots.decode("ascii"))
    except (ValueError, ssl.SSLError) as error:
        raise CertificateUnusable(f"the authorities {path} cannot be used: {error}") from error
