"""What lists are asked by is checked in one place."""

from __future__ import annotations

import pytest

from causerie.foundation.errors import Invalid
from causerie.foundation.identity import MAX_ID
from causerie.foundation.paging import require_bound, require_limit


@pytest.mark.parametrize("limit", [-1, 0, 101, 2**63])
def test_a_limit_is_from_one_to_the_most(limit: int) -> None:
    require_limit(1, 100)
    require_limit(100, 100)

    with pytest.raises(Invalid, match="limit"):
        require_limit(limit, 100)


@pytest.mark.parametrize("value", [-1, 0, MAX_ID + 1])
def test_a_bound_is_an_id_or_nothing(value: int) -> None:
    require_bound("before", None)
    require_bound("before", MAX_ID)
    require_bound("after", 0, least=0)

    with pytest.raises(Invalid, match="before"):
        require_bound("before", value)
