"""What the classifiers see of a text: features of its words, hashed, and a few figures.

A text's features are those of its distinct chunks (what white space separates) and of their sums.
So what a chunk brings can be computed once and kept: most of a message is words seen before.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import itemgetter
from zlib import crc32

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
    return crc32(feature.encode("utf-8", "surrogatepass")) & _MASK


# Figures are put into steps; each step is a feature of its own, computed here once.
_LENGTH = tuple(bucket(f"length:{step}") for step in range(13))
_DIGITS = tuple(bucket(f"digits:{step}") for step in range(13))
_CAPITALS = tuple(bucket(f"capitals:{step}") for step in range(10))
_SHARE = tuple(bucket(f"share:{step}") for step in range(11))
_BOTH = tuple(tuple(bucket(f"both:{d}:{n}") for n in range(5)) for d in range(4))
FIGURES = 5  # how many features a text has of its sums

# What a word has is hashed where the word is met, all else here.
_WORD = crc32(b"word:")
_NUMBERS = tuple(bucket(f"number:{digits}") for digits in range(13))
_SIGNS = {sign: bucket(f"sign:{sign}") for sign in string.punctuation}
_MIXED, _SHOUTED, _LINK = bucket("mixed"), bucket("shouted"), bucket("link")


# By the size of a word with its marks, up to four bytes a letter: what takes all n-grams at once.
_MAX_MARKED_BYTES = 4 * MAX_WORD_CHARS + 2
_SLICES = [slice(start, start + NGRAM_BYTES) for start in range(_MAX_MARKED_BYTES)]


def _takes_ngrams(size: int) -> Callable[[bytes], Sequence[bytes]]:
    slices = _SLICES[: max(0, size - NGRAM_BYTES + 1)]
    if len(slices) > 1:
        return itemgetter(*slices)
    return lambda marked: [marked[its] for its in slices]


_NGRAMS_OF = tuple(map(_takes_ngrams, range(_MAX_MARKED_BYTES + 1)))


def chunk_features(chunk: str) -> ChunkFeatures:
    """Give the features of what stands between white space."""
    chunk = chunk[:MAX_SCORED_CHUNK_CHARS]
    return ChunkFeatures(*folded_features(chunk, fold(chunk)))


def folded_features(chunk: str, folded: str) -> tuple[tuple[int, ...], int, int]:
    """Give the same of what is short enough, by who has folded it already."""
    if folded.isalpha():
        # A word and nothing else, as most are.
        found = _word_buckets(folded[:MAX_WORD_CHARS])
        if chunk == folded:
            return found, 0, 0
        if len(chunk) > 2 and chunk.isupper():
            found = _distinct((*found, _SHOUTED))
        return found, 0, _capitals(chunk, folded)
    pieces, has_digits = _piece_buckets(folded)
    if len(chunk) > 2 and chunk.isupper():
        pieces.append(_SHOUTED)
    if "://" in folded or folded.startswith("www.") or ".com" in folded or ".co." in folded:
        pieces.append(_LINK)
    digits = sum(map(str.isdigit, chunk)) if has_digits else 0
    return _distinct(pieces), digits, _capitals(chunk, folded)


def _piece_buckets(folded: str) -> tuple[list[int], bool]:
    """Give what its words, numbers and signs have, and whether there is a number among them."""
    word, sign = folded[:-1], folded[-1:]
    if word.isalpha() and sign in _SIGNS:
        return [*_word_buckets(word[:MAX_WORD_CHARS]), _SIGNS[sign]], False
    found: list[int] = []
    has_letters = has_digits = False
    for piece in _PIECE.findall(folded):
        if piece.isalpha():
            has_letters = True
            found += _word_buckets(piece[:MAX_WORD_CHARS])
        elif piece.isdigit():
            has_digits = True
            found.append(_NUMBERS[min(len(piece), len(_NUMBERS) - 1)])
        else:
            found.append(_SIGNS.get(piece) or bucket(f"sign:{piece}"))
    if has_letters and has_digits:
        found.append(_MIXED)
    return found, has_digits


def _capitals(chunk: str, folded: str) -> int:
    if chunk == folded:
        return 0
    if chunk[1:] == folded[1:] and chunk.isascii():
        return 1  # as a sentence begins
    return sum(map(str.isupper, chunk))


def _distinct(buckets: Sequence[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(buckets))


# Words come again with other signs around them; at some 300 bytes each 5 MB.
@lru_cache(maxsize=16_384)
def _word_buckets(word: str) -> tuple[int, ...]:
    # The marks at both ends tell a word's beginning from what merely contains it. In bytes: slicing
    # and hashing them costs half of what text does.
    marked = f"<{word}>".encode()
    found = (
        crc32(marked[1:-1], _WORD) & _MASK,
        *[crc32(ngram) & _MASK for ngram in _NGRAMS_OF[len(marked)](marked)],
    )
    return found if len(set(found)) == len(found) else _distinct(found)


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
