"""SQL by name: the statements of one ``queries.sql``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import resources

from typing_extensions import override

OTHER = "other"  # Statements that stand in no file: those of the driver, and utility commands.
_GROUPS: dict[str, str] = {}

_HEADER = re.compile(r"^-- name: *(\S+) *$", re.MULTILINE)


class Queries(Mapping[str, str]):
    """The statements of one file, each under a header line ``-- name: advance_conversations``."""

    def __init__(self, text: str, *, origin: str) -> None:
        self._origin = origin
        _, *parts = _HEADER.split(text)
        names = parts[::2]
        if len(set(names)) != len(names):
            twice = sorted({name for name in names if names.count(name) > 1})
            raise ValueError(f"{origin} names more than one statement {', '.join(twice)}")
        self._statements = {
            name: statement.strip().removesuffix(";")
            for name, statement in zip(names, parts[1::2], strict=True)
        }
        empty = sorted(name for name, statement in self._statements.items() if not statement)
        if empty:
            raise ValueError(f"{origin} has no statement under {', '.join(empty)}")

    @classmethod
    def load(cls, package: str, name: str = "queries.sql") -> Queries:
        """Read the file of a package: ``Queries.load("causerie.accounts")``."""
        text = resources.files(package).joinpath(name).read_text(encoding="utf-8")
        queries = cls(text, origin=f"{package}/{name}")
        _GROUPS.update(dict.fromkeys(queries.values(), package.rpartition(".")[2]))
        return queries

    @override
    def __getitem__(self, name: str) -> str:
        try:
            return self._statements[name]
        except KeyError:
            raise KeyError(f"{self._origin} has no statement named {name}") from None

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._statements)

    @override
    def __len__(self) -> int:
        return len(self._statements)


def group_of(statement: str) -> str:
    """The part of the server whose statement this is (``accounts``), or ``OTHER``."""
    return _GROUPS.get(statement, OTHER)
