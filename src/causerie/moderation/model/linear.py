"""A linear model over hashed features: small, quick, and able to say which words spoke."""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Mapping, Sequence

import msgspec

from causerie.moderation.model.features import BUCKETS

_EPOCHS = 6  # Later ones move nothing that shows in a fold held back.
_RATE = 0.3
_BIAS_RATE = 0.05
_DECAY = 1e-6
_FIRST_SQUARES = 1e-4  # Keeps the first steps of a feature finite.
_CLEAR = 1e-3  # An example that is this close to its label teaches nothing.
_MAX_MARGIN = 30.0  # exp() of more overflows, and nothing is surer.
# One decision of a person: enough that the same text is seen rightly after a few of them, and not
# so much that a single one turns the words of every other message.
LESSON_RATE = 2.0


def probability(margin: float) -> float:
    """Turn a margin into a probability, 0 to 1."""
    return 1.0 / (1.0 + math.exp(-max(-_MAX_MARGIN, min(_MAX_MARGIN, margin))))


class Example(msgspec.Struct, frozen=True, gc=False):
    """A text's features, whether it is what is looked for, and how much it counts."""

    features: Sequence[int]
    is_positive: bool
    weight: float = 1.0


class LinearModel:
    """``bias + sum of weights / sqrt(number of features)``: above 0 means yes."""

    def __init__(self, weights: array[float] | None = None, bias: float = 0.0) -> None:
        self.weights = weights or array("f", bytes(4 * BUCKETS))
        self.bias = bias

    def margin(self, features: Sequence[int]) -> float:
        """Judge a text."""
        weights = self.weights
        total = sum([weights[feature] for feature in features])
        return self.bias + total / math.sqrt(len(features) or 1)

    def lesson(self, features: Sequence[int], *, is_positive: bool) -> dict[int, float]:
        """Give what one decision changes, by feature; ``take`` applies it."""
        error = (1.0 if is_positive else 0.0) - probability(self.margin(features))
        step = LESSON_RATE * error / math.sqrt(len(features) or 1)
        changes: dict[int, float] = {}
        for feature in features:
            changes[feature] = changes.get(feature, 0.0) + step
        return changes

    def take(self, changes: Mapping[int, float]) -> None:
        """Add to the weights."""
        for feature, change in changes.items():
            self.weights[feature] += change


def train(examples: Sequence[Example], *, seed: int = 1) -> LinearModel:
    """Train by logistic regression with steps that shrink per feature (AdaGrad).

    The same examples in the same order give the same model, everywhere.
    """
    weights = [0.0] * BUCKETS
    squares = [_FIRST_SQUARES] * BUCKETS
    bias = 0.0
    order = list(range(len(examples)))
    chance = random.Random(seed)  # noqa: S311 - an order to learn in, and the same each time
    for _ in range(_EPOCHS):
        chance.shuffle(order)
        for place in order:
            example = examples[place]
            scale = 1.0 / math.sqrt(len(example.features) or 1)
            margin = bias + scale * sum([weights[feature] for feature in example.features])
            error = (probability(margin) - example.is_positive) * example.weight
            if -_CLEAR < error < _CLEAR:
                continue
            bias -= _BIAS_RATE * error
            slope = error * scale
            for feature in example.features:
                weight = weights[feature]
                step = slope + _DECAY * weight
                squares[feature] += step * step
                weights[feature] = weight - _RATE * step / math.sqrt(squares[feature])
    return LinearModel(array("f", weights), bias)
