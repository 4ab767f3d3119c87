"""JSON from outside into typed values: what is refused, and which field is named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeVar

import msgspec

from causerie.foundation.errors import Invalid, Refusal, Unreadable
from causerie.foundation.identity import MAX_ID

T = TypeVar("T")

JSON = "JSON in UTF-8"

# msgspec lets these through and PostgreSQL does not: a NUL in a text, a number past 64 bits.
_SUSPECT = re.compile(rb"\\u0000|[0-9]{19}")
# msgspec ends its messages with the place: "Expected `int`, got `str` - at `$.members[0]`".
_PLACE = re.compile(r" - at `(?:key in )?\$\.?(?P<path>.*)`$")
_NAMED = re.compile(r"(?:required|unknown) field `(?P<field>[^`]*)`")


def decode(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """Read a JSON body into the decoder's type.

    Raises ``Unreadable`` where it is no JSON in UTF-8 or too deeply nested, and ``Invalid`` with
    the field's name where it is JSON of the wrong shape.
    """
    try:
        value = decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise refusal_of(error, JSON) from error
    if _SUSPECT.search(body):
        require_storable(value)
    return value


def refusal_of(error: Exception, encoding: str) -> Refusal:
    """Turn what a decoder of that encoding raised into ``Unreadable``, or ``Invalid`` by field."""
    if isinstance(error, msgspec.ValidationError):
        return invalid_from(str(error))
    if isinstance(error, RecursionError):
        return Unreadable("Nested too deeply")
    return Unreadable(f"This is not {encoding}")


def invalid_from(text: str) -> Invalid:
    """Turn msgspec's message, which names the place as a JSON path, into a refusal by field."""
    place = _PLACE.search(text)
    path = place["path"] if place else ""
    message = text[: place.start()] if place else text
    if named := _NAMED.search(message):
        path = f"{path}.{named['field']}" if path else named["field"]
        message = "Is required" if "required" in message else "Is not known here"
    return Invalid(path, message)


def require_storable(value: object) -> None:
    """Raise ``Invalid`` where a text holds a NUL or a number does not fit 64 bits."""
    for path, leaf in _leaves("", value):
        if isinstance(leaf, str) and "\0" in leaf:
            raise Invalid(path, "Must not contain the character NUL")
        if isinstance(leaf, int) and not -MAX_ID <= leaf <= MAX_ID:
            raise Invalid(path, f"Must lie between 1 and {MAX_ID}")


def _leaves(path: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, msgspec.Struct):
        value = msgspec.structs.asdict(value)
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield path, key
            yield from _leaves(f"{path}.{key}" if path else str(key), item)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for index, item in enumerate(value):
            yield from _leaves(f"{path}[{index}]", item)
    else:
        yield path, value
