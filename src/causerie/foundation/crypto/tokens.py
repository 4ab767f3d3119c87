"""Signed tokens (JWS in compact form, RFC 7515) and their keys (JWK, RFC 7517)."""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64decode
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from causerie.foundation.crypto.errors import (
    AlgorithmRefused,
    KeyNotKnown,
    NotAKeySet,
    NotAToken,
    SignatureRefused,
    WeakSecret,
)

SHARED = "HS256"
SHARED_KEY_ID = "shared"  # Not made from the secret: what is made from it helps to guess it.
MIN_SECRET_BYTES = 32  # RFC 7518 §3.2: at least as long as the hash's output
RSA_BITS = 3072  # NIST SP 800-57: good past 2030
KEY_ID_BYTES = 12
MIN_RSA_BITS = 2048  # RFC 7518 §3.3
MAX_PUBLISHED_KEYS = 32  # Of another system; a few are usual.
MAX_TOKEN_BYTES = 4096  # Ours have 500 to 700; what is longer is not looked into.

# Ed25519 by its name of RFC 9864, which deprecates "EdDSA".
_GENERATORS: Mapping[str, Callable[[], Key]] = MappingProxyType(
    {
        "ES256": lambda: ECKey.generate_key("P-256", private=True),
        "RS256": lambda: RSAKey.generate_key(RSA_BITS, private=True),
        "Ed25519": lambda: OKPKey.generate_key("Ed25519", private=True),
    }
)
_KEY_TYPES: Mapping[str, type[ECKey | RSAKey | OKPKey]] = MappingProxyType(
    {"ES256": ECKey, "RS256": RSAKey, "Ed25519": OKPKey}
)
_ALGORITHM_OF: Mapping[tuple[object, object], str] = MappingProxyType(
    {("EC", "P-256"): "ES256", ("RSA", None): "RS256", ("OKP", "Ed25519"): "Ed25519"}
)
ALGORITHMS = frozenset(_GENERATORS)  # Those with a pair of keys; HS256 stands apart.

# RFC 8725 §3.11: what is not an access token by its own word is none. Others who share a secret
# with us may leave the word out (RFC 7519 §5.1).
_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})

_PUBLIC_FIELDS = ("kty", "crv", "x", "y", "n", "e")  # RFC 7518 §6, RFC 8037 §2

# No `none`, nothing that was not asked for, and no header that fetches a key from elsewhere.
_REGISTRY = jws.JWSRegistry(algorithms=[*ALGORITHMS, SHARED])


class _PublishedKeys(msgspec.Struct):
    keys: list[dict[str, object]]


class SigningKey:
    """One key that signs and verifies under exactly one algorithm."""

    def __init__(self, key_id: str, algorithm: str, key: Key) -> None:
        self.key_id = key_id
        self.algorithm = algorithm
        self._key = key

    def sign(self, payload: bytes) -> str:
        """Give the payload as a token."""
        header = {"alg": self.algorithm, "kid": self.key_id, "typ": "JWT"}
        return jws.serialize_compact(header, payload, self._key, registry=_REGISTRY)

    def is_signed(self, token: jws.CompactSignature) -> bool:
        """Say whether the key has signed the token, whose ``alg`` is this key's."""
        return jws.validate_compact(token, self._key, registry=_REGISTRY)

    def public(self) -> dict[str, str]:
        """Give the public half as a JWK for a key set; a shared secret has none."""
        if self.algorithm == SHARED:
            raise ValueError("a shared secret has no public half")
        half = self._key.as_dict(private=False)
        fields: dict[str, str] = {name: str(half[name]) for name in _PUBLIC_FIELDS if name in half}
        return {**fields, "kid": self.key_id, "alg": self.algorithm, "use": "sig"}

    def export_private(self) -> bytes:
        """Give the whole key as JSON, to be sealed at once."""
        return msgspec.json.encode(self._key.as_dict(private=True))


def generate_key(algorithm: str) -> SigningKey:
    """Make a new pair of keys for one of ``ALGORITHMS``."""
    return SigningKey(secrets.token_urlsafe(KEY_ID_BYTES), algorithm, _GENERATORS[algorithm]())


def import_key(key_id: str, algorithm: str, exported: bytes) -> SigningKey:
    """Read what ``export_private`` gave."""
    fields = msgspec.json.decode(exported, type=dict[str, str | list[str]])
    return SigningKey(key_id, algorithm, _KEY_TYPES[algorithm].import_key(fields))


def import_public_keys(document: bytes, algorithms: Collection[str]) -> list[SigningKey]:
    """Read the keys of a JWK set (RFC 7517 §5) that verify under one of the algorithms.

    What is for something else, of another kind or unreadable is passed over (RFC 7517 §5). Raises
    ``NotAKeySet`` where nothing is left.
    """
    try:
        listed = msgspec.json.decode(document, type=_PublishedKeys).keys[:MAX_PUBLISHED_KEYS]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotAKeySet("what was read is no JWK set") from error
    found = [key for fields in listed if (key := _published_key(fields, algorithms)) is not None]
    if not found:
        raise NotAKeySet("the set has no key for " + ", ".join(sorted(algorithms)))
    return found


