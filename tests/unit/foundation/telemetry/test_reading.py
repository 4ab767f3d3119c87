"""Metrics are read as Prometheus would read them, across restarts too."""

from __future__ import annotations

import pytest

from causerie.foundation.telemetry.reading import Reading, merged, quantile


def buckets(tenth: int, one: int, more: int) -> Reading:
    return Reading.of(
        "# TYPE t histogram\n"
        f't_bucket{{le="0.1"}} {tenth}\nt_bucket{{le="1"}} {one}\nt_bucket{{le="+Inf"}} {more}\n'
        f"t_sum 1\nt_count {more}\n"
    )


def test_samples_are_found_by_their_name_and_some_of_their_labels() -> None:
    reading = Reading.of('# TYPE a counter\na_total{k="x",l="1"} 2\na_total{k="y",l="1"} 3\n')

    assert reading.total("a_total") == 5
    assert reading.total("a_total", k="y") == 3
    assert reading.find("a_total", k="z") is None
    assert reading.total("b_total") == 0


def test_what_is_no_metric_is_refused() -> None:
    with pytest.raises(ValueError, match=r"."):
        Reading.of("<html>not found</html>")


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 0.1), (0.25, 0.05), (0.75, 0.55), (0.99, 0.982)]
)
def test_a_quantile_lies_in_its_bucket_by_straight_line(share: float, expected: float) -> None:
    assert quantile(share, buckets(50, 100, 100), None, "t") == pytest.approx(expected)


def test_a_quantile_is_of_what_came_in_between_two_readings() -> None:
    before, now = buckets(1000, 1000, 1000), buckets(1000, 1010, 1010)

    assert quantile(0.5, now, before, "t") == pytest.approx(0.55)
    assert quantile(0.5, now, now, "t") is None


def test_a_quantile_beyond_the_last_edge_is_that_edge() -> None:
    assert quantile(0.99, buckets(0, 0, 10), None, "t") == 1


def test_after_a_restart_all_that_is_shown_came_in_since() -> None:
    assert quantile(0.5, buckets(0, 10, 10), buckets(500, 500, 500), "t") == pytest.approx(0.55)


def test_several_readings_are_added_up() -> None:
    assert merged([buckets(1, 2, 3), buckets(1, 2, 3)]).total("t_count") == 6
