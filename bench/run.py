"""``make bench``: every figure that exists by now, with its peers, on one core in one run.

python -m bench --list
python -m bench --only fanout100 --only durable --seconds 5 --rounds 3
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rich.console import Console

from bench import cluster, disk, files, rows, scrapes, servers, steps
from bench.child import Failed
from bench.machine import describe, require_two_cores
from bench.results import Figure, Results, as_json, save, show
from bench.rows import Bench

SECONDS = 8.0
QUICK_SECONDS = 3.0
ROWS: dict[str, Callable[[Bench], list[Figure]]] = {
    "fanout100": partial(rows.fanout, members=100),
    "fanout1000": partial(rows.fanout, members=1_000),
    "durable": rows.durable,
    "connections": rows.connections,
    "deliveries": rows.deliveries,
    "lone": rows.lone,
    "disk": disk.synced,
    "http": steps.http,
    "steps": steps.single_steps,
    "metrics": scrapes.metrics,
    "files": files.large_files,
    "across": cluster.across,
    "workers": cluster.workers,
    "http2": cluster.http_of_two,
    "limits_redis": cluster.limits_redis,
    "redis_ops": cluster.redis_operations,
    "stopped": cluster.stopped,
    "storm": cluster.presence_storm,
}


def main() -> None:
    """Measure, print, keep. Ends with 1 where a bar does not hold or a row could not be run."""
    options = _read_options()
    if options.list:
        print("\n".join(ROWS))
        return
    require_two_cores()
    bench = Bench(
        seconds=options.seconds or (QUICK_SECONDS if options.quick else SECONDS),
        rounds=options.rounds,
        without_peers=options.without_peers,
        without_us=options.without_us,
    )
    console = Console(stderr=False, width=None if sys.stdout.isatty() else 160)
    chosen = options.only or list(ROWS)
    figures, failed = _measure(bench, chosen)
    show(figures, console)
    results = Results(describe(servers.versions()), figures)
    if options.json is not None:
        options.json.write_bytes(as_json(results))
    if not options.only and not (bench.without_peers or bench.without_us):
        save(results)
    if failed or any(figure.holds is False for figure in figures):
        raise SystemExit(1)


def _measure(bench: Bench, chosen: list[str]) -> tuple[list[Figure], bool]:
    figures: list[Figure] = []
    failed = False
    for name in chosen:
        print(name, file=sys.stderr)
        try:
            figures += ROWS[name](bench)
        except Failed as error:
            print(f"{name}: {error}", file=sys.stderr)
            failed = True
        except Exception:  # A fault of one row must not cost the figures of the others
            traceback.print_exc()
            failed = True
    return figures, failed


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--list", action="store_true", help="name the rows")
    parser.add_argument("--only", action="append", choices=ROWS, help="this row; may be repeated")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_SECONDS:g} s a measurement")
    parser.add_argument("--seconds", type=float, default=0.0, help="measured per server and round")
    parser.add_argument("--rounds", type=int, default=1, help="servers in turn; medians are shown")
    parser.add_argument("--json", type=Path, help="write everything behind the table here")
    parser.add_argument("--without-peers", action="store_true", help="only Causerie")
    parser.add_argument("--without-us", action="store_true", help="only the others")
    return parser.parse_args()


if __name__ == "__main__":
    main()
