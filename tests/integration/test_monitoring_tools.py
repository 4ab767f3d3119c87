"""Prometheus' and Alertmanager's own tools find nothing wrong with deploy/monitoring."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy/monitoring"
MISSING = [tool for tool in ("promtool", "amtool") if shutil.which(tool) is None]
pytestmark = [
    pytest.mark.long,
    # On a user's machine these tests are skipped; a CI service has what .ci/run installed.
    pytest.mark.skipif(
        bool(MISSING) and os.environ.get("CI") != "true",
        reason=f"{', '.join(MISSING)}: of Debian's prometheus and prometheus-alertmanager",
    ),
]
TOOL_SECONDS = 180
# As long as two scrapes, four times: what Grafana makes of it at 15 s.
GRAFANA = {"$__rate_interval": "1m", "$__interval": "1m", "$instance": ".*"}


def run(*command: str | Path) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        timeout=TOOL_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A copy with secrets in their places, as an operator has it."""
    copy = tmp_path / "monitoring"
    shutil.copytree(FOLDER, copy)
    for config in (copy / "prometheus/prometheus.yml", copy / "alertmanager/alertmanager.yml"):
        for name in re.findall(r"_file: (secrets/\w+)", config.read_text()):
            (config.parent / name).write_text("x\n")
    return copy


def test_prometheus_can_be_started_with_it(files: Path) -> None:
    said = run("promtool", "check", "config", files / "prometheus/prometheus.yml")

    assert said.count("SUCCESS") >= 5
    assert "FAILED" not in said


def test_the_example_of_remote_write_works_as_it_stands(files: Path) -> None:
    config = files / "prometheus/prometheus.yml"
    before, example, after = re.split(r"# (?:begin|end) remote_write\n", config.read_text())
    config.write_text(before + re.sub(r"^# ", "", example, flags=re.MULTILINE) + after)

    assert "remote_write:\n  - url" in config.read_text()
    run("promtool", "check", "config", config)


@pytest.mark.parametrize("group", ["critical", "warning", "business"])
def test_the_rules_raise_what_they_should_and_nothing_else(group: str) -> None:
    said = run("promtool", "test", "rules", FOLDER / f"prometheus/tests/{group}_test.yml")

    assert "SUCCESS" in said


def test_every_query_of_every_board_can_be_read(tmp_path: Path) -> None:
    rules: list[dict[str, str]] = []
    for path in sorted((FOLDER / "grafana/dashboards").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", []):
                query = target["expr"]
                for variable, value in GRAFANA.items():
                    query = query.replace(variable, value)
                rules.append({"record": f"board:query{len(rules)}", "expr": query})
    file = tmp_path / "boards.json"  # JSON is YAML.
    file.write_text(json.dumps({"groups": [{"name": "boards", "rules": rules}]}))

    assert len(rules) > 100
    assert f"{len(rules)} rules found" in run("promtool", "check", "rules", file)


def test_alertmanager_can_be_started_with_it(files: Path) -> None:
    said = run("amtool", "check-config", files / "alertmanager/alertmanager.yml")

    assert "5 receivers" in said
    assert "4 inhibit rules" in said


@pytest.mark.parametrize(
    ("labels", "receivers"),
    [
        (["severity=critical", "service=database"], "pager,chat"),
        (["severity=warning", "service=jobs"], "chat"),
        (["severity=info", "service=business"], "chat-business"),
        (["alertname=DeadMansSwitch", "severity=none"], "watchdog"),
        (["severity=unheard-of"], "email"),
    ],
)
def test_an_alert_goes_to_whom_it_concerns(labels: list[str], receivers: str) -> None:
    config = FOLDER / "alertmanager/alertmanager.yml"
    said = run("amtool", "config", "routes", "test", f"--config.file={config}", *labels)

    assert said.strip() == receivers
