"""``causerie keys`` beside a running server."""

from __future__ import annotations

import re

from tests.e2e.outside import call
from tests.processes import Causerie


def test_an_operator_rotates_the_keys_beside_a_running_server(causerie: Causerie) -> None:
    # One command, as each takes seconds: it shows what `keys list` shows.
    new, old = causerie.run("keys", "rotate").splitlines()

    assert re.match(r"\S{16} +ES256 +next +signs from 20\d\d-\d\d-\d\d \d\d:\d\d:\d\dZ$", new)
    assert " signing " in old
    published = call(causerie, "GET", "/.well-known/jwks.json").body["keys"]
    assert old.split()[0] in {key["kid"] for key in published}
