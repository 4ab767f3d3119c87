"""The catalogue of metrics: every number that ``/metrics`` shows is declared in a file of this folder.

Counters and gauges are counted on the event loop's thread (see ``counters``). Each process has its
own registry; where several are one server, ``gathered`` adds them up, and what is no sum then says so
where it is declared (``together``).
"""
# ruff: noqa: F403 - one name for all of them, whichever file they stand in: ``metrics.DELIVERIES``

from __future__ import annotations

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
)

from causerie.foundation.telemetry.counters import Shown
from causerie.foundation.telemetry.exposition import Family, write
from causerie.foundation.telemetry.gathered import take
from causerie.foundation.telemetry.metrics.cluster import *
from causerie.foundation.telemetry.metrics.database import *
from causerie.foundation.telemetry.metrics.files import *
from causerie.foundation.telemetry.metrics.messages import *
from causerie.foundation.telemetry.metrics.people import *
from causerie.foundation.telemetry.metrics.registry import REGISTRY as REGISTRY
from causerie.foundation.telemetry.metrics.remembered import *
from causerie.foundation.telemetry.metrics.security import *
from causerie.foundation.telemetry.metrics.server import *
from causerie.foundation.telemetry.metrics.sockets import *
from causerie.foundation.telemetry.metrics.work import *

CONTENT_TYPE = CONTENT_TYPE_LATEST

CATALOGUE: tuple[Shown, ...] = tuple(
    metric for metric in tuple(globals().values()) if isinstance(metric, Shown)
)

# Memory, processor time, open files, garbage collection and the Python version of this process.
_OF_THE_LIBRARY = (
    ProcessCollector(registry=REGISTRY),
    GCCollector(registry=REGISTRY),
    PlatformCollector(registry=REGISTRY),
)


def snapshot() -> list[Family]:
    """Read all metrics of this process, to be added up with those of others (see ``gathered``)."""
    library = (metric for collector in _OF_THE_LIBRARY for metric in collector.collect())
    return [*(metric.family() for metric in CATALOGUE), *take(library)]


def render() -> bytes:
    """Write all metrics in Prometheus' text format; ``CONTENT_TYPE`` names its version."""
    return write(snapshot())
