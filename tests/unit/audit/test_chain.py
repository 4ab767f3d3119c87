"""The check of a chain, on rows that were never in a database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from causerie.audit.model import Chain, ChainCheck, Checkpoint, Fault, Link, digest, genesis

NOW = datetime(2026, 1, 31, tzinfo=UTC)


def chain_of(count: int, *, start: int = 1) -> list[Link]:
    rows: list[Link] = []
    previous = genesis(Chain.LOGS)
    for row_id in range(start, start + count):
        parts = (str(row_id), "text", None)
        rows.append(Link(row_id, previous, digest(previous, parts), parts))
        previous = rows[-1].hash
    return rows


def signed(rows: Sequence[Link]) -> Checkpoint:
    hashes = b"".join(row.hash for row in rows)
    return Checkpoint(Chain.LOGS, rows[0].id, rows[-1].id, hashes, NOW, b"")


def faults(rows: Sequence[Link], *checkpoints: Checkpoint) -> list[tuple[Fault, int, int]]:
    check = ChainCheck(Chain.LOGS)
    for checkpoint in checkpoints:
        check.take_checkpoint(checkpoint)
    for row in rows:
        check.take_row(row)
    check.take_end()
    return [(finding.fault, finding.first_id, finding.last_id) for finding in check.findings]


def test_two_rows_of_other_columns_never_have_one_content() -> None:
    previous = genesis(Chain.LOGS)
    contents = [
        ("ab", "c"),
        ("a", "bc"),
        ("abc",),
        ("abc", None),
        ("abc", ""),
        ("2:ab1:c",),
        ("é",),
    ]

    assert len({digest(previous, parts) for parts in contents}) == len(contents)


@given(st.integers(1, 12), st.data(), st.booleans())
def test_whichever_row_is_taken_away_is_named(
    count: int,
    data: st.DataObject,
    is_signed: bool,
) -> None:
    rows = chain_of(count)
    gone = data.draw(st.integers(1, count))
    left = [row for row in rows if row.id != gone]

    found = faults(left, *([signed(rows)] if is_signed else []))

    if gone < count:
        assert found == [(Fault.MISSING, gone, gone)]
    else:
        assert found == ([(Fault.CUT_OFF, gone, gone)] if is_signed else [])


@given(st.integers(1, 12), st.data(), st.booleans())
def test_whichever_row_is_changed_is_named_alone(
    count: int,
    data: st.DataObject,
    is_signed: bool,
) -> None:
    rows = chain_of(count)
    nth = data.draw(st.integers(0, count - 1))
    checkpoints = [signed(rows)] if is_signed else []
    rows[nth] = Link(nth + 1, rows[nth].previous, rows[nth].hash, (str(nth + 1), "other", None))

    assert faults(rows, *checkpoints) == [(Fault.CHANGED, nth + 1, nth + 1)]


def test_a_rest_that_was_computed_anew_points_to_the_change() -> None:
    rows = chain_of(5)
    checkpoint = signed(rows)
    previous = rows[1].hash
    for nth in range(2, 5):
        parts = (str(nth + 1), "other" if nth == 2 else "text", None)
        rows[nth] = Link(nth + 1, previous, digest(previous, parts), parts)
        previous = rows[nth].hash

    assert faults(rows, checkpoint) == [(Fault.CHANGED, 3, 3), (Fault.REWRITTEN, 4, 5)]


def test_what_was_archived_need_not_be_there() -> None:
    rows = chain_of(6)
    check = ChainCheck(Chain.LOGS, start=(4, rows[3].hash))
    for row in rows[4:]:
        check.take_row(row)
    check.take_end()

    assert check.findings == []
