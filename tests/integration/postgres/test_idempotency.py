from __future__ import annotations

import asyncio

import pytest

from causerie.foundation.errors import Conflict
from causerie.foundation.postgres import Database, claim, fingerprint, settle

PRINT = fingerprint("create_room", {"name": "kitchen"})


async def use_key(
    database: Database,
    *,
    user_id: int = 1,
    key: str = "k",
    operation: str = "create_room",
    print_: bytes = PRINT,
    result: int = 7,
    fails: bool = False,
) -> int | None:
    async with database.transaction() as tx:
        if fails:
            await claim(tx, user_id=user_id, key=key, operation=operation, fingerprint=print_)
            raise ZeroDivisionError
        first = await claim(tx, user_id=user_id, key=key, operation=operation, fingerprint=print_)
        if first is None:
            await settle(tx, user_id=user_id, key=key, result=result)
        return first


async def test_a_key_is_fresh_once_and_then_gives_what_was_made(database: Database) -> None:
    first = await use_key(database, result=7)
    again = await use_key(database, result=8)

    assert (first, again) == (None, 7)


async def test_a_key_belongs_to_its_user(database: Database) -> None:
    await use_key(database, user_id=1)
    other = await use_key(database, user_id=2)

    assert other is None


@pytest.mark.parametrize(
    "changed",
    [{"operation": "delete_room"}, {"print_": fingerprint("create_room", {"name": "attic"})}],
)
async def test_a_key_used_for_something_else_is_a_conflict(
    database: Database, changed: dict[str, str]
) -> None:
    await use_key(database)

    with pytest.raises(Conflict):
        await use_key(database, **changed)  # type: ignore[arg-type] # one of the named arguments


async def test_a_key_whose_work_was_rolled_back_is_fresh_again(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        await use_key(database, fails=True)

    assert await use_key(database) is None


async def test_ten_twins_at_once_do_the_work_once(database: Database) -> None:
    answers = await asyncio.gather(*(use_key(database, result=n) for n in range(10)))

    (done,) = (n for n, answer in enumerate(answers) if answer is None)
    assert [answer for answer in answers if answer is not None] == [done] * 9


async def test_fingerprints_do_not_depend_on_the_order_of_a_dictionary() -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint("a", "b") != fingerprint("ab")
