from __future__ import annotations

from typing import NamedTuple

import pytest

from causerie.audit import Kind, SecurityEvent, SecurityEvents, Severity, Watch
from causerie.audit.model import IMPOSSIBLE_SPEED, LOGIN_FAILURES, PROBING, site_of
from causerie.foundation.identity import Principal, UserId
from tests.fakes.clock import FakeClock
from tests.unit.audit.test_alarms import FakeStore


class Scene(NamedTuple):
    watch: Watch
    clock: FakeClock
    raised: list[SecurityEvent]
    blocked: list[str]


@pytest.fixture
async def scene() -> Scene:
    clock = FakeClock()
    events = SecurityEvents(FakeStore(), clock)
    scene = Scene(Watch(events, clock, max_keys=50), clock, [], [])
    events.listen(scene.raised.append)
    scene.watch.answer_with(lambda address, *_: scene.blocked.append(address))
    return scene


def principal(session: str) -> Principal:
    return Principal(
        user_id=UserId(7),
        username="ada",
        role="user",
        session=session,
        token="t",
        permissions=frozenset(),
    )


async def test_many_failed_logins_from_one_address_are_told_and_answered(scene: Scene) -> None:
    for _ in range(LOGIN_FAILURES.most - 1):
        scene.watch.login_failed("192.0.2.1")
    quiet = list(scene.raised)
    scene.watch.login_failed("192.0.2.1")

    assert quiet == []
    assert [(e.kind, e.address) for e in scene.raised] == [(Kind.LOGIN_FAILURES, "192.0.2.1")]
    assert scene.raised[0].details["why"] == "failed logins from one address"
    assert scene.blocked == ["192.0.2.1"]


async def test_failures_that_are_spread_out_are_somebodys_memory(scene: Scene) -> None:
    for _ in range(5 * LOGIN_FAILURES.most):
        scene.watch.login_failed("192.0.2.1")
        scene.clock.advance(LOGIN_FAILURES.seconds / (LOGIN_FAILURES.most - 2))

    assert scene.raised == []


async def test_probing_is_what_is_refused_and_not_what_fails(scene: Scene) -> None:
    for _ in range(2 * PROBING.most):
        scene.watch.refused("192.0.2.1", 422)
        scene.watch.refused("192.0.2.1", 503)
    quiet = list(scene.raised)
    for _ in range(PROBING.most):
        scene.watch.refused("192.0.2.2", 404)

    assert quiet == []
    assert [e.kind for e in scene.raised] == [Kind.PROBING]


async def test_what_goes_on_after_its_answers_is_critical(scene: Scene) -> None:
    for _ in range(3 * PROBING.most):
        scene.watch.refused("192.0.2.1", 404)

    assert [e.severity for e in scene.raised] == [
        Severity.WARNING,
        Severity.WARNING,
        Severity.CRITICAL,
    ]


async def test_one_session_from_distant_networks_at_once_is_told_and_not_blocked(
    scene: Scene,
) -> None:
    for address in ("192.0.2.1", "198.51.100.1", "192.0.2.200", "2001:db8::1"):
        scene.watch.seen(principal("stolen"), address)

    assert [(e.kind, e.user_id) for e in scene.raised] == [(Kind.IMPOSSIBLE_SPEED, 7)]
    assert scene.blocked == []


async def test_a_phone_that_moves_is_no_thief(scene: Scene) -> None:
    for number in range(40):
        scene.watch.seen(principal("phone"), f"192.0.{number}.1")
        scene.watch.seen(principal("at-home"), "198.51.100.7")
    scene.watch.seen(principal("travelling"), "192.0.2.1")
    for address in ("198.51.100.1", "203.0.113.1", "192.0.2.1"):
        scene.clock.advance(IMPOSSIBLE_SPEED.seconds)
        scene.watch.seen(principal("travelling"), address)

    assert scene.raised == []


async def test_what_is_remembered_is_bounded_and_goes_when_idle(scene: Scene) -> None:
    for number in range(500):
        scene.watch.login_failed(f"192.0.2.{number}")
    scene.clock.advance(4000)

    assert scene.watch.remove_idle() == 50
    assert scene.watch.remove_idle() == 0


def test_a_site_is_a_wide_network() -> None:
    assert site_of("192.0.2.1") == site_of("192.0.200.1") != site_of("192.1.2.1")
    assert site_of("2001:db8:1::1") == site_of("2001:db8:2::1")
    assert site_of("nonsense") == "nonsense"
