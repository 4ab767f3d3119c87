"""The content filter as it is shipped is put together once a process: a node of a test has a copy.

Its 131,072 weights take 25 ms of a core to read and to lay in pairs, a fifth of a node's start.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest

from causerie.moderation import Classifiers, ContentFilter, shipped_classifiers, wiring


@cache
def _shipped() -> ContentFilter:
    return ContentFilter(shipped_classifiers())


def _classifiers() -> Classifiers:
    # Copied, since learning changes them.
    return copy.deepcopy(_shipped().classifiers)


def _filter(classifiers: Classifiers) -> ContentFilter:
    own = copy.copy(_shipped())
    own.classifiers, own._known, own._figures = classifiers, {}, {}
    return own


@contextmanager
def filter_put_together_once() -> Iterator[None]:
    """Have nodes begin with copies of the shipped filter, which know no word and learn for themselves."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(wiring, "shipped_classifiers", _classifiers)
        patched.setattr(wiring, "ContentFilter", _filter)
        yield
