"""What all nodes have counted, in Redis: one round trip for whatever has gathered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from zlib import crc32

from typing_extensions import override

from causerie.foundation.cache import Cache, Reply, Script, Word
from causerie.limits.model import BucketShare, Slots, WindowShare
from causerie.limits.ports import Tallies

# A script's keys must lie on one server of a Cluster. So many groups spread the work over as many.
GROUPS = 16
KEYS_A_SCRIPT = 200  # Some 0.5 ms, in which Redis serves nobody else.

# The moment when a key's bucket is full again, by Redis' own clock. Each node also says how much it
# knows to be owed: whatever Redis forgot (FLUSHALL, a restart) it hears again.
_BUCKETS = Script("""
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local owed = {}
for i, key in ipairs(KEYS) do
    local spent, least = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
    local full = math.max(tonumber(redis.call('GET', key) or '0'), now) + spent
    full = math.max(full, now + least)
    redis.call('SET', key, string.format('%.6f', full), 'PX', math.ceil((full - now) * 1000) + 1000)
    owed[i] = string.format('%.6f', full - now)
end
return owed
""")

# Counts by the twelfth of the period in which they were told, and how many twelfths ago that is.
_WINDOWS = Script("""
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local counted = {}
for i, key in ipairs(KEYS) do
    local cost, length = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
    local slot = math.floor(now / length)
    redis.call('HINCRBY', key, string.format('%d', slot), cost)
    redis.call('PEXPIRE', key, math.ceil(length * 14000))
    local all = redis.call('HGETALL', key)
    local found = {}
    for j = 1, #all, 2 do
        local age = slot - tonumber(all[j])
        if age < 0 or age > 12 then
            redis.call('HDEL', key, all[j])
        else
            found[#found + 1] = age
            found[#found + 1] = tonumber(all[j + 1])
        end
    end
    counted[i] = found
end
return counted
""")


class RedisTallies(Tallies):
    """The port, on the main pool."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    @override
    async def tally(
        self,
        buckets: Sequence[tuple[str, BucketShare]],
        windows: Sequence[tuple[str, WindowShare]],
    ) -> tuple[list[float], list[Slots]]:
        runs = _Runs(self._cache)
        for place, (limit, share) in enumerate(buckets):
            runs.add(_BUCKETS, limit, share.key, place, (f"{share.spent:.6f}", f"{share.owed:.6f}"))
        for place, (limit, window) in enumerate(windows):
            runs.add(
                _WINDOWS, limit, window.key, place, (window.cost, f"{window.slot_seconds:.6f}")
            )
        answers = await runs.run()
        owed = [_seconds(answers[_BUCKETS, place]) for place in range(len(buckets))]
        counted = [_slots(answers[_WINDOWS, place]) for place in range(len(windows))]
        return owed, counted


class _Runs:
    """Scripts by group, sent together."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._groups: dict[tuple[Script, int], list[tuple[str, int, tuple[Word, Word]]]]
        self._groups = defaultdict(list)

    def add(
        self, script: Script, limit: str, key: object, place: int, values: tuple[Word, Word]
    ) -> None:
        name = f"{limit}:{key}"
        group = crc32(name.encode()) % GROUPS
        redis_key = self._cache.key("limits", f"{{l{group}}}", name)
        self._groups[script, group].append((redis_key, place, values))

    async def run(self) -> dict[tuple[Script, int], Reply]:
        chunks = [
            (script, entries[start : start + KEYS_A_SCRIPT])
            for (script, _), entries in self._groups.items()
            for start in range(0, len(entries), KEYS_A_SCRIPT)
        ]
        replies = await self._cache.main.run_all(
            [
                (
                    script,
                    [key for key, _, _ in chunk],
                    [v for _, _, values in chunk for v in values],
                )
                for script, chunk in chunks
            ]
        )
        return {
            (script, place): answer
            for (script, chunk), reply in zip(chunks, replies, strict=True)
            for (_, place, _), answer in zip(chunk, _list(reply), strict=True)
        }


def _list(reply: Reply) -> list[Reply]:
    return reply if isinstance(reply, list) else []


def _seconds(reply: Reply) -> float:
    return float(reply) if isinstance(reply, bytes) else 0.0


def _slots(reply: Reply) -> Slots:
    numbers = [number for number in _list(reply) if isinstance(number, int)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))
