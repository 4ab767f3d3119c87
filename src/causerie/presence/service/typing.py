"""Who types: said by clients, told a few times a second, over by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from causerie.conversations import (
    Address,
    ConversationArchived,
    ConversationService,
    Membership,
    NotAMember,
    parse_wire_id,
)
from causerie.foundation.clock import Clock
from causerie.foundation.errors import NotFound
from causerie.foundation.identity import Principal, UserId
from causerie.presence.errors import MayNotType
from causerie.presence.model import Place, TypingChange, Typists
from causerie.presence.ports import Voices


class TypingService:
    """Only who may write in a conversation types there; only who is seen is seen typing."""

    def __init__(self, conversations: ConversationService, voices: Voices, clock: Clock) -> None:
        self._conversations = conversations
        self._voices = voices
        self._clock = clock
        self._typists = Typists()
        self._abroad = Typists()  # at other nodes; who types on there is told of again

    def say_at_once(self, who: Principal, conversation: str, *, is_typing: bool) -> bool:
        """Say that one types, or no more, where one's place is remembered. False: use ``say``."""
        address = parse_wire_id(conversation)
        membership = self._conversations.membership_now(address.id, who.user_id)
        if membership is None:
            return False
        self._say(who, conversation, membership, is_typing=is_typing)
        return True

    async def say(self, who: Principal, conversation: str, *, is_typing: bool) -> None:
        """Say that one types. Raises ``NotFound``, ``NotAMember``, ``MayNotType``, ..."""
        address = parse_wire_id(conversation)
        membership = await self._conversations.membership(address.id, who.user_id)
        if membership is None:
            await self._conversations.get(who, address)  # As every other command answers there.
            raise NotAMember
        self._say(who, conversation, membership, is_typing=is_typing)

    def _say(
        self, who: Principal, conversation: str, membership: Membership, *, is_typing: bool
    ) -> None:
        address = parse_wire_id(conversation)
        if membership.kind is not address.kind:
            raise NotFound("conversation")
        if membership.archived:
            raise ConversationArchived
        if not membership.may_send:
            raise MayNotType
        self._voices.require_may_speak(who.user_id)
        if is_typing:
            self._typists.begin(address, who.user_id, self._clock.monotonic())
        else:
            self._typists.end(address, who.user_id)

    def look_again(self, user_id: UserId) -> None:
        """Hear that others see somebody appear or vanish."""
        self._typists.look_again(user_id)

    def left(self, user_id: UserId) -> None:
        """Hear that somebody's last device is gone."""
        self._typists.end_all(user_id)

    def parted(self, user_id: UserId, address: Address) -> None:
        """Hear that somebody is out of a conversation."""
        self._typists.end(address, user_id)

    def heard(self, address: Address, typing: Sequence[UserId], ended: Sequence[UserId]) -> None:
        """Hear who types at another node, and who does no more."""
        for user_id in typing:
            self._abroad.begin(address, user_id, self._clock.monotonic())
        for user_id in ended:
            self._abroad.end(address, user_id)

    def take_abroad(self) -> list[TypingChange]:
        """Give what is to be told here of those at other nodes, who told only what may be seen."""
        return self._abroad.take(self._clock.monotonic(), lambda _: True)

    def take_on(self) -> list[Place]:
        """Give who typed on here since the last time."""
        return self._typists.take_on()

    def take(self, is_shown: Callable[[UserId], bool]) -> list[TypingChange]:
        """Give what is to be told since the last time."""
        return self._typists.take(self._clock.monotonic(), is_shown)
