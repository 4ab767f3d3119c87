"""Protobuf messages out of what the JSON of the same thing holds: one shape outside, two encodings.

Names are the same in both. Times are RFC 3339 there and ``Timestamp`` here, words of a small set are
enums, what is null is not set, and what has no field is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, cast

import msgspec
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

M = TypeVar("M", bound=Message)
# Any: what JSON holds, and what the constructors of protobuf take.
Convert = Callable[[Any], Any]

TIMESTAMP = "google.protobuf.Timestamp"
UNSPECIFIED = "UNSPECIFIED"  # How the name of an enum's zero ends.


def shaped(kind: type[M], thing: object) -> M:
    """Make a message of what the slices show outside (their ``wire``)."""
    return kind(**fields_of(described(kind), msgspec.to_builtins(thing)))


def described(kind: type[Message]) -> Descriptor:
    """Give a message's descriptor, of which there are two implementations with one face."""
    return cast("Descriptor", kind.DESCRIPTOR)


def fields_of(descriptor: Descriptor, data: Mapping[str, Any]) -> dict[str, Any]:
    """Give a message's fields as its constructor takes them."""
    converters = _converters(descriptor)
    return {
        name: converters[name](value)
        for name, value in data.items()
        if value is not None and name in converters
    }


@cache  # As many as there are types.
def _converters(descriptor: Descriptor) -> Mapping[str, Convert]:
    return {field.name: _converter(field) for field in descriptor.fields}


def _converter(field: FieldDescriptor) -> Convert:
    convert = _one(field)
    if field.is_repeated:
        return lambda values: [convert(value) for value in values]
    return convert


def _one(field: FieldDescriptor) -> Convert:
    message, enum = field.message_type, field.enum_type
    if enum is not None:
        return _words(enum)
    if message is None:
        return lambda value: value
    if message.full_name == TIMESTAMP:
        return _timestamp
    return lambda value: fields_of(message, value)


def _words(enum: EnumDescriptor) -> Convert:
    prefix = enum.values[0].name.removesuffix(UNSPECIFIED)
    numbers = {value.name.removeprefix(prefix).lower(): value.number for value in enum.values}
    # A word of a later version: not known here, as every enum says of itself by its zero.
    return lambda word: numbers.get(word, 0)


def _timestamp(text: str) -> dict[str, int]:
    moment = datetime.fromisoformat(text)
    return {"seconds": int(moment.timestamp()), "nanos": moment.microsecond * 1000}
