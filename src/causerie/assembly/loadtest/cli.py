"""``causerie loadtest``: the command line of the load generator."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from causerie.assembly.loadtest.plan import NotYours, Plan, require_own_target

CANNOT_RUN = 2
FOUND_FAULTS = 1


def loadtest(  # noqa: PLR0913, PLR0917 - typer makes each an option with a name
    url: Annotated[str, typer.Option(help="The server, ws:// or wss://.")] = "ws://127.0.0.1:8080",
    users: Annotated[int, typer.Option(min=1, help="Users, each with a socket of its own.")] = 10,
    rooms_of: Annotated[int, typer.Option(min=1, help="Users in each room.")] = 10,
    rate: Annotated[
        float, typer.Option(min=0, help="Messages/s in all; 0: as fast as the server acknowledges.")
    ] = 5,
    in_flight: Annotated[
        int, typer.Option(min=1, help="Unacknowledged messages per room, where there is no rate.")
    ] = 16,
    senders: Annotated[
        int, typer.Option(min=0, help="Users who send, per room; 0: one per message in flight.")
    ] = 0,
    duration: Annotated[float, typer.Option(min=0, help="Seconds measured; 0: connect only.")] = 10,
    warmup: Annotated[float, typer.Option(min=0, help="Seconds of load before that.")] = 2,
    settle: Annotated[
        float, typer.Option(min=0, help="Seconds of rest before memory is weighed.")
    ] = 2,
    size: Annotated[int, typer.Option(min=21, max=4000, help="Characters of a message.")] = 100,
    accounts: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="Lines username,password (or JSON); else we register."
        ),
    ] = None,
    token_secret: Annotated[
        str | None,
        typer.Option(
            envvar="CAUSERIE_LOADTEST_TOKEN_SECRET",
            help="The server's security.jwt_secret: sign the accounts' tokens, log in only one.",
        ),
    ] = None,
    server_pid: Annotated[
        list[int] | None, typer.Option(help="The server's process, to weigh it; may be repeated.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures here.")
    ] = None,
    i_own_this_target: Annotated[  # noqa: FBT002 - a flag of the command line
        bool, typer.Option("--i-own-this-target", help="Needed for a server on another machine.")
    ] = False,
) -> None:
    """Put a server of yours under load; count what arrives.

    The defaults stay within a new server's limits: ten accounts, half a message/s each.
    To go further switch the limits off on the server for the time of the test:
    CHAT_SERVER__LIMITS__MAX_MESSAGES_PER_MINUTE=0, MAX_CONNECTIONS_PER_IP=0, AUTH_ATTEMPTS_PER_MINUTE=0.
    Ends with 1 where anything was lost, repeated, out of order, refused or closed.
    """
    from rich.console import Console

    try:
        require_own_target(url, is_mine=i_own_this_target)
        _require_usable(server_pid or (), json_file)
    except (NotYours, OSError, ValueError) as error:
        Console(stderr=True).print(str(error), style="red", highlight=False)
        raise typer.Exit(CANNOT_RUN) from error
    plan = Plan(
        users=users,
        rooms_of=rooms_of,
        rate=rate,
        in_flight=in_flight,
        senders=senders,
        duration_seconds=duration,
        warmup_seconds=warmup,
        settle_seconds=settle,
        size=size,
        server_pids=tuple(server_pid or ()),
    )
    _run(url, plan, accounts_file=accounts, secret=token_secret, json_file=json_file)


def _require_usable(server_pids: Iterable[int], json_file: Path | None) -> None:
    """Find out before the load what would be missed after it. Raises ``OSError``, ``ValueError``."""
    for pid in server_pids:
        if not Path(f"/proc/{pid}").is_dir():
            raise ValueError(f"there is no process {pid} to weigh (--server-pid)")
    if json_file is not None:
        json_file.touch()


def _run(
    url: str, plan: Plan, *, accounts_file: Path | None, secret: str | None, json_file: Path | None
) -> None:
    # Late, so that `causerie --help` stays quick.
    import uvloop
    from picows import WSError
    from rich.console import Console

    from causerie.assembly.loadtest.api import Unprepared
    from causerie.assembly.loadtest.report import as_table
    from causerie.assembly.loadtest.run import LoadTest
    from causerie.assembly.loadtest.scene import prepare
    from causerie.assembly.loadtest.wire import V2

    console = Console(stderr=True, highlight=False)

    def progress(line: str) -> None:
        console.print(line, style="dim")

    try:
        scene = prepare(url, plan, progress, accounts_file=accounts_file, secret=secret)
        report = uvloop.run(LoadTest(plan, scene, V2(), progress).run())
    except (Unprepared, OSError, WSError) as error:
        console.print(f"The load test of {url} could not run: {error}", style="red")
        raise typer.Exit(CANNOT_RUN) from error
    Console().print(as_table(report))
    if json_file is not None:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
    if not report.faultless:
        raise typer.Exit(FOUND_FAULTS)
