"""Checks that a server is watched: its own endpoints, the files, the tools beside it, the variables."""

from __future__ import annotations

import json
import re
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

import msgspec

from causerie.assembly.watching.asking import Answered, Unanswered, ask
from causerie.foundation.telemetry import metrics
from causerie.foundation.telemetry.reading import Reading

TOOL_SECONDS = 60.0  # promtool and amtool take a tenth of a second.
RULE_GROUPS = ("critical", "warning", "business")
HEALTH_HEADERS = ("cache-control", "x-health-status", "x-response-time", "x-request-id")
OTHERS_MAY = stat.S_IRWXG | stat.S_IRWXO
SECRET_FILES = re.compile(r"_file: (secrets/\w+)")
METRIC = re.compile(r"\bchat_server_\w+")


class Outcome(StrEnum):
    """How a check came out; a warning does not fail the whole."""

    OK = "ok"
    WARNING = "warn"
    FAILED = "FAIL"
    SKIPPED = "skip"


class Finding(msgspec.Struct, frozen=True):
    """One line: what was looked at, and what came of it."""

    outcome: Outcome
    what: str
    why: str = ""


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where everything is; what is None is not looked at."""

    server: str
    token: str | None = None
    prometheus: str | None = None
    alertmanager: str | None = None
    grafana: str | None = None
    folder: Path | None = None


def _ok(what: str, why: str = "") -> Finding:
    return Finding(Outcome.OK, what, why)


def _failed(what: str, why: str) -> Finding:
    return Finding(Outcome.FAILED, what, why)


def verify(places: Places) -> Iterator[Finding]:
    """Look at all of it, one finding after the other."""
    yield from _guarded("the server", places.server, lambda: _server(places))
    if places.folder is not None:
        yield from _folder(places.folder)
    if places.prometheus is not None:
        url = places.prometheus.rstrip("/")
        yield from _guarded("Prometheus", url, lambda: _prometheus(url, places.alertmanager))
    if places.alertmanager is not None:
        url = places.alertmanager.rstrip("/")
        yield from _guarded("Alertmanager", url, lambda: _alertmanager(url))
    if places.grafana is not None:
        url = places.grafana.rstrip("/")
        yield from _guarded("Grafana", url, lambda: _grafana(url))


def _guarded(name: str, url: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from look()
    except Unanswered as reason:
        yield _failed(f"{name} answers at {url}", str(reason))
    except (KeyError, TypeError, AttributeError):
        # JSON of another shape than the tool's: somebody else listens there.
        yield _failed(f"{name} answers at {url}", f"what answers is not {name}")


# --- the server ----------------------------------------------------------------------------------


def _server(places: Places) -> Iterator[Finding]:
    base = places.server.rstrip("/")
    alive = ask(f"{base}/health/live")
    yield _expect(alive, 200, f"{base}/health/live")
    health = ask(f"{base}/health")
    status = health.headers.get("x-health-status", "nothing")
    if health.status == 200 and status == "degraded":
        yield Finding(Outcome.WARNING, f"{base}/health", f"degraded: {_not_well(health)}")
    elif health.status != 200:
        yield _failed(f"{base}/health", f"{health.status} {status}: {_not_well(health)}")
    else:
        yield _ok(f"{base}/health", status)
    missing = [name for name in HEALTH_HEADERS if name not in health.headers]
    yield (
        _failed("headers of /health", f"without {', '.join(missing)}: does a proxy take them away?")
        if missing
        else _ok("headers of /health")
    )
    yield from _metrics(base, places.token)


def _not_well(health: Answered) -> str:
    checks = health.json().get("checks", {})
    return ", ".join(name for name, found in checks.items() if found.get("status") != "ok")


def _metrics(base: str, token: str | None) -> Iterator[Finding]:
    what = f"{base}/metrics"
    answer = ask(what, token=token)
    if answer.status in {401, 403}:
        yield _failed(what, "a token is needed from here: --token-file")
        return
    if answer.status != 200:
        yield _failed(what, f"it answers {answer.status}")
        return
    try:
        names = Reading.of(answer.body.decode()).names
    except ValueError:
        yield _failed(what, "what it shows are no metrics")
        return
    yield _ok(what, f"{len(answer.body)} bytes")
    # Of those with labels only what has happened is shown; the others are there from the start.
    plain = {m.name for m in metrics.CATALOGUE if not m.labelnames and m.kind != "histogram"}
    lacking = sorted(plain - names)
    yield (
        _failed("every metric of this version", f"lacks {', '.join(lacking[:5])}: another version?")
        if lacking
        else _ok("every metric of this version")
    )


def _expect(answer: Answered, status: int, what: str) -> Finding:
    return _ok(what) if answer.status == status else _failed(what, f"{answer.status}, not {status}")


# --- files ---------------------------------------------------------------------------------------


def _folder(folder: Path) -> Iterator[Finding]:
    prometheus = folder / "prometheus/prometheus.yml"
    alertmanager = folder / "alertmanager/alertmanager.yml"
    for config, tool, arguments in (
        (prometheus, "promtool", ["check", "config"]),
        (alertmanager, "amtool", ["check-config"]),
    ):
        if not config.is_file():
            yield _failed(str(config), "there is no such file")
            continue
        yield from _secrets(config)
        yield _by_tool(config, tool, arguments)
    for group in RULE_GROUPS:
        rules = folder / f"prometheus/rules/{group}.yml"
        yield _ok(str(rules)) if rules.is_file() else _failed(str(rules), "there is no such file")
    boards = sorted((folder / "grafana/dashboards").glob("*.json"))
    if not boards:
        yield _failed(str(folder / "grafana/dashboards"), "there is no dashboard")
    for board in boards:
        yield _board(board)


def _secrets(config: Path) -> Iterator[Finding]:
    for name in sorted(set(SECRET_FILES.findall(config.read_text(encoding="utf-8")))):
        file = config.parent / name
        if name not in _in_use(config):
            continue
        try:
            mode, text = file.stat().st_mode, file.read_text(encoding="utf-8")
        except OSError as error:
            yield _failed(str(file), error.strerror or "cannot be read")
            continue
        if not text.strip():
            yield _failed(str(file), "it is empty")
        elif mode & OTHERS_MAY & ~stat.S_IRGRP:
            yield Finding(Outcome.WARNING, str(file), f"others may read it ({mode & 0o777:o})")
        else:
            yield _ok(str(file))


def _in_use(config: Path) -> set[str]:
    lines = config.read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    return set(SECRET_FILES.findall(text))


def _by_tool(config: Path, tool: str, arguments: list[str]) -> Finding:
    found = shutil.which(tool)
    if found is None:
        return Finding(Outcome.SKIPPED, f"{tool} reads {config}", f"{tool} is not installed")
    try:
        done = subprocess.run(  # noqa: S603 - a tool by its path, on a file that the operator named
            [found, *arguments, str(config)],
            capture_output=True,
            text=True,
            timeout=TOOL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return _failed(f"{tool} reads {config}", str(error))
    if done.returncode == 0:
        return _ok(f"{tool} reads {config}")
    lines = [line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()]
    telling = [line for line in lines if "FAILED" in line or "error" in line]
    return _failed(f"{tool} reads {config}", next(iter(telling or lines), "it does not say why"))


def _board(board: Path) -> Finding:
    try:
        text = json.dumps(json.loads(board.read_text(encoding="utf-8")))
    except ValueError as error:
        return _failed(str(board), f"no JSON: {error}")
    known = {metric.name for metric in metrics.CATALOGUE}
    named = {re.sub(r"_(?:bucket|sum|count)$", "", name) for name in METRIC.findall(text)}
    strangers = sorted(named - known)
    if strangers:
        return _failed(str(board), f"names {', '.join(strangers[:3])}, which this version lacks")
    return _ok(str(board))


# --- tools beside it -----------------------------------------------------------------------------


def _prometheus(url: str, alertmanager: str | None) -> Iterator[Finding]:
    yield _expect(ask(f"{url}/-/ready"), 200, f"{url}/-/ready")
    targets = ask(f"{url}/api/v1/targets?state=active").json()["data"]["activeTargets"]
    ours = [target for target in targets if target["labels"].get("job") == "causerie"]
    if not ours:
        yield _failed("Prometheus scrapes causerie", "it has no target of job causerie")
    for target in ours:
        what = f"Prometheus scrapes {target['scrapeUrl']}"
        yield (
            _ok(what)
            if target["health"] == "up"
            else _failed(what, target["lastError"] or target["health"])
        )
    groups = {g["name"]: g for g in ask(f"{url}/api/v1/rules").json()["data"]["groups"]}
    for name in ("recording", "objective", "usual", *RULE_GROUPS):
        yield _group(name, groups.get(name, {}).get("rules"))
    query = quote('chat_server_uptime_seconds{job="causerie"}')
    found = ask(f"{url}/api/v1/query?query={query}").json()["data"]["result"]
    yield (
        _ok("Prometheus has figures")
        if found
        else _failed("Prometheus has figures", "none of job causerie in the last minutes")
    )
    if alertmanager is not None:
        active = ask(f"{url}/api/v1/alertmanagers").json()["data"]["activeAlertmanagers"]
        yield (
            _ok("Prometheus tells Alertmanager")
            if active
            else _failed(
                "Prometheus tells Alertmanager", "it knows of none (alerting.alertmanagers)"
            )
        )


def _group(name: str, rules: list[dict[str, str]] | None) -> Finding:
    what = f"rules of group {name}"
    if not rules:
        return _failed(what, "Prometheus has not loaded them (rule_files)")
    ill = [rule["name"] for rule in rules if rule["health"] == "err"]
    return _failed(what, f"{', '.join(ill)} fail") if ill else _ok(what, f"{len(rules)}")


def _alertmanager(url: str) -> Iterator[Finding]:
    yield _expect(ask(f"{url}/-/ready"), 200, f"{url}/-/ready")
    receivers = {found["name"] for found in ask(f"{url}/api/v2/receivers").json()}
    yield _ok("Alertmanager has receivers", ", ".join(sorted(receivers)))


def _grafana(url: str) -> Iterator[Finding]:
    health = ask(f"{url}/api/health")
    is_well = health.status == 200 and health.json().get("database") == "ok"
    yield _ok(f"{url}/api/health") if is_well else _failed(f"{url}/api/health", "it is not well")
