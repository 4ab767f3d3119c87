"""Settings as text: for a look, as a TOML file, as ``.env.example``, as documentation."""

from __future__ import annotations

import json
from collections.abc import Iterator

from causerie.assembly.settings.load import Loaded
from causerie.assembly.settings.model import CATALOGUE, SECTIONS, Key, Settings
from causerie.assembly.settings.problems import shown
from causerie.assembly.settings.sources import OLD_NAMES


def as_table(loaded: Loaded) -> str:
    """Every key with its value in force and where that comes from; secrets masked."""
    lines: list[str] = []
    for section, keys in _by_section():
        lines += ["", f"[{section}]"]
        for key in keys:
            source = loaded.sources.get(key.dotted)
            value = f"{key.name} = {shown(key, key.written_in(loaded.settings))}"
            lines.append(value if source is None else f"{value:<50}  # {source}")
    return "\n".join(lines[1:]) + "\n"


def as_toml(loaded: Loaded, *, secrets: bool = False) -> str:
    """A file for ``config/`` that sets what is set now, old variables included.

    What is left at its default stands in a comment. A secret is left out, unless asked for: a
    comment names the variable that carries it.
    """
    lines = [f"# config/{loaded.settings.server.environment}.toml"]
    for section, keys in _by_section():
        lines += ["", f"[{section}]"]
        lines += [_toml_line(key, loaded, secrets=secrets) for key in keys]
    return "\n".join(lines) + "\n"


def as_env_example() -> str:
    """``.env.example``: every key as a variable, commented out, at its default."""
    lines = [
        "# Copy to .env and take the comment sign off what you change. Made by `make docs`.",
        "# Later wins: config/<environment>.toml, .env, .env.local, the environment.",
    ]
    for section, keys in _by_section():
        lines += ["", f"# --- {section}: {SECTIONS[section]}"]
        for key in keys:
            lines += [f"# {key.doc}", f"#{key.variable}={_as_variable(key)}"]
    lines += ["", "# --- older names, taken too where the one above is not set"]
    for old, stands_for in OLD_NAMES.items():
        lines += [f"# Stands for {' and '.join(stands_for)}.", f"#{old}="]
    return "\n".join(lines) + "\n"


def as_documentation() -> str:
    """``docs/configuration.md``: every key with default, meaning and what is allowed."""
    lines = [
        "# Configuration",
        "",
        "Made from the settings themselves by `make docs`; do not edit.",
        "",
        "Sources, the later wins: `config/<environment>.toml`, `.env`, `.env.local`, the",
        "environment. A key `server.bind_addr` is `bind_addr` under `[server]` in a file and",
        "`CHAT_SERVER__SERVER__BIND_ADDR` as a variable. `CHAT_SERVER__SERVER__ENVIRONMENT` says",
        f"which file is read: {_environments()}. A wrong value or an unknown",
        "key stops the start (exit status 2) with a list of everything that is wrong.",
        "",
        "`causerie config check` tries a configuration, `causerie config show` prints the one in",
        "force with its sources, `causerie config show --toml` turns variables into a file.",
    ]
    for section, keys in _by_section():
        lines += ["", f"## {section}", "", SECTIONS[section], ""]
        lines += ["| key | default | meaning | allowed |", "| --- | --- | --- | --- |"]
        lines += [
            f"| `{key.name}` | {_documented_default(key)} | {_cell(key.doc)} "
            f"| {_cell(key.kind.allowed())} |"
            for key in keys
        ]
    lines += ["", "## Older names", "", "Taken where the new name is not set.", ""]
    lines += ["| variable | stands for |", "| --- | --- |"]
    lines += [
        f"| `{old}` | {', '.join(f'`{key}`' for key in keys)} |" for old, keys in OLD_NAMES.items()
    ]
    return "\n".join(lines) + "\n"


def _by_section() -> Iterator[tuple[str, list[Key]]]:
    for section in SECTIONS:
        yield section, [key for key in CATALOGUE.values() if key.section == section]


def _toml_line(key: Key, loaded: Loaded, *, secrets: bool) -> str:
    raw = key.written_in(loaded.settings)
    if key.dotted not in loaded.sources:
        return f"# {key.name} = {json.dumps(raw, ensure_ascii=False)}"
    if key.dotted == "server.environment":
        return f"# environment: the file's name; set {key.variable} to choose it"
    if key.secret and raw != "" and not secrets:
        return f"# {key.name}: a secret; keep it in {key.variable}"
    return f"{key.name} = {json.dumps(raw, ensure_ascii=False)}"


def _as_variable(key: Key) -> str:
    raw = key.written_in(Settings())
    if isinstance(raw, list):
        return ",".join(raw)
    return raw if isinstance(raw, str) else json.dumps(raw)


def _documented_default(key: Key) -> str:
    raw = key.written_in(Settings())
    return "none" if raw in ("", []) else f"`{json.dumps(raw)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _environments() -> str:
    return ", ".join(
        f"`{word}`" for word in ("development (the default)", "test", "staging", "production")
    )
