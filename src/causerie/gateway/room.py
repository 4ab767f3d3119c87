"""How many sockets there is room for."""

from __future__ import annotations

from collections.abc import Callable

from causerie.gateway.ports import SocketsElsewhere


class Limits:
    """Connections in all, per user and per address; 0 switches one off.

    ``require_attempt`` counts each socket that is asked for, by address. Raises ``RateLimited``.
    ``elsewhere`` says how many the server's other processes have.
    """

    def __init__(
        self,
        *,
        in_all: int,
        per_user: int,
        per_address: int,
        require_attempt: Callable[[str], None] = lambda _address: None,
        elsewhere: Callable[[], int] = lambda: 0,
        other_nodes: SocketsElsewhere | None = None,
    ) -> None:
        self.other_nodes = other_nodes
        self.in_all = in_all
        self.elsewhere = elsewhere
        self.per_user = per_user
        self.per_address = per_address
        self.require_attempt = require_attempt
