"""What the classifiers see of a text: features of its words, hashed, and a few figures.

A text's features are those of its distinct chunks (what white space separates) and of their sums.
So what a chunk brings can be computed once and kept: most of a message is words seen before.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from causerie.moderation.model.folding import fold

# Weights and lessons belong to the features that they were learnt with: one more with each change.
FEATURES_VERSION = 1
BUCKET_BITS = 16  # 65,536 buckets: the corpora have some 90,000 features, and few that matter.
BUCKETS = 1 << BUCKET_BITS
# The words' beginnings, ends and stems: 3 and 5 as well bring nothing and cost three times as much.
NGRAM_BYTES = 4
MAX_WORD_CHARS = 20  # Longer ones are addresses and code; their first letters tell enough.
MAX_SCORED_CHUNK_CHARS = 64
MAX_CHUNKS = (
    400  # Of one text: some 2,500 characters of prose; a text is no better for being longer.
)

_PIECE = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
_MASK = BUCKETS - 1


class ChunkFeatures(msgspec.Struct, frozen=True, gc=False):
    """The buckets of one chunk, each once, and how many digits and capitals it has."""

    buckets: tuple[int, ...]
    digits: int
    capitals: int


def bucket(feature: str) -> int:
    """Hash a feature. Not ``hash()``: the weights outlive the process."""
    return zlib.crc32(feature.encode("utf-8", "surrogatepass")) & _MASK


# Figures are put into steps; each step is a feature of its own, computed here once.
_LENGTH = tuple(bucket(f"length:{step}") for step in range(13))
_DIGITS = tuple(bucket(f"digits:{step}") for step in range(13))
_CAPITALS = tuple(bucket(f"capitals:{step}") for step in range(10))
_SHARE = tuple(bucket(f"share:{step}") for step in range(11))
_BOTH = tuple(tuple(bucket(f"both:{d}:{n}") for n in range(5)) for d in range(4))
FIGURES = 5  # how many features a text has of its sums


def chunk_features(chunk: str) -> ChunkFeatures:
    """Give the features of what stands between white space."""
    chunk = chunk[:MAX_SCORED_CHUNK_CHARS]
    return folded_features(chunk, fold(chunk))


def folded_features(chunk: str, folded: str) -> ChunkFeatures:
    """Give the same of what is short enough, by who has folded it already."""
    if chunk == folded and chunk.isascii() and chunk.isalpha():
        # A plain word, as most are: one piece, no digits, no capitals, no link.
        return ChunkFeatures(_word_buckets(chunk[:MAX_WORD_CHARS]), 0, 0)
    found: list[int] = []
    has_letters = has_digits = False
    for piece in _PIECE.findall(folded):
        if piece.isalpha():
            has_letters = True
            found += _word_buckets(piece[:MAX_WORD_CHARS])
        elif piece.isdigit():
            has_digits = True
            found.append(bucket(f"number:{min(len(piece), 12)}"))
        else:
            found.append(bucket(f"sign:{piece}"))
    if has_letters and has_digits:
        found.append(bucket("mixed"))
    if len(chunk) > 2 and chunk.isupper():
        found.append(bucket("shouted"))
    if "://" in folded or folded.startswith("www.") or ".com" in folded or ".co." in folded:
        found.append(bucket("link"))
    return ChunkFeatures(
        tuple(dict.fromkeys(found)),
        sum(map(str.isdigit, chunk)) if has_digits else 0,
        0 if chunk == folded else sum(map(str.isupper, chunk)),
    )


# Words come again with other signs around them; at some 300 bytes each 5 MB.
@lru_cache(maxsize=16_384)
def _word_buckets(word: str) -> tuple[int, ...]:
    # The marks at both ends tell a word's beginning from what merely contains it. In bytes: slicing
    # and hashing them costs half of what text does.
    marked = f"<{word}>".encode("utf-8", "surrogatepass")
    buckets = [
        zlib.crc32(marked[start : start + NGRAM_BYTES]) & _MASK
        for start in range(len(marked) - NGRAM_BYTES + 1)
    ]
    return tuple(dict.fromkeys((bucket("word:" + word), *buckets)))


def chunks_of(text: str) -> list[str]:
    """Give the distinct chunks of a text, in their order; the first ``MAX_CHUNKS``."""
    return list(dict.fromkeys(text.split()))[:MAX_CHUNKS]


def figure_buckets(chars: int, digits: int, capitals: int) -> tuple[int, int, int, int, int]:
    """Give the features of a text's sums."""
    return (
        _LENGTH[min(12, chars >> 4)],
        _DIGITS[min(12, digits >> 1)],
        _CAPITALS[min(9, capitals >> 2)],
        _SHARE[min(10, 10 * capitals // (chars or 1))],
        _BOTH[min(3, digits >> 2)][min(4, chars // 40)],
    )


def text_features(text: str) -> Sequence[int]:
    """Give all features of a text, as training and learning take them."""
    found: list[int] = []
    digits = capitals = 0
    for chunk in chunks_of(text):
        features = chunk_features(chunk)
        found += features.buckets
        digits += features.digits
        capitals += features.capitals
    found += figure_buckets(len(text), digits, capitals)
    return found
