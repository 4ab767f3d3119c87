"""What is shown of a message, and how quiet hours are written."""

from __future__ import annotations

from datetime import time

import pytest

from causerie.foundation.errors import Invalid
from causerie.notifications.model import MAX_PREVIEW_CHARS, preview, read_time


def test_a_preview_is_one_line_and_short() -> None:
    assert preview("a\n\n  b\tc ") == "a b c"
    assert len(preview("x" * 4000)) == MAX_PREVIEW_CHARS


def test_times_are_read() -> None:
    assert read_time("22:30", field="f") == time(22, 30)
    assert read_time("00:00", field="f") == time(0)
    assert read_time(None, field="f") is None


@pytest.mark.parametrize(
    "text", ["", "24:00", "7:00", "07:60", "0700", "07:00:00", "¹²:00", "-1:00"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_time(text, field="f")
