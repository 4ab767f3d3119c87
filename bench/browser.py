"""From one person's Enter to the other's screen: ``python -m bench.browser`` (the page must be built).

A server and a Chromium on this machine. Both pages have one clock, so the time is taken where the key
is pressed and where the other page has drawn what it got.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

from bench import servers
from bench.machine import ALL_CORES

WEB = Path(__file__).parents[1] / "web"
BAR_MILLISECONDS = 50.0  # docs/web.md
MAX_SECONDS = 600


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=500)
    arguments = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("Chromium is not installed (Debian: chromium)")
    # Nothing is pinned, as on a machine of a user's: two pages and what draws them want both cores, too.
    with servers.causerie(users=1, core=ALL_CORES) as server:
        done = subprocess.run(
            [
                str(servers.NODE),
                "scripts/latency.mjs",
                server.url.replace("ws:", "http:", 1),
                chromium,
                str(arguments.messages),
            ],
            cwd=WEB,
            stdout=subprocess.PIPE,
            text=True,
            timeout=MAX_SECONDS,
            check=True,
        )
    figures = json.loads(done.stdout)
    print(
        f"Enter to the other's screen, {figures['count']} messages: "
        f"p50 {figures['p50']:.1f} ms, p99 {figures['p99']:.1f} ms, most {figures['max']:.1f} ms "
        f"(bar: p99 {BAR_MILLISECONDS:.0f} ms)"
    )
    for name, part in figures["parts"].items():
        print(f"  {name}: p50 {part['p50']:.1f} ms, p99 {part['p99']:.1f} ms")
    sys.exit(int(figures["p99"] > BAR_MILLISECONDS))


if __name__ == "__main__":
    main()
