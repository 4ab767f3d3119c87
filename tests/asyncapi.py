"""What AsyncAPI says of a frame: clients of the tests hold every frame that they hear against it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs

# AsyncAPI's own schema of its documents, by the AsyncAPI Initiative (Apache-2.0, beside it).
SCHEMA = Path(__file__).parent / "schemas" / "asyncapi-3.0.0.json"

Json = Any  # what an outside program reads is of no type until it has looked


class Frames:
    """Knows by the document what may stand in a frame, and that nothing else may."""

    def __init__(self, document: Json) -> None:
        self.document = document
        components = _closed(document["components"])
        self._validators = {
            name: jsonschema_rs.Draft7Validator({**message["payload"], "components": components})
            for name, message in components["messages"].items()
        }

    @property
    def commands(self) -> set[str]:
        """The names of all commands of v2."""
        return set(self._operations("receive"))

    @property
    def events(self) -> set[str]:
        """The names of all events of v2."""
        return {name.removesuffix(".event") for name in self._operations("send")}

    def _operations(self, action: str, *, channel: str = "v2") -> list[str]:
        return [
            name
            for name, operation in self.document["operations"].items()
            if operation["action"] == action
            and operation["channel"]["$ref"] == f"#/channels/{channel}"
        ]

    def require_said(self, frame: Json, *, to: str | None = None) -> None:
        """Check what the server said on v2, ``to`` which command if it is an answer to one."""
        kind = frame["type"]
        if kind == "error":
            self._require("error", frame)
        elif kind != "ack":
            self._require(f"{kind}.event", frame)
        elif to is not None:
            self._require(f"{to}.ack", frame)

    def require_heard(self, frame: Json) -> None:
        """Check a command of v2."""
        self._require(frame["type"], frame)

    def require_said_on_v1(self, frame: Json) -> None:
        """Check what the server said on v1: one of the shapes that have this type."""
        kind = frame["type"]
        names = [
            name
            for name in self._operations("send", channel="v1")
            if self.document["components"]["messages"][name]["name"] == kind
        ]
        assert any(self._validators[name].is_valid(frame) for name in names), frame

    def require_heard_on_v1(self, frame: Json) -> None:
        """Check a command of v1."""
        self._require(f"v1.{frame['type']}", frame)

    def _require(self, name: str, frame: Json) -> None:
        assert name in self._validators, f"{name} is not in the document: {frame}"
        wrong = [str(error) for error in self._validators[name].iter_errors(frame)]
        assert wrong == [], (name, frame, wrong)


def _closed(part: Json) -> Json:
    """The same, where objects have the fields that are named and no others."""
    if isinstance(part, list):
        return [_closed(item) for item in part]
    if not isinstance(part, dict):
        return part
    closed = {key: _closed(value) for key, value in part.items()}
    if isinstance(part.get("properties"), dict) and part.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed


def faults(document: Json) -> list[str]:
    """What the official schema has against a document."""
    validator = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text()))
    return [str(error) for error in validator.iter_errors(document)]
