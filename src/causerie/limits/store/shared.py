"""What all nodes have counted, in Redis: one round trip for whatever has gathered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from zlib import crc32

from typing_extensions import override

from causerie.foundation.cache import Cache, Reply, Script
from causerie.limits.model import BucketShare, Slots, WindowShare
from causerie.limits.ports import Tallies

# A script's keys must lie on one server of a Cluster. So many groups spread the work over as many.
GROUPS = 16
KEYS_A_SCRIPT = 200  # Some 0.5 ms, in which Redis serves nobody else.

# What is said of the keys of a script, and what it answers, is one word each: the driver takes a
# microsecond for a word, Redis not much less.

# The moment when a key's bucket is full again, by Redis' own clock. Each node also says how much it
# knows to be owed: whatever Redis forgot (FLUSHALL, a restart) it hears again.
_BUCKETS = Script("""
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local owed = {}
local said = string.gmatch(ARGV[1], '%S+')
for i, key in ipairs(KEYS) do
    local spent, least = tonumber(said()), tonumber(said())
    local full = math.max(tonumber(redis.call('GET', key) or '0'), now) + spent
    full = math.max(full, now + least)
    redis.call('SET', key, string.format('%.6f', full), 'PX', math.ceil((full - now) * 1000) + 1000)
    owed[i] = string.format('%.6f', full - now)
end
return table.concat(owed, ' ')
""")

# Counts by the twelfth of the period in which they were told, and how many twelfths ago that is.
_WINDOWS = Script("""
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local counted = {}
local said = string.gmatch(ARGV[1], '%S+')
for i, key in ipairs(KEYS) do
    local cost, length = tonumber(said()), tonumber(said())
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
    counted[i] = table.concat(found, ' ')
end
return table.concat(counted, ',')
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
            runs.add(_BUCKETS, limit, share.key, place, f"{share.spent:.6f} {share.owed:.6f}")
        for place, (limit, window) in enumerate(windows):
            runs.add(_WINDOWS, limit, window.key, place, f"{window.cost} {window.slot_seconds:.6f}")
        answers = await runs.run()
        owed = [float(answers[_BUCKETS, place]) for place in range(len(buckets))]
        counted = [_slots(answers[_WINDOWS, place]) for place in range(len(windows))]
        return owed, counted


class _Runs:
    """Scripts by group, sent together."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._groups: dict[tuple[Script, int], list[tuple[str, int, str]]]
        self._groups = defaultdict(list)

    def add(self, script: Script, limit: str, key: object, place: int, said: str) -> None:
        name = f"{limit}:{key}"
        group = crc32(name.encode()) % GROUPS
        redis_key = self._cache.key("limits", f"{{l{group}}}", name)
        self._groups[script, group].append((redis_key, place, said))

    async def run(self) -> dict[tuple[Script, int], str]:
        chunks = [
            (script, entries[start : start + KEYS_A_SCRIPT])
            for (script, _), entries in self._groups.items()
            for start in range(0, len(entries), KEYS_A_SCRIPT)
        ]
        replies = await self._cache.main.run_all(
            [
                (script, [key for key, _, _ in chunk], [" ".join(said for _, _, said in chunk)])
                for script, chunk in chunks
            ]
        )
        return {
            (script, place): answer
            for (script, chunk), reply in zip(chunks, replies, strict=True)
            for (_, place, _), answer in zip(chunk, _split(script, reply), strict=True)
        }


def _split(script: Script, reply: Reply) -> list[str]:
    text = reply.decode() if isinstance(reply, bytes) else ""
    return text.split(" " if script is _BUCKETS else ",")


def _slots(answer: str) -> Slots:
    numbers = list(map(int, answer.split(" ")))
    return list(zip(numbers[::2], numbers[1::2], strict=True))
