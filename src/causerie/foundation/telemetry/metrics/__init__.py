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
    generate_latest,
)

from causerie.foundation.telemetry.counters import (
    Counter,
    Gauge,
    Histogram,
    LabelledCounter,
    LabelledGauge,
    ManyLabelledCounter,
)
from causerie.foundation.telemetry.gathered import Family, take
from causerie.foundation.telemetry.metrics.cluster import *
from causerie.foundation.telemetry.metrics.database import *
from causerie.foundation.telemetry.metrics.files import *
from causerie.foundation.telemetry.metrics.messages import *
from causerie.foundation.telemetry.metrics.people import *
from causerie.foundation.telemetry.metrics.registry import REGISTRY as REGISTRY
from causerie.foundation.telemetry.metrics.security import *
from causerie.foundation.telemetry.metrics.server import *
from causerie.foundation.telemetry.metrics.sockets import *
from causerie.foundation.telemetry.metrics.work import *

CONTENT_TYPE = CONTENT_TYPE_LATEST

AnyMetric = Counter | LabelledCounter | ManyLabelledCounter | Gauge | LabelledGauge | Histogram

CATALOGUE: tuple[AnyMetric, ...] = tuple(
    metric for metric in tuple(globals().values()) if isinstance(metric, AnyMetric)
)

# Memory, processor time, open files, garbage collection and the Python version of this process.
ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)


# The library names a counter's family without its ending.
_TOGETHER = {
    metric.name.removesuffix("_total"): metric.together
    for metric in CATALOGUE
    if isinstance(metric, (Gauge, LabelledGauge, Counter, LabelledCounter))
}


def snapshot() -> list[Family]:
    """Read all metrics of this process, to be added up with those of others (see ``gathered``)."""
    return take(REGISTRY.collect(), _TOGETHER)


def render() -> bytes:
    """Write all metrics in Prometheus' text format; ``CONTENT_TYPE`` names its version."""
    return generate_latest(REGISTRY)
