"""Pictures of the web page with people in it: ``python -m bench.screenshots`` (the page must be built).

Writes ``docs/page.png``, which the README shows. With a folder, one picture of each view goes there,
light and dark, on a desk and on a phone: to be looked at before a release.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from bench import child, product, servers

ROOT = Path(__file__).parents[1]
MAX_SECONDS = 600


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="for one picture of each view")
    folder: Path | None = parser.parse_args().folder
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("Chromium is not installed (Debian: chromium)")
    into = folder or ROOT / "docs"
    into.mkdir(parents=True, exist_ok=True)
    # No accounts of the bench's: the first person of the pictures is to be the server's admin, whom
    # the moderators' views let in.
    with child.folder() as data:
        where = product.place(data / "data")
        with product.serving(where, log=data / "log"):
            take(where.url.replace("ws:", "http:", 1), chromium, into, is_every=folder is not None)


def take(url: str, chromium: str, into: Path, *, is_every: bool) -> None:
    """Fill the server with people, and take the README's picture of it, or one of every view."""
    subprocess.run(
        [
            str(servers.NODE),
            "scripts/screenshots.mjs",
            url,
            chromium,
            str(into.resolve()),
            *(["all"] if is_every else []),
        ],
        cwd=ROOT / "web",
        timeout=MAX_SECONDS,
        check=True,
    )


if __name__ == "__main__":
    main()
