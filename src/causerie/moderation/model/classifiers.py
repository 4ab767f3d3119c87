"""The two classifiers, spam and abuse, as the product ships them and as moderators teach them."""

from __future__ import annotations

import math
import zlib
from array import array
from collections.abc import Sequence
from functools import cache
from importlib import resources

import msgspec

from causerie.moderation.model.corpora import Labelled, Topic
from causerie.moderation.model.evaluation import examples_of
from causerie.moderation.model.features import (
    BUCKETS,
    FEATURES_VERSION,
    chunk_features,
    chunks_of,
    text_features,
)
from causerie.moderation.model.linear import Example, LinearModel, train

# Ordinary chat of another place is neither: without it all that is not like the corpora looks odd.
BACKGROUND_WEIGHT = 0.5
MAX_EXPLAINING_WORDS = 5
MAX_EXPLAINED_CHUNKS = 64  # Of a text's first words; it is on the way of a message.
_STEPS = 127  # Weights are kept in one byte each.


class Packed(msgspec.Struct, frozen=True):
    """A model as it lies in the file: a weight is its byte times the scale."""

    bias: float
    scale: float
    weights: bytes


class WeightsFile(msgspec.Struct, frozen=True):
    """What is shipped. Another way of making features needs other weights."""

    features_version: int
    models: dict[Topic, Packed]


class Classifiers:
    """A model for each topic."""

    def __init__(self, models: dict[Topic, LinearModel]) -> None:
        self.models = models

    def explain(self, text: str, topic: Topic) -> tuple[str, ...]:
        """Give the words of a text that speak most for the topic, the loudest first."""
        weights = self.models[topic].weights
        spoken = [
            (sum([weights[b] for b in chunk_features(chunk).buckets]), chunk)
            for chunk in chunks_of(text)[:MAX_EXPLAINED_CHUNKS]
        ]
        loudest = sorted((pair for pair in spoken if pair[0] > 0), reverse=True)
        return tuple(chunk[:40] for _, chunk in loudest[:MAX_EXPLAINING_WORDS])


def train_classifiers(
    *, spam: Sequence[Labelled], abuse: Sequence[Labelled], background: Sequence[str]
) -> Classifiers:
    """Train both on labelled texts, and on ordinary chat that is neither."""
    ordinary = [Example(text_features(text), False, BACKGROUND_WEIGHT) for text in background]  # noqa: FBT003 - the struct's field: not what is looked for
    harmless = [labelled for labelled in spam if not labelled.is_positive]
    return Classifiers(
        {
            Topic.SPAM: train([*examples_of(spam, Topic.SPAM), *ordinary]),
            Topic.ABUSE: train(
                [
                    *examples_of(abuse, Topic.ABUSE),
                    *examples_of(harmless, Topic.ABUSE),
                    *ordinary,
                ]
            ),
        }
    )


def pack(classifiers: Classifiers) -> bytes:
    """Write the weights, a byte each."""
    packed = {}
    for topic, model in classifiers.models.items():
        scale = max(map(abs, model.weights)) / _STEPS or 1.0
        steps = array("b", [round(weight / scale) for weight in model.weights])
        packed[topic] = Packed(model.bias, scale, steps.tobytes())
    file = WeightsFile(FEATURES_VERSION, packed)
    return zlib.compress(msgspec.msgpack.encode(file), level=9)


def unpack(written: bytes) -> Classifiers:
    """Read what ``pack`` wrote. Raises ``ValueError`` for weights of other features."""
    file = msgspec.msgpack.decode(zlib.decompress(written), type=WeightsFile)
    if file.features_version != FEATURES_VERSION:
        raise ValueError("these weights were trained with other features: train anew")
    models = {}
    for topic, packed in file.models.items():
        steps = array("b", packed.weights)
        if len(steps) != BUCKETS or not math.isfinite(packed.scale):
            raise ValueError("these weights are damaged")
        models[topic] = LinearModel(
            array("f", [step * packed.scale for step in steps]), packed.bias
        )
    return Classifiers(models)


@cache
def _shipped() -> bytes:
    return resources.files(__package__).joinpath("weights.bin").read_bytes()


def shipped_classifiers() -> Classifiers:
    """Give the classifiers as shipped, each time anew, since learning changes them."""
    return unpack(_shipped())
