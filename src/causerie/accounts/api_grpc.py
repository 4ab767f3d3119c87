"""Accounts over gRPC: who somebody is, and whom a token proves."""

from __future__ import annotations

from causerie.accounts.model import User
from causerie.accounts.service import AccountService
from causerie.foundation.errors import Code, Invalid, NotFound, Refusal
from causerie.foundation.identity import UserId
from causerie.gateway.grpc import Call, Method, Service, require_id, shaped
from causerie.v1 import accounts_pb2 as pb

# What says that a token proves nobody; whatever else is refused, is refused to the caller.
PROVES_NOBODY = frozenset({Code.UNAUTHENTICATED, Code.BANNED})


def account_service(accounts: AccountService) -> Service:
    """What this slice does of it."""
    calls = AccountCalls(accounts)
    return Service(
        pb.DESCRIPTOR.services_by_name["AccountService"],
        {"GetUser": Method(calls.get_user), "ValidateToken": Method(calls.validate_token)},
    )


class AccountCalls:
    """The methods of ``AccountService``."""

    def __init__(self, accounts: AccountService) -> None:
        self._accounts = accounts

    async def get_user(self, _call: Call, request: pb.GetUserRequest) -> pb.GetUserResponse:
        """Look a user up."""
        user = await self._find(request)
        return pb.GetUserResponse(user=shaped(pb.User, user.card()))

    async def validate_token(
        self, _call: Call, request: pb.ValidateTokenRequest
    ) -> pb.ValidateTokenResponse:
        """Say whom a token proves (RFC 7662 §2.2: one that does not hold is no error)."""
        if not request.token:
            raise Invalid("token", "Is required")
        try:
            principal = await self._accounts.authenticate_bearer(request.token)
        except Refusal as refusal:
            if refusal.code not in PROVES_NOBODY:
                raise
            return pb.ValidateTokenResponse(active=False, reason=refusal.code)
        return pb.ValidateTokenResponse(
            active=True,
            user_id=principal.user_id,
            username=principal.username,
            role=principal.role,
            permissions=sorted(principal.permissions),
            is_api_key=bool(principal.api_key),
        )

    async def _find(self, request: pb.GetUserRequest) -> User:
        match request.WhichOneof("user"):
            case "user_id":
                user_id = UserId(require_id(request.user_id, field="user_id"))
                return await self._accounts.get_user(user_id)
            case "username":
                user = await self._accounts.find_by_username(request.username)
                if user is None:
                    raise NotFound("user")
                return user
            case _:
                raise Invalid("user_id", "Either this or username is needed")
