"""What a check of the doctor says."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """How a check came out."""

    WELL = "well"
    DOUBTFUL = "doubtful"  # it works, and will not for long, or not well
    WRONG = "wrong"  # it does not work, or must not be left so
    SKIPPED = "skipped"  # it does not apply here


class Finding(msgspec.Struct, frozen=True):
    """One line: what was looked at, what was found, and what to do where it is not well."""

    check: str
    verdict: Verdict
    found: str
    remedy: str = ""


def well(check: str, found: str) -> Finding:
    """It is as it should be."""
    return Finding(check, Verdict.WELL, found)


def doubtful(check: str, found: str, remedy: str) -> Finding:
    """It works, and something should be done."""
    return Finding(check, Verdict.DOUBTFUL, found, remedy)


def wrong(check: str, found: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(check, Verdict.WRONG, found, remedy)


def skipped(check: str, found: str) -> Finding:
    """It does not apply."""
    return Finding(check, Verdict.SKIPPED, found)
