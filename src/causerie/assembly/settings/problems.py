"""What is wrong with a configuration, all of it at once, with secrets masked."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from typing_extensions import override

from causerie.assembly.settings.kinds import Raw
from causerie.assembly.settings.model import Key

MASK = "********"

# To the last @: a password that should have been encoded, and holds a slash, is one all the same.
_CREDENTIALS = re.compile(r"(?<=://).+@")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: which key, what it was set to and where, and what is allowed."""

    key: str
    text: str
    value: str | None = None
    source: str | None = None

    @override
    def __str__(self) -> str:
        shown = "" if self.value is None else f" = {self.value}"
        source = "" if self.source is None else f"   ({self.source})"
        return f"  {self.key}{shown}{source}\n      {self.text}"


class ConfigurationError(Exception):
    """The configuration is wrong. ``str()`` is what the operator should read, whole."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        count = f"{len(problems)} problem" + ("s" if len(problems) != 1 else "")
        super().__init__("\n".join([f"The configuration has {count}:", *map(str, problems)]))
        self.problems = tuple(problems)


def shown(key: Key, raw: Raw) -> str:
    """Write a value as TOML; of a secret only that there is one, and where an address points."""
    if key.secret and raw != "":
        if isinstance(raw, str) and "://" in raw and key.section in {"database", "cache"}:
            return json.dumps(_without_parameters(_CREDENTIALS.sub(f"{MASK}@", raw)))
        return json.dumps(MASK)
    return json.dumps(raw, ensure_ascii=False)


def _without_parameters(address: str) -> str:
    # libpq also takes ?password=...; nothing after the question mark is worth the risk.
    return address.split("?", 1)[0] + (f"?{MASK}" if "?" in address else "")
