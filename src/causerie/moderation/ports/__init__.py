"""What moderation needs from others."""

from causerie.moderation.ports.sanctions import Key, SanctionQuery, SanctionStore, Written

__all__ = ["Key", "SanctionQuery", "SanctionStore", "Written"]
