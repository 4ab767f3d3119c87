"""Builds the older dialects for assembly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from causerie.conversations import ConversationService
from causerie.dialects.v1 import NAME, V1, Followers, Names, is_command, teach
from causerie.foundation.events import Events
from causerie.foundation.realtime import Encoder
from causerie.gateway import undecided
from causerie.gateway.session import Dialect
from causerie.gateway.undecided import Undecided
from causerie.gateway.vocabulary import Vocabulary
from causerie.limits import ActionLimits
from causerie.messages import MessageService, SendLimit


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialects:
    """What must be there before the hub: the words; and then the tongues themselves."""

    names: Names
    encoders: Mapping[str, Encoder]

    def v1(
        self,
        *,
        messages: MessageService,
        conversations: ConversationService,
        followers: Followers,
        limit: SendLimit,
        actions: ActionLimits,
        max_message_bytes: int,
    ) -> V1:
        """What stands behind ``/ws/v1``."""
        return V1(
            messages=messages,
            conversations=conversations,
            followers=followers,
            limit=limit,
            actions=actions,
            names=self.names,
            max_message_bytes=max_message_bytes,
        )

    @staticmethod
    def either(*, old: V1, new: Dialect) -> Undecided:
        """What stands behind ``/``."""
        return Undecided(is_old=is_command, old=old, new=new)

    @staticmethod
    def waiting_for(new: Dialect) -> Undecided:
        """What stands behind ``/`` for who cannot speak v1."""
        return Undecided(is_old=lambda _payload: False, old=new, new=new)


def build(events: Events) -> Dialects:
    """Teach v1 its words; ``encoders`` are for the hub, beside those of v2."""
    names = Names()
    names.listen(events)
    words = Vocabulary()
    teach(words, names)
    return Dialects(names=names, encoders={NAME: words, undecided.NAME: Vocabulary()})
