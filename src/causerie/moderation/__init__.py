"""Moderation: what a text may be, judged before it is stored, and why."""

from causerie.moderation.model import Action, Finding, Level, Policy, Verdict

__all__ = ["Action", "Finding", "Level", "Policy", "Verdict"]
