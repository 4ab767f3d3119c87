"""Request bodies: JSON, decoded once and strictly into the handler's own type."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import msgspec
from litestar.dto import AbstractDTO
from litestar.dto.data_structures import DTOFieldDefinition
from litestar.openapi.spec import Reference, Schema
from litestar.typing import FieldDefinition
from typing_extensions import override

from causerie.foundation.errors import Unreadable
from causerie.gateway.decoding import decode

_JSON_TYPES = (b"application/json", b"+json")


def _is_json(content_type: bytes | None) -> bool:
    """Say whether a body may be read as JSON; a client that does not say sends JSON."""
    if content_type is None:
        return True
    media_type, _, parameters = content_type.lower().partition(b";")
    charset = parameters.partition(b"charset=")[2].partition(b";")[0].strip().strip(b'"')
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
