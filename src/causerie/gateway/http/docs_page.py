"""The reader's page of the API: one HTML document that loads nothing from anywhere."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from causerie.gateway.errors import MEANINGS

# Any: an OpenAPI document is JSON of somebody else's shape.
Json = Mapping[str, Any]

STYLE = """
:root{color-scheme:light dark;--line:#8884;--soft:#8882}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h2{margin-top:2.5rem;border-bottom:1px solid var(--line)}
article{border:1px solid var(--line);border-radius:.5rem;padding:.75rem 1rem;margin:1rem 0}
h3{margin:0;font-size:1rem;overflow-wrap:anywhere}
.method{display:inline-block;min-width:4rem;font-weight:700}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.2rem .75rem .2rem 0}
code,pre{font-family:ui-monospace,monospace;font-size:.875rem}
pre{background:var(--soft);padding:.5rem;border-radius:.25rem;overflow:auto}
"""


def render_page(schema: Json) -> tuple[bytes, str]:
    """Write the page of an OpenAPI document, and the policy that allows its style and no more."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    info = schema["info"]
    title = f"{escape(info['title'])} {escape(info['version'])}"
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body><main><h1>{title}</h1>"
        f"<p>{escape(info.get('summary', ''))} The same as data: "
        '<a href="/openapi.json">/openapi.json</a>.</p>'
        f"{''.join(_groups(schema))}{_codes()}</main></body></html>"
    )
    return page.encode(), policy


def _groups(schema: Json) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for path, operations in sorted(schema["paths"].items()):
        for method, operation in operations.items():
            if isinstance(operation, dict):
                tag = (operation.get("tags") or ["other"])[0]
                groups.setdefault(tag, []).append(_operation(schema, path, method, operation))
    for tag, shown in sorted(groups.items()):
        yield f'<section><h2 id="tag-{escape(tag)}">{escape(tag)}</h2>{"".join(shown)}</section>'


def _operation(schema: Json, path: str, method: str, operation: Json) -> str:
    text = escape(operation.get("description") or operation.get("summary") or "")
    access = "" if operation.get("security") else " No credentials needed."
    return (
        f'<article id="{escape(operation["operationId"])}">'
        f'<h3><span class="method">{escape(method.upper())}</span><code>{escape(path)}</code></h3>'
        f"<p>{text}{access}</p>{_parameters(operation)}{_body(schema, operation)}"
        f"{_responses(schema, operation)}</article>"
    )


def _parameters(operation: Json) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(p['name'])}</code></td><td>{escape(p['in'])}"
        f"{', required' if p.get('required') else ''}</td>"
        f"<td>{_shape(p.get('schema', {}))}</td><td>{escape(p.get('description') or '')}</td></tr>"
        for p in operation.get("parameters", ())
    )
    return f"<table>{rows}</table>" if rows else ""


def _body(schema: Json, operation: Json) -> str:
    return "".join(
        f"<p>Body, <code>{escape(kind)}</code>:</p>{_shown(schema, content.get('schema', {}))}"
        for kind, content in operation.get("requestBody", {}).get("content", {}).items()
    )


def _responses(schema: Json, operation: Json) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(status)}</code></td><td>{escape(answer['description'])}"
        f"{_answer(schema, answer) if status.startswith('2') else ''}</td></tr>"
        for status, answer in sorted(operation["responses"].items())
    )
    return f"<table>{rows}</table>"


def _answer(schema: Json, answer: Json) -> str:
    return "".join(_shown(schema, c.get("schema", {})) for c in answer.get("content", {}).values())


def _shown(schema: Json, shape: Json) -> str:
    name = shape.get("$ref", "").rpartition("/")[2]
    full = schema["components"]["schemas"].get(name, shape)
    return f"<pre>{escape(json.dumps(full, indent=1, ensure_ascii=False))}</pre>" if full else ""


def _shape(shape: Json) -> str:
    options = shape.get("anyOf") or shape.get("oneOf") or [shape]
    return escape(" or ".join(str(option.get("type", "any")) for option in options))


def _codes() -> str:
    rows = "".join(
        f'<tr id="{escape(code)}"><td><code>{escape(code)}</code></td>'
        f"<td>{meaning.status}</td><td>{escape(meaning.title)}</td></tr>"
        for code, meaning in MEANINGS.items()
    )
    return f'<section><h2 id="codes">Error codes</h2><table>{rows}</table></section>'
