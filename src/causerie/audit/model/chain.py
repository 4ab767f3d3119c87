"""The chain of hashes and what was signed of it, and how to find out where it was tampered with.

A row's hash is over its predecessor's and its own content (``audit.digest`` in the database computes
the same). Checkpoints hold the hashes of all rows, signed under a key that the database does not
have; so a chain that was computed anew from some row on is found too, and that row is named.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec
from typing_extensions import override

HASH_BYTES: Final = 32  # SHA-256


class Chain(StrEnum):
    """The chains, by the names of their tables."""

    LOGS = "audit_logs"
    EVENTS = "security_events"


CHAINS: Final = tuple(Chain)


class Link(msgspec.Struct, frozen=True):
    """One row as the chain sees it; ``parts`` are its columns as text, the id first."""

    id: int
    previous: bytes
    hash: bytes
    parts: tuple[str | None, ...]


class Checkpoint(msgspec.Struct, frozen=True):
    """The hashes of the rows ``first_id`` to ``last_id``, one after the other, signed."""

    chain: Chain
    first_id: int
    last_id: int
    hashes: bytes
    made_at: datetime
    signature: bytes

    def content(self) -> bytes:
        """What the signature is over."""
        head = (self.chain.value, self.first_id, self.last_id, self.made_at.isoformat())
        return msgspec.json.encode(("checkpoint", *head)) + self.hashes

    def each(self) -> Iterator[tuple[int, bytes]]:
        """Give the id and the hash of each row."""
        for nth in range(self.last_id - self.first_id + 1):
            start = nth * HASH_BYTES
            yield self.first_id + nth, self.hashes[start : start + HASH_BYTES]

    def is_whole(self) -> bool:
        """Say whether it has a hash for each row."""
        return len(self.hashes) == HASH_BYTES * (self.last_id - self.first_id + 1)


class Archive(msgspec.Struct, frozen=True):
    """All rows up to ``last_id`` lie in a file; ``hash`` is that row's."""

    chain: Chain
    last_id: int
    hash: bytes
    made_at: datetime
    file_hash: bytes
    signature: bytes

    def content(self) -> bytes:
        """What the signature is over."""
        head = ("archive", self.chain.value, self.last_id, self.made_at.isoformat())
        return msgspec.json.encode(head) + self.hash + self.file_hash


class Fault(StrEnum):
    """What is wrong with a row."""

    CHANGED = "changed"  # its content is not what was chained, or it was put there by hand
    MISSING = "missing"
    CUT_OFF = "cut_off"  # missing at the end
    REWRITTEN = (
        "rewritten"  # its content is right, its hash was computed anew after another's change
    )
    UNSIGNED = "unsigned"  # a checkpoint or archive that was not signed with our key, or is gone


class Finding(msgspec.Struct, frozen=True):
    """One fault, of the rows ``first_id`` to ``last_id``."""

    chain: Chain
    fault: Fault
    first_id: int
    last_id: int

    @override
    def __str__(self) -> str:
        rows = (
            f"row {self.first_id}"
            if self.first_id == self.last_id
            else f"rows {self.first_id} to {self.last_id}"
        )
        return f"{self.chain}: {rows}: {_SENTENCES[self.fault]}"


_SENTENCES: Final = {
    Fault.CHANGED: "changed, or put there by hand",
    Fault.MISSING: "deleted",
    Fault.CUT_OFF: "cut off from the end (or an older backup was restored)",
    Fault.REWRITTEN: "content as it was, hashes computed anew to hide another change",
    Fault.UNSIGNED: "the checkpoint is missing or was not signed with this server's key",
}


def genesis(chain: Chain) -> bytes:
    """What the first row has for a predecessor's hash."""
    return hashlib.sha256(chain.value.encode()).digest()


def digest(previous: bytes, parts: Sequence[str | None]) -> bytes:
    """Compute a row's hash: each column as its length in bytes, a colon and its text; ``-`` for none."""
    hasher = hashlib.sha256(previous)
    for part in parts:
        if part is None:
            hasher.update(b"-")
        else:
            text = part.encode()
            hasher.update(b"%d:%b" % (len(text), text))
    return hasher.digest()


