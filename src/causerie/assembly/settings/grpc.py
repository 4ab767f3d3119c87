"""The settings of gRPC."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from causerie.assembly.settings.declaring import setting
from causerie.assembly.settings.kinds import Address, Boolean, FilePath, ListenAddress, Maybe

_on_or_off = Boolean()
_maybe_path = Maybe(FilePath())


@dataclass(frozen=True, slots=True, kw_only=True)
class GrpcSettings:
    """gRPC for other services (docs/grpc.md)."""

    enabled: bool = setting(_on_or_off, default=False, doc="Serve gRPC, for other services.")
    bind_addr: Address = setting(
        ListenAddress(), "127.0.0.1:9090", "Where gRPC listens, a port of its own."
    )
    tls_cert: Path | None = setting(_maybe_path, "", "Certificate chain of gRPC (PEM).")
    tls_key: Path | None = setting(_maybe_path, "", "Its private key (PEM).")
    client_ca: Path | None = setting(
        _maybe_path,
        "",
        "Only clients with a certificate of this authority may connect (PEM; mutual TLS).",
    )
