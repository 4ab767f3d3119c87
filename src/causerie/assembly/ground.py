"""What all slices of a node stand on."""

from __future__ import annotations

from dataclasses import dataclass

import causerie
from causerie.assembly.auditing import build_audit
from causerie.assembly.limiting import limit_options
from causerie.assembly.settings import Settings
from causerie.assembly.siblings import Siblings
from causerie.assembly.storage import Storage
from causerie.audit.wiring import AuditTrail
from causerie.dialects import phoenix, v1
from causerie.foundation.clock import Clock, SystemClock
from causerie.foundation.completion import Completion
from causerie.foundation.events import Events
from causerie.foundation.jobs import JobQueue, JobRunner
from causerie.foundation.remembering import Caches
from causerie.foundation.workers import Workers
from causerie.gateway.crew import Crew
from causerie.gateway.http import SocketDescription
from causerie.gateway.router import Router
from causerie.gateway.vocabulary import Vocabulary
from causerie.limits import wiring as limits_wiring
from causerie.limits.wiring import Limits as RateLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What all slices stand on."""

    clock: Clock
    events: Events
    workers: Workers
    caches: Caches
    crew: Crew
    completion: Completion
    jobs: JobQueue
    job_runner: JobRunner
    limits: RateLimits
    audit: AuditTrail
    siblings: Siblings
    sockets: SocketDescription  # with what is heard and said in v2


def build_ground(settings: Settings, storage: Storage, siblings: Siblings) -> Ground:
    """Build it on an open database. Raises ``MasterKeyUnusable``."""
    clock, events, completion = SystemClock(), Events(), Completion()
    jobs = JobQueue(storage.database, clock)
    return Ground(
        clock=clock,
        events=events,
        workers=Workers(clock=clock),
        caches=Caches(clock),
        crew=Crew(),
        completion=completion,
        jobs=jobs,
        job_runner=JobRunner(jobs, clock),
        limits=limits_wiring.build(
            storage.database,
            limit_options(settings),
            events=events,
            completion=completion,
            clock=clock,
            cache=storage.cache,
        ),
        audit=build_audit(settings, storage, clock),
        siblings=siblings,
        sockets=SocketDescription(
            Router(),
            Vocabulary(),
            [v1.DESCRIPTION],
            channelled=[phoenix.DESCRIPTION],
            version=causerie.__version__,
        ),
    )
