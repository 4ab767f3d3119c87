"""Whose servers may be tested, and how the load is spread."""

from __future__ import annotations

import pytest

from causerie.assembly.loadtest.plan import NotYours, Plan, require_own_target


@pytest.mark.parametrize("url", ["ws://127.0.0.1:8080", "wss://127.9.9.9", "ws://[::1]:8080"])
def test_this_machine_may_be_tested(url: str) -> None:
    require_own_target(url, is_mine=False)


@pytest.mark.parametrize("url", ["ws://192.0.2.7:8080", "wss://[2001:db8::1]", "ws://10.0.0.1"])
def test_another_machine_may_be_tested_only_by_its_owner(url: str) -> None:
    require_own_target(url, is_mine=True)

    with pytest.raises(NotYours, match="i-own-this-target"):
        require_own_target(url, is_mine=False)


@pytest.mark.parametrize("url", ["http://127.0.0.1", "127.0.0.1:8080", "ws://"])
def test_what_is_not_a_sockets_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="ws://"):
        require_own_target(url, is_mine=True)


@pytest.mark.parametrize(
    ("in_flight", "senders", "members", "spread"),
    [
        (16, 0, 100, [1] * 16),
        (16, 1, 100, [16]),
        (16, 0, 10, [2, 2, 2, 2, 2, 2, 1, 1, 1, 1]),
        (10, 0, 10, [1] * 10),
        (3, 8, 10, [1, 1, 1]),
        (16, 3, 1, [16]),
    ],
)
def test_messages_in_flight_are_spread_over_the_senders(
    in_flight: int, senders: int, members: int, spread: list[int]
) -> None:
    plan = Plan(in_flight=in_flight, senders=senders)

    assert plan.senders_in(members) == spread


def test_the_last_room_may_be_smaller() -> None:
    assert Plan(users=25, rooms_of=10).rooms == 3
