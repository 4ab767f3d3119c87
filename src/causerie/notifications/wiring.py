"""Builds the slice of notifications for assembly."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from litestar import Controller

from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.crypto import MasterKey
from causerie.foundation.events import Events
from causerie.foundation.jobs import JobKind, JobQueue, JobRunner
from causerie.foundation.postgres import Database, MigrationSource
from causerie.foundation.realtime import Hub
from causerie.foundation.workers import Workers
from causerie.notifications.api_http import notification_routes
from causerie.notifications.broadcast import OpenSockets, Tellings, listen, teach_v2
from causerie.notifications.jobs import digest_kind, push_kind
from causerie.notifications.ports import Notices, People, Postbox, Presence, Sender, Speech
from causerie.notifications.service import Digests, Noticer, NotificationDesk, Publisher, Pusher
from causerie.notifications.store import StoredNotices, StoredWishes

if TYPE_CHECKING:
    from causerie.gateway.grpc import Service

MIGRATIONS = MigrationSource(schema="notifications", package="causerie.notifications")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifications:
    """The slice, put together; ``sockets`` are to be shown the hub."""

    desk: NotificationDesk
    noticer: Noticer
    publisher: Publisher
    digests: Digests | None
    kinds: Sequence[JobKind]
    sockets: OpenSockets
    notices: Notices
    speech: Speech

    @property
    def routes(self) -> type[Controller]:
        """The routes of HTTP."""
        return notification_routes(self.desk)

    def connect(self, hub: Hub, events: Events, runner: JobRunner, workers: Workers) -> None:
        """Hear of commits, tell sockets, and hand over the jobs and the background loops."""
        listen(events, self.noticer)
        Tellings(hub, self.notices, self.speech).listen(events)
        runner.add(self.kinds)
        workers.add("notifications", self.noticer.run)
        if self.digests is not None:
            workers.add("digests", self.digests.run)


def build(  # noqa: PLR0913 - the parts of the slice, each by name
    *,
    database: Database,
    jobs: JobQueue,
    master: MasterKey,
    events: Events,
    completion: Completion,
    clock: Clock,
    people: People,
    speech: Speech,
    presence: Presence,
    sender: Sender,
    postbox: Postbox | None,
    subject: str,
) -> Notifications:
    """Put the slice together. ``subject`` is how push services reach who runs this server."""
    notices = StoredNotices(database, jobs, presence)
    wishes = StoredWishes(database, jobs, master)
    sockets = OpenSockets()
    noticer = Noticer(notices, speech, events, clock)
    pusher = Pusher(
        notices,
        wishes,
        speech=speech,
        sender=sender,
        watching=sockets,
        subject=subject,
        clock=clock,
    )
    digests = None
    if postbox is not None:
        digests = Digests(
            notices,
            wishes,
            speech=speech,
            postbox=postbox,
            watching=sockets,
            clock=clock,
            random_bytes=secrets.token_bytes,
        )
    return Notifications(
        desk=NotificationDesk(
            notices,
            wishes,
            speech=speech,
            sender=sender,
            clock=clock,
            on_change=noticer.look_again,
        ),
        noticer=noticer,
        publisher=Publisher(notices, people, events, completion, clock),
        digests=digests,
        kinds=[push_kind(pusher), *([] if digests is None else [digest_kind(digests)])],
        sockets=sockets,
        notices=notices,
        speech=speech,
    )


def grpc_service(notifications: Notifications) -> Service:
    """What gRPC takes for people."""
    from causerie.notifications.api_grpc import notification_service

    return notification_service(notifications.publisher)


__all__ = ["MIGRATIONS", "Notifications", "OpenSockets", "build", "grpc_service", "teach_v2"]
