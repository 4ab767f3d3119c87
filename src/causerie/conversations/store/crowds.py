"""What many ask at the same moment, each read for all of them (``Gathering``)."""

from __future__ import annotations

from collections.abc import Sequence

from causerie.conversations.model import Arrival, ConversationView, Kind, Position
from causerie.conversations.store.rows import to_person, to_view
from causerie.foundation.identity import ConversationId, UserId
from causerie.foundation.postgres import Connection, Queries

_QUERIES = Queries.load("causerie.conversations")

_Named = tuple[UserId, frozenset[ConversationId]]
_Pair = tuple[UserId, ConversationId]


async def read_arrivals(connection: Connection, users: Sequence[UserId]) -> dict[UserId, Arrival]:
    """Who comes in, and how far their conversations have come."""
    return {
        UserId(row["id"]): Arrival(
            to_person(row), dict(zip(row["ids"] or (), row["seqs"] or (), strict=True))
        )
        for row in await connection.fetch(_QUERIES["arrivals"], users)
    }


async def read_named_views(
    connection: Connection, keys: Sequence[_Named]
) -> dict[_Named, list[ConversationView]]:
    """Conversations that their members have named, as each of them sees it."""
    # A user may be here twice, by two sockets that name other conversations.
    pairs = {(user_id, conversation_id) for user_id, ids in keys for conversation_id in ids}
    users, ids = zip(*pairs, strict=True)
    views: dict[UserId, list[ConversationView]] = {}
    for row in await connection.fetch(_QUERIES["named_views"], users, ids):
        views.setdefault(row["viewer"], []).append(to_view(row))
    return {
        (user_id, ids): [view for view in views.get(user_id, ()) if view.id in ids]
        for user_id, ids in keys
    }


async def read_positions(connection: Connection, pairs: Sequence[_Pair]) -> dict[_Pair, Position]:
    """How far conversations have come, by who is in them."""
    users, ids = zip(*pairs, strict=True)
    return {
        (row["user_id"], row["id"]): Position(Kind(row["kind"]), row["last_seq"], row["rev"])
        for row in await connection.fetch(_QUERIES["positions_of_members"], users, ids)
    }
