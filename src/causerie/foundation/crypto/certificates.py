"""What a certificate says about itself."""

from __future__ import annotations

from datetime import datetime

from cryptography import x509


def expiry_of(chain: bytes) -> datetime:
    """Give the end (UTC) of the first certificate of a chain in PEM. Raises ``ValueError``."""
    return x509.load_pem_x509_certificate(chain).not_valid_after_utc
