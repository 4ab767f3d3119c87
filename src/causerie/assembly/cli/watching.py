"""``causerie top`` and ``causerie verify-monitoring``: running servers, looked at from outside."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from causerie.assembly.cli.failures import FAILED, WRONG_USAGE, ConfigDir, fail, load_or_fail

if TYPE_CHECKING:  # help must come fast
    from causerie.assembly.settings import Settings
    from causerie.assembly.watching.figures import Cluster

FIRST_LOOK_SECONDS = 1.0  # What --once measures rates over.

TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token-file", exists=True, dir_okay=False, help="Holds an API key or an access token."
    ),
]


def top(
    urls: Annotated[
        list[str] | None, typer.Argument(help="Servers' addresses. [the one of this configuration]")
    ] = None,
    interval: Annotated[float, typer.Option(min=0.2, help="Seconds between looks.")] = 2.0,
    once: Annotated[
        bool, typer.Option("--once", help="Look once, over a second, and leave.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="A line of JSON for each look.")] = False,
    token_file: TokenFile = None,
    config: ConfigDir = None,
) -> None:
    """Show what servers do, anew every other second.

    Connections, deliveries, delays, lag, workers, Redis, database.

    With --once, status 1 says that one of them did not answer.
    """
    from causerie.assembly.watching.top import Watch

    addresses = urls or [own_address(load_or_fail(config).settings)]
    try:
        watch = Watch(addresses, token=_token(token_file))
    except ValueError as error:
        fail(str(error), status=WRONG_USAGE)
    watch.look()
    if not once and not as_json and sys.stdout.isatty() and sys.stdin.isatty():
        from causerie.assembly.watching.screen import show_live

        time.sleep(min(interval, FIRST_LOOK_SECONDS))
        try:
            show_live(watch.look, interval_seconds=interval)
        except KeyboardInterrupt:
            return
        return
    try:
        while True:
            time.sleep(FIRST_LOOK_SECONDS if once else interval)
            is_whole = _print_look(watch.look(), as_json=as_json)
            if once:
                raise typer.Exit(0 if is_whole else FAILED)
    except KeyboardInterrupt:
        return


def own_address(settings: Settings) -> str:
    """Where the server of this configuration is reached from this machine."""
    address = settings.server.bind_addr
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address.host, address.host)  # noqa: S104 - compared with
    scheme = "http" if settings.server.tls_cert is None else "https"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{address.port}"


def _print_look(cluster: Cluster, *, as_json: bool) -> bool:
    if as_json:
        import msgspec

        typer.echo(msgspec.json.encode(cluster).decode())
    else:
        from rich.console import Console

        from causerie.assembly.watching.screen import drawn

        console = Console()
        console.print(drawn(cluster, width=console.width))
    return cluster.is_whole


def _token(file: Path | None) -> str | None:
    if file is None:
        return None
    token = file.read_text(encoding="utf-8").strip()
    if not token:
        fail(f"{file} is empty", status=WRONG_USAGE)
    return token


def verify_monitoring(  # noqa: PLR0917 - typer makes each an option with a name
    url: Annotated[
        str | None, typer.Option("--url", help="The server. [the one of this configuration]")
    ] = None,
    prometheus: Annotated[str | None, typer.Option(help="Prometheus' address.")] = None,
    alertmanager: Annotated[str | None, typer.Option(help="Alertmanager's address.")] = None,
    grafana: Annotated[str | None, typer.Option(help="Grafana's address.")] = None,
    files: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help="Where deploy/monitoring was copied to; it is checked.",
        ),
    ] = None,
    token_file: TokenFile = None,
    config: ConfigDir = None,
) -> None:
    """Check that a server is watched. Endpoints, files, variables; status 1: something is not right."""
    from causerie.assembly.watching.variables import look_at_variables
    from causerie.assembly.watching.verifying import Outcome, Places, verify

    settings = load_or_fail(config).settings
    places = Places(
        server=url or own_address(settings),
        token=_token(token_file),
        prometheus=prometheus,
        alertmanager=alertmanager,
        grafana=grafana,
        folder=files,
    )
    counts = dict.fromkeys(Outcome, 0)
    for finding in (*look_at_variables(settings), *verify(places)):
        counts[finding.outcome] += 1
        why = f": {finding.why}" if finding.why else ""
        typer.echo(f"{finding.outcome:<5}{finding.what}{why}")
    told = ", ".join(f"{count} {outcome.lower()}" for outcome, count in counts.items() if count)
    typer.echo(told)
    if counts[Outcome.FAILED]:
        raise typer.Exit(FAILED)
