"""HTTP handlers are looked at once a process: the tests build the whole API hundreds of times."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any

from litestar.utils.signature import ParsedSignature


@contextmanager
def signatures_parsed_once() -> Iterator[None]:
    """Have Litestar parse a handler's signature once, and not anew for each application.

    The handlers of each application are closures over its services, made of the same code. Measured:
    half the time of building a node is the evaluation of their annotations.
    """
    parse = ParsedSignature.from_fn
    known: dict[tuple[str, CodeType, frozenset[str]], ParsedSignature] = {}

    def answer(fn: Any, signature_namespace: dict[str, Any]) -> ParsedSignature:
        inner = inspect.unwrap(fn)
        code = getattr(inner, "__code__", None)
        if code is None or inner.__defaults__ or inner.__kwdefaults__:
            return parse(fn, signature_namespace)  # a default may be another one each time
        # With the module: code is equal to other code that does the same.
        asked = (fn.__module__, code, frozenset(signature_namespace))
        if asked not in known:
            known[asked] = parse(fn, signature_namespace)
        return known[asked]

    ParsedSignature.from_fn = answer  # type: ignore[method-assign] # called as it was
    try:
        yield
    finally:
        ParsedSignature.from_fn = parse  # type: ignore[method-assign] # as it was
