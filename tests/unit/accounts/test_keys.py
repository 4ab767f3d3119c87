"""The life of a signing key, by the clock alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from causerie.accounts.model import KeyCard, KeyState, choose_signer, is_rotation_due

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def key(
    name: str, *, signs: float, until: float | None = None, algorithm: str = "ES256"
) -> KeyCard:
    return KeyCard(
        key_id=name,
        algorithm=algorithm,
        created_at=NOON,
        signs_from=after(signs),
        signs_until=None if until is None else after(until),
        published_until=None if until is None else after(until + 20),
    )


@pytest.mark.parametrize(
    ("minutes", "state"),
    [
        (-1, KeyState.NEXT),
        (0, KeyState.SIGNING),
        (9, KeyState.SIGNING),
        (10, KeyState.RETIRED),
        (29, KeyState.RETIRED),
        (30, KeyState.GONE),
    ],
)
def test_a_key_is_published_then_signs_then_retires_then_is_gone(
    minutes: float, state: KeyState
) -> None:
    assert key("a", signs=0, until=10).state(after(minutes)) is state


def test_of_those_that_may_sign_the_newest_does() -> None:
    keys = [key("next", signs=5), key("newer", signs=-5, until=5), key("old", signs=-9, until=-5)]

    chosen = choose_signer(keys, "ES256", at=NOON)

    assert chosen is not None
    assert chosen.key_id == "newer"


def test_a_key_of_another_algorithm_does_not_sign() -> None:
    assert choose_signer([key("a", signs=0, algorithm="RS256")], "ES256", at=NOON) is None


def test_where_the_clock_went_back_the_first_key_signs_all_the_same() -> None:
    keys = [key("later", signs=600), key("sooner", signs=60, until=600)]

    chosen = choose_signer(keys, "ES256", at=NOON)

    assert chosen is not None
    assert chosen.key_id == "sooner"


def test_a_retired_key_does_not_sign_again() -> None:
    assert choose_signer([key("a", signs=-9, until=-1)], "ES256", at=NOON) is None


def test_a_rotation_is_due_when_the_newest_key_has_signed_for_long_enough() -> None:
    keys = [key("new", signs=10), key("old", signs=-90, until=10)]
    hour = 3600.0

    assert not is_rotation_due(keys, "ES256", every_seconds=hour, at=after(69))
    assert is_rotation_due(keys, "ES256", every_seconds=hour, at=after(70))
    assert not is_rotation_due([], "ES256", every_seconds=hour, at=NOON)
