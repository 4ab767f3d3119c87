"""Moving old rows into a file, behind a signed archive, so that the rest stays verifiable."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime

import msgspec

from causerie.audit.errors import ArchiveRefused
from causerie.audit.model import Archive, Chain, ChainCheck, Link, genesis
from causerie.audit.ports import Archives, ChainStore, Signer
from causerie.audit.service.checking import FIRST_ID, Notary
from causerie.foundation.clock import Clock


class Archivist:
    """For an operator's command; ``archives`` works as the tables' owner."""

    def __init__(
        self, archives: Archives, chains: ChainStore, notary: Notary, signer: Signer, clock: Clock
    ) -> None:
        self._archives = archives
        self._chains = chains
        self._notary = notary
        self._signer = signer
        self._clock = clock

    async def write(
        self, chain: Chain, *, before: datetime, write: Callable[[bytes], object]
    ) -> Archive | None:
        """Write all rows that are older, one a line; None where there is none.

        Nothing is removed yet. Raises ``ArchiveRefused`` where the chain is not whole.
        """
        await self._notary.sign_new()
        verdict = await self._notary.verify()
        if not verdict.is_sound:
            raise ArchiveRefused(
                f"the audit trail is not whole, and nothing was archived: {verdict.findings[0]}"
            )
        last_id = await self._archives.last_before(chain, before)
        hasher, newest = hashlib.sha256(), None
        async for link in self._chains.links(chain, after=FIRST_ID, upto=last_id):
            line = msgspec.json.encode(link) + b"\n"
            hasher.update(line)
            write(line)
            newest = link
        if newest is None:
            return None
        draft = Archive(chain, newest.id, newest.hash, self._clock.now(), hasher.digest(), b"")
        return msgspec.structs.replace(draft, signature=self._signer.sign(draft.content()))

    async def remove(self, archive: Archive) -> int:
        """Remove what the archive holds, once its file is safe; gives how many rows went."""
        return await self._archives.remove(archive)

    async def check(self, chain: Chain, content: bytes) -> str:
        """Look at an archive's file; gives a sentence. Raises ``ArchiveRefused``, with the row."""
        links = [msgspec.json.decode(line, type=Link) for line in content.splitlines()]
        archives = await self._archives.all(chain)
        file_hash = hashlib.sha256(content).digest()
        known = next((a for a in archives if a.file_hash == file_hash), None)
        start = next(
            ((a.last_id, a.hash) for a in archives if links and a.last_id == links[0].id - 1),
            (0, genesis(chain)),
        )
        check = ChainCheck(chain, start=start)
        for link in links:
            check.take_row(link)
        if check.findings:
            raise ArchiveRefused(str(check.findings[0]))
        if known is None or not self._signer.is_signed(known.content(), known.signature):
            raise ArchiveRefused("this is not a file that this server has signed, or not all of it")
        return f"{chain}: rows {links[0].id} to {known.last_id}, as they were signed"
