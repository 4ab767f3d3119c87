"""The filter as a whole: verdicts, policies, bounds."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causerie.moderation import (
    Action,
    ContentFilter,
    Level,
    Policy,
    Topic,
    Verdict,
    shipped_classifiers,
)
from causerie.moderation.model import filter as filter_module
from causerie.moderation.model import text_features
from tests.measures import slowness

FILTER = ContentFilter(shipped_classifiers())
DEFAULT = Policy()
OFF = Policy(Action.OFF, Action.OFF, Action.OFF)
STRICT = Policy(Action.STRICT, Action.STRICT, Action.STRICT)
FLAG = Policy(Action.FLAG, Action.FLAG, Action.FLAG)

SPAM = (
    "URGENT! You have won a £1000 cash prize! Call 09061701461 now to claim. "
    "Txt WIN to 80082, 18+ only, T&Cs apply, 150p per msg"
)


def judged(text: str, policy: Policy = DEFAULT) -> Verdict:
    verdict = FILTER.judge(text, policy)
    assert verdict is not None
    return verdict


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "Salut tout le monde, on mange à midi ?",
        "damn, this printer driver is crap again",
        "putain de serveur de merde, il est encore tombé",
        "sudo apt-get install build-essential && make -j4",
        "http://paste.ubuntu.com/17113097/",
        "😀",
        "k",
    ],
)
def test_ordinary_chat_has_no_verdict(text: str) -> None:
    assert FILTER.judge(text, DEFAULT) is None


def test_spam_is_refused_and_says_which_words_spoke() -> None:
    verdict = judged(SPAM)

    assert verdict.is_refused
    assert (verdict.findings[0].level, verdict.findings[0].rule) == (Level.MEANING, "spam")
    assert {"won", "prize!", "claim."} & set(verdict.findings[0].evidence)


def test_a_threat_is_refused_in_both_languages() -> None:
    for text in ("nobody likes you, kill yourself", "toi, je vais te tuer"):
        assert judged(text).is_refused


def test_rude_words_are_flagged_and_pass() -> None:
    verdict = judged("fuck this cable")

    assert not verdict.is_refused
    assert verdict.findings[0].rule == "strong"


def test_what_the_classifier_takes_for_abuse_is_for_people_to_judge() -> None:
    text = "Im here, bitch"

    assert "abuse" in {finding.rule for finding in judged(text).findings}
    assert not judged(text).is_refused
    assert judged(text, STRICT).is_refused


def test_mild_words_are_noted_by_a_strict_room_only() -> None:
    assert FILTER.judge("zut, oh merde", DEFAULT) is None
    assert judged("zut, oh merde", STRICT).is_refused


def test_a_room_that_flags_refuses_nothing() -> None:
    verdict = judged(SPAM, FLAG)

    assert not verdict.is_refused
    assert verdict.findings[0].rule == "spam"


def test_a_level_that_is_off_is_not_looked_at() -> None:
    text = f"{SPAM} <script>alert(1)</script> \x07"

    assert FILTER.judge(text, OFF) is None
    assert {f.level for f in judged(text, Policy(meaning=Action.OFF)).findings} == {
        Level.SIZE,
        Level.STRUCTURE,
    }


def test_what_refuses_stands_first() -> None:
    policy = Policy(size=Action.STRICT, structure=Action.FLAG, meaning=Action.FLAG)
    verdict = judged(f"\x07 {SPAM}", policy)

    assert verdict.is_refused
    assert verdict.findings[0].level is Level.SIZE


def test_what_was_learnt_is_used_at_once() -> None:
    content_filter = ContentFilter(shipped_classifiers())
    text = "visit the new shop of my uncle for wooden ducks"
    assert content_filter.judge(text, DEFAULT) is None

    classifiers = shipped_classifiers()
    model = classifiers.models[Topic.SPAM]
    for _ in range(5):
        model.take(model.lesson(text_features(text), is_positive=True))
    content_filter.use(classifiers)

    verdict = content_filter.judge(text, DEFAULT)
    assert verdict is not None
    assert verdict.findings[0].rule == "spam"


def test_the_words_that_are_known_stay_within_their_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(filter_module, "MAX_KNOWN_CHUNKS", 100)
    content_filter = ContentFilter(shipped_classifiers())

    for number in range(1000):
        content_filter.judge(f"word{number} other{number}", DEFAULT)

    assert len(content_filter._known) <= 100


def test_a_message_of_new_words_is_met_in_part() -> None:
    content_filter = ContentFilter(shipped_classifiers())

    content_filter.judge(" ".join(f"w{number}x" for number in range(1000)), DEFAULT)

    assert len(content_filter._known) == filter_module.MAX_NEW_CHUNKS


@settings(max_examples=50)
@given(st.text(max_size=200), st.sampled_from([DEFAULT, STRICT, FLAG]))
def test_no_text_raises(text: str, policy: Policy) -> None:
    verdict = FILTER.judge(text, policy)

    assert verdict is None or verdict.findings


@settings(max_examples=50)
@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=200))
def test_not_even_what_is_no_text(text: str) -> None:
    verdict = FILTER.judge(text, STRICT)

    assert verdict is None or verdict.findings


HOSTILE = {
    "open tags": "<a ",
    "tags with space": "<a " + " " * 150,
    "quotes": "' or ",
    "quoted words": "'or 'a'='",
    "union": "union ",
    "union all": "union all ",
    "braces": "{{",
    "dollar": "${",
    "hashes": "#{ _",
    "dots": "../",
    "percent": "%2e",
    "handlers": "<a onload",
    "script": "script:",
    "at": "@a ",
    "at words": "@" + "a" * 31 + " ",
    "links": "http://",
    "www": "www.",
    "letters": "a",
    "letters apart": "a ",
    "dotted letters": "a.",
    "stars": "f*",
    "stretched": "fuuuuu",
    "digits": "1",
    "marks": "a\u0301",
    "marks only": "\u0301",
    "unseen": "\u200b",
    "bidi": "\u202e",
    "cyrillic": "пр ",
    "mixed": "aп ",
    "grown": "\ufdfa",
    "emoji": "😀",
    "lines": "\n",
    "exclamations": "!",
    "leet": "1!|0",
    "surrogates": "\ud800",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_input_costs_more_than_its_length(piece: str) -> None:
    short = (piece * 4000)[:4000]
    long = (piece * 16_000)[:16_000]
    FILTER.judge(short, STRICT)

    cost = min(_seconds(short) for _ in range(5))
    cost_of_four_times = min(_seconds(long) for _ in range(3))

    # Linear is 4; squared is 16. The ground keeps the clock's grain out of it.
    assert cost_of_four_times < 9 * cost + 0.005
    assert cost < 0.1 * slowness()


def _seconds(text: str) -> float:
    begun = time.thread_time()
    FILTER.judge(text, STRICT)
    return time.thread_time() - begun


@pytest.mark.parametrize("chunk", ["7", "42", "0" * 12, "9" * 64, "x" * 65, "merde" * 20, "1" * 90])
def test_numbers_and_long_words_are_judged_as_if_they_were_met_for_the_first_time(
    chunk: str,
) -> None:
    content_filter = ContentFilter(shipped_classifiers())
    met = content_filter._meet(chunk)

    assert content_filter._look_at(chunk) == met
    assert content_filter._look_at(chunk) == met  # from memory
