"""Hours of a support channel, as they were said: 20 files beside the checkout."""

from __future__ import annotations

from causerie.assembly.importing import Line, read_irc, room_name_of
from tests.processes import ROOT

LOGS = ROOT.parent / "shared" / "data" / "irc"


def conversations() -> dict[str, list[Line]]:
    """What was said, by the rooms' names; nothing where the files are not."""
    return {
        room_name_of(path): list(read_irc(path.read_bytes().decode().split("\n")))
        for path in sorted(LOGS.glob("*.txt"))
    }
