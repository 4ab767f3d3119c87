"""Several processes that are one server on one machine: a parent, and the workers that serve."""

from causerie.foundation.processes.board import GONE, MAX_PROCESSES, Board
from causerie.foundation.processes.channel import Channel, ChannelClosed, Handler, open_channel
from causerie.foundation.processes.life import end_with_parent
from causerie.foundation.processes.team import Child, EndedTooSoon, Team
from causerie.foundation.processes.valkey import LocalValkey, ValkeyUnusable
from causerie.foundation.processes.valkey import find_program as find_valkey

__all__ = [
    "GONE",
    "MAX_PROCESSES",
    "Board",
    "Channel",
    "ChannelClosed",
    "Child",
    "EndedTooSoon",
    "Handler",
    "LocalValkey",
    "Team",
    "ValkeyUnusable",
    "end_with_parent",
    "find_valkey",
    "open_channel",
]
