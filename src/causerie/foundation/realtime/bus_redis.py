"""The bus over Redis or Valkey: a channel a topic, one a user, one for all nodes.

A node hears the channels of what it has readers of, and no others; so each message goes over the
wire once to each node that needs it. What is published here is delivered here first and never waits
for Redis; the echo is dropped. Redis keeps nothing of it: whatever is lost, late or repeated is
found by its number, or by comparing topics with the database: when a channel is heard anew, when
another node goes or has had to drop something, every ``CHECK_SECONDS``, and every ``POLL_SECONDS``
while Redis is away.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

import structlog
from typing_extensions import override

from causerie.foundation.cache import Cache, CacheAway
from causerie.foundation.events import Event
from causerie.foundation.identity import UserId
from causerie.foundation.realtime.bus import Bus, Ears, NoEars
from causerie.foundation.realtime.codec import Codec
from causerie.foundation.realtime.entry import Entry
from causerie.foundation.realtime.peers import Peers
from causerie.foundation.telemetry import metrics

log = structlog.get_logger()

POLL_SECONDS = 0.5  # While Redis is away: what another node commits is here within about this.
CHECK_SECONDS = 10.0  # What a node committed and did not live to announce is here within this.
HEARTBEAT_SECONDS = 1.0
MAX_OUTGOING_BYTES = 16 << 20  # A second of 20,000 messages/s of 800 bytes: Redis hung that long.
SAYINGS_A_TRIP = 256  # As many as one batch of the writer.
NODE_BYTES = 8

_ENTRIES, _TOPIC, _USER, _GREETED, _NODES, _BEAT, _LOST = b"e", b"t", b"u", b"g", b"n", b"b", b"l"
_HEAD = NODE_BYTES + 1
_NUMBER_BYTES = 8


class RedisBus(Bus):
    """This node's end of the bus; ``run`` is a worker's. ``node`` is random, made at start."""

    def __init__(self, cache: Cache, codec: Codec, *, node: bytes) -> None:
        if len(node) != NODE_BYTES:
            raise ValueError(f"a node has {NODE_BYTES} bytes")
        self._cache = cache
        self._codec = codec
        self._node = node
        self._ears: Ears = NoEars()
        self._nodes = cache.key("nodes")
        self._topic = cache.key("topic", "")
        self._user = cache.key("user", "")
        self._outgoing: deque[tuple[str, bytes]] = deque()
        self._outgoing_bytes = 0
        self._has_lost = False
        self._wake = asyncio.Event()
        self._check_now = asyncio.Event()
        self._said = 0  # On the channel of all nodes, whose listeners count.
        self._peers = Peers()
        self._subscriber = cache.subscriber(
            self._take, on_lost=self._lost, on_restored=self._restored, on_heard=self._heard
        )
        self._subscriber.subscribe(self._nodes)
        cache.listen(self._turn)

    @property
    def is_whole(self) -> bool:
        """Whether this node hears the others; if not, it polls."""
        return self._subscriber.is_whole

    @property
    def nodes(self) -> int:
        """How many nodes there are, as far as this one hears, itself included."""
        return len(self._peers) + 1

    # --- saying ----------------------------------------------------------------------------------

    @override
    def publish(self, topic_id: int, entries: Sequence[Entry]) -> None:
        self._ears.deliver(topic_id, entries)
        if not self._is_dropped():
            body = self._codec.encode_entries(entries)
            self._say(f"{self._topic}{topic_id}", _ENTRIES, body)

    @override
    def tell_topic(self, topic_id: int, event: Event, *, user_id: UserId | None = None) -> None:
        if not self._is_dropped():
            number = (user_id or 0).to_bytes(_NUMBER_BYTES, "big")
            body = number + self._codec.encode_event(event)
            self._say(f"{self._topic}{topic_id}", _TOPIC, body)

    @override
    def tell_user(self, user_id: UserId, event: Event, *, is_for_greeted: bool = False) -> None:
        if not self._is_dropped():
            kind = _GREETED if is_for_greeted else _USER
            self._say(f"{self._user}{user_id}", kind, self._codec.encode_event(event))

    @override
    def tell_nodes(self, event: Event) -> None:
        if not self._is_dropped():
            self._say_to_nodes(_NODES, self._codec.encode_event(event))

    def _is_dropped(self) -> bool:
        if self._cache.is_away or self._outgoing_bytes > MAX_OUTGOING_BYTES:
            self._drop(1)
            return True
        return False

    def _drop(self, count: int) -> None:
        # The others are told as soon as Redis takes it, and look.
        self._has_lost = True
        metrics.BUS_DROPPED.inc(count)

    def _say_to_nodes(self, kind: bytes, body: bytes = b"") -> None:
        self._said += 1
        self._say(self._nodes, kind, self._said.to_bytes(_NUMBER_BYTES, "big") + body)

    def _say(self, channel: str, kind: bytes, body: bytes) -> None:
        payload = self._node + kind + body
        self._outgoing.append((channel, payload))
        self._outgoing_bytes += len(payload)
        self._wake.set()

    # --- following -------------------------------------------------------------------------------

    @override
    def follow(self, topic_id: int) -> None:
        self._subscriber.subscribe(f"{self._topic}{topic_id}")

    @override
    def unfollow(self, topic_id: int) -> None:
        self._subscriber.unsubscribe(f"{self._topic}{topic_id}")

    @override
    def follow_user(self, user_id: UserId) -> None:
        self._subscriber.subscribe(f"{self._user}{user_id}")

    @override
    def unfollow_user(self, user_id: UserId) -> None:
        self._subscriber.unsubscribe(f"{self._user}{user_id}")

    @override
    def deliver_to(self, ears: Ears) -> None:
        self._ears = ears

    # --- hearing ---------------------------------------------------------------------------------

    def _take(self, channel: str, payload: bytes) -> None:
        node = payload[:NODE_BYTES]
        if node == self._node or len(payload) < _HEAD:
            return
        metrics.BUS_RECEIVED.inc()
        kind, body = payload[NODE_BYTES:_HEAD], payload[_HEAD:]
        if kind == _ENTRIES:
            topic_id = int(channel[len(self._topic) :])
            self._ears.deliver(topic_id, self._codec.decode_entries(body))
        elif kind in {_NODES, _BEAT, _LOST}:
            self._take_of_nodes(node, kind, body)
        else:
            self._take_event(channel, kind, body)

    def _take_of_nodes(self, node: bytes, kind: bytes, body: bytes) -> None:
        number = int.from_bytes(body[:_NUMBER_BYTES], "big")
        is_next = self._peers.hear(node, number, at=asyncio.get_running_loop().time())
        if kind == _LOST or not is_next:
            self._ears.miss(is_ongoing=False)
        if kind == _NODES and (event := self._codec.decode_event(body[_NUMBER_BYTES:])):
            self._ears.hear_of_nodes(event)

    def _take_event(self, channel: str, kind: bytes, body: bytes) -> None:
        if kind == _TOPIC:
            user_id, body = int.from_bytes(body[:_NUMBER_BYTES], "big"), body[_NUMBER_BYTES:]
            if event := self._codec.decode_event(body):
                topic_id = int(channel[len(self._topic) :])
                about = UserId(user_id) if user_id else None
                self._ears.hear_of_topic(topic_id, event, user_id=about)
        elif kind in {_USER, _GREETED} and (event := self._codec.decode_event(body)):
            self._ears.hear_of_user(
                UserId(int(channel[len(self._user) :])), event, is_for_greeted=kind == _GREETED
            )

    def _heard(self, channel: str) -> None:
        if channel.startswith(self._topic):
            # What was announced since its readers' state was read, nobody carried here.
            self._ears.doubt((int(channel[len(self._topic) :]),))

    def _lost(self) -> None:
        metrics.BUS_WHOLE.set(0)
        self._ears.miss(is_ongoing=False)
        self._check_now.set()

    def _restored(self) -> None:
        metrics.BUS_WHOLE.set(1)
        self._peers.forget()  # What they said meanwhile, all of it, is looked for now.
        self._ears.miss(is_ongoing=False)

    def _turn(self, is_up: bool) -> None:  # noqa: FBT001 - the shape of the cache's listeners
        if is_up:
            self._wake.set()
        else:
            self._check_now.set()

    # --- working ---------------------------------------------------------------------------------

    async def run(self) -> None:
        """Say, hear and check for ever: a supervised worker."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._subscriber.run())
            group.create_task(self._send())
            group.create_task(self._beat())
            group.create_task(self._check())

    async def _send(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                while self._outgoing:
                    await self._send_some()
                if self._has_lost and not self._cache.is_away:
                    self._has_lost = False
                    self._say_to_nodes(_LOST)
            except CacheAway:
                self._drop(len(self._outgoing))
                self._outgoing.clear()
                self._outgoing_bytes = 0

    async def say_rest(self) -> None:
        """Say what is left, once ``run`` has ended: what a node did before it stopped."""
        try:
            while self._outgoing:
                await self._send_some()
        except CacheAway:  # The others look in the database, as where a node dies.
            self._outgoing.clear()
            self._outgoing_bytes = 0

    async def _send_some(self) -> None:
        some = [self._outgoing[i] for i in range(min(SAYINGS_A_TRIP, len(self._outgoing)))]
        await self._cache.main.publish_all(some)
        for _ in some:
            self._outgoing_bytes -= len(self._outgoing.popleft()[1])
        metrics.BUS_PUBLISHED.inc(len(some))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            if not self._cache.is_away:
                self._say_to_nodes(_BEAT)
            now = asyncio.get_running_loop().time()
            if self.is_whole and self._peers.remove_gone(at=now):
                # It may have committed what it did not live to announce.
                self._ears.miss(is_ongoing=False)
            metrics.BUS_NODES.set(self.nodes)

    async def _check(self) -> None:
        while True:
            pause = CHECK_SECONDS if self.is_whole else POLL_SECONDS
            try:
                async with asyncio.timeout(pause):
                    await self._check_now.wait()
            except TimeoutError:
                pass
            else:
                self._check_now.clear()
                continue
            if self.is_whole:
                self._ears.doubt_all()
            else:
                self._ears.miss(is_ongoing=True)
