"""What a search asks for, read from what somebody typed into one line.

words "a phrase" -without from:ann in:general before:2026-01-31 after:2026-01-01 has:link
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

from causerie.foundation.errors import Invalid
from causerie.foundation.paging import require_limit
from causerie.messages.model.messages import MAX_PAGE_MESSAGES, Message

MAX_QUERY_CHARS = 500
MAX_TERMS = 24  # Words and phrases; each is looked up by up to three stems.
MAX_NAMES = 8  # Of one kind: senders, places.

_TERM = re.compile(
    r"""(?P<minus>-?)(?:(?P<key>from|in|before|after|has):)?(?:"(?P<quoted>[^"]*)"?|(?P<bare>[^\s"]+))""",
    re.IGNORECASE,
)
_KEY_ALONE = re.compile(r"-?(?:from|in|before|after|has):", re.IGNORECASE)
# What telephones and French keyboards make of a quotation mark.
_QUOTES = str.maketrans(dict.fromkeys("“”„«»", '"'))
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)([Zz]|[+ -]\d{2}:\d{2})"
)


class Has(StrEnum):
    """What a message can be asked to have."""

    FILE = "file"
    LINK = "link"
    REACTION = "reaction"
    PIN = "pin"


class Search(msgspec.Struct, frozen=True):
    """What is looked for. ``after`` and ``before`` are exclusive; names are as they were typed.

    ``not_...``: what must not be so.
    """

    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    not_senders: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    not_places: tuple[str, ...] = ()
    has: tuple[Has, ...] = ()
    has_not: tuple[Has, ...] = ()
    after: datetime | None = None
    before: datetime | None = None


class SearchHit(msgspec.Struct, frozen=True, gc=False):
    """A message that was found, and the part of it that shows why, as safe HTML."""

    message: Message
    snippet: str


def parse_search(text: str, *, field: str) -> Search:
    """Read a query. Raises ``Invalid`` for the field of this name, and nothing else."""
    if len(text) > MAX_QUERY_CHARS:
        raise Invalid(field, f"Must have {MAX_QUERY_CHARS} characters at most")
    if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise Invalid(field, "Must not contain NUL or unpaired surrogates")
    reading = _Reading(field)
    for found in _TERM.finditer(text.translate(_QUOTES)):
        reading.take(found)
    return reading.result()


def parse_moment(text: str, *, field: str) -> datetime:
    """Read a moment or the beginning of a day (RFC 3339 §5.6), in UTC. Raises ``Invalid``."""
    try:
        if _DATE.fullmatch(text):
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        found = _MOMENT.fullmatch(text)
        if found is not None:
            # A plus sign that nobody encoded arrives in a query as a space.
            day, time, zone = found[1], found[2], found[3].replace(" ", "+").upper()
            return datetime.fromisoformat(f"{day}T{time[:15]}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Invalid(field, "Must be a moment or a day as in RFC 3339: 2026-01-31T12:00:00Z")


def require_search_limit(limit: int) -> None:
    """Check how many are asked for. Raises ``Invalid``."""
    require_limit(limit, MAX_PAGE_MESSAGES)


class _Reading:
    """Gathers the parts of a query as they come."""

    def __init__(self, field: str) -> None:
        self._field = field
        self._lists: dict[str, list[str]] = {}
        self._has: dict[bool, list[Has]] = {False: [], True: []}
        self._after: datetime | None = None
        self._before: datetime | None = None
        self._keys: dict[str, Callable[[str, bool], None]] = {
            "from": lambda value, negated: self._name("senders", value.removeprefix("@"), negated),
            "in": lambda value, negated: self._name("places", value.removeprefix("#"), negated),
            "has": self._take_has,
            "before": self._take_before,
            "after": self._take_after,
        }

    def take(self, found: re.Match[str]) -> None:
        negated = bool(found["minus"])
        quoted, bare = found["quoted"], found["bare"]
        value = bare if quoted is None else quoted.strip()
        if found["key"] is not None:
            if not value:
                raise self._invalid(f"{found['key'].lower()}: must be followed by something")
            self._keys[found["key"].lower()](value, negated)
        elif bare is not None and _KEY_ALONE.fullmatch(bare):
            raise self._invalid(f"{bare.lower()} must be followed by something")
        elif value:
            kind = "without" if negated else "words" if quoted is None else "phrases"
            self._add(kind, value)

    def result(self) -> Search:
        terms = sum(len(self._lists.get(kind, ())) for kind in ("words", "phrases", "without"))
        if terms > MAX_TERMS:
            raise self._invalid(f"Must have {MAX_TERMS} words and phrases at most")
        for kind, names in self._lists.items():
            if kind not in {"words", "phrases", "without"} and len(names) > MAX_NAMES:
                raise self._invalid(f"Must have {MAX_NAMES} names of one kind at most")
        search = Search(
            **{kind: tuple(dict.fromkeys(values)) for kind, values in self._lists.items()},
            has=tuple(dict.fromkeys(self._has[False])),
            has_not=tuple(dict.fromkeys(self._has[True])),
            after=self._after,
            before=self._before,
        )
        if not (search.words or search.phrases or search.senders or search.places or search.has):
            raise self._invalid("Must name something to look for")
        return search

    def _add(self, kind: str, value: str) -> None:
        self._lists.setdefault(kind, []).append(value)

    def _name(self, kind: str, value: str, negated: bool) -> None:  # noqa: FBT001 - one of a table of functions
        self._add(f"not_{kind}" if negated else kind, value)

    def _take_has(self, value: str, negated: bool) -> None:  # noqa: FBT001 - one of a table of functions
        try:
            self._has[negated].append(Has(value.lower()))
        except ValueError:
            known = ", ".join(Has)
            raise self._invalid(f"has: takes one of {known}") from None

    def _take_before(self, value: str, negated: bool) -> None:  # noqa: FBT001 - one of a table of functions
        moment = self._moment(value, negated=negated)
        self._before = moment if self._before is None else min(moment, self._before)

    def _take_after(self, value: str, negated: bool) -> None:  # noqa: FBT001 - one of a table of functions
        moment = self._moment(value, negated=negated)
        if _DATE.fullmatch(value):
            moment += timedelta(days=1, microseconds=-1)  # After a day is when it is over.
        self._after = moment if self._after is None else max(moment, self._after)

    def _moment(self, value: str, *, negated: bool) -> datetime:
        if negated:
            raise self._invalid("before: and after: cannot be negated")
        return parse_moment(value, field=self._field)

    def _invalid(self, message: str) -> Invalid:
        return Invalid(self._field, message)
