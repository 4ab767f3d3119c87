"""The API's description: OpenAPI 3.1, made from the handlers' own types."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

import msgspec
from litestar import Litestar
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import License
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler

from causerie.foundation.errors import Code
from causerie.gateway.errors import MEANINGS, PROBLEM_CONTENT_TYPE, UNREADABLE_STATUS
from causerie.gateway.http.bodies import StrictBody
from causerie.gateway.http.docs_page import render_page

# Any: an OpenAPI document is JSON of somebody else's shape; it is made here and shown, no more.
Json = dict[str, Any]

WRITES = frozenset({"post", "put", "patch", "delete"})
TITLE = "Causerie"
SUMMARY = "A self-hosted messaging server: durable, ordered, resumable chat."
PROBLEM_REF = "#/components/schemas/Problem"
INSIDE = "Wire"  # How our own types for the outside are called inside.

PROBLEM_SCHEMA: Json = {
    "type": "object",
    "title": "Problem",
    "description": "A problem document (RFC 9457) with a stable code.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "code": {"type": "string", "enum": [str(code) for code in Code]},
        "errors": {
            "description": "With `invalid`: which fields, and why.",
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "resource": {"description": "With `not_found`: what kind.", "type": "string"},
        "limit": {"description": "With `too_large`.", "type": "integer"},
        "actual": {"description": "With `too_large`.", "type": "integer"},
        "rule": {"description": "With `refused`: which rule of the filter.", "type": "string"},
        "evidence": {
            "description": "With `refused`: the words or characters that spoke.",
            "type": "array",
            "items": {"type": "string"},
        },
        "retry_after": {
            "description": "With `rate_limited`: whole seconds.",
            "type": "integer",
        },
        "request_id": {"description": "With `internal`: for the operator.", "type": "string"},
    },
    "examples": [
        {
            "type": "/docs#invalid",
            "title": MEANINGS[Code.INVALID].title,
            "status": 422,
            "code": "invalid",
            "detail": "name: Is required",
            "errors": [{"field": "name", "message": "Is required"}],
        }
    ],
}
BEARER = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
COOKIE = {
    "type": "apiKey",
    "in": "cookie",
    "name": "causerie_access",
    "description": "Of `POST /auth/cookies`; over https the name begins with `__Host-`. What changes"
    " something needs the token of `GET /api/csrf-token` too, as `X-CSRF-Token`.",
}
IDEMPOTENCY_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key makes the same write happen once, for good.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[ -~]+$"},
}


class Description:
    """Describes the handlers. Made at the first request: a server that nobody reads pays nothing."""

    def __init__(self, handlers: Sequence[ControllerRouterHandler], *, version: str) -> None:
        self._handlers = handlers
        self._version = version
        self._making = threading.Lock()
        self._document: bytes | None = None
        self._page: tuple[bytes, str] | None = None

    def document(self) -> bytes:
        """Give the OpenAPI document. Slow the first time; safe from any thread."""
        with self._making:
            if self._document is None:
                schema = describe(self._handlers, version=self._version)
                self._document = msgspec.json.encode(schema, order="deterministic")
                self._page = render_page(schema)
            return self._document

    def page(self) -> tuple[bytes, str]:
        """Give the reader's page and the content security policy that it needs."""
        self.document()
        return cast("tuple[bytes, str]", self._page)


def describe(handlers: Sequence[ControllerRouterHandler], *, version: str) -> Json:
    """Make the OpenAPI 3.1 document of the handlers."""
    app = Litestar(
        handlers,
        dependencies={
            name: Provide(_stand_in(), sync_to_thread=False)
            for name in ("principal", "client_address", "idempotency_key")
        },
        dto=StrictBody,
        return_dto=None,
        logging_config=None,
        openapi_config=OpenAPIConfig(
            title=TITLE,
            version=version,
            summary=SUMMARY,
            license=License(name="MIT", identifier="MIT"),
            use_handler_docstrings=True,
        ),
    )
    schema: Json = app.openapi_schema.to_schema()
    components = schema.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    components["securitySchemes"] = {"bearer": BEARER, "cookie": COOKIE}
    _close_bodies(schema)
    public = _public_operations(app)
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            if isinstance(operation, dict):
                _complete(operation, path, method, is_public=(path, method) in public)
    return with_outside_names(schema)


