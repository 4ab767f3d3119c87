"""Loads the configuration whole, or says everything that is wrong with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from causerie.assembly.settings.model import CATALOGUE, Key, Settings
from causerie.assembly.settings.problems import ConfigurationError, Problem, shown
from causerie.assembly.settings.rules import broken_rules, notices
from causerie.assembly.settings.sources import Given, gather


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings; where each that is not a default comes from; and what the operator should know."""

    settings: Settings
    sources: Mapping[str, str]
    notices: tuple[str, ...] = ()


def load(*, config_dir: Path | None, environ: Mapping[str, str], working_dir: Path) -> Loaded:
    """Read, check and combine all sources.

    ``config_dir`` counts from ``working_dir``, where ``.env`` and ``.env.local`` lie too; ``None``
    means ``config`` if there is one. Raises ``ConfigurationError`` with every problem found.
    """
    gathered = gather(config_dir, environ, working_dir)
    problems = gathered.problems
    values = _parse_all(gathered.given, problems)
    sources = {key: given.source for key, given in gathered.given.items()}
    _sign_with_the_secret(values, sources)
    settings = _build(values)
    # Also where single keys are wrong, since their defaults stand in: all problems at once.
    already = {problem.key for problem in problems}
    problems.extend(
        dataclasses.replace(problem, source=sources.get(problem.key))
        for problem in broken_rules(settings)
        if problem.key not in already
    )
    if problems:
        raise ConfigurationError(problems)
    return Loaded(settings, sources, tuple(notices(settings)))


def _parse_all(given: Mapping[str, Given], problems: list[Problem]) -> dict[str, object]:
    values: dict[str, object] = {}
    for dotted, found in given.items():
        key = CATALOGUE[dotted]
        try:
            values[dotted] = key.kind.parse(found.raw)
        except (ValueError, TypeError, OverflowError):
            problems.append(_wrong(key, found))
    return values


def _wrong(key: Key, found: Given) -> Problem:
    return Problem(key.dotted, f"must be {key.kind.allowed()}", shown(key, found.raw), found.source)


def _sign_with_the_secret(values: dict[str, object], sources: dict[str, str]) -> None:
    if values.get("security.jwt_secret") is not None and "security.jwt_algorithm" not in sources:
        values["security.jwt_algorithm"] = "HS256"
        sources["security.jwt_algorithm"] = "because security.jwt_secret is set"


def _build(values: Mapping[str, object]) -> Settings:
    sections: dict[str, Any] = {}  # Any: each section is a type of its own
    defaults = Settings()
    for section in dataclasses.fields(Settings):
        chosen: dict[str, Any] = {
            key.name: values[key.dotted]
            for key in CATALOGUE.values()
            if key.section == section.name and key.dotted in values
        }
        sections[section.name] = dataclasses.replace(getattr(defaults, section.name), **chosen)
    return Settings(**sections)
