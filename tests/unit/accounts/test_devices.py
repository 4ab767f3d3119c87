"""What a client says it is, in words."""

from __future__ import annotations

import pytest

from causerie.accounts.model import name_of_device

SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Firefox/140.0", "Firefox on Windows"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {CHROME}", "Chrome on macOS"),
        (f"Mozilla/5.0 (Windows NT 10.0) {CHROME} Edg/140.0.0.0", "Edge on Windows"),
        (f"Mozilla/5.0 (Linux; Android 15; Pixel 9) {CHROME}", "Chrome on Android"),
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) {SAFARI}", "Safari on iPhone"),
        ("curl/8.5.0", "curl"),
        ("causerie command line", "causerie"),
        ("", "Unknown device"),
        ("\x7f<script>", "Unknown device"),
        ("é" * 256, "Unknown device"),
    ],
)
def test_a_device_is_named_by_what_it_says_of_itself(user_agent: str, name: str) -> None:
    assert name_of_device("", user_agent) == name
    assert name_of_device(" ", user_agent) == name


def test_a_name_that_was_given_stands() -> None:
    assert name_of_device("Kitchen tablet", "curl/8.5.0") == "Kitchen tablet"
