"""The parameters by which lists are paged; ``foundation.paging`` checks them."""

from __future__ import annotations

from typing import Annotated

from litestar.params import QueryParameter

BeforeId = Annotated[int | None, QueryParameter(description="Only those with a lower id.")]


def at_most(count: int) -> QueryParameter:
    """How many a page holds: for a parameter's annotation."""
    return QueryParameter(description=f"How many at most, 1 to {count:,}.")
