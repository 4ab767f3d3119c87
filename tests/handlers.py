"""HTTP handlers are looked at once a process: the tests build the whole API hundreds of times.

The handlers of each node are closures over its services, or controllers that hold them, made of the
same code. Litestar takes a third of a second to work out how each is called, and finds the same.
"""

from __future__ import annotations

import copy
import inspect
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import CodeType
from typing import Any

from litestar import Controller, Litestar, Router
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.utils.signature import ParsedSignature

from causerie.gateway.http import app as product

# A node has two shapes, accounts alone have one, unit tests a handful. With more than these, something
# differs by node that this file does not know of, and each test would build its API anew.
MAX_SHAPES = 12
MIN_HANDLERS = 10

# Any, all over: what is compared and called here is typed where it is made.
Functions = Mapping[Any, Callable[..., Any]]
CALLED: ContextVar[Functions] = ContextVar("functions of the node that is asked")

_CONFIGURED = tuple(name for name in Controller.__slots__ if name != "owner")
_OF_ROUTER = (
    *("after_request", "after_response", "before_request", "cache_control", "dto", "etag"),
    *("exception_handlers", "guards", "include_in_schema", "middleware", "opt", "parameters"),
    *("path", "request_class", "request_max_body_size", "response_class", "response_cookies"),
    *("response_headers", "return_dto", "security", "signature_namespace", "tags"),
    *("type_decoders", "type_encoders", "websocket_class"),
)
# What Litestar finds out by itself, and whose the handler is.
_FOUND_OUT = ("_fn", "owner", "_parsed_", "_resolved_", "_signature_model", "_response_handler_")
_OF_HANDLER = tuple(
    name
    for kind in HTTPRouteHandler.__mro__
    for name in getattr(kind, "__slots__", ())
    if not name.startswith(_FOUND_OUT) and name != "opt"
)


@contextmanager
def handlers_looked_at_once() -> Iterator[None]:
    """Have applications of the same shape share what Litestar knows of their handlers.

    Of the same shape are those whose handlers are of the same code, under the same paths, with the
    same options. Each is called as if it were alone: with the functions of its own node.
    """
    with _signatures_parsed_once():
        kept: list[_Shared] = []

        def build(handlers: Sequence[Any], **options: Any) -> Any:
            shape = _Shape.of(handlers, options)
            if len(shape.functions) < MIN_HANDLERS:
                return Litestar(handlers, **options)
            shared = next((one for one in kept if one.outline == shape.outline), None)
            if shared is None:
                assert len(kept) < MAX_SHAPES, "nodes differ in what is no function of theirs"
                shared = _Shared(shape, handlers, options)
                kept.append(shared)
            return _Own(shared.app, shape.functions)

        _replace(build)
        try:
            yield
        finally:
            _replace(Litestar)


def _replace(build: Callable[..., Any]) -> None:
    setattr(product, "Litestar", build)  # noqa: B010 - a name that it imported, and no attribute of its type


@contextmanager
def _signatures_parsed_once() -> Iterator[None]:
    """The same for single signatures: two shapes have most of their handlers in common."""
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


