"""API keys that only read: no door lets them change anything."""

from __future__ import annotations

from collections.abc import Coroutine

import msgspec

from causerie.foundation.errors import Forbidden
from causerie.foundation.identity import Principal
from causerie.gateway.router import Handler, Reply, Router
from causerie.gateway.session import Session

READING_COMMANDS = frozenset({"history", "ping", "search_messages", "subscribe"})


def require_acting(principal: Principal) -> None:
    """Raise ``Forbidden`` where the key that was shown only reads."""
    if principal.is_reader:
        raise Forbidden("This API key only reads; its scopes let it change nothing")


def hold_readers(router: Router) -> None:
    """Refuse them every command that is registered so far, apart from ``READING_COMMANDS``."""
    router.wrap(lambda name, handler: handler if name in READING_COMMANDS else _acting(handler))


def _acting(handler: Handler[msgspec.Struct]) -> Handler[msgspec.Struct]:
    def acting(
        session: Session, command: msgspec.Struct, reply: Reply
    ) -> Coroutine[None, None, None] | None:
        require_acting(session.principal)
        return handler(session, command, reply)

    return acting
