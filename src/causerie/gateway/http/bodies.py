"""Request bodies: JSON, decoded once and strictly into the handler's own type."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from typing import Any

import msgspec
from litestar.dto import AbstractDTO
from litestar.dto.data_structures import DTOFieldDefinition
from litestar.openapi.spec import Reference, Schema
from litestar.typing import FieldDefinition
from typing_extensions import override

from causerie.foundation.errors import Invalid, Unreadable
from causerie.foundation.identity import MAX_ID

# msgspec lets these through and PostgreSQL does not: a NUL in a text, a number past 64 bits.
_SUSPECT = re.compile(rb"\\u0000|[0-9]{19}")
# msgspec ends its messages with the place: "Expected `int`, got `str` - at `$.members[0]`".
_PLACE = re.compile(r" - at `(?:key in )?\$\.?(?P<path>.*)`$")
_NAMED = re.compile(r"(?:required|unknown) field `(?P<field>[^`]*)`")

_JSON_TYPES = (b"application/json", b"+json")


def decode(body: bytes, decoder: msgspec.json.Decoder[Any]) -> Any:
    """Read a JSON body into the decoder's type.

    Raises ``Unreadable`` where it is no JSON in UTF-8 or too deeply nested, and ``Invalid`` with
    the field's name where it is JSON of the wrong shape.
    """
    try:
        value = decoder.decode(body)
    except msgspec.ValidationError as wrong:
        raise invalid_from(str(wrong)) from wrong
    except (msgspec.DecodeError, UnicodeDecodeError) as broken:
        raise Unreadable("The body is not JSON in UTF-8") from broken
    except RecursionError as deep:
        raise Unreadable("The body is nested too deeply") from deep
    if _SUSPECT.search(body):
        require_storable(value)
    return value


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


def _is_json(content_type: bytes | None) -> bool:
    """Say whether a body may be read as JSON; a client that does not say sends JSON."""
    if content_type is None:
        return True
    media_type, _, parameters = content_type.lower().partition(b";")
    charset = parameters.partition(b"charset=")[2].strip().strip(b'"')
    return media_type.strip().endswith(_JSON_TYPES) and charset in {b"", b"utf-8"}


class StrictBody(AbstractDTO[Any]):
    """Puts ``decode`` in the place of Litestar's own reading.

    That one reads into dictionaries first and then converts leniently: "1" would be a number.
    """

    _decoders: dict[str, msgspec.json.Decoder[Any]] = {}  # noqa: RUF012 - Litestar keeps no instance; by handler id

    @override
    @classmethod
    def create_for_field_definition(
        cls, field_definition: FieldDefinition, handler_id: str, backend_cls: Any = None
    ) -> None:
        cls._decoders[handler_id] = msgspec.json.Decoder(field_definition.raw)

    @override
    @classmethod
    def create_openapi_schema(
        cls, field_definition: FieldDefinition, handler_id: str, schema_creator: Any
    ) -> Reference | Schema:
        schema: Reference | Schema = schema_creator.for_field_definition(field_definition)
        return schema

    @override
    @classmethod
    def generate_field_definitions(
        cls, model_type: type[Any]
    ) -> Generator[DTOFieldDefinition, None, None]:
        yield from ()

    @override
    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:
        return False

    @override
    def decode_bytes(self, value: bytes) -> Any:
        headers = self.asgi_connection.scope["headers"]
        if not _is_json(next((v for k, v in headers if k == b"content-type"), None)):
            raise Unreadable("The body must be JSON in UTF-8: Content-Type: application/json")
        return decode(value, self._decoders[self.asgi_connection.route_handler.handler_id])
