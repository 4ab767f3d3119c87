"""Questions that many ask at the same moment, answered by one read."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, Generic, TypeVar

from causerie.foundation.postgres.connection import Connection

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# A statement's fixed cost is some 0.3 ms on both sides: of this many little is left of it. All whose
# answers come together go on in the same turn of the loop, for which who is in already waits.
MAX_QUESTIONS = 12
MAX_WEIGHT = 500  # Rows of one read, 1 KB each at most once they are objects.

_YOUR_TURN: Final = object()


class _Question(Generic[K]):
    __slots__ = ("answer", "key", "weight")

    def __init__(self, key: K, weight: int) -> None:
        self.key = key
        self.weight = weight
        # The value, None where there is none, or _YOUR_TURN.
        self.answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()


class Gathering(Generic[K, V]):
    """Asks for one thing by its key; what others ask meanwhile goes into the next read together.

    Alone a question waits for nothing. A read begins after each of its questions was asked, so its
    answer is never older than the question. There is no task: who asks first reads for those who
    have gathered, and the first of those who come meanwhile reads next.

    ``read`` gives what it finds by key; ``in_turn`` lends the connection for it.
    """

    def __init__(
        self,
        in_turn: Callable[[], AbstractAsyncContextManager[Connection]],
        read: Callable[[Connection, Sequence[K]], Awaitable[Mapping[K, V]]],
    ) -> None:
        self._in_turn = in_turn
        self._read = read
        # Bounded by the connections that ask.
        self._waiting: deque[_Question[K]] = deque()
        self._is_led = False

    async def find(self, key: K, *, weight: int = 1) -> V | None:
        """What the key stands for; ``weight`` is how many rows that may be.

        Raises what ``in_turn`` and ``read`` raise.
        """
        question = _Question(key, weight)
        self._waiting.append(question)
        if self._is_led:
            try:
                answer = await question.answer
            except asyncio.CancelledError:
                if _is_called(question):
                    self._call_next()
                raise
            if answer is not _YOUR_TURN:
                return answer  # type: ignore[return-value] # a V or None, as _lead has set it
            self._waiting.appendleft(question)
        return await self._lead(question)

    async def _lead(self, own: _Question[K]) -> V | None:
        self._is_led = True
        batch: Sequence[_Question[K]] = ()
        try:
            async with self._in_turn() as connection:
                batch = self._take()
                found = await self._read(connection, list(dict.fromkeys(q.key for q in batch)))
        except Exception as error:
            # Nobody got a connection: then all who wait would fail, one after the other.
            for question in batch or self._take_all():
                if question is not own and not question.answer.done():
                    question.answer.set_exception(error)
            raise
        except BaseException:
            # We are cancelled, not those who have waited with us.
            self._waiting.extendleft(q for q in reversed(batch) if q is not own)
            self._forget(own)
            raise
        else:
            for question in batch:
                if question is not own and not question.answer.done():
                    question.answer.set_result(found.get(question.key))
            return found.get(own.key)
        finally:
            self._call_next()

    def _take(self) -> Sequence[_Question[K]]:
        batch: list[_Question[K]] = []
        room = MAX_WEIGHT
        waiting = self._waiting
        while waiting and len(batch) < MAX_QUESTIONS and (not batch or waiting[0].weight <= room):
            question = waiting.popleft()
            if not question.answer.cancelled():
                room -= question.weight
                batch.append(question)
        return batch

    def _take_all(self) -> Sequence[_Question[K]]:
        everybody = tuple(self._waiting)
        self._waiting.clear()
        return everybody

    def _forget(self, question: _Question[K]) -> None:
        if question in self._waiting:
            self._waiting.remove(question)

    def _call_next(self) -> None:
        """Let the first who still waits read next."""
        while self._waiting:
            question = self._waiting.popleft()
            if not question.answer.done():
                question.answer.set_result(_YOUR_TURN)
                return
        self._is_led = False


def _is_called(question: _Question[K]) -> bool:
    answer = question.answer
    return (
        answer.done()
        and not answer.cancelled()
        and answer.exception() is None
        and (answer.result() is _YOUR_TURN)
    )