class _Shape:
    """What an application is built of: ``outline``, by which two are the same, and ``functions``.

    The functions by their places, which are the same in each application of the outline.
    """

    def __init__(self) -> None:
        self.outline: list[Any] = []
        self.functions: dict[Any, Callable[..., Any]] = {}

    @classmethod
    def of(cls, handlers: Sequence[Any], options: Mapping[str, Any]) -> _Shape:
        shape = cls()
        for place, handler in enumerate(handlers):
            shape._add(place, handler)
        for name, value in options.items():
            if name == "dependencies":
                for key, provided in value.items():
                    shape._add_function(("dependency", key), provided.dependency)
            elif name == "before_request":
                shape.outline.append((name, type(value)))
                shape.functions["before_request"] = value
            else:
                shape.outline.append((name, value))
        return shape

    def _add(self, place: int, handler: Any) -> None:
        if isinstance(handler, Router):
            self.outline.append(_settings_of(handler, _OF_ROUTER))
            for name, provided in sorted(handler.dependencies.items()):
                self.outline.append((name, provided))
            for route in handler.routes:
                assert isinstance(route, HTTPRoute)
                self.outline.append(route.path)
                # In any order, as Litestar keeps them in a set.
                for inner in sorted(route.route_handlers, key=_methods_of):
                    self._add_handler((place, route.path, *_methods_of(inner)), inner, inner.fn)
        elif isinstance(handler, HTTPRouteHandler):
            self._add_handler((place,), handler, handler.fn)
        else:
            self._add_controller(place, handler)

    def _add_controller(self, place: int, kind: type[Controller]) -> None:
        self.outline += [kind.__mro__[1:], _settings_of(kind, _CONFIGURED)]
        controller = kind(owner=None)  # type: ignore[arg-type] # it is asked for nothing
        for name in dir(kind):
            handler = getattr(kind, name)
            if isinstance(handler, HTTPRouteHandler):
                bound = types.MethodType(handler.fn, controller)
                self._add_handler((place, name), handler, bound)

    def _add_handler(self, place: Any, handler: HTTPRouteHandler, fn: Callable[..., Any]) -> None:
        self.outline.append(_settings_of(handler, _OF_HANDLER))
        self.outline.append({name: value for name, value in handler.opt.items() if name != "quick"})
        self._add_function(place, fn)
        if "quick" in handler.opt:
            self._add_function(_recall_of(place), handler.opt["quick"])

    def _add_function(self, place: Any, fn: Any) -> None:
        # A default may be another one each time, and be it for the sake of its meaning.
        self.outline.append((fn.__module__, fn.__code__, fn.__defaults__, fn.__kwdefaults__))
        self.functions[place] = fn


def _recall_of(place: Any) -> Any:
    """Where the function is that a quick handler has beside its own (``quickly``)."""
    return ("quick", place)


def _methods_of(handler: HTTPRouteHandler) -> list[str]:
    return sorted(handler.http_methods)


def _settings_of(thing: Any, names: Sequence[str]) -> list[Any]:
    return [getattr(thing, name, None) for name in names]


class _Shared:
    """An application whose handlers call those of whoever is asked."""

    def __init__(self, shape: _Shape, handlers: Sequence[Any], options: Mapping[str, Any]) -> None:
        self.outline = shape.outline

        async def before_request(request: Any) -> Any:
            return await CALLED.get()["before_request"](request)

        own = {"before_request": before_request} if "before_request" in options else {}
        self.app = Litestar(handlers, **{**options, **own})
        for name, provided in self.app.dependencies.items():
            assert isinstance(provided, Provide)
            provided.dependency = _calls(("dependency", name), provided.dependency)
        places = {_identity(fn): place for place, fn in shape.functions.items()}
        for route in self.app.routes:
            assert isinstance(route, HTTPRoute)
            for handler in route.route_handlers:
                place = places.get(_identity(handler.fn))
                # None: Litestar's own answer to OPTIONS.
                if place is not None:
                    handler._fn = _calls(place, handler.fn)


def _identity(fn: Any) -> tuple[int, int]:
    """By which a function is found again: methods are bound to an instance that Litestar makes."""
    if isinstance(fn, types.MethodType):
        return id(fn.__func__), id(type(fn.__self__))
    return id(fn), 0


def _calls(place: Any, fn: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        return CALLED.get()[place](*args, **kwargs)

    # By its name Litestar finds what it has made for a handler.
    call.__module__, call.__qualname__ = fn.__module__, fn.__qualname__
    call.place = place  # type: ignore[attr-defined] # for _Own.routes
    return call


class _Own:
    """A shared application as one node has it."""

    def __init__(self, app: Litestar, functions: Functions) -> None:
        self._app = app
        self._functions = functions

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        token = CALLED.set(self._functions)
        try:
            await self._app(scope, receive, send)
        finally:
            CALLED.reset(token)

    @property
    def routes(self) -> list[Any]:
        """The routes; what is called past Litestar is the node's own."""
        return [self._own_route(route) for route in self._app.routes]

    def _own_route(self, route: Any) -> Any:
        if not any(handler.opt.get("quick") for handler in route.route_handlers):
            return route
        own = copy.copy(route)
        own.route_handlers = [copy.copy(handler) for handler in route.route_handlers]
        for handler in own.route_handlers:
            if place := getattr(handler.fn, "place", None):
                handler._fn = self._functions[place]
                if "quick" in handler.opt:
                    handler.opt = {**handler.opt, "quick": self._functions[_recall_of(place)]}
        return own
