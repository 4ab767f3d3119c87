"""What errors of PostgreSQL quote of its tables, taken out of the texts that tell of them.

A row that fails a CHECK stands in the error's DETAIL as a whole: what somebody wrote, or the hash of a
password.
"""

from __future__ import annotations

import re
from collections.abc import Iterator


def without_rows(text: str, error: BaseException, instead: str) -> str:
    """Take out of a text about an error what it, or what led to it, quotes."""
    for detail in {detail for one in _all_of(error, set()) if (detail := _detail_of(one))}:
        # In a group each line of a traceback is indented.
        quoted = r"\n[ |]*".join(re.escape(line) for line in detail.split("\n"))
        text = re.sub(quoted, instead, text)
    return text


def _all_of(error: BaseException | None, seen: set[int]) -> Iterator[BaseException]:
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    yield error
    yield from _all_of(error.__cause__, seen)
    yield from _all_of(error.__context__, seen)
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _all_of(one, seen)


def _detail_of(error: BaseException) -> str | None:
    # By its look: the driver is known in one place only, and not here.
    detail = getattr(error, "detail", None) if hasattr(error, "sqlstate") else None
    return detail if isinstance(detail, str) else None
