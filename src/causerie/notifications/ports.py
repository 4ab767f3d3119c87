"""What notifications need: the messages, who looks, and the tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from causerie.foundation.identity import ConversationId, MessageId, Principal, UserId
from causerie.notifications.model import (
    Attention,
    Notice,
    NoticeKind,
    Preferences,
    Said,
    Subscription,
)


class Speech(Protocol):
    """What was said and who has read it. All methods raise ``Unavailable``."""

    async def by_ids(self, ids: Sequence[MessageId]) -> Mapping[MessageId, Said]:
        """Messages as they are now; those that do not exist are left out."""
        ...

    async def as_seen_by(
        self, user_id: UserId, ids: Sequence[MessageId]
    ) -> Mapping[MessageId, Said]:
        """The same as one user may see them: where they are no member any more, as if deleted."""
        ...

    async def between(
        self, conversation_id: ConversationId, *, after: int, limit: int
    ) -> list[Said]:
        """The messages that follow one, in order."""
        ...

    async def directs(self, *, after: int, limit: int) -> list[tuple[ConversationId, int]]:
        """Direct chats in the order of their ids, with the last ``seq`` of each."""
        ...

    async def positions(self, ids: Sequence[ConversationId]) -> list[tuple[ConversationId, int]]:
        """The same of these conversations."""
        ...

    async def has_read(self, user_id: UserId, conversation_id: ConversationId, seq: int) -> bool:
        """Say whether the user has read it, or is not in the conversation any more."""
        ...

    async def require_member(self, who: Principal, conversation: str) -> ConversationId:
        """Give the id of a conversation that the user is in. Raises ``NotFound``."""
        ...


class Presence(Protocol):
    """Who is there, as far as others may know."""

    async def present(self, users: Sequence[UserId]) -> Collection[UserId]:
        """Those of the users who are there now."""
        ...


class People(Protocol):
    """Who there is."""

    async def require(self, user_id: UserId) -> None:
        """Raise ``NotFound`` where there is no such user."""
        ...


class Watching(Protocol):
    """Who looks at a screen of ours."""

    async def is_looking(self, user_id: UserId) -> bool:
        """Say whether one of the user's sockets is open, at whatever node."""
        ...


class Answer(Protocol):
    """What a push service answered."""

    @property
    def status(self) -> int:
        """Of HTTP."""
        ...

    @property
    def retry_after_seconds(self) -> float | None:
        """For how long it wants to be left alone."""
        ...


class Sender(Protocol):
    """Posts to addresses that users named."""

    def require_lawful(self, url: str) -> None:
        """Raise ``ForbiddenAddress`` where nothing will ever be sent there."""
        ...

    async def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        max_bytes: int,
        timeout_seconds: float,
    ) -> Answer:
        """Send. Raises ``CannotFetch``."""
        ...


class Postbox(Protocol):
    """Writes to people; there is none where no mail server is set."""

    async def write(self, user_id: UserId, lines: Sequence[str], *, token: str, key: str) -> bool:
        """Send a digest; says False where the user has no address. Raises ``Later``, ``Never``."""
        ...


class Once(msgspec.Struct, frozen=True):
    """A write as a user asked for it; with ``key`` it happens once, for the same ``body``."""

    user_id: UserId
    key: str | None
    operation: str
    body: tuple[object, ...]


class NewSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that is not known yet."""

    endpoint: str
    p256dh: str
    auth: str
    device: str


class Notices(Protocol):
    """The tables of notices. Every method may raise ``Unavailable``."""

    async def tell_of_mentions(self, *, at: datetime) -> tuple[list[Notice], bool]:
        """Tell those whom messages call, once; and whether more may wait."""
        ...

    async def tell_of_replies(self, *, at: datetime) -> tuple[list[Notice], bool]:
        """Tell those who follow the threads that answers came to, once; and whether more wait."""
        ...

    async def tell_of(
        self, conversation_id: ConversationId, speech: Speech, *, at: datetime
    ) -> tuple[list[Notice], bool]:
        """Tell of what was said behind the conversation's cursor; and whether there is more."""
        ...

    async def behind(self, positions: Sequence[tuple[ConversationId, int]]) -> list[ConversationId]:
        """Those of the conversations in which more was said than was looked at."""
        ...

    async def rooms_followed(self) -> frozenset[ConversationId]:
        """Of which somebody wants to hear everything."""
        ...

    async def tell_words(
        self, user_id: UserId, kind: NoticeKind, words: str, *, at: datetime, key: str | None
    ) -> Notice | None:
        """Tell somebody something that is no message; None where it was told under this key."""
        ...

    async def publish(
        self, once: Once, user_id: UserId, words: str, *, at: datetime
    ) -> tuple[Notice, bool]:
        """Tell a user what another says, once per key; and whether it is new.

        Raises ``NotFound`` where what the key made is gone, and ``Conflict``.
        """
        ...

    async def read_upto(
        self, read: Mapping[tuple[UserId, ConversationId], int], *, at: datetime
    ) -> None:
        """Take note that people have read conversations."""
        ...

    async def threads_read_upto(
        self, read: Mapping[tuple[UserId, MessageId], int], *, at: datetime
    ) -> None:
        """Take note that people have read threads, by their first messages."""
        ...

    async def since(self, users: Sequence[UserId], *, seconds: float) -> Sequence[Notice]:
        """What these were told of in the last so many seconds and have not read, in order."""
        ...

    async def find(self, notice_id: int) -> Notice | None:
        """One by its id."""
        ...

    async def list(
        self, user_id: UserId, *, before: int | None, unread_only: bool, limit: int
    ) -> list[Notice]:
        """A user's, the newest first, by their own rights."""
        ...

    async def count_unread(self, user_id: UserId) -> int:
        """How many a user has not read; 1,000 stands for more."""
        ...

    async def mark_read(
        self, once: Once, *, ids: Sequence[int] | None, upto: int | None, at: datetime
    ) -> None:
        """Take note that a user has read some of them."""
        ...

    async def forget(self, before: datetime) -> None:
        """Remove those that are older."""
        ...


class Wishes(Protocol):
    """How users want to be told. Every method may raise ``Unavailable``."""

    async def attention(self, user_id: UserId, conversation_id: ConversationId) -> Attention:
        """What a user wants of a conversation."""
        ...

    async def set_attention(
        self, once: Once, conversation_id: ConversationId, attention: Attention
    ) -> None:
        """Change it."""
        ...

    async def preferences(self, user_id: UserId) -> Preferences:
        """What a user wants of all."""
        ...

    async def set_preferences(self, once: Once, preferences: Preferences) -> None:
        """Change it. Raises ``Invalid`` for a zone that there is not."""
        ...

    async def subscribe(self, once: Once, new: NewSubscription, *, at: datetime) -> Subscription:
        """Keep a browser. Raises ``TooManySubscriptions``."""
        ...

    async def subscriptions(self, user_id: UserId) -> list[Subscription]:
        """A user's browsers."""
        ...

    async def find_subscription(self, subscription_id: int) -> Subscription | None:
        """One by its id."""
        ...

    async def remove_subscription(self, subscription_id: int, *, once: Once | None = None) -> bool:
        """Forget one, of its user where one asks; says whether there was one."""
        ...

    async def push_key(self) -> bytes:
        """The private key of pushes, made at the first asking."""
        ...

    async def order_digests(
        self, new_token: Callable[[], tuple[str, bytes]], *, at: datetime
    ) -> int:
        """Order a letter for each who was away, once an hour at most; gives how many.

        ``new_token`` makes what stands in a letter to unsubscribe by, and its hash.
        """
        ...

    async def unsubscribe(self, token_hash: bytes) -> bool:
        """Write no more letters; says whether the token is one."""
        ...
