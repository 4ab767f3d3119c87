"""The sockets' description: AsyncAPI 3, made from the types that decode commands and show events.

Written from the server's side, as AsyncAPI has it: it *receives* commands and *sends* events.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import msgspec

from causerie.foundation.errors import Code
from causerie.foundation.identity import MAX_ID
from causerie.gateway import messagepack, v2
from causerie.gateway.closing import CATALOGUE
from causerie.gateway.http.asyncapi_channels import describe_channels
from causerie.gateway.http.openapi import with_outside_names
from causerie.gateway.http.sockets_page import render_sockets_page
from causerie.gateway.router import Route, Router
from causerie.gateway.vocabulary import ChannelDialect, FlatDialect, Vocabulary

# Any: an AsyncAPI document is JSON of somebody else's shape; it is made here and shown, no more.
Json = dict[str, Any]

VERSION = "3.0.0"
CHANNEL = "v2"
ADDRESS = "/ws/v2"
SHAPES = "#/components/schemas/"
MESSAGES = "#/components/messages/"
IN_CHANNEL = f"#/channels/{CHANNEL}/messages/"

ABOUT = (
    "Durable, ordered, resumable chat. Authenticate by the header Authorization (Bearer), or by the "
    "query. permessage-deflate is agreed to, without context takeover. Close codes: "
    + "; ".join(f"{entry.code} {entry.meaning}" for entry in CATALOGUE.values())
)
ABOUT_V2 = (
    "The server speaks first (`hello`). A command with a `ref` gets "
    "exactly one `ack` or `error` with that `ref`; without one only questions and failures are "
    f"answered. Subprotocols: `{v2.SUBPROTOCOL}` (text messages, the default) and "
    f"`{messagepack.SUBPROTOCOL}` (the same in MessagePack, binary messages). `/` is the same for who "
    "begins with a frame of v2."
)
REF: Json = {
    "description": "Comes back in the answer.",
    "oneOf": [
        {"type": "string"},
        {"type": "integer", "minimum": -MAX_ID, "maximum": MAX_ID},
        {"type": "null"},
    ],
}
ERROR: Json = {
    "type": "object",
    "description": "Why a command, or a frame that is none, was refused.",
    "required": ["code", "message"],
    "properties": {
        "code": {"type": "string", "enum": [str(code) for code in Code]},
        "message": {"type": "string", "description": "For people; it may change."},
        "retry_after": {"type": "integer", "description": "With `rate_limited`: whole seconds."},
    },
}
CREDENTIALS: Json = {
    "type": "object",
    "description": "One of the two, or the header Authorization with a Bearer token.",
    "properties": {
        "token": {"type": "string", "description": "An access token."},
        "ticket": {"type": "string", "description": "Of POST /auth/ticket: once, within 30 s."},
    },
}


class SocketDescription:
    """What v2 hears and says, and its description; that is made at the first request.

    ``router`` and ``vocabulary`` are filled by then.
    """

    def __init__(
        self,
        router: Router,
        vocabulary: Vocabulary,
        older: Sequence[FlatDialect] = (),
        *,
        channelled: Sequence[ChannelDialect] = (),
        version: str,
    ) -> None:
        self.router = router
        self.vocabulary = vocabulary
        self.older = older
        self.channelled = channelled
        self._version = version
        self._making = threading.Lock()
        self._made: tuple[bytes, tuple[bytes, str]] | None = None

    @property
    def addresses(self) -> list[str]:
        """The paths that are sockets and nothing else."""
        older = [dialect.address for dialect in self.older]
        return [ADDRESS, *older, *(dialect.address for dialect in self.channelled)]

    def document(self) -> bytes:
        """Give the AsyncAPI document. Slow the first time; safe from any thread."""
        return self._make()[0]

    def page(self) -> tuple[bytes, str]:
        """Give the reader's page and the content security policy that it needs."""
        return self._make()[1]

    def _make(self) -> tuple[bytes, tuple[bytes, str]]:
        with self._making:
            if self._made is None:
                document = describe(
                    self.router,
                    self.vocabulary,
                    self.older,
                    channelled=self.channelled,
                    version=self._version,
                )
                encoded = msgspec.json.encode(document, order="deterministic")
                self._made = encoded, render_sockets_page(document)
            return self._made


def describe(
    router: Router,
    vocabulary: Vocabulary,
    older: Sequence[FlatDialect] = (),
    *,
    channelled: Sequence[ChannelDialect] = (),
    version: str,
) -> Json:
    """Make the AsyncAPI document of the commands and events of v2, and of older dialects."""
    shapes = _Shapes(
        [type_ for route in router.routes.values() for type_ in (route.command, route.answers)]
        + [word.data for word in vocabulary.words.values()]
        + [heard.command for dialect in older for heard in dialect.heard.values()]
        + [word.data for dialect in older for _, word in dialect.said.values()]
        + [heard.command for dialect in channelled for heard in dialect.joins.values()]
    )
    messages, operations = _v2(router, vocabulary, shapes)
    channels = {CHANNEL: _channel(ADDRESS, ABOUT_V2, messages)}
    for dialect in older:
        its_messages, its_operations = _flat(dialect, shapes)
        channels[dialect.name] = _channel(dialect.address, dialect.about, its_messages)
        messages = {**messages, **its_messages}
        operations = {**operations, **its_operations}
    for places in channelled:
        its_messages, its_operations = describe_channels(places, router, vocabulary, shapes)
        channels[places.name] = _channel(places.address, places.about, its_messages)
        messages = {**messages, **its_messages}
        operations = {**operations, **its_operations}
    document: Json = {
        "asyncapi": VERSION,
        "info": {
            "title": "Causerie's sockets",
            "version": version,
            "description": ABOUT,
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": {**shapes.components, "Ref": REF, "Error": ERROR},
        },
    }
    return with_outside_names(document)


