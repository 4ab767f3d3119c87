"""How moderation looks outside."""
