"""Two-factor and step-up over HTTP: ``/auth/2fa/*`` and ``/auth/step-up``."""

from __future__ import annotations

import io
from collections.abc import Sequence

import segno
from litestar import Response, get, post
from litestar.params import JSONBody
from litestar.types import ControllerRouterHandler

from causerie.accounts.api_http.origins import counted, origin_of, proof_of
from causerie.accounts.model import Proof
from causerie.accounts.service import AccountService
from causerie.accounts.wire import (
    BackupCodesBody,
    CodeBody,
    DisableBody,
    EnrolmentBody,
    ProofBody,
    SecondFactorBody,
)
from causerie.gateway.http import AUTH_TIER, Acting, AnyRequest, ClientAddress

QR_SCALE = 5  # Pixels of a module: some 230 in all, which a phone reads from a laptop's screen.


def second_factor_routes(accounts: AccountService) -> Sequence[ControllerRouterHandler]:
    """Make the handlers."""
    return [*_setting_up(accounts), *_proving(accounts)]


def _setting_up(accounts: AccountService) -> Sequence[ControllerRouterHandler]:
    two_factor = accounts.two_factor

    @get("/auth/2fa", summary="Whether two-factor is on")
    async def show(principal: Acting) -> SecondFactorBody:
        return SecondFactorBody(
            enabled=await two_factor.is_on(principal.user_id),
            backup_codes_left=await two_factor.count_backup_codes(principal.user_id),
        )

    @post("/auth/2fa/enable", opt=AUTH_TIER, status_code=200, summary="Set up an authenticator")
    @counted
    async def enable(
        principal: Acting,
        request: AnyRequest,
        client_address: ClientAddress,
        data: JSONBody[ProofBody | None] = None,
    ) -> EnrolmentBody:
        """Give what an authenticator is set up with; it is in force after ``/auth/2fa/verify``.

        Without a password within 5 minutes of the login.
        """
        made = await two_factor.propose(
            principal, proof_of(data), origin_of(request, client_address)
        )
        return EnrolmentBody(made.secret, made.uri, qr_svg(made.uri))

    @get("/auth/2fa/qr.png", media_type="image/png", summary="The same as a picture")
    async def picture(principal: Acting) -> Response[bytes]:
        """Show the authenticator that was proposed and is not in force yet, as a QR code."""
        made = await two_factor.show_proposed(principal)
        return Response(qr_png(made.uri), media_type="image/png")

    @post("/auth/2fa/verify", opt=AUTH_TIER, status_code=200, summary="Switch two-factor on")
    @counted
    async def verify(
        principal: Acting,
        data: JSONBody[CodeBody],
        request: AnyRequest,
        client_address: ClientAddress,
    ) -> BackupCodesBody:
        """Put the authenticator in force that shows this code; gives ten backup codes, once."""
        origin = origin_of(request, client_address)
        return BackupCodesBody(await two_factor.confirm(principal, data.code, origin))

    return [show, enable, picture, verify]


def _proving(accounts: AccountService) -> Sequence[ControllerRouterHandler]:
    two_factor = accounts.two_factor

    @post("/auth/2fa/disable", opt=AUTH_TIER, status_code=204, summary="Switch two-factor off")
    @counted
    async def disable(
        principal: Acting,
        data: JSONBody[DisableBody],
        request: AnyRequest,
        client_address: ClientAddress,
    ) -> None:
        await two_factor.disable(
            principal, Proof(data.password, data.code), origin_of(request, client_address)
        )

    @post("/auth/2fa/backup-codes", opt=AUTH_TIER, status_code=200, summary="New backup codes")
    @counted
    async def backup_codes(
        principal: Acting,
        request: AnyRequest,
        client_address: ClientAddress,
        data: JSONBody[ProofBody | None] = None,
    ) -> BackupCodesBody:
        """Void the backup codes and give ten new ones; needs a step-up, or the proof itself."""
        codes = await two_factor.renew_backup_codes(
            principal, proof_of(data), origin_of(request, client_address)
        )
        return BackupCodesBody(codes)

    @post("/auth/step-up", opt=AUTH_TIER, status_code=204, summary="Prove again who one is")
    @counted
    async def step_up(
        principal: Acting,
        data: JSONBody[ProofBody],
        request: AnyRequest,
        client_address: ClientAddress,
    ) -> None:
        """Allow sensitive actions to this session for 5 minutes."""
        await accounts.step_up.prove(
            principal, Proof(data.password, data.code), origin_of(request, client_address)
        )

    return [disable, backup_codes, step_up]


def qr_svg(uri: str) -> str:
    """Draw an address as an SVG element that stands by itself."""
    out = io.BytesIO()
    segno.make_qr(uri, error="m").save(out, kind="svg", scale=QR_SCALE, xmldecl=False, light="#fff")
    return out.getvalue().decode()


def qr_png(uri: str) -> bytes:
    """Draw an address as a PNG."""
    out = io.BytesIO()
    segno.make_qr(uri, error="m").save(out, kind="png", scale=QR_SCALE)
    return out.getvalue()
