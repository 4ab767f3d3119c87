"""Sending later: made, changed and cancelled until its time, and then sent once, or not and why."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import datetime
from typing import Any

import structlog
from msgspec import structs

from causerie.conversations import parse_wire_id, wire_id
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.errors import Code, Refusal, Unavailable
from causerie.foundation.events import Events
from causerie.foundation.identity import Principal
from causerie.foundation.postgres import fingerprint
from causerie.messages.errors import MayNotWrite, ScheduledNotFound
from causerie.messages.events import ScheduledChanged
from causerie.messages.model import (
    SERVER_KEY_MARK,
    Draft,
    Due,
    MessageType,
    NewScheduled,
    Scheduled,
    ScheduledId,
    Sent,
    require_key,
    require_send_at,
)
from causerie.messages.ports import (
    DueMessages,
    MessageStore,
    Names,
    Outgoing,
    ScheduleStore,
    SendDone,
    Senders,
)
from causerie.messages.service.sending import Sending

log = structlog.get_logger()

MAX_SENT_AT_ONCE = 100  # One transaction, and a small part of what the writer's queue takes.


class ScheduleService:
    """What users do with messages that are to be sent later. Only their sender sees them."""

    def __init__(
        self,
        *,
        sending: Sending,
        store: ScheduleStore,
        events: Events,
        completion: Completion,
        clock: Clock,
    ) -> None:
        self._sending = sending
        self._store = store
        self._events = events
        self._completion = completion
        self._clock = clock
        self.changed = asyncio.Event()  # For who waits until the next one is due.

    async def schedule(
        self,
        who: Principal,
        *,
        conversation: str,
        content: str,
        message_type: MessageType,
        parent_message_id: int | None,
        send_at: datetime,
        client_id: str | None = None,
        file_ids: Sequence[int] = (),
    ) -> tuple[Scheduled, bool]:
        """Have a message sent later; and whether it is new. What may not be said now is refused."""
        if client_id is not None:
            require_key(client_id)
        send_at = require_send_at(send_at, now=self._clock.now())
        draft, _ = await self._sending.prepare(
            who,
            conversation=conversation,
            content=content,
            client_id=None,
            message_type=message_type,
            done=_nobody_waits,
            parent_message_id=parent_message_id,
            file_ids=file_ids,
        )
        new = NewScheduled(
            draft.conversation_id,
            draft.kind,
            who.user_id,
            message_type,
            content,
            draft.parent_id,
            send_at,
            draft.file_ids,
        )
        named = (list(file_ids),) if file_ids else ()
        print_ = fingerprint(
            conversation, content, message_type, parent_message_id, send_at, *named
        )
        return await self._once(self._store.create(new, key=client_id, fingerprint=print_))

    async def change(
        self,
        who: Principal,
        scheduled_id: int,
        *,
        content: str | None,
        send_at: datetime | None,
        client_id: str | None = None,
    ) -> Scheduled:
        """Say something else, or at another time. Raises ``NotFound``, ``ScheduledIsOver``."""
        if client_id is not None:
            require_key(client_id)
        if send_at is not None:
            send_at = require_send_at(send_at, now=self._clock.now())
        before = await self.get(who, scheduled_id)
        if content is not None:
            await self._sending.prepare(
                who,
                conversation=wire_id(before.kind, before.conversation_id),
                content=content,
                client_id=None,
                message_type=before.message_type,
                done=_nobody_waits,
                parent_message_id=before.parent_id,
                file_ids=before.file_ids,
            )
        change = self._store.change(
            before.id,
            who.user_id,
            content=content,
            send_at=send_at,
            key=client_id,
            fingerprint=fingerprint(scheduled_id, content, send_at),
        )
        return (await self._once(change))[0]

    async def cancel(
        self, who: Principal, scheduled_id: int, *, client_id: str | None = None
    ) -> None:
        """Cancel what waits, or put away what was refused. Raises ``NotFound``, ``Conflict``."""
        if client_id is not None:
            require_key(client_id)
        change = self._store.cancel(
            ScheduledId(scheduled_id),
            who.user_id,
            key=client_id,
            fingerprint=fingerprint(scheduled_id),
        )
        await self._once(change)

    async def get(self, who: Principal, scheduled_id: int) -> Scheduled:
        """One of one's own, whatever became of it. Raises ``NotFound``."""
        found = await self._store.find(ScheduledId(scheduled_id), viewer=who.user_id)
        if found is None:
            raise ScheduledNotFound
        return found

    async def list_mine(
        self, who: Principal, *, conversation: str | None = None
    ) -> Sequence[Scheduled]:
        """What waits, and what was refused and not put away yet; the earliest first."""
        address = None if conversation is None else parse_wire_id(conversation)
        return await self._store.list_of(
            who.user_id, conversation_id=None if address is None else address.id
        )

    async def _once(
        self, change: Coroutine[Any, Any, tuple[Scheduled, bool]]
    ) -> tuple[Scheduled, bool]:
        return await self._completion.run(self._announced(change))

    async def _announced(
        self, change: Coroutine[Any, Any, tuple[Scheduled, bool]]
    ) -> tuple[Scheduled, bool]:
        scheduled, is_new = await change
        if is_new:
            self._events.announce((ScheduledChanged(scheduled),))
            self.changed.set()
        return scheduled, is_new


