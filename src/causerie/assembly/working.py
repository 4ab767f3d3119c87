"""What a node does by itself, beside what it is asked: its supervised workers."""

from __future__ import annotations

from functools import partial

from causerie.accounts import wiring as accounts_wiring
from causerie.assembly.auditing import add_audit_workers
from causerie.assembly.conduct import follow_conduct
from causerie.assembly.ground import Ground
from causerie.assembly.slices import Slices
from causerie.assembly.storage import Storage
from causerie.foundation.cache import watch_figures


def add_workers(ground: Ground, slices: Slices, storage: Storage) -> None:
    """Give the node its background loops; nothing runs yet."""
    workers = ground.workers
    workers.add("sockets", ground.crew.run)
    slices.messages.add_workers(workers)
    workers.add("accounts_upkeep", slices.accounts.run)
    workers.add("signing_keys", slices.accounts.run_keys)
    workers.add("statuses", slices.accounts.run_statuses)
    workers.add("mail", slices.accounts.mails.run)
    workers.add("restrictions_watch", slices.accounts.watch)
    workers.add("revocations_watch", slices.accounts.watch_revocations)
    if slices.accounts.share_proofs is not None:
        workers.add("proofs_sharing", slices.accounts.share_proofs)
    workers.add("trust_watch", accounts_wiring.build_trust(storage.database, ground.limits.trust))
    for name, run in ground.limits.workers.items():
        workers.add(name, run)
    slices.files.add_workers(workers)
    slices.filtering.add_workers(workers)
    slices.conduct.add_workers(workers, slices.filtering.notes, ground.job_runner)
    follow_conduct(ground.events, ground.crew, slices.conduct)
    if storage.cache is not None:
        workers.add("cache_watch", storage.cache.watch)
        workers.add("cache_figures", partial(watch_figures, storage.cache))
    workers.add("cache_cleanup", ground.caches.run)
    workers.add("jobs", ground.job_runner.run)
    add_audit_workers(workers, ground.audit)
