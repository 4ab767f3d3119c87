"""A dialect says what it has a word for, and nothing else."""

from __future__ import annotations

import msgspec
import pytest
import structlog.testing

from causerie.foundation.events import Event
from causerie.gateway.framing import text_frame
from causerie.gateway.vocabulary import Vocabulary, event_payload


class Rang(Event, frozen=True, gc=False):
    times: int


class Chimed(Event, frozen=True, gc=False):
    pass


class RangTwice(Rang, frozen=True, gc=False):
    pass


@pytest.fixture
def words() -> Vocabulary:
    words = Vocabulary()
    words.say(Rang, lambda event: b"ding" * event.times)
    return words


def test_an_event_is_said_as_one_text_message(words: Vocabulary) -> None:
    framed = words(Rang(2))

    assert framed == text_frame(b"dingding")


@pytest.mark.parametrize("event", [Chimed(), Rang(0), RangTwice(2)])
def test_without_a_word_nothing_is_sent_not_even_a_frame(words: Vocabulary, event: Event) -> None:
    assert words(event) == b""


def test_an_event_has_one_word(words: Vocabulary) -> None:
    with pytest.raises(ValueError, match="Rang"):
        words.say(Rang, lambda _event: b"")


def test_a_word_that_fails_costs_its_event_and_no_other(words: Vocabulary) -> None:
    def fail(_event: Chimed) -> bytes:
        raise RuntimeError("a bug")

    words.say(Chimed, fail)
    with structlog.testing.capture_logs() as logged:
        framed = [words(event) for event in (Chimed(), Rang(1))]

    assert framed == [b"", text_frame(b"ding")]
    assert [line["event"] for line in logged] == ["event_not_said"]


def test_the_payload_of_an_event_is_its_name_and_data() -> None:
    payload = event_payload("typing", {"typing": True, "name": 'a"%b'})

    assert msgspec.json.decode(payload) == {
        "type": "typing",
        "data": {"typing": True, "name": 'a"%b'},
    }
