"""Proofs of tokens that nodes share, in Redis; signed, so that only a node can have written them."""

from __future__ import annotations

import asyncio

import msgspec
import structlog
from typing_extensions import override

from causerie.accounts.model import SharedProof
from causerie.accounts.ports import SharedProofs
from causerie.foundation.cache import Cache, CacheAway, Command
from causerie.foundation.crypto import MasterKey

log = structlog.get_logger()

MAX_WAITING = 10_000  # Of those that are to be told; a node that proves more a tick has the latest.
PUT_AT_ONCE = 200
PURPOSE = "shared-proof"

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[bytes, bytes])
_proofs = msgspec.msgpack.Decoder(SharedProof)


class RedisProofs(SharedProofs):
    """The port, on the main pool. ``run`` is a worker's: nobody's answer waits for a ``put``."""

    def __init__(self, cache: Cache, master: MasterKey) -> None:
        self._cache = cache
        self._master = master
        self._waiting: dict[bytes, tuple[SharedProof, float]] = {}
        self._has_some = asyncio.Event()

    @override
    async def find(self, key: bytes) -> SharedProof | None:
        try:
            found = await self._cache.main.call("GET", self._name(key))
        except CacheAway:
            return None
        if not isinstance(found, bytes):
            return None
        try:
            signature, body = _decoder.decode(found)
            if self._master.is_signed(key + body, signature, purpose=PURPOSE):
                return _proofs.decode(body)
        except msgspec.DecodeError:  # of another version of this software, or of somebody else
            pass
        log.warning("shared_proof_refused")
        return None

    @override
    def put(self, key: bytes, proof: SharedProof, *, seconds: float) -> None:
        if len(self._waiting) < MAX_WAITING:
            self._waiting[key] = proof, seconds
            self._has_some.set()

    async def run(self) -> None:
        """Tell the others for ever, as a supervised worker."""
        while True:
            await self._has_some.wait()
            self._has_some.clear()
            while self._waiting:
                commands: list[Command] = []
                while self._waiting and len(commands) < PUT_AT_ONCE:
                    commands.append(self._command(*self._waiting.popitem()))
                try:
                    await self._cache.main.call_all(commands)
                except CacheAway:
                    self._waiting.clear()

    def _command(self, key: bytes, waiting: tuple[SharedProof, float]) -> Command:
        proof, seconds = waiting
        body = _encoder.encode(proof)
        signature = self._master.sign(key + body, purpose=PURPOSE)
        value = _encoder.encode((signature, body))
        return ("SET", self._name(key), value, "PX", max(1, int(seconds * 1000)))

    def _name(self, key: bytes) -> str:
        return self._cache.key("proofs", key.hex())
