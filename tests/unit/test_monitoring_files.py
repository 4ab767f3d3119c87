"""What deploy/monitoring names is there: each metric and label in the catalogue, each alert explained."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from causerie.foundation.telemetry import metrics

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy/monitoring"
RULES = sorted((FOLDER / "prometheus/rules").glob("*.yml"))
BOARDS = sorted((FOLDER / "grafana/dashboards").glob("*.json"))

# What Prometheus, and its client library, add to ours.
ADDED_LABELS = {"instance", "job", "le"}
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count")}
FROM_LIBRARY = {"process_resident_memory_bytes", "process_cpu_seconds_total"}
RECORDED = set(
    re.findall(
        r"- record: (\S+)", (FOLDER / "prometheus/rules/recording.yml").read_text(), re.MULTILINE
    )
)
LABELS_OF = {
    metric.name + suffix: {*metric.labelnames, *ADDED_LABELS}
    for metric in metrics.CATALOGUE
    for suffix in SUFFIXES.get(metric.kind, ("",))
}


def without_strings(text: str) -> str:
    return re.sub(r'"[^"]*"', '""', text)


def names_in(text: str) -> set[str]:
    return set(re.findall(r"\b(?:chat_server|process)_\w+|\bcauserie:\w+(?::\w+)*", text))


def selectors_in(expression: str) -> list[tuple[str, set[str]]]:
    """The metrics with braces behind them, and the labels inside of these."""
    return [
        (name, set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", inside)))
        for name, inside in re.findall(r"(\w+)\{([^}]*)\}", without_strings(expression))
    ]


def grouped_in(expression: str) -> set[str]:
    found = re.findall(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)", expression)
    return {label.strip() for inside in found for label in inside.split(",") if label.strip()}


def expressions_of(board: dict[str, Any]) -> list[str]:
    shown = [t["expr"] for panel in board["panels"] for t in panel.get("targets", [])]
    return [*shown, *(a["expr"] for a in board["annotations"]["list"])]


def test_there_are_the_boards_and_the_groups_that_were_promised() -> None:
    assert {path.stem for path in BOARDS} == {
        "overview",
        "sockets",
        "messages",
        "database",
        "redis",
        "business",
    }
    groups = {path.stem: re.findall(r"- name: (\w+)", path.read_text()) for path in RULES}
    assert groups == {
        "business": ["business"],
        "critical": ["critical"],
        "recording": ["recording", "objective", "usual"],
        "warning": ["warning"],
    }


@pytest.mark.parametrize("path", [*RULES, *BOARDS], ids=lambda p: p.name)
def test_every_metric_that_is_named_is_in_the_catalogue(path: Path) -> None:
    known = {*LABELS_OF, *FROM_LIBRARY, *RECORDED}
    text = path.read_text()
    if path.suffix == ".yml":
        text = re.sub(r"^\s*(?:#|summary:|description:).*$", "", text, flags=re.MULTILINE)
    else:
        text = " ".join(expressions_of(json.loads(text)))

    assert names_in(text)
    assert names_in(text) - known == set()


@pytest.mark.parametrize("path", [*RULES, *BOARDS], ids=lambda p: p.name)
def test_every_label_that_is_named_is_one_of_its_metric(path: Path) -> None:
    text = path.read_text()
    expressions = [text] if path.suffix == ".yml" else expressions_of(json.loads(text))
    any_label = set().union(*LABELS_OF.values())

    for expression in expressions:
        for name, labels in selectors_in(expression):
            if name in LABELS_OF:
                assert labels <= LABELS_OF[name], (name, labels)
        assert grouped_in(expression) <= any_label, expression


@pytest.mark.parametrize("path", BOARDS, ids=lambda p: p.stem)
def test_a_legend_shows_labels_that_the_query_leaves(path: Path) -> None:
    for panel in json.loads(path.read_text())["panels"]:
        for target in panel.get("targets", []):
            shown = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            expression = target["expr"]
            left = grouped_in(expression) if " by (" in expression else any_of(expression)
            assert shown <= left, (panel["title"], target["legendFormat"])


def any_of(expression: str) -> set[str]:
    if re.match(r"(?:sum|max|min|count)\(", expression):
        return set()  # without "by" nothing is left
    names = [name for name in names_in(expression) if name in LABELS_OF]
    return {"instance", "job"}.union(*(LABELS_OF[name] for name in names))


@pytest.mark.parametrize("path", BOARDS, ids=lambda p: p.stem)
def test_a_board_is_one_that_grafana_can_lay_out(path: Path) -> None:
    board = json.loads(path.read_text())
    ids = [panel["id"] for panel in board["panels"]]
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells

    assert board["uid"] == f"causerie-{path.stem}"
    assert len(ids) == len(set(ids))


def test_every_alert_says_what_is_wrong_how_bad_it_is_and_stands_in_the_guide() -> None:
    guide = (ROOT / "docs/monitoring.md").read_text()
    for path in RULES:
        for rule in re.split(r"\n      - (?=alert:)", path.read_text())[1:]:
            name = re.match(r"alert: (\w+)", rule)
            assert name is not None
            assert re.search(
                r"labels: \{severity: (critical|warning|info|none), service: \w+\}", rule
            )
            assert "summary: " in rule
            assert "description: " in rule
            assert f"| `{name[1]}` |" in guide, name[1]


def test_no_secret_stands_in_the_files() -> None:
    for path in FOLDER.rglob("*.yml"):
        for line in path.read_text().splitlines():
            assert not re.search(r"^\s*(?:password|api_url|routing_key|service_key|token):", line)
