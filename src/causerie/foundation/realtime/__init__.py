"""Real time: the bus between nodes, and the hub that brings topics to local readers."""

from causerie.foundation.realtime.bus import Bus, MemoryBus
from causerie.foundation.realtime.entry import Encoder, Encoders, Entry, Variant
from causerie.foundation.realtime.hub import Hub, Source
from causerie.foundation.realtime.tick import Flushable, Tick
from causerie.foundation.realtime.topic import Cursor, Reader, Topic

__all__ = [
    "Bus",
    "Cursor",
    "Encoder",
    "Encoders",
    "Entry",
    "Flushable",
    "Hub",
    "MemoryBus",
    "Reader",
    "Source",
    "Tick",
    "Topic",
    "Variant",
]
