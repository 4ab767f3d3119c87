"""The notary: signs what the chains have gained, and checks all of them against what was signed."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import msgspec

from causerie.audit.model import (
    CHAINS,
    HASH_BYTES,
    Archive,
    Chain,
    ChainCheck,
    Checkpoint,
    Fault,
    Finding,
    genesis,
)
from causerie.audit.ports import ChainStore, Memory, Remembered, Signer
from causerie.foundation.clock import Clock
from causerie.foundation.identity import MAX_ID

# Rows under one signature: what one look reads at most, some 2 MB and 20 ms.
MAX_CHECKPOINT_ROWS = 2_000
FIRST_ID = -MAX_ID  # What was put below the first row is looked at too.


class Verdict(msgspec.Struct, frozen=True):
    """What a check of everything has found; ``unsigned`` are the newest rows, not signed yet."""

    findings: tuple[Finding, ...]
    rows: dict[str, int]
    archived: dict[str, int]
    unsigned: dict[str, int]

    @property
    def is_sound(self) -> bool:
        """Whether nothing was tampered with."""
        return not self.findings


class Notary:
    """Signs and checks. Several nodes may sign at once: the first one's checkpoint counts."""

    def __init__(self, store: ChainStore, signer: Signer, memory: Memory, clock: Clock) -> None:
        self._store = store
        self._signer = signer
        self._memory = memory
        self._clock = clock

    async def sign_new(self) -> Sequence[Finding]:
        """Sign all rows that are new, each looked at before; gives what was wrong with them.

        What is wrong is signed as it is: so it stays as wrong as it was found.
        """
        remembered = dict(self._memory.load())
        findings: list[Finding] = []
        for chain in CHAINS:
            known = remembered.get(chain)
            if known is not None and not await self._still_holds(chain, known):
                # What is remembered is the evidence, so it stays.
                findings.append(Finding(chain, Fault.CUT_OFF, known.last_id, known.last_id))
                await self._sign_chain(chain, findings)
                continue
            newest = await self._sign_chain(chain, findings)
            if newest is not None:
                remembered[chain] = newest
        if remembered != self._memory.load():
            self._memory.keep(remembered)
        return findings

    async def verify(self) -> Verdict:
        """Look at every row of every chain."""
        remembered = self._memory.load()
        checks = [await self._check(chain, remembered.get(chain)) for chain in CHAINS]
        return Verdict(
            findings=tuple(finding for check in checks for finding in check.findings),
            rows={check.chain.value: check.rows for check in checks},
            archived={check.chain.value: check.start_id for check in checks},
            unsigned={
                check.chain.value: max(0, check.last_id - check.signed_upto) for check in checks
            },
        )

    async def _still_holds(self, chain: Chain, known: Remembered) -> bool:
        link = await self._store.link(chain, known.last_id)
        if link is not None:
            return link.hash.hex() == known.hash
        archive = await self._archive(chain)
        return archive is not None and archive.last_id >= known.last_id

    async def _sign_chain(self, chain: Chain, findings: list[Finding]) -> Remembered | None:
        signed = await self._store.newest_checkpoint(chain)
        while True:
            last_id, last_hash = _end_of(signed, chain)
            upto = min(await self._store.newest(chain), last_id + MAX_CHECKPOINT_ROWS)
            check = ChainCheck(chain, start=(last_id, last_hash))
            hashes: list[bytes] = []
            async for link in self._store.links(chain, after=last_id, upto=upto):
                if hashes and link.id != check.last_id + 1:
                    break  # The rest, after the hole, is for the next round.
                check.take_row(link)
                hashes.append(link.hash)
            findings += check.findings
            if not hashes:
                return None if signed is None else _shown(last_id, last_hash)
            first_id = check.last_id - len(hashes) + 1
            signed = self._signed(chain, first_id, check.last_id, hashes)
            if not await self._store.add_checkpoint(signed):
                signed = await self._store.newest_checkpoint(chain)

    def _signed(
        self, chain: Chain, first_id: int, last_id: int, hashes: Sequence[bytes]
    ) -> Checkpoint:
        draft = Checkpoint(chain, first_id, last_id, b"".join(hashes), self._clock.now(), b"")
        return msgspec.structs.replace(draft, signature=self._signer.sign(draft.content()))

    async def _archive(self, chain: Chain) -> Archive | None:
        archive = await self._store.newest_archive(chain)
        if archive is None or not self._signer.is_signed(archive.content(), archive.signature):
            return None
        return archive

    async def _check(self, chain: Chain, known: Remembered | None) -> ChainCheck:
        archive = await self._archive(chain)
        start = None if archive is None else (archive.last_id, archive.hash)
        check = ChainCheck(chain, start=start)
        if known is not None:
            check.remember(known.last_id, bytes.fromhex(known.hash))
        checkpoints = deque(await self._store.checkpoints(chain))
        async for link in self._store.links(chain, after=FIRST_ID, upto=MAX_ID):
            while checkpoints and checkpoints[0].first_id <= link.id:
                self._take(check, checkpoints.popleft())
            check.take_row(link)
        while checkpoints:
            self._take(check, checkpoints.popleft())
        check.take_end()
        return check

    def _take(self, check: ChainCheck, checkpoint: Checkpoint) -> None:
        if self._signer.is_signed(checkpoint.content(), checkpoint.signature):
            check.take_checkpoint(checkpoint)
        else:
            check.take_forged(checkpoint.first_id, checkpoint.last_id)


def _end_of(signed: Checkpoint | None, chain: Chain) -> tuple[int, bytes]:
    if signed is None:
        return 0, genesis(chain)
    return signed.last_id, signed.hashes[-HASH_BYTES:]


def _shown(last_id: int, hash_: bytes) -> Remembered:
    return Remembered(last_id, hash_.hex())
