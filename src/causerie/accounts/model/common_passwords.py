"""The passwords that everybody tries first: those of public leaks with eight characters or more.

In small letters, since case is what people change first. What is a run on the keyboard or a single
character repeated is found by rule too.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def common_passwords() -> frozenset[str]:
    """Read the list, once, when the first password is chosen: some 2 MB that few commands need."""
    text = files("causerie.accounts.model").joinpath("common_passwords.txt").read_text()
    return frozenset(line for line in text.splitlines() if not line.startswith("# "))
