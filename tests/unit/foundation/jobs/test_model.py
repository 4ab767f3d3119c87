"""How far apart a job's attempts are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from causerie.foundation.jobs import Job, Never, Retries
from causerie.foundation.jobs.model import MAX_RETRY_AFTER_SECONDS

RETRIES = Retries(attempts=8, first_seconds=10, longest_seconds=100)


def test_waits_double_up_to_a_bound() -> None:
    waits = [RETRIES.delay(n, None, chance=0.999999) for n in (1, 2, 3, 4, 5, 500)]

    assert [round(wait) for wait in waits] == [10, 20, 40, 80, 100, 100]


def test_half_of_a_wait_is_chance() -> None:
    assert RETRIES.delay(2, None, chance=0.0) == 10
    assert RETRIES.delay(2, None, chance=0.5) == 15


def test_who_asks_for_more_time_gets_it_up_to_a_day() -> None:
    assert RETRIES.delay(1, 60, chance=0.5) == 60
    assert RETRIES.delay(1, 0, chance=0.0) == 5
    assert RETRIES.delay(1, 1e12, chance=0.5) == MAX_RETRY_AFTER_SECONDS


def test_a_payload_of_another_shape_is_never_done() -> None:
    job = Job(
        id=1, kind="k", payload='{"a":1}', destination=None, key=None, attempts=1,
        created_at=datetime.now(UTC),
    )  # fmt: skip

    assert job.read(dict[str, int]) == {"a": 1}
    with pytest.raises(Never):
        job.read(list[int])
