"""How well the classifiers and the filter do: figures that anyone can take again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from causerie.moderation.model.corpora import Labelled, Topic, folds_of
from causerie.moderation.model.features import text_features
from causerie.moderation.model.linear import Example, LinearModel, train

FOLDS = 5
# One text message in seven is spam, so each counts for more; five posts in six are abuse already.
POSITIVE_WEIGHTS = {Topic.SPAM: 4.0, Topic.ABUSE: 1.0}


class Score(msgspec.Struct, frozen=True):
    """How often a yes was right (precision), and how many of those that are were found (recall)."""

    true_positives: int
    false_positives: int
    false_negatives: int

    @property
    def precision(self) -> float:
        """The share of those found that are."""
        return _share(self.true_positives, self.true_positives + self.false_positives)

    @property
    def recall(self) -> float:
        """The share of those that are that were found."""
        return _share(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        double = 2 * self.true_positives
        return _share(double, double + self.false_positives + self.false_negatives)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def score_of(outcomes: Iterable[tuple[bool, bool]]) -> Score:
    """Count (is, was found) pairs."""
    counts = {(True, True): 0, (False, True): 0, (True, False): 0, (False, False): 0}
    for outcome in outcomes:
        counts[outcome] += 1
    return Score(counts[True, True], counts[False, True], counts[True, False])


class Validation(msgspec.Struct, frozen=True):
    """A cross-validation: each fold judged by a model that was trained on the others."""

    folds: list[Score]
    overall: Score  # of all folds' judgements together


def cross_validate(corpus: list[Labelled], topic: Topic, *, folds: int = FOLDS) -> Validation:
    """Train on all folds but one and judge that one, for each."""
    fold_of = folds_of(corpus, count=folds)
    examples = examples_of(corpus, topic)
    scores: list[Score] = []
    all_outcomes: list[tuple[bool, bool]] = []
    for fold in range(folds):
        taught = [e for e, its in zip(examples, fold_of, strict=True) if its != fold]
        asked = [e for e, its in zip(examples, fold_of, strict=True) if its == fold]
        model = train(taught)
        outcomes = [(e.is_positive, model.margin(e.features) > 0) for e in asked]
        scores.append(score_of(outcomes))
        all_outcomes += outcomes
    return Validation(scores, score_of(all_outcomes))


def examples_of(corpus: Sequence[Labelled], topic: Topic) -> list[Example]:
    """Turn a corpus into what training takes."""
    return [
        Example(
            text_features(labelled.text),
            labelled.is_positive,
            POSITIVE_WEIGHTS[topic] if labelled.is_positive else 1.0,
        )
        for labelled in corpus
    ]


def judge(corpus: Sequence[Labelled], model: LinearModel) -> Score:
    """Ask a model that is there about a corpus that it has not seen."""
    return score_of(
        (labelled.is_positive, model.margin(text_features(labelled.text)) > 0)
        for labelled in corpus
    )