class _Shapes:
    """The JSON schemas of all types, those that have a name once."""

    def __init__(self, types: Sequence[Any]) -> None:
        unique = list(dict.fromkeys(types))
        shapes, self.components = msgspec.json.schema_components(
            unique, ref_template=SHAPES + "{name}"
        )
        _write_patterns_for_all(self.components)
        self._by_type = dict(zip(unique, shapes, strict=True))

    def of(self, type_: Any) -> Json:
        """A reference, or the schema of what has no name."""
        shape: Json = self._by_type[type_]
        return shape

    def fields_of(self, struct: Any) -> Json:
        """The schema of a Struct, written out."""
        shape: Json = self.components[self.of(struct)["$ref"].removeprefix(SHAPES)]
        return shape


def _v2(router: Router, vocabulary: Vocabulary, shapes: _Shapes) -> tuple[Json, Json]:
    """Its messages and operations."""
    messages: Json = {
        "error": _message("error", {"$ref": f"{SHAPES}Error"}, _ERRORS, with_ref=True)
    }
    operations: Json = {}
    for name, route in sorted(router.routes.items()):
        messages[name] = _command(name, route, shapes.of(route.command))
        messages[f"{name}.ack"] = _message(
            "ack", shapes.of(route.answers), f"The answer to `{name}`.", with_ref=True
        )
        operations[name] = _asks(name, route)
    for name, word in sorted(vocabulary.words.items()):
        messages[f"{name}.event"] = _message(name, shapes.of(word.data), word.description)
        operations[f"{name}.event"] = _does("send", CHANNEL, f"{name}.event", word.description)
    return messages, operations


def _flat(dialect: FlatDialect, shapes: _Shapes) -> tuple[Json, Json]:
    """Its messages and operations."""
    messages: Json = {}
    operations: Json = {}
    for name, heard in dialect.heard.items():
        shape, key = shapes.fields_of(heard.command), f"{dialect.name}.{name}"
        payload = {
            "type": "object",
            "required": ["type", *shape.get("required", ())],
            "properties": {"type": {"type": "string", "const": name}, **shape["properties"]},
        }
        messages[key] = {"name": name, "summary": heard.description, "payload": payload}
        operations[key] = _does("receive", dialect.name, key, heard.description)
    for variant, (name, word) in dialect.said.items():
        key = f"{dialect.name}.{variant}.event"
        messages[key] = _message(name, shapes.of(word.data), word.description)
        operations[key] = _does("send", dialect.name, key, word.description)
    return messages, operations


_ERRORS = "A command was refused; or with `ref: null` a frame that could not be read."


def _channel(address: str, about: str, messages: Json) -> Json:
    return {
        "address": address,
        "description": about,
        "messages": {name: {"$ref": MESSAGES + name} for name in messages},
        "bindings": {"ws": {"method": "GET", "query": CREDENTIALS}},
    }


def _message(name: str, data: Json, about: str, *, with_ref: bool = False) -> Json:
    fields: Json = {"type": {"type": "string", "const": name}, "data": data}
    if with_ref:
        fields["ref"] = {"$ref": f"{SHAPES}Ref"}
    payload = {"type": "object", "required": list(fields), "properties": fields}
    return {"name": name, "summary": about, "payload": payload}


def _command(name: str, route: Route, data: Json) -> Json:
    message = _message(name, data, route.description, with_ref=True)
    needed = [field.name for field in msgspec.structs.fields(route.command) if field.required]
    message["payload"]["required"] = ["type", "data"] if needed else ["type"]
    return message


def _asks(name: str, route: Route) -> Json:
    answered = {"description": "Answered without a `ref`, too."} if route.is_asking else {}
    return {
        **_does("receive", CHANNEL, name, route.description),
        **answered,
        "reply": {
            "channel": {"$ref": f"#/channels/{CHANNEL}"},
            "messages": [{"$ref": f"{IN_CHANNEL}{name}.ack"}, {"$ref": f"{IN_CHANNEL}error"}],
        },
    }


def _does(action: str, channel: str, message: str, summary: str) -> Json:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{message}"}],
    }


def _write_patterns_for_all(part: Any) -> None:
    """Anchor patterns as JSON Schema's regular expressions do (ECMA-262), and not only Python's."""
    for value in part.values() if isinstance(part, dict) else part:
        if isinstance(value, dict) and isinstance(value.get("pattern"), str):
            pattern = value["pattern"].removeprefix(r"\A").removesuffix(r"\Z")
            value["pattern"] = f"^{pattern}$"
        if isinstance(value, (dict, list)):
            _write_patterns_for_all(value)
