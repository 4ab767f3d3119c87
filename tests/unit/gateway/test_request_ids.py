"""A request keeps the id that it came with, unless that would write lines into logs."""

from __future__ import annotations

import pytest

from causerie.gateway.request_ids import request_id_of


def test_a_sane_id_is_taken_over() -> None:
    assert request_id_of(["a b", "abc.1", "second"]) == "abc.1"


@pytest.mark.parametrize("given", ["", "a b\n", "é", "x" * 129])
def test_another_one_is_made_anew_each_time(given: str) -> None:
    made = {request_id_of([given]) for _ in range(2)}

    assert given not in made
    assert len(made) == 2
