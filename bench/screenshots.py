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

from bench import servers

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
    with servers.causerie(users=1) as server:
        subprocess.run(
            [
                str(servers.NODE),
                "scripts/screenshots.mjs",
                server.url.replace("ws:", "http:", 1),
                chromium,
                str(into.resolve()),
                *([] if folder is None else ["all"]),
            ],
            cwd=ROOT / "web",
            timeout=MAX_SECONDS,
            check=True,
        )


if __name__ == "__main__":
    main()
