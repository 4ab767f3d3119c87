"""Several nodes of Causerie, and the Valkey between them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bench import child, product
from bench.machine import SERVER_CORE
from bench.peers import postgres
from bench.servers import Target, import_accounts
from causerie.foundation.processes import find_valkey

CONNECTIONS = 60  # Of two pools of 20, and of each node's own beside them.


@contextmanager
def two_nodes(users: int, cache: str) -> Iterator[tuple[Target, Target]]:
    """Two servers on one PostgreSQL and one Redis, all on the servers' core."""
    with child.folder() as folder, ExitStack() as stack:
        address = folder / postgres.ADDRESS_FILE
        database = stack.enter_context(
            child.running(
                child.python("bench.peers.postgres", folder, str(CONNECTIONS)),
                core=SERVER_CORE,
                log=folder / "postgres.log",
                is_ready=address.exists,
            )
        )
        common = {
            "CHAT_SERVER__DATABASE__URL": address.read_text(),
            "CHAT_SERVER__CACHE__URL": cache,
            "CHAT_SERVER__SECURITY__JWT_SECRET": secrets.token_hex(product.SECRET_BYTES),
            "CHAT_SERVER__SECURITY__MASTER_KEY": secrets.token_hex(product.SECRET_BYTES),
        }
        places = [product.place(folder / name, common) for name in ("a", "b")]
        accounts = str(import_accounts(folder, users, places[0]))
        one, other = (
            Target(
                "causerie",
                where.url,
                (
                    stack.enter_context(product.serving(where, log=folder / f"{where.port}.log")),
                    database,
                ),
                accounts,
                common["CHAT_SERVER__SECURITY__JWT_SECRET"],
            )
            for where in places
        )
        yield one, other


@contextmanager
def valkey(*, core: int = SERVER_CORE) -> Iterator[tuple[str, int]]:
    """A Valkey that keeps nothing on the disk; gives what ``cache.url`` takes, and its pid."""
    with child.folder() as folder:
        port = child.free_port()
        options = {"bind": "127.0.0.1", "port": str(port), "dir": str(folder), "save": ""}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        with child.running(
            [find_valkey(), *words],
            core=core,
            log=folder / "valkey.log",
            is_ready=child.listens(port),
        ) as pid:
            yield f"redis://127.0.0.1:{port}", pid
