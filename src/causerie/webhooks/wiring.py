"""Builds the slice of webhooks for assembly."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from litestar import Controller

from causerie.foundation.clock import Clock
from causerie.foundation.crypto import MasterKey
from causerie.foundation.jobs import JobKind, JobQueue
from causerie.foundation.postgres import Database, MigrationSource
from causerie.foundation.workers import Workers
from causerie.webhooks.api_http import webhook_routes
from causerie.webhooks.jobs import forget_old, kinds_of
from causerie.webhooks.ports import Access, Feed, Notices, Sender, Speaker
from causerie.webhooks.service import Deliverer, EndpointDesk, Gatherer, IncomingDesk
from causerie.webhooks.store import StoredDeliveries, StoredEndpoints, StoredIncoming

MIGRATIONS = MigrationSource(schema="webhooks", package="causerie.webhooks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """The slice, put together."""

    endpoints: EndpointDesk
    incoming: IncomingDesk
    gatherer: Gatherer
    kinds: Sequence[JobKind]
    deliveries: StoredDeliveries
    clock: Clock
    is_on: bool

    @property
    def routes(self) -> list[type[Controller]]:
        """The routes of HTTP."""
        return webhook_routes(self.endpoints, self.incoming)

    def add_workers(self, workers: Workers) -> None:
        """Hand over the background loops."""
        if self.is_on:
            workers.add("webhooks", self.gatherer.run)
            workers.add("webhooks_upkeep", lambda: forget_old(self.deliveries, self.clock))


def build(  # noqa: PLR0913 - the parts of the slice, each by name
    *,
    database: Database,
    jobs: JobQueue,
    master: MasterKey,
    clock: Clock,
    feed: Feed,
    access: Access,
    speaker: Speaker,
    sender: Sender,
    notices: Notices,
    is_on: bool,
) -> Webhooks:
    """Put the slice together; switched off it answers so, and does nothing."""
    endpoints = StoredEndpoints(database, jobs, master)
    deliveries = StoredDeliveries(database, jobs)
    gatherer = Gatherer(endpoints, deliveries, feed, clock)
    deliverer = Deliverer(
        endpoints, deliveries, feed=feed, sender=sender, notices=notices, clock=clock
    )
    return Webhooks(
        endpoints=EndpointDesk(
            endpoints,
            deliveries,
            access=access,
            feed=feed,
            sender=sender,
            clock=clock,
            random_bytes=secrets.token_bytes,
            on_change=gatherer.look_again,
            is_on=is_on,
        ),
        incoming=IncomingDesk(
            StoredIncoming(database, master),
            access=access,
            speaker=speaker,
            clock=clock,
            random_bytes=secrets.token_bytes,
            is_on=is_on,
        ),
        gatherer=gatherer,
        kinds=kinds_of(deliverer) if is_on else (),
        deliveries=deliveries,
        clock=clock,
        is_on=is_on,
    )