class DueSender:
    """Sends what is due through the writer, once, however often a process dies on the way.

    What is sent claims a key for its sender that no client can use. Where it was claimed before, the
    message was stored and its row was not told: now it is.
    """

    def __init__(
        self,
        *,
        sending: Sending,
        store: ScheduleStore,
        messages: MessageStore,
        outgoing: Outgoing,
        senders: Senders,
        names: Names,
        events: Events,
    ) -> None:
        self._sending = sending
        self._store = store
        self._messages = messages
        self._outgoing = outgoing
        self._senders = senders
        self._names = names
        self._events = events

    async def send_due(self) -> int:
        """Send what is due now, a bounded number; gives how many of them are settled."""
        facts: list[ScheduledChanged] = []
        settled = 0
        async with self._store.due(limit=MAX_SENT_AT_ONCE) as taken:
            # Given to the writer in their order, which is that of the conversation then.
            waiting = [(due, await self._put(due)) for due in taken.items]
            for due, outcome in waiting:
                after = await self._settle(taken, due, await outcome)
                if after is not None:
                    settled += 1
                    if due.is_scheduled:
                        facts.append(ScheduledChanged(after))
        self._events.announce(facts)
        return settled

    async def _put(self, due: Due) -> asyncio.Future[Sent | Exception]:
        outcome: asyncio.Future[Sent | Exception] = asyncio.get_running_loop().create_future()

        def done(result: Sent | Exception) -> None:
            if not outcome.done():  # We were stopped meanwhile: the next run asks again.
                outcome.set_result(result)

        key = SERVER_KEY_MARK + due.key
        try:
            draft, tell = await self._draft(due, key, done)
            keyed = structs.replace(draft, client_id=key, fingerprint=fingerprint(key))
            self._outgoing.put(keyed, tell)
        except Exception as error:
            done(error)
        return outcome

    async def _draft(self, due: Due, key: str, done: SendDone) -> tuple[Draft, SendDone]:
        """Look at everything again; but what was stored is stored, whatever has changed since."""
        scheduled = due.scheduled
        if due.is_scheduled and not await self._messages.knows_key(scheduled.sender_id, key):
            sender = await self._senders.find(scheduled.sender_id)
            if sender is None:
                raise MayNotWrite
            draft, tell = await self._sending.prepare(
                sender,
                conversation=wire_id(scheduled.kind, scheduled.conversation_id),
                content=scheduled.content,
                client_id=None,
                message_type=scheduled.message_type,
                done=done,
                parent_message_id=scheduled.parent_id,
                file_ids=scheduled.file_ids,
            )
            self._sending.require_may_call(sender, draft)
            return draft, tell
        names = await self._names.names_of((scheduled.sender_id,))
        draft = Draft(
            scheduled.conversation_id,
            scheduled.kind,
            scheduled.sender_id,
            names[scheduled.sender_id],
            scheduled.message_type,
            scheduled.content,
            None,
            b"",
            scheduled.parent_id,
            scheduled.file_ids,
        )
        return draft, done

    @staticmethod
    async def _settle(taken: DueMessages, due: Due, outcome: Sent | Exception) -> Scheduled | None:
        """None: it waits for another time."""
        if isinstance(outcome, Sent):
            return await taken.sent(due, outcome.message.id)
        if isinstance(outcome, Unavailable):
            return None
        if isinstance(outcome, Refusal):
            return await taken.refused(due, code=outcome.code.value, reason=str(outcome))
        log.error("due_message_failed", error_type=type(outcome).__name__, exc_info=outcome)
        return await taken.refused(
            due, code=Code.INTERNAL.value, reason="Something went wrong on the server"
        )


def _nobody_waits(outcome: Sent | Exception) -> None:
    del outcome
