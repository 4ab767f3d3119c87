"""The sockets' description: AsyncAPI 3, made from the types that decode commands and show events.

Written from the server's side, as AsyncAPI has it: it *receives* commands and *sends* events.
"""

from __future__ import annotations

import threading
from typing import Any

import msgspec

from causerie.foundation.errors import Code
from causerie.foundation.identity import MAX_ID
from causerie.gateway import messagepack, v2
from causerie.gateway.closing import CATALOGUE
from causerie.gateway.http.openapi import with_outside_names
from causerie.gateway.http.sockets_page import render_sockets_page
from causerie.gateway.router import Route, Router
from causerie.gateway.vocabulary import Vocabulary, Word

# Any: an AsyncAPI document is JSON of somebody else's shape; it is made here and shown, no more.
Json = dict[str, Any]

VERSION = "3.0.0"
CHANNEL = "v2"
ADDRESS = "/ws/v2"
SHAPES = "#/components/schemas/"
MESSAGES = "#/components/messages/"
IN_CHANNEL = f"#/channels/{CHANNEL}/messages/"

ABOUT = (
    "Durable, ordered, resumable chat. The server speaks first (`hello`). A command with a `ref` gets "
    "exactly one `ack` or `error` with that `ref`; without one only questions and failures are "
    f"answered. Subprotocols: `{v2.SUBPROTOCOL}` (text messages, the default) and "
    f"`{messagepack.SUBPROTOCOL}` (the same in MessagePack, binary messages). permessage-deflate is "
    "agreed to, without context takeover."
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

    def __init__(self, router: Router, vocabulary: Vocabulary, *, version: str) -> None:
        self.router = router
        self.vocabulary = vocabulary
        self._version = version
        self._making = threading.Lock()
        self._made: tuple[bytes, tuple[bytes, str]] | None = None

    def document(self) -> bytes:
        """Give the AsyncAPI document. Slow the first time; safe from any thread."""
        return self._make()[0]

    def page(self) -> tuple[bytes, str]:
        """Give the reader's page and the content security policy that it needs."""
        return self._make()[1]

    def _make(self) -> tuple[bytes, tuple[bytes, str]]:
        with self._making:
            if self._made is None:
                document = describe(self.router, self.vocabulary, version=self._version)
                encoded = msgspec.json.encode(document, order="deterministic")
                self._made = encoded, render_sockets_page(document)
            return self._made


def describe(router: Router, vocabulary: Vocabulary, *, version: str) -> Json:
    """Make the AsyncAPI document of the commands and events of v2."""
    routes, words = sorted(router.routes.items()), sorted(vocabulary.words.items())
    types = dict.fromkeys(
        [route.command for _, route in routes]
        + [route.answers for _, route in routes]
        + [word.data for _, word in words]
    )
    shapes, components = msgspec.json.schema_components(types, ref_template=SHAPES + "{name}")
    shape_of = dict(zip(types, shapes, strict=True))
    messages: Json = {
        "error": _message("error", {"$ref": f"{SHAPES}Error"}, _ERRORS, with_ref=True)
    }
    operations: Json = {}
    for name, route in routes:
        messages[name] = _command(name, route, shape_of[route.command])
        messages[f"{name}.ack"] = _message(
            "ack", shape_of[route.answers], f"The answer to `{name}`.", with_ref=True
        )
        operations[name] = _receives(name, route)
    for name, word in words:
        messages[f"{name}.event"] = _message(name, shape_of[word.data], word.description)
        operations[f"{name}.event"] = _sends(name, word)
    document: Json = {
        "asyncapi": VERSION,
        "info": {
            "title": "Causerie's sockets",
            "version": version,
            "description": ABOUT,
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "channels": {CHANNEL: _channel(messages)},
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": {**components, "Ref": REF, "Error": ERROR},
        },
    }
    _write_patterns_for_all(components)
    return with_outside_names(document)


def _write_patterns_for_all(part: Any) -> None:
    """Anchor patterns as JSON Schema's regular expressions do (ECMA-262), and not only Python's."""
    for value in part.values() if isinstance(part, dict) else part:
        if isinstance(value, dict) and isinstance(value.get("pattern"), str):
            pattern = value["pattern"].removeprefix(r"\A").removesuffix(r"\Z")
            value["pattern"] = f"^{pattern}$"
        if isinstance(value, (dict, list)):
            _write_patterns_for_all(value)


_ERRORS = "A command was refused; or with `ref: null` a frame that could not be read."


def _channel(messages: Json) -> Json:
    closing = "; ".join(f"{entry.code} {entry.meaning}" for entry in CATALOGUE.values())
    return {
        "address": ADDRESS,
        "title": "v2",
        "description": f"`/` is the same for who begins with a frame of v2. Close codes: {closing}",
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


def _receives(name: str, route: Route) -> Json:
    answered = "Answered without a `ref`, too." if route.is_asking else ""
    return {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{CHANNEL}"},
        "summary": route.description,
        **({"description": answered} if answered else {}),
        "messages": [{"$ref": IN_CHANNEL + name}],
        "reply": {
            "channel": {"$ref": f"#/channels/{CHANNEL}"},
            "messages": [{"$ref": f"{IN_CHANNEL}{name}.ack"}, {"$ref": f"{IN_CHANNEL}error"}],
        },
    }


def _sends(name: str, word: Word) -> Json:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{CHANNEL}"},
        "summary": word.description,
        "messages": [{"$ref": f"{IN_CHANNEL}{name}.event"}],
    }
