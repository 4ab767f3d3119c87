"""Facts are heard by all who listen, in order, whatever one of them does."""

from __future__ import annotations

import structlog.testing

from causerie.foundation.events import Event, Events


class Rang(Event, frozen=True, gc=False):
    times: int


class RangTwice(Rang, frozen=True, gc=False):
    pass


class Knocked(Event, frozen=True, gc=False):
    pass


def test_events_are_heard_in_the_order_given_by_all_who_listen() -> None:
    events, heard = Events(), list[object]()
    events.listen(Rang, lambda event: heard.append(("one", event.times)))
    events.listen(Knocked, lambda _event: heard.append("knock"))
    events.listen(Rang, lambda event: heard.append(("two", event.times)))
    events.announce([Rang(1), Knocked(), Rang(2)])

    assert heard == [("one", 1), ("two", 1), "knock", ("one", 2), ("two", 2)]


def test_a_listener_hears_exactly_its_type() -> None:
    events, heard = Events(), list[Event]()
    events.listen(Rang, heard.append)
    events.announce([RangTwice(2), Knocked()])

    assert heard == []


def test_a_listener_that_fails_is_logged_and_the_others_hear() -> None:
    events, heard = Events(), list[Event]()

    def fail(_event: Event) -> None:
        raise RuntimeError("a bug")

    events.listen(Rang, fail)
    events.listen(Rang, heard.append)
    with structlog.testing.capture_logs() as logged:
        events.announce([Rang(1), Rang(2)])

    assert heard == [Rang(1), Rang(2)]
    assert [line["event"] for line in logged] == ["event_listener_failed"] * 2


def test_what_is_listened_for_everywhere_is_carried_after_it_was_heard_here() -> None:
    events, heard = Events(), list[object]()
    events.listen_everywhere(Rang, heard.append)
    events.listen(Knocked, heard.append)
    events.share(lambda event: heard.append(("carried", event)))
    events.announce([Rang(1), RangTwice(2), Knocked()])

    assert events.shared == [Rang]
    assert heard == [Rang(1), ("carried", Rang(1)), Knocked()]


def test_what_another_node_announced_is_heard_by_those_who_listen_everywhere_and_not_carried_on() -> (
    None
):
    events, heard = Events(), list[object]()
    events.listen(Rang, lambda _: heard.append("here"))
    events.listen_everywhere(Rang, heard.append)
    events.share(lambda event: heard.append(("carried", event)))
    events.hear(Rang(1))
    events.hear(Knocked())

    assert heard == [Rang(1)]
