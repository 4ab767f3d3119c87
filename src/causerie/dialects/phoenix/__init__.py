"""Phoenix Channels, serializers V1 and V2 (PROTOCOL, Phoenix Channels)."""

from causerie.dialects.phoenix.channels import Channels, Notices, Seen
from causerie.dialects.phoenix.dialect import Closing, Phoenix
from causerie.dialects.phoenix.presence import Watchers
from causerie.dialects.phoenix.store import Deliveries
from causerie.dialects.phoenix.wire import DESCRIPTION, V1, V2, Serializer
from causerie.dialects.phoenix.words import PhoenixWords, Words

__all__ = [
    "DESCRIPTION",
    "V1",
    "V2",
    "Channels",
    "Closing",
    "Deliveries",
    "Notices",
    "Phoenix",
    "PhoenixWords",
    "Seen",
    "Serializer",
    "Watchers",
    "Words",
]
