"""Behaviour: what the rules see, what is an offence, and what is none."""

from __future__ import annotations

import time

import pytest

from causerie.foundation.identity import ConversationId, UserId
from causerie.limits import Action, Behaviour, LimitOptions, Offence, Scope, Subject
from causerie.limits.model import ConductRule
from causerie.limits.service import BlockBook
from causerie.limits.wiring import build_book
from tests.fakes.clock import FakeClock
from tests.measures import slowness

ADA = UserId(7)
SUBJECT = Subject(Scope.USER, "7")


class Watched:
    """Somebody who is watched."""

    def __init__(self, *, messages_per_minute: int = 60) -> None:
        self.clock = FakeClock()
        self.offences: list[Offence] = []
        self.blocked = BlockBook(self.clock)
        options = LimitOptions(messages_per_minute=messages_per_minute)
        book = build_book(options, clock=self.clock)
        self.behaviour = Behaviour(
            self.offences.append,
            self.blocked,
            messages=lambda: book.of_users(Action.MESSAGES),
            clock=self.clock,
        )

    def say(self, text: str, *, place: int = 1, direct: bool = False, first: bool = False) -> None:
        self.behaviour.note_message(
            ADA, ConversationId(place), text, is_direct=direct, is_first=first
        )

    @property
    def rules(self) -> list[str]:
        return [offence.rule for offence in self.offences]


def test_a_minute_of_one_text_is_no_offence() -> None:
    ada = Watched()
    for _ in range(60):
        ada.say("hello")

    assert ada.offences == []


@pytest.mark.parametrize(
    "ways",
    [
        ("buy now", "Buy now!!", "**buy now**", "buy\tnow", "(buy now)"),
        ("buy now", "bu\u200by now", "b\u0301uy now", "\uff42uy now", "\U0001d41buy now"),
    ],
)
def test_what_reads_alike_is_the_same_text(ways: tuple[str, ...]) -> None:
    ada = Watched()
    for number in range(120):
        ada.clock.advance(1)
        ada.say(ways[number % len(ways)])

    assert ada.rules == ["repeating"]


@pytest.mark.parametrize(
    "texts",
    [
        [f"build {number} passed" for number in range(130)],
        [":)", ":(", ";-)", "👍", "?!"] * 23,
        ["été", "ete", "oui", "non"] * 29,
    ],
)
def test_what_differs_in_a_word_or_a_sign_of_its_own_is_not(texts: list[str]) -> None:
    ada = Watched()
    for text in texts:
        ada.clock.advance(1)
        ada.say(text)

    assert ada.offences == []


def test_the_same_text_again_and_again_is_an_offence_and_is_explained() -> None:
    ada = Watched()
    for number in range(120):
        ada.clock.advance(1)
        ada.say("Buy  NOW " if number % 2 else "buy now")

    assert ada.rules == [ConductRule.REPEATING]
    assert ada.offences[0].subject == SUBJECT
    assert ada.offences[0].score >= 100
    assert "repeating: 120 in 600 s, of 120" in ada.offences[0].reason
    assert "now" not in ada.offences[0].reason  # no text of a message


def test_different_texts_are_none() -> None:
    ada = Watched()
    for number in range(600):
        ada.clock.advance(1)
        ada.say(f"line {number}")

    assert ada.offences == []


def test_running_through_very_many_rooms_is_an_offence() -> None:
    ada = Watched()
    for room in range(45):
        ada.clock.advance(1)
        ada.say(f"line {room}", place=room)

    assert ada.rules == [ConductRule.HOPPING]


def test_the_same_rooms_over_a_day_are_none() -> None:
    ada = Watched()
    for room in range(200):
        ada.clock.advance(5)
        ada.say(f"line {room}", place=room % 50)

    assert ada.offences == []


def test_writing_to_very_many_strangers_is_an_offence() -> None:
    ada = Watched()
    for stranger in range(25):
        ada.clock.advance(10)
        ada.say(f"hi {stranger}", place=stranger, direct=True, first=True)

    assert ada.rules == [ConductRule.MASS_DIRECT]


def test_answering_many_friends_is_none() -> None:
    ada = Watched()
    for friend in range(100):
        ada.clock.advance(1)
        ada.say(f"hi {friend}", place=friend, direct=True)

    assert ada.offences == []


def test_going_on_though_refused_is_an_offence() -> None:
    ada = Watched()
    for _ in range(1000):
        ada.behaviour.note_refusal(Action.MESSAGES, ADA)

    assert ada.rules == [ConductRule.FLOODING]


def test_an_address_that_goes_on_is_one_too() -> None:
    ada = Watched()
    for _ in range(1000):
        ada.behaviour.note_refusal(Action.AUTH_ATTEMPTS, "192.0.2.7")

    assert [o.subject for o in ada.offences] == [Subject(Scope.ADDRESS, "192.0.2.7")]


def test_a_client_that_tries_again_each_second_is_none() -> None:
    ada = Watched()
    for _ in range(3000):
        ada.clock.advance(1)
        ada.behaviour.note_refusal(Action.MESSAGES, ADA)

    assert ada.offences == []


def test_who_is_blocked_already_does_not_make_it_worse() -> None:
    ada = Watched()
    ada.blocked.put(ADA, 60)
    for _ in range(5000):
        ada.behaviour.note_refusal(Action.MESSAGES, ADA)

    assert ada.offences == []


def test_what_was_punished_once_does_not_count_again() -> None:
    ada = Watched()
    for _ in range(200):
        ada.say("buy now")

    assert len(ada.offences) == 1


def test_several_small_things_add_up() -> None:
    ada = Watched()
    for number in range(118):
        ada.clock.advance(0.6)
        ada.say("buy now", place=number % 30)

    assert ada.rules == [ConductRule.REPEATING]
    assert "hopping" in ada.offences[0].reason


def test_nobody_is_watched_where_the_limit_is_off() -> None:
    ada = Watched(messages_per_minute=0)
    for number in range(2000):
        ada.say("buy now", place=number)
        ada.behaviour.note_refusal(Action.MESSAGES, ADA)

    assert ada.offences == []


def test_a_wide_limit_is_meant_to_be_used() -> None:
    ada = Watched(messages_per_minute=6000)
    for _ in range(6000):
        ada.say("tick")

    assert ada.offences == []


def test_what_is_seen_can_be_shown_before_it_is_an_offence() -> None:
    ada = Watched()
    for _ in range(30):
        ada.say("hello")

    repeating = ada.behaviour.findings(SUBJECT)[1]

    assert (repeating.rule, repeating.count) == (ConductRule.REPEATING, 30)
    assert repeating.score == pytest.approx(25.0)


def test_the_idle_are_forgotten() -> None:
    ada = Watched()
    ada.say("hello")
    ada.clock.advance(601)

    assert ada.behaviour.remove_idle() == 1
    assert ada.behaviour.findings(SUBJECT)[1].count == 0


def test_watching_costs_a_few_microseconds() -> None:
    ada = Watched()
    texts = [f"line {number} of some usual length, as people write them" for number in range(200)]

    def round_of() -> float:
        started = time.perf_counter()
        for text in texts:
            ada.say(text)
        return (time.perf_counter() - started) / len(texts)

    # The best of ten: another process on the same core is not our cost.
    assert min(round_of() for _ in range(10)) < 20e-6 * slowness()