class ChainCheck:
    """Looks at one chain from its first row to its last. Rows and checkpoints come in order of ids.

    ``start`` is the id and hash of the last archived row. Every row is named once.
    """

    def __init__(self, chain: Chain, *, start: tuple[int, bytes] | None = None) -> None:
        self.chain = chain
        self.rows = 0
        self.findings: list[Finding] = []
        self._last_id, self._last_hash = start or (0, genesis(chain))
        self.start_id = self._last_id
        self._is_last_sound = True
        # Signed and not passed yet; the checkpoints are fed in as the rows come to them.
        self._signed: dict[int, bytes] = {self._last_id: self._last_hash}
        self.signed_upto = self._last_id
        self._remembered = 0

    @property
    def last_id(self) -> int:
        """The newest row seen."""
        return self._last_id

    def take_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Learn what was signed; the caller has checked the signature."""
        if checkpoint.first_id > self.signed_upto + 1:
            self._find(Fault.UNSIGNED, self.signed_upto + 1, checkpoint.first_id - 1)
        if checkpoint.last_id > self._last_id:
            # What is remembered outside of the database counts for more.
            self._signed = {**dict(checkpoint.each()), **self._signed}
        self.signed_upto = max(self.signed_upto, checkpoint.last_id)

    def take_forged(self, first_id: int, last_id: int) -> None:
        """Hear that a checkpoint of these rows does not bear our signature."""
        self._find(Fault.UNSIGNED, first_id, last_id)
        self.signed_upto = max(self.signed_upto, last_id)

    def remember(self, last_id: int, hash_: bytes) -> None:
        """Learn from outside of the database what a row's hash was."""
        if last_id > self._last_id:
            self._signed[last_id] = hash_
            self._remembered = last_id

    def take_row(self, row: Link) -> None:
        """Look at the next row."""
        self.rows += 1
        expected = self._last_id + 1
        if row.id > expected:
            self._find(Fault.MISSING, expected, row.id - 1)
            self._last_hash = self._signed.get(row.id - 1, row.previous)
            self._is_last_sound = False
        elif row.id < expected:  # below what was archived, or not a number of ours
            self._find(Fault.CHANGED, row.id, row.id)
            return
        self._judge(row)
        self._signed.pop(self._last_id, None)
        self._last_id, self._last_hash = row.id, row.hash

    def take_end(self) -> None:
        """Hear that no row follows."""
        known = max(self.signed_upto, self._remembered)
        if known > self._last_id:
            self._find(Fault.CUT_OFF, self._last_id + 1, known)

    def _judge(self, row: Link) -> None:
        signed, signed_before = self._signed.get(row.id), self._signed.get(row.id - 1)
        is_whole = digest(row.previous, row.parts) == row.hash
        if is_whole and signed in {None, row.hash}:
            if row.previous != self._last_hash and self._is_last_sound:
                # Its content is its own; so it is its predecessor that is no longer what it was.
                wrong = max(row.id - 1, self.start_id + 1)
                self._find(Fault.CHANGED, wrong, wrong)
            self._is_last_sound = True
            return
        self._is_last_sound = False
        before = row.previous if signed_before is None else signed_before
        is_only_hash = is_whole and digest(before, row.parts) == signed
        self._find(Fault.REWRITTEN if is_only_hash else Fault.CHANGED, row.id, row.id)

    def _find(self, fault: Fault, first: int, last: int) -> None:
        newest = self.findings[-1] if self.findings else None
        if newest is not None and Fault.UNSIGNED not in {fault, newest.fault}:
            if newest.first_id <= first and last <= newest.last_id:
                return  # named already
            if fault is newest.fault is Fault.REWRITTEN and newest.last_id + 1 == first:
                self.findings[-1] = Finding(self.chain, fault, newest.first_id, last)
                return
        self.findings.append(Finding(self.chain, fault, first, last))
