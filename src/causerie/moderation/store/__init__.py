"""The tables of moderation."""

from causerie.moderation.store.sanctions import PostgresSanctions

__all__ = ["PostgresSanctions"]
