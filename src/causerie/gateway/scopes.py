"""What an API key's scopes let it change: at every door nothing else than what one of them names."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from types import MappingProxyType

import msgspec

from causerie.foundation.errors import Forbidden
from causerie.foundation.identity import Principal
from causerie.gateway.router import Handler, Reply, Router
from causerie.gateway.session import Session

# What all takes that changes something and names no other scope: what its user says, marks or chooses.
SPEAKING = frozenset({"messages.send"})
LOOKING_AFTER_ROOMS = frozenset({"conversations.create", "conversations.manage_any"})
READING_COMMANDS = frozenset({"history", "ping", "search_messages", "subscribe"})
COMMANDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "delete_message": SPEAKING | {"messages.delete_any"},
        "pin_message": SPEAKING | {"messages.pin_any"},
    }
)


def require_scope(principal: Principal, scopes: frozenset[str] = SPEAKING) -> None:
    """Raise ``Forbidden`` where a key was shown that has none of these. Who logged in needs none."""
    if principal.api_key and principal.permissions.isdisjoint(scopes):
        named = " or ".join(sorted(scopes))
        raise Forbidden(f"This API key has no scope for this; it takes {named}")


def hold_keys(router: Router) -> None:
    """Refuse keys every command registered so far that changes something they have no scope for."""
    router.wrap(lambda name, handler: handler if name in READING_COMMANDS else _held(name, handler))


def _held(name: str, handler: Handler[msgspec.Struct]) -> Handler[msgspec.Struct]:
    scopes = COMMANDS.get(name, SPEAKING)

    def held(
        session: Session, command: msgspec.Struct, reply: Reply
    ) -> Coroutine[None, None, None] | None:
        require_scope(session.principal, scopes)
        return handler(session, command, reply)

    return held
