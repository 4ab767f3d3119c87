"""What each known key may be."""

from __future__ import annotations

import pytest

from causerie.foundation.errors import Invalid, NotFound
from causerie.receipts.model.preferences import (
    KNOWN,
    Preference,
    completed,
    default_of,
    require_value,
)


@pytest.mark.parametrize("key", KNOWN)
def test_each_default_is_allowed(key: str) -> None:
    assert require_value(key, KNOWN[key].default) == default_of(key).value


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("read_receipts", "true"),
        ("theme", True),
        ("theme", "DARK"),
        ("time_zone", "../etc/passwd"),
        ("time_zone", "A" * 65),
        ("time_zone", "Europe/Paris\n"),
        ("language", ""),
    ],
)
def test_what_a_key_cannot_be_is_refused(key: str, value: bool | str) -> None:
    with pytest.raises(Invalid):
        require_value(key, value)


def test_a_key_that_is_not_known_is_not_found() -> None:
    with pytest.raises(NotFound):
        require_value("colour", "red")


def test_all_keys_are_there_and_what_a_newer_version_set_is_not() -> None:
    dark = Preference("theme", "dark")

    shown = completed({"theme": dark, "hologram": Preference("hologram", value=True)})

    assert [one.key for one in shown] == list(KNOWN)
    assert dark in shown
