"""The classifiers: trained the same each time, small, teachable, and examined fairly."""

from __future__ import annotations

import pytest

from causerie.moderation import (
    Labelled,
    Score,
    Topic,
    cross_validate,
    folds_of,
    judge,
    pack,
    read_abuse,
    read_irc,
    read_spam,
    shipped_classifiers,
    train_classifiers,
    unpack,
)
from causerie.moderation.model.evaluation import score_of
from causerie.moderation.model.features import MAX_CHUNKS, chunk_features, chunks_of, text_features
from causerie.moderation.model.linear import probability

HAM = [
    Labelled(f"see you at {place} then, {name}", False)
    for place in ("school", "home", "the station", "lunch", "work")
    for name in ("mum", "Joe", "love", "mate", "Anna", "Max")
]
SPAM = [
    Labelled(f"WIN a {prize} now! Call {number} to claim, 18+", True)
    for prize in ("prize", "phone", "holiday", "voucher", "car")
    for number in ("08001234567", "09061701461", "80082", "87121")
]


def test_the_same_texts_give_the_same_weights() -> None:
    first, again = (
        train_classifiers(spam=HAM + SPAM, abuse=HAM + SPAM, background=["hello"]) for _ in range(2)
    )

    assert pack(first) == pack(again)


def test_what_is_written_is_read_back_a_byte_each() -> None:
    trained = train_classifiers(spam=HAM + SPAM, abuse=HAM + SPAM, background=["hello"])
    written = pack(trained)
    read = unpack(written)

    text = text_features("Call 80082 to WIN")
    margins = [c.models[Topic.SPAM].margin(text) for c in (trained, read)]
    assert margins[0] == pytest.approx(margins[1], abs=0.2)
    assert len(written) < 100_000


def test_a_corpus_is_learnt_and_told_from_what_is_new() -> None:
    done = cross_validate(HAM + SPAM, Topic.SPAM)

    assert len(done.folds) == 5
    assert done.overall.f1 > 0.9


def test_the_shipped_weights_know_plain_cases() -> None:
    models = shipped_classifiers().models
    spam = Labelled("FREE entry! Text WIN to 80082 to claim your £500 prize. 150p/msg", True)
    abuse = Labelled("shut up you stupid bitch, you fucking retard", True)
    ham = Labelled("ok, see you at the station at 7 then", False)

    assert judge([spam, ham], models[Topic.SPAM]) == Score(1, 0, 0)
    assert judge([abuse, ham], models[Topic.ABUSE]) == Score(1, 0, 0)


def test_a_few_lessons_turn_a_judgement_and_leave_others() -> None:
    model = shipped_classifiers().models[Topic.SPAM]
    taught = text_features("hello dear, I have wooden ducks for the lovely people here")
    other = text_features("is the meeting at ten or at eleven?")
    before = model.margin(other)

    for _ in range(4):
        model.take(model.lesson(taught, is_positive=True))

    assert probability(model.margin(taught)) > 0.5
    assert abs(model.margin(other) - before) < 2
    assert model.margin(other) < 0


def test_the_same_text_lies_in_one_fold() -> None:
    corpus = [Labelled(text, False) for text in ("one", "two", "ONE", "three", " one ", "four")]

    folds = folds_of(corpus, count=3)

    assert folds[0] == folds[2] == folds[4]
    assert sorted(set(folds)) == [0, 1, 2]


def test_each_fold_has_its_share_of_both() -> None:
    folds = folds_of(HAM + SPAM, count=5)

    for fold in range(5):
        labels = [e.is_positive for e, its in zip(HAM + SPAM, folds, strict=True) if its == fold]
        assert (labels.count(False), labels.count(True)) == (6, 4)


def test_scores_are_what_the_words_mean() -> None:
    score = score_of([(True, True)] * 6 + [(True, False)] * 2 + [(False, True)] * 3)

    assert (score.precision, score.recall) == (6 / 9, 6 / 8)
    assert score.f1 == pytest.approx(12 / 17)
    assert score_of([]).f1 == 0.0


def test_the_formats_of_the_corpora_are_read() -> None:
    assert read_spam("ham\tI &lt;3 tea\nspam\tWIN\u2028now\n") == [
        Labelled("I <3 tea", False),
        Labelled("WIN\u2028now", True),
    ]
    assert read_abuse('class,text\nhate,"a, ""b"""\nneither,c\n') == [
        Labelled('a, "b"', True),
        Labelled("c", False),
    ]
    assert read_irc("[12:30] <ann> hi there\n=== bob joined\n[12:31]  * ann waves\n") == [
        "hi there"
    ]


@pytest.mark.parametrize("text", ["no tab", "other\ttext"])
def test_what_is_no_such_file_is_named_by_its_line(text: str) -> None:
    with pytest.raises(ValueError, match="line 1"):
        read_spam(text)


def test_a_file_of_other_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="no columns class and text"):
        read_abuse("label,content\nhate,x\n")
    with pytest.raises(ValueError, match="another class"):
        read_abuse("class,text\nrude,x\n")


def test_features_are_bounded_and_seen_through_disguises() -> None:
    assert len(chunks_of(" ".join(map(str, range(10_000))))) == MAX_CHUNKS
    assert len(chunk_features("x" * 10_000).buckets) < 50
    assert set(chunk_features("FREE").buckets) > set(chunk_features("free").buckets)
    assert chunk_features("frеe") == chunk_features("free")  # Cyrillic e