def _published_key(fields: Mapping[str, object], algorithms: Collection[str]) -> SigningKey | None:
    # Each key verifies under one algorithm, told by its kind: no secret (kty "oct") has a place here.
    algorithm = _ALGORITHM_OF.get((fields.get("kty"), fields.get("crv")))
    key_id = fields.get("kid")
    if algorithm not in algorithms or algorithm is None or not isinstance(key_id, str):
        return None
    if fields.get("use", "sig") != "sig" or fields.get("alg", algorithm) != algorithm:
        return None
    public = {name: fields[name] for name in _PUBLIC_FIELDS if name in fields}
    try:
        key = _KEY_TYPES[algorithm].import_key(public)  # type: ignore[arg-type]  # it checks them
        if isinstance(key, RSAKey) and key.public_key.key_size < MIN_RSA_BITS:
            return None
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return SigningKey(key_id, algorithm, key)


def shared_secret(secret: str) -> SigningKey:
    """Make the HS256 key of a configured secret. Raises ``WeakSecret`` under 32 bytes."""
    raw = secret.encode()
    if len(raw) < MIN_SECRET_BYTES:
        raise WeakSecret(
            f"security.jwt_secret has {len(raw)} bytes and needs {MIN_SECRET_BYTES}; make one "
            "with: openssl rand -hex 32"
        )
    return SigningKey(SHARED_KEY_ID, SHARED, OctKey.import_key(raw))


class KeySet:
    """The keys whose tokens are taken; the first one signs.

    With ``may_be_silent`` tokens without ``typ`` are taken, as those of a shared secret are.
    """

    def __init__(
        self,
        keys: Sequence[SigningKey],
        *,
        max_token_bytes: int = MAX_TOKEN_BYTES,
        may_be_silent: bool = False,
    ) -> None:
        self._signer = keys[0]
        self._max_token_bytes = max_token_bytes
        self._may_be_silent = may_be_silent
        self._by_id = {key.key_id: key for key in keys}
        self._algorithms = frozenset(key.algorithm for key in keys)

    def sign(self, payload: bytes) -> str:
        """Sign with the first key."""
        return self._signer.sign(payload)

    def read(self, token: str) -> bytes:
        """Give the payload of a token that one of the keys has signed.

        Raises ``NotAToken``, ``AlgorithmRefused``, ``KeyNotKnown`` or ``SignatureRefused``. Only
        ``alg`` and ``kid`` of the header count: a key inside a token (``jwk``, ``x5c``) or behind
        an address (``jku``, ``x5u``) is never looked at (RFC 8725 §3.10).
        """
        parsed = _parse(token, self._max_token_bytes)
        header = parsed.headers()
        algorithm, key_id = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or algorithm not in self._algorithms:
            raise AlgorithmRefused
        _require_access_token(header, may_be_silent=self._may_be_silent or algorithm == SHARED)
        if key_id is None and algorithm == SHARED:
            key_id = SHARED_KEY_ID  # Who shares a secret with us has no need of a name for it.
        key = self._by_id.get(key_id) if isinstance(key_id, str) else None
        if key is None or key.algorithm != algorithm:
            # A key signs under its own algorithm only: a public key is no HMAC secret.
            raise KeyNotKnown
        try:
            is_signed = key.is_signed(parsed)
        except (JoseError, ValueError, TypeError) as error:
            raise SignatureRefused from error
        if not is_signed:
            raise SignatureRefused
        _require_plain(parsed.payload)
        return parsed.payload

    def public(self) -> list[dict[str, str]]:
        """Give the public halves, as ``keys`` of a JWK set (RFC 7517 §5)."""
        return [key.public() for key in self._by_id.values() if key.algorithm != SHARED]


def _parse(token: str, max_bytes: int) -> jws.CompactSignature:
    if len(token) > max_bytes or not token.isascii() or token.count(".") != 2:
        raise NotAToken
    try:
        parsed = jws.extract_compact(token.encode(), registry=_REGISTRY)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        # The library leaves some shapes of header (a list, a number) to fail where they are used.
        raise NotAToken from error
    header: object = parsed.headers()
    if not isinstance(header, dict) or "crit" in header or "b64" in header:
        raise NotAToken  # RFC 7515 §4.1.11: who does not understand an extension refuses.
    _require_plain(urlsafe_b64decode(parsed.segments["header"] + b"=="))
    return parsed


def _require_access_token(header: Mapping[str, object], *, may_be_silent: bool) -> None:
    kind = header.get("typ")
    if kind is None and may_be_silent:
        return
    # A token inside a token (RFC 7519 §5.2) is not looked for.
    if not isinstance(kind, str) or kind.lower() not in _TYPES or "cty" in header:
        raise NotAToken


def _require_plain(text: bytes) -> None:
    """Raise ``NotAToken`` where a name stands twice: two readers could read two different things."""
    try:
        json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise NotAToken from error


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found
