"""Durable work: put by the transaction that needs it, done at least once, on any node.

A slice gives its ``JobKind``s to assembly and puts ``NewJob``s by ``JobQueue.put(tx, ...)``. A
handler must bear being called twice for one job, on two nodes even.
"""

from causerie.foundation.jobs.breaker import Breaker, Breakers
from causerie.foundation.jobs.model import Dead, Job, JobKind, Later, Never, NewJob, Retries
from causerie.foundation.jobs.queue import DeadLetters, JobQueue
from causerie.foundation.jobs.runner import JobRunner
from causerie.foundation.postgres import MigrationSource

MIGRATIONS = MigrationSource(schema="jobs", package="causerie.foundation.jobs")

__all__ = [
    "MIGRATIONS",
    "Breaker",
    "Breakers",
    "Dead",
    "DeadLetters",
    "Job",
    "JobKind",
    "JobQueue",
    "JobRunner",
    "Later",
    "Never",
    "NewJob",
    "Retries",
]
