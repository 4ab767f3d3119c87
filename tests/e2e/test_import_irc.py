"""``causerie import irc`` beside a running server: its readers are told, in order, of all of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients import Http, opened, register
from tests.processes import Causerie, a_causerie

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def server() -> Iterator[Causerie]:
    with a_causerie() as running:
        yield running


async def test_a_reader_hears_what_was_brought_in_before_the_next_message(
    server: Causerie, tmp_path: Path
) -> None:
    log = tmp_path / "talk.txt"
    log.write_text("[03:00] <ada> hello\n[03:01] <bob> hello ada\n")
    alone = server.run("import", "irc", str(log))
    eve = await register(server, "eve")
    http = Http(server, eve["access_token"])
    async with http.session, opened(server, eve["access_token"]) as reader:
        room = (await reader.call("join", name="talk"))["id"]
        log.write_text(
            log.read_text() + "[03:02] <carl> hello both, @eve @room\n[03:03] <ada> hi\n"
        )
        beside = server.run("import", "irc", str(log))
        before = reader.seqs(room)
        await reader.send(room, "what did I miss?")
        await reader.until(room, 5)
        page = await http.call("GET", f"/api/v2/conversations/{room}/messages?after=0")

        assert alone == "talk: 2 lines (2 new) of 2 people\n"
        assert beside == "talk: 4 lines (2 new) of 3 people\n"
        assert before == []
        assert reader.seen[room] == page["items"][2:]
        assert [message["content"] for message in page["items"]] == [
            "hello",
            "hello ada",
            "hello both, @eve @room",
            "hi",
            "what did I miss?",
        ]
        assert [message["mentions"] for message in page["items"]] == [[]] * 5
        joined = [event["user"]["username"] for event in reader.of_kind("member_joined")]
        assert "carl" in joined


def test_a_file_that_is_no_text_is_an_error_in_one_line(server: Causerie, tmp_path: Path) -> None:
    log = tmp_path / "latin.txt"
    log.write_bytes(b"[03:00] <ada> d\xe9j\xe0 vu\n")
    done = subprocess.run(
        [sys.executable, "-m", "causerie", "import", "irc", str(log)],
        cwd=server.folder,
        env=server.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert "latin.txt: Must be UTF-8" in done.stderr
    assert "Traceback" not in done.stderr
