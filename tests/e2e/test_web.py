"""The web page, in a real Chromium: ``web/browser`` by Playwright, on one server and one browser."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from causerie.gateway.http.site import SITE_FOLDER
from tests.ports import free_port
from tests.processes import ROOT, Causerie, a_causerie

WEB = ROOT / "web"
BIN = Path(sys.executable).parent
BUILD_SECONDS = 300
MAX_FIRST_LOAD_BYTES = 100_000  # gzipped: all that one needs to sign in and talk
BROWSER_SECONDS = 420  # Some 60 by themselves; other files of the suite run beside it.


def out_of_reach(what: str) -> None:
    """Skip for something that is not installed; where it must be, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="module")
def provider_port() -> int:
    """Where web/browser/provider.ts will stand."""
    return free_port()


@pytest.fixture(scope="module")
def server(provider_port: int) -> Iterator[Causerie]:
    built = subprocess.run(
        ["make", "--no-print-directory", "web"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    if built.returncode != 0:
        out_of_reach(f"the web page cannot be built: {built.stderr[-500:]}")
    # Ahead, as the login provider sends people back to this address.
    port = free_port()
    with a_causerie(
        server__bind_addr=f"127.0.0.1:{port}",
        oidc__issuer=f"http://127.0.0.1:{provider_port}",
        oidc__client_id="chat",
        oidc__redirect_uri=f"http://127.0.0.1:{port}/oidc",
    ) as started:
        yield started


def node(program: str, *given: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script, or a program of npm's packages, in ``web/``; npx itself takes a second."""
    return subprocess.run(
        [str(BIN / "node"), program, *given],
        cwd=WEB,
        env={
            **os.environ,
            **environment,
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "FORCE_COLOR": "0",
        },
        capture_output=True,
        text=True,
        timeout=BROWSER_SECONDS,
        check=False,
    )


def test_the_first_load_is_small(server: Causerie) -> None:
    chunks = json.loads((SITE_FOLDER / "manifest.json").read_text())
    # The second by who reads French; the door looks whether there is a provider to sign in with.
    needed = {"index.html", "src/i18n/fr.ts", "src/views/Provider.tsx"}
    for name in tuple(needed):
        needed.update(chunks[name].get("imports", ()))
    files = {"index.html", "favicon.svg"}
    for name in needed:
        files.update([chunks[name]["file"], *chunks[name].get("css", ())])

    sizes = {name: (SITE_FOLDER / f"{name}.gz").stat().st_size for name in files}
    assert sum(sizes.values()) <= MAX_FIRST_LOAD_BYTES, sizes


def test_nothing_of_the_page_names_another_place(server: Causerie) -> None:
    # The addresses in it are names of XML vocabularies, which nobody asks.
    names = re.compile(r"https?://(?!www\.w3\.org/)[\w.]+")
    for path in SITE_FOLDER.rglob("*"):
        if path.suffix in {".html", ".js", ".css", ".svg", ".webmanifest"}:
            assert names.findall(path.read_text()) == [], path


def in_browsers(
    server: Causerie, provider_port: int, *which: str
) -> subprocess.CompletedProcess[str]:
    """Run the tests of ``web/browser``, or those that Playwright's arguments choose."""
    chromium = shutil.which("chromium")
    if chromium is None:
        out_of_reach("Chromium is not installed (Debian: chromium)")
    return node(
        "node_modules/.bin/playwright",
        "test",
        *which,
        CAUSERIE_URL=server.url,
        CAUSERIE_PROVIDER_PORT=str(provider_port),
        CHROMIUM=str(chromium),
    )


@pytest.mark.timeout(BUILD_SECONDS + BROWSER_SECONDS)
def test_two_people_in_browsers_find_each_other_and_talk(
    server: Causerie, provider_port: int
) -> None:
    done = in_browsers(server, provider_port, "talk.spec.ts", "--grep", "find each other in a room")

    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    assert "1 passed" in done.stdout


@pytest.mark.long
@pytest.mark.timeout(BUILD_SECONDS + BROWSER_SECONDS)
def test_people_in_browsers_talk(server: Causerie, provider_port: int) -> None:
    done = in_browsers(server, provider_port)

    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]


@pytest.mark.long
def test_the_page_still_fits_the_api(server: Causerie, tmp_path: Path) -> None:
    # Not that its types are those of today, which each new field of a colleague would break: that
    # it can live with them.
    for name in ("src", "tsconfig.json", "vite.config.ts", "package.json"):
        source = WEB / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tmp_path / name)
    (tmp_path / "node_modules").symlink_to(WEB / "node_modules")
    made = node("scripts/types.mjs", server.url, str(tmp_path / "src/api/schema.d.ts"))
    checked = node(
        "node_modules/.bin/tsc", "--noEmit", "--project", str(tmp_path / "tsconfig.json")
    )

    assert made.returncode == 0, made.stderr
    assert checked.returncode == 0, checked.stdout
