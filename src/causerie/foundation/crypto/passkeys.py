"""The ceremonies of WebAuthn (Level 3 §7), in the JSON that browsers take and give.

A ``credential`` is the text of ``PublicKeyCredential.toJSON()`` (§5.1). The library is imported when
it is needed: it brings half a second of ASN.1 that most starts of a server would pay for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from causerie.foundation.crypto.errors import NotGenuine

OPTIONS_MILLISECONDS = 300_000  # §15.1: what a browser waits for where somebody must be verified


class NewCredential(msgspec.Struct, frozen=True):
    """What an authenticator made; ``public_key`` is COSE, ``sign_count`` 0 where it does not count."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]
    is_backed_up: bool


class Claim(msgspec.Struct, frozen=True):
    """What a credential says of itself, before anything is proven."""

    credential_id: bytes
    challenge: bytes


def creation_options(
    host: str, *, challenge: bytes, user_handle: bytes, username: str, known: Sequence[bytes]
) -> str:
    """Give what ``navigator.credentials.create`` wants, as JSON.

    ``known``: the ids of the user's credentials, whose authenticators make no second one.
    """
    import webauthn
    from webauthn.helpers import structs

    return webauthn.options_to_json(
        webauthn.generate_registration_options(
            rp_id=host,
            rp_name=host,
            user_name=username,
            user_id=user_handle,
            challenge=challenge,
            timeout=OPTIONS_MILLISECONDS,
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                # Known by the device alone, and opened by its holder: both factors in one.
                resident_key=structs.ResidentKeyRequirement.REQUIRED,
                user_verification=structs.UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=one) for one in known],
        )
    )


def request_options(host: str, *, challenge: bytes) -> str:
    """Give what ``navigator.credentials.get`` wants, as JSON; it names no user and no credential."""
    import webauthn
    from webauthn.helpers import structs

    return webauthn.options_to_json(
        webauthn.generate_authentication_options(
            rp_id=host,
            challenge=challenge,
            timeout=OPTIONS_MILLISECONDS,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        )
    )


class _Response(msgspec.Struct):
    clientDataJSON: str  # noqa: N815 - WebAuthn's name
    transports: list[str] = []


class _Credential(msgspec.Struct):
    rawId: str  # noqa: N815 - WebAuthn's name
    response: _Response


class _ClientData(msgspec.Struct):
    challenge: str


def read_claim(credential: str) -> Claim:
    """Read what a credential says to be. Raises ``NotGenuine`` where it cannot be read."""
    from webauthn import base64url_to_bytes

    try:
        said = msgspec.json.decode(credential, type=_Credential)
        client = base64url_to_bytes(said.response.clientDataJSON)
        challenge = msgspec.json.decode(client, type=_ClientData).challenge
        return Claim(base64url_to_bytes(said.rawId), base64url_to_bytes(challenge))
    except (ValueError, RecursionError) as error:
        raise NotGenuine("unreadable") from error


def verify_creation(credential: str, *, host: str, origin: str, challenge: bytes) -> NewCredential:
    """Prove a new credential whose holder the device has verified (§7.1). Raises ``NotGenuine``."""
    import webauthn

    try:
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=host,
            expected_origin=origin,
            require_user_verification=True,
        )
        transports = msgspec.json.decode(credential, type=_Credential).response.transports
    except _failures() as error:
        raise NotGenuine(str(error)) from error
    return NewCredential(
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        transports=tuple(transports[:8]),
        is_backed_up=made.credential_backed_up,
    )


def verify_use(
    credential: str,
    *,
    host: str,
    origin: str,
    challenge: bytes,
    public_key: bytes,
    sign_count: int,
) -> int:
    """Prove the use of a credential whose holder the device has verified (§7.2).

    Gives the new count. Raises ``NotGenuine``, also where the count went back: a copy is about.
    """
    import webauthn

    try:
        used = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=host,
            expected_origin=origin,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except _failures() as error:
        raise NotGenuine(str(error)) from error
    return used.new_sign_count


def _failures() -> tuple[type[Exception], ...]:
    """List what the library raises for what is wrong with a credential: its own, and its parsers'."""
    from webauthn.helpers.exceptions import WebAuthnException

    return (WebAuthnException, ValueError, LookupError, TypeError, AttributeError, RecursionError)
