"""Guessing a secret: how many tries at one account are evaluated, whoever makes them."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import msgspec

GUESS_WINDOW = timedelta(minutes=15)
# Ten in all, of which two are kept for where the owner has got in before: strangers who use up
# theirs, from however many addresses, do not lock the owner out. A right one is not counted.
MAX_STRANGERS_GUESSES = 8
MAX_KNOWN_GUESSES = 2
KNOWN_FOR = timedelta(days=90)  # A quarter of a year away, and a place is a stranger's again.
MAX_KNOWN_PLACES = 20  # Of one account; home, work, the phone's networks of some weeks.

_DIGEST_BYTES = 16


class Aim(msgspec.Struct, frozen=True, gc=False):
    """What is guessed at, and from where; both only as digests, so that no list of names is kept."""

    account: bytes
    place: bytes


def aim_at(kind: str, account: str, network: str) -> Aim:
    """Make an aim: ``account`` is a name in any case, whether or not anybody has it."""
    name = hashlib.sha256(f"{kind}\0{account.lower()}".encode(errors="replace")).digest()
    place = hashlib.sha256(name + network.encode(errors="replace")).digest()
    return Aim(name[:_DIGEST_BYTES], place[:_DIGEST_BYTES])
