"""What happened to limits; each is announced after its commit."""

from __future__ import annotations

from causerie.foundation.events import Event
from causerie.foundation.identity import UserId
from causerie.limits.model import Action, Block, Rule


class LimitChanged(Event, frozen=True, gc=False):
    """Somebody changed what a limit allows, at run time. ``by`` None: on the command line."""

    action: Action
    before: Rule
    after: Rule
    by: UserId | None


class GuessesExhausted(Event, frozen=True, gc=False):
    """All guesses at an account are used up for now; told once until some are free again.

    ``account`` is a digest, in hexadecimal: the name may be nobody's. ``address`` made the last one.
    """

    tried: str
    account: str
    address: str


class BlockPlaced(Event, frozen=True, gc=False):
    """Somebody is shut out for a while."""

    block: Block


class BlockLifted(Event, frozen=True, gc=False):
    """An admin let somebody in again."""

    block: Block
