"""From a command's name to its type and the one handler that a slice registered for it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

import msgspec

from causerie.foundation.errors import Refusal
from causerie.foundation.identity import UserId
from causerie.gateway.errors import Ref, socket_error, socket_internal
from causerie.gateway.session import Session
from causerie.gateway.vocabulary import first_sentence

C = TypeVar("C", bound=msgspec.Struct)


class Reply:
    """Where the one answer to a command goes.

    Without a ref only failures and commands that ask are answered (PROTOCOL, v2).
    """

    __slots__ = ("_is_asked", "ref", "session")

    def __init__(self, session: Session, ref: Ref, *, is_asked: bool) -> None:
        self.session = session
        self.ref = ref
        self._is_asked = is_asked

    def ack(self, data: bytes = b"{}") -> None:
        """Answer with data that is JSON already."""
        ref = self.ref
        if ref is None:
            if not self._is_asked:
                return
            head = b'{"type":"ack","ref":null,"data":'
        elif type(ref) is int:
            head = b'{"type":"ack","ref":%d,"data":' % ref
        else:
            head = b'{"type":"ack","ref":' + msgspec.json.encode(ref) + b',"data":'
        self.session.say(head + data + b"}")

    def refuse(self, refusal: Refusal) -> None:
        """Answer with a refusal."""
        self.session.say(socket_error(self.ref, refusal))

    def fail(self) -> None:
        """Answer that something is wrong with the server."""
        self.session.say(socket_internal(self.ref))


# Handles a command: at once, or by a coroutine that the session's next command waits for.
Handler = Callable[[Session, C, Reply], Coroutine[None, None, None] | None]


class Nothing(msgspec.Struct, frozen=True, gc=False):
    """An empty object."""


class Route(msgspec.Struct, frozen=True):
    """One command. ``is_asking``: it is answered without a ref too.

    ``answers`` (the type of an ack's data) and ``description`` are for the description of the API.
    """

    # Any: what is decoded is exactly what the handler takes; register() keeps the pair honest.
    command: type[Any]
    envelope: type[Any]  # {"type", "ref", "data"} of this very command
    handler: Callable[[Session, Any, Reply], Coroutine[None, None, None] | None]
    is_asking: bool
    answers: Any
    description: str


class Router:
    """The registry of commands; filled by the slices' wiring before the server accepts."""

    def __init__(self) -> None:
        self._routes: dict[str, Route] = {}

    def register(
        self,
        name: str,
        command: type[C],
        handler: Handler[C],
        *,
        is_asking: bool = False,
        answers: Any = Nothing,  # Any: a type that msgspec knows, not only a Struct's
    ) -> None:
        """Handle the command of this name. Raises ``ValueError`` where it has a handler.

        What clients read about it is the first sentence about the handler.
        """
        if name in self._routes:
            raise ValueError(f"two handlers for {name!r}")
        envelope = msgspec.defstruct(
            f"{command.__name__}Envelope",
            [("data", command), ("ref", Ref, None)],
            tag_field="type",
            tag=name,
            gc=False,
        )
        self._routes[name] = Route(
            command, envelope, handler, is_asking, answers, first_sentence(handler.__doc__)
        )

    def limit(self, name: str, require: Callable[[UserId], None]) -> None:
        """Ask before each command of this name; ``require`` raises ``RateLimited``."""
        route = self._routes[name]
        handle = route.handler

        def limited(
            session: Session, command: msgspec.Struct, reply: Reply
        ) -> Coroutine[None, None, None] | None:
            require(session.user_id)
            return handle(session, command, reply)

        self._routes[name] = msgspec.structs.replace(route, handler=limited)

    def wrap(self, around: Callable[[str, Handler[Any]], Handler[Any]]) -> None:
        """Put something around every handler that is registered by now."""
        for name, route in self._routes.items():
            handler = around(name, route.handler)
            self._routes[name] = msgspec.structs.replace(route, handler=handler)

    def find(self, name: str) -> Route | None:
        """The route of a command."""
        return self._routes.get(name)

    @property
    def routes(self) -> Mapping[str, Route]:
        """All commands that are handled, by name."""
        return self._routes

    @property
    def names(self) -> frozenset[str]:
        """The names of all commands that are handled."""
        return frozenset(self._routes)
