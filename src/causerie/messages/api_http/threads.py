"""Threads over HTTP; answering in one is sending a message."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from causerie.gateway.http import Acting, IdempotencyKey, at_most, counted_as, positive_id
from causerie.limits import Action
from causerie.messages.model import DEFAULT_PAGE_THREADS
from causerie.messages.service import ThreadService
from causerie.messages.wire import (
    PostThreadRead,
    PutAttention,
    WireThread,
    WireThreadPosition,
    WireThreads,
    thread_out,
    threads_out,
)

BeforeReply = Annotated[
    int | None,
    QueryParameter(description="Only threads with a lower `last_reply_seq`."),
]
ThreadLimit = Annotated[int, at_most(100)]
Followed = Annotated[bool, QueryParameter(description="Only those that one follows.")]


def thread_routes(service: ThreadService) -> type[Controller]:
    """The controller for this service; Litestar makes the instance."""
    return type("Threads", (ThreadController,), {"service": service})


class ThreadController(Controller):
    """The routes of threads."""

    path = "/api/v2"
    tags = ("threads",)

    service: ThreadService

    @get("/conversations/{conversation_id:str}/threads", opt=counted_as(Action.HISTORY))
    async def threads(
        self,
        principal: Acting,
        conversation_id: FromPath[str],
        before: BeforeReply = None,
        limit: ThreadLimit = DEFAULT_PAGE_THREADS,
        followed: Followed = False,  # noqa: FBT002 - Litestar passes it by name
    ) -> WireThreads:
        """List the threads of a conversation, the one that was answered last first."""
        page = await self.service.threads(
            principal, conversation_id, before=before, limit=limit, only_followed=followed
        )
        return threads_out(page)

    @get("/messages/{message_id:str}/thread", opt=counted_as(Action.HISTORY))
    async def thread(self, principal: Acting, message_id: FromPath[str]) -> WireThread:
        """Read the thread that a message begins, or is in: its first message and its counts."""
        message = positive_id(message_id, resource="message")
        return thread_out(await self.service.thread(principal, message))

    @post("/messages/{message_id:str}/thread/read", status_code=200, opt=counted_as(Action.SIGNALS))
    async def mark_thread_read(
        self,
        principal: Acting,
        message_id: FromPath[str],
        data: JSONBody[PostThreadRead],
        idempotency_key: IdempotencyKey,
    ) -> WireThreadPosition:
        """Say how far one has read a thread; what is read of its conversation stays as it is."""
        reading = await self.service.mark_read(
            principal,
            positive_id(message_id, resource="message"),
            data.seq,
            client_id=idempotency_key,
        )
        return WireThreadPosition(reading.seq, reading.unread)

    @put("/messages/{message_id:str}/thread", opt=counted_as(Action.EDITS))
    async def attend(
        self,
        principal: Acting,
        message_id: FromPath[str],
        idempotency_key: IdempotencyKey,
        data: JSONBody[PutAttention],
    ) -> WireThread:
        """Follow a thread, mute it, or do neither. Who answers in one follows it by that."""
        thread = await self.service.attend(
            principal,
            positive_id(message_id, resource="message"),
            data.attention,
            client_id=idempotency_key,
        )
        return thread_out(thread)