def _close_bodies(schema: Json) -> None:
    """Say of what is sent, and of all in it, that unknown fields are refused."""
    shapes = schema["components"]["schemas"]
    to_close = [
        operation["requestBody"]
        for operations in schema["paths"].values()
        for operation in operations.values()
        if isinstance(operation, dict) and "requestBody" in operation
    ]
    closed = set()
    while to_close:
        part = to_close.pop()
        to_close += [v for v in _inside(part) if isinstance(v, (dict, list))]
        name = part.get("$ref", "").rpartition("/")[2] if isinstance(part, dict) else ""
        if name in shapes and name not in closed:
            closed.add(name)
            to_close.append(shapes[name])
            if shapes[name].get("type") == "object":
                shapes[name]["additionalProperties"] = False


def _inside(part: Any) -> Iterable[Any]:
    return part.values() if isinstance(part, dict) else part


def with_outside_names(schema: Json) -> Json:
    """Call shapes what clients call them: ``Message`` for our ``WireMessage``."""
    shapes = schema["components"]["schemas"]
    for name in [name for name in shapes if name.startswith(INSIDE)]:
        outside = name.removeprefix(INSIDE)
        if outside not in shapes:
            shapes[outside] = shapes.pop(name)
            shapes[outside].pop("title", None)
            _rename(schema, f"#/components/schemas/{name}", f"#/components/schemas/{outside}")
    return schema


def _rename(part: Any, old: str, new: str) -> None:
    for value in _inside(part):
        if isinstance(value, dict) and value.get("$ref") == old:
            value["$ref"] = new
        elif isinstance(value, (dict, list)):
            _rename(value, old, new)


def _stand_in() -> Callable[[], None]:
    """Stand in for what the application fills in; it is no part of the interface."""

    def given() -> None:
        return None

    return given


def _public_operations(app: Litestar) -> set[tuple[str, str]]:
    return {
        (route.path_format, method.lower())
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if handler.opt.get("public")
        for method in handler.http_methods
    }


def _complete(operation: Json, path: str, method: str, *, is_public: bool) -> None:
    """Add what holds for all operations: credentials, problems, the idempotency key."""
    responses = operation.setdefault("responses", {})
    responses.pop("400", None)  # Litestar's own shape of an error, which is never sent.
    # Of a handler that gives a Response[None], for its cookies, Litestar says that it has a body.
    responses.get("204", {}).pop("content", None)
    # Litestar makes both out of the path and the handler's name, which says less than a sentence.
    operation["summary"] = (
        (operation.get("description") or operation["summary"]).split(". ")[0].rstrip(".")
    )
    operation["operationId"] = f"{method}_{re.sub(r'[^A-Za-z0-9]+', '_', path).strip('_')}"
    operation["security"] = [] if is_public else [{"bearer": []}, {"cookie": []}]
    if not is_public:
        responses["401"] = _problem(MEANINGS[Code.UNAUTHENTICATED].title)
    if method in WRITES and path.startswith("/api/"):
        operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    if body := operation.get("requestBody"):
        body["required"] = not any(
            {"type": "null"} in content["schema"].get("oneOf", ())
            for content in body["content"].values()
        )
    if operation.get("parameters") or body:
        responses[str(UNREADABLE_STATUS)] = _problem("What was sent cannot be read")
        responses["422"] = _problem(MEANINGS[Code.INVALID].title)
    responses["default"] = _problem("Any other error")


def _problem(description: str) -> Json:
    return {
        "description": description,
        "content": {PROBLEM_CONTENT_TYPE: {"schema": {"$ref": PROBLEM_REF}}},
    }
