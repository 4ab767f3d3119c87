"""Real time: the bus between nodes, and the hub that brings topics to local readers."""

from causerie.foundation.realtime.backlogs import Backlog, Backlogs, MemoryBacklogs
from causerie.foundation.realtime.backlogs_redis import RedisBacklogs
from causerie.foundation.realtime.bus import Bus, Ears, MemoryBus
from causerie.foundation.realtime.bus_redis import NODE_BYTES, RedisBus
from causerie.foundation.realtime.catching import Source
from causerie.foundation.realtime.codec import Codec, NotCarried
from causerie.foundation.realtime.entry import Encoder, Encoders, Entry, Variant
from causerie.foundation.realtime.hints import Hint, Hints
from causerie.foundation.realtime.hub import Hub
from causerie.foundation.realtime.missed import in_parts
from causerie.foundation.realtime.tick import Flushable, Tick
from causerie.foundation.realtime.topic import Cursor, Reader, Topic
from causerie.foundation.realtime.traced import open_codec, open_hub

__all__ = [
    "NODE_BYTES",
    "Backlog",
    "Backlogs",
    "Bus",
    "Codec",
    "Cursor",
    "Ears",
    "Encoder",
    "Encoders",
    "Entry",
    "Flushable",
    "Hint",
    "Hints",
    "Hub",
    "MemoryBacklogs",
    "MemoryBus",
    "NotCarried",
    "Reader",
    "RedisBacklogs",
    "RedisBus",
    "Source",
    "Tick",
    "Topic",
    "Variant",
    "in_parts",
    "open_codec",
    "open_hub",
]
