"""Channels that a socket joins, in AsyncAPI: each frame an object, as Phoenix' first serializer writes it."""

from __future__ import annotations

from typing import Any, Protocol

from causerie.gateway.router import Router
from causerie.gateway.vocabulary import ChannelDialect, Vocabulary

# Any: an AsyncAPI document is JSON of somebody else's shape; it is made here and shown, no more.
Json = dict[str, Any]

REF: Json = {"$ref": "#/components/schemas/Ref"}
ERROR: Json = {"$ref": "#/components/schemas/Error"}
PLACE = "conversation_id"  # The topic says it.


class Shapes(Protocol):
    """The JSON schemas of types."""

    def of(self, type_: Any) -> Json:
        """A reference, or the schema of what has no name."""
        ...

    def fields_of(self, struct: Any) -> Json:
        """The schema of a Struct, written out."""
        ...


def describe_channels(
    dialect: ChannelDialect, router: Router, vocabulary: Vocabulary, shapes: Shapes
) -> tuple[Json, Json]:
    """Its messages and operations."""
    messages: Json = {}
    operations: Json = {}

    def add(key: str, action: str, frame: Json, about: str) -> None:
        name = f"{dialect.name}.{key}"
        messages[name] = {"name": key.partition(":")[0], "summary": about, "payload": frame}
        channel = {"$ref": f"#/channels/{dialect.name}"}
        operations[name] = {
            "action": action,
            "channel": channel,
            "summary": about,
            "messages": [{"$ref": f"{channel['$ref']}/messages/{name}"}],
        }

    for what, heard in dialect.joins.items():
        frame = _frame("phx_join", shapes.of(heard.command))
        add(f"phx_join:{what}", "receive", frame, heard.description)
    for push, command in dialect.pushes.items():
        route = router.routes.get(command)
        if route is not None:
            data = _without_place(shapes.fields_of(route.command))
            add(push, "receive", _frame(push, data), route.description)
            done = _reply("ok", shapes.of(route.answers))
            add(f"phx_reply:{push}", "send", done, f"What was pushed as `{push}` is done.")
    add("phx_reply:error", "send", _reply("error", ERROR), "What was pushed was refused.")
    for said, event in dialect.broadcasts.items():
        word = vocabulary.words.get(event)
        if word is not None:
            add(f"{said}:event", "send", _frame(said, shapes.of(word.data)), word.description)
    for said, about in dialect.states.items():
        add(said, "send", _frame(said, {"type": "object"}), about)
    return messages, operations


def _frame(event: str, payload: Json) -> Json:
    fields: Json = {
        "topic": {"type": "string"},
        "event": {"type": "string", "const": event},
        "payload": payload,
        "ref": REF,
    }
    return {"type": "object", "required": list(fields), "properties": fields}


def _reply(status: str, response: Json) -> Json:
    fields: Json = {"status": {"type": "string", "const": status}, "response": response}
    payload = {"type": "object", "required": list(fields), "properties": fields}
    return _frame("phx_reply", payload)


def _without_place(shape: Json) -> Json:
    left = {name: field for name, field in shape["properties"].items() if name != PLACE}
    needed = [name for name in shape.get("required", ()) if name != PLACE]
    return {"type": "object", "required": needed, "properties": left}
