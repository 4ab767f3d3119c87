"""The values and rules of moderation."""

from causerie.moderation.model.verdict import Action, Finding, Level, Policy, Verdict

__all__ = ["Action", "Finding", "Level", "Policy", "Verdict"]
