"""How a setting is declared: its kind, its default as a file has it, and what it means."""

from __future__ import annotations

from dataclasses import field
from typing import Any, TypeVar

from causerie.assembly.settings.kinds import Kind, Raw

T = TypeVar("T")


def setting(kind: Kind[T], default: Raw, doc: str, *, secret: bool = False) -> T:
    """Declare a setting; the default is written as in a TOML file.

    A secret does not show where its section is printed, in a debugger or a traceback.
    """
    declared: Any = field(  # Any: what dataclasses.field returns stands for the field's value
        default=kind.parse(default),
        repr=not secret,
        metadata={"kind": kind, "default": default, "doc": doc, "secret": secret},
    )
    return declared  # type: ignore[no-any-return]  # as above
