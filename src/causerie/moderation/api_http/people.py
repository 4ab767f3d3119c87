"""Who is meant in reports, sanctions and held files, which name people by their numbers."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter
from litestar.types import ControllerRouterHandler

from causerie.accounts import AccountService
from causerie.foundation.errors import Invalid
from causerie.foundation.identity import MAX_ID, UserId
from causerie.gateway.http import Acting
from causerie.moderation.service.reports import require_may_review
from causerie.moderation.wire.reports import WirePeople

MAX_PEOPLE = 100  # Of one question; as many as a page of reports has.
Ids = Annotated[
    list[int], QueryParameter(name="id", description=f"Whose; 1 to {MAX_PEOPLE} of them.")
]


def people_route(accounts: AccountService) -> ControllerRouterHandler:
    """Make the handler."""

    @get("/api/v2/moderation/users", tags=["moderation"])
    async def people(principal: Acting, ids: Ids) -> WirePeople:
        """Say who these are, for who works on reports; unknown numbers are left out."""
        require_may_review(principal)
        if not 1 <= len(ids) <= MAX_PEOPLE:
            raise Invalid("id", f"Must name 1 to {MAX_PEOPLE} users")
        if not all(1 <= one <= MAX_ID for one in ids):
            raise Invalid("id", f"Must lie between 1 and {MAX_ID}")
        found = await accounts.directory.get_many(UserId(one) for one in ids)
        return WirePeople([user.card() for user in found.values()])

    return people
