"""Signing keys through time: made, rotated by schedule or by hand, withdrawn after a theft."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog

from causerie.accounts.errors import NoSigningKeys
from causerie.accounts.events import SigningKeysWithdrawn
from causerie.accounts.model import (
    PUBLISH_AHEAD_SECONDS,
    KeyCard,
    KeyState,
    is_rotation_due,
)
from causerie.accounts.ports import SigningKeys
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.events import Events

log = structlog.get_logger()


class KeyKeeper:
    """Keeps the signing keys of all nodes; without ``keys`` (a shared secret) there are none."""

    def __init__(
        self,
        keys: SigningKeys | None,
        events: Events,
        completion: Completion,
        *,
        clock: Clock,
        rotate_every_seconds: float | None,
    ) -> None:
        self._keys = keys
        self._events = events
        self._completion = completion
        self._clock = clock
        self._rotate_every_seconds = rotate_every_seconds

    async def keep_up(self) -> None:
        """See what others did, rotate when it is time, and drop what is long gone."""
        if self._keys is None:
            return
        at = {card.key_id: card.state(self._clock.now()) for card in self._keys.cards()}
        vanished = await self._keys.load()
        if any(at[key_id] is not KeyState.GONE for key_id in vanished):
            self._tell_withdrawn()
        await self._rotate_when_due(self._keys)
        if removed := await self._keys.remove_gone():
            log.info("signing_keys_removed", keys=removed)

    async def rotate(self, *, at_once: bool = False, withdraw: bool = False) -> KeyCard:
        """Make the next key, which signs once everybody can know it, or at once.

        With ``withdraw`` it signs at once, and all others are gone with what they have signed: for
        after a theft. Raises ``NoSigningKeys``.
        """
        keys = self._require_keys()
        made = await self._completion.run(
            self._rotate(keys, at_once=at_once or withdraw, withdraw=withdraw)
        )
        if made is None:  # only where another node may have been first, which was not asked
            raise RuntimeError("a key that was asked for was not made")
        return made

    def cards(self) -> Sequence[KeyCard]:
        """Give what is known of each key, the newest first. Raises ``NoSigningKeys``."""
        return self._require_keys().cards()

    async def _rotate_when_due(self, keys: SigningKeys) -> None:
        every = self._rotate_every_seconds
        now = self._clock.now()
        if every is None or not is_rotation_due(
            keys.cards(), keys.algorithm, every_seconds=every, at=now
        ):
            return
        await self._completion.run(self._rotate(keys, every_seconds=every))

    async def _rotate(
        self,
        keys: SigningKeys,
        *,
        at_once: bool = False,
        withdraw: bool = False,
        every_seconds: float | None = None,
    ) -> KeyCard | None:
        now = self._clock.now()
        made = await keys.rotate(
            signs_from=now + timedelta(seconds=0 if at_once else PUBLISH_AHEAD_SECONDS),
            unless_after=None if every_seconds is None else now - timedelta(seconds=every_seconds),
            withdraw=withdraw,
        )
        if made is not None:
            log.warning(
                "signing_keys_rotated",
                key_id=made.key_id,
                is_withdrawal=withdraw,
                by="operator" if every_seconds is None else "schedule",
            )
        if withdraw:
            self._tell_withdrawn()
        return made

    def _tell_withdrawn(self) -> None:
        log.warning("signing_keys_withdrawn")
        self._events.announce([SigningKeysWithdrawn()])

    def _require_keys(self) -> SigningKeys:
        if self._keys is None:
            raise NoSigningKeys
        return self._keys
