"""What people prefer is read once, and again after whatever may have changed it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest
from typing_extensions import override

from causerie.foundation.events import Event, Events, Unheard
from causerie.foundation.identity import UserId
from causerie.foundation.remembering import Caches
from causerie.receipts.events import PreferenceSet
from causerie.receipts.model.preferences import READ_RECEIPTS, Preference, Value
from causerie.receipts.ports import PreferenceStore
from causerie.receipts.store.remembered import RememberedPreferences
from tests.fakes.clock import FakeClock

ANN, BEN = UserId(1), UserId(2)
SET = Preference(READ_RECEIPTS, value=False)


class Table(PreferenceStore):
    """Rows in memory; a read waits where it is told to."""

    def __init__(self) -> None:
        self.rows: dict[UserId, dict[str, Preference]] = {}
        self.reads = 0
        self.gate = asyncio.Event()
        self.gate.set()

    @override
    async def all(self, user_id: UserId) -> Mapping[str, Preference]:
        self.reads += 1
        found = dict(self.rows.get(user_id, {}))
        await self.gate.wait()
        return found

    @override
    async def set(
        self, user_id: UserId, key: str, value: Value | None, *, idempotency_key: str | None
    ) -> Preference | None:
        assert value is not None
        done = self.rows.setdefault(user_id, {})[key] = Preference(key, value)
        return done

    @override
    async def since(self, users: Sequence[UserId], *, seconds: float) -> Sequence[PreferenceSet]:
        return []


class Stage:
    def __init__(self) -> None:
        self.table, self.events = Table(), Events()
        self.store = RememberedPreferences(self.table, Caches(FakeClock()), self.events)


@pytest.fixture
async def stage() -> Stage:
    return Stage()


async def test_they_are_read_once_for_each_user(stage: Stage) -> None:
    stage.table.rows[ANN] = {READ_RECEIPTS: SET}
    of_ann = [await stage.store.all(ANN) for _ in range(3)]
    of_ben = [await stage.store.all(BEN) for _ in range(3)]

    assert of_ann == [{READ_RECEIPTS: SET}] * 3
    assert of_ben == [{}] * 3
    assert stage.table.reads == 2


@pytest.mark.parametrize(
    "event", [PreferenceSet(ANN, SET), Unheard(is_ongoing=False), Unheard(is_ongoing=True)]
)
async def test_what_is_told_has_them_read_again(stage: Stage, event: Event) -> None:
    await stage.store.all(ANN)
    await stage.store.set(ANN, READ_RECEIPTS, value=False, idempotency_key=None)
    stage.events.announce([event])

    assert await stage.store.all(ANN) == {READ_RECEIPTS: SET}


async def test_what_another_node_tells_has_them_read_again(stage: Stage) -> None:
    await stage.store.all(ANN)
    stage.table.rows[ANN] = {READ_RECEIPTS: SET}
    stage.events.hear(PreferenceSet(ANN, SET))

    assert await stage.store.all(ANN) == {READ_RECEIPTS: SET}


async def test_what_was_read_before_a_change_is_not_kept_after_it(stage: Stage) -> None:
    stage.table.gate.clear()
    reading = asyncio.create_task(stage.store.all(ANN))
    await asyncio.sleep(0)
    stage.table.rows[ANN] = {READ_RECEIPTS: SET}
    stage.events.announce([PreferenceSet(ANN, SET)])
    stage.table.gate.set()
    await reading

    assert await stage.store.all(ANN) == {READ_RECEIPTS: SET}
