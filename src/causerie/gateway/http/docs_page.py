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
nav a{margin-right:1rem;display:inline-block}
.method{display:inline-block;min-width:4rem;font-weight:700}
table{border-collapse:collapse;margin:.5rem 0}
th,td{text-align:left;vertical-align:top;padding:.2rem .75rem .2rem 0}
code,pre{font-family:ui-monospace,monospace;font-size:.875rem}
pre{background:var(--soft);padding:.5rem;border-radius:.25rem;margin:.25rem 0;overflow:auto}
p{margin:.5rem 0}
i{opacity:.7}
"""
REF = "#/components/schemas/"
# What is said of a number or a text beside its type, and how.
FACTS = (
    ("format", "{}"),
    ("minimum", "at least {}"),
    ("maximum", "at most {}"),
    ("minLength", "{} characters at least"),
    ("maxLength", "{} characters at most"),
    ("maxItems", "{} at most"),
    ("description", "{}"),
)


def render_page(schema: Json) -> tuple[bytes, str]:
    """Write the page of an OpenAPI document, and the policy that allows its style and no more."""
    about = (
        f"<p>{escape(schema['info'].get('summary', ''))} These are its HTTP calls; the same as data: "
        '<a href="/openapi.json">/openapi.json</a>. WebSockets are at <code>/ws/v2</code> on the '
        'same port; what is said on them is at <a href="/docs/sockets">/docs/sockets</a>.</p>'
    )
    body = f"{about}<nav>{_contents(schema)}</nav>{''.join(_groups(schema))}"
    return whole_page(schema, f"{body}{shapes(schema)}{codes()}")


def whole_page(schema: Json, body: str) -> tuple[bytes, str]:
    """Write a page around what is shown of a document, and the policy that it needs."""
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
        f"<style>{STYLE}</style></head><body><main><h1>{title}</h1>{body}</main></body></html>"
    )
    return page.encode(), policy


def _contents(schema: Json) -> str:
    places = [(tag, f"tag-{tag}") for tag in _by_tag(schema)]
    places += [("shapes", "shapes"), ("error codes", "codes")]
    return "".join(f'<a href="#{escape(place)}">{escape(name)}</a>' for name, place in places)


def _groups(schema: Json) -> Iterator[str]:
    for tag, operations in _by_tag(schema).items():
        shown = "".join(_operation(schema, *operation) for operation in operations)
        yield f'<section><h2 id="tag-{escape(tag)}">{escape(tag)}</h2>{shown}</section>'


def _by_tag(schema: Json) -> Mapping[str, list[tuple[str, str, Json]]]:
    groups: dict[str, list[tuple[str, str, Json]]] = {}
    for path, operations in sorted(schema["paths"].items()):
        for method, operation in operations.items():
            if isinstance(operation, dict):
                tag = (operation.get("tags") or ["other"])[0]
                groups.setdefault(tag, []).append((path, method, operation))
    return dict(sorted(groups.items()))


def _operation(schema: Json, path: str, method: str, operation: Json) -> str:
    text = escape(operation.get("description") or f"{operation.get('summary', '')}.")
    access = "" if operation.get("security") else " No credentials needed."
    return (
        f'<article id="{escape(operation["operationId"])}">'
        f'<h3><span class="method">{escape(method.upper())}</span><code>{escape(path)}</code></h3>'
        f"<p>{text}{access}</p>{_parameters(operation)}{_body(schema, operation)}"
        f"{_responses(operation)}</article>"
    )


def _parameters(operation: Json) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(p['name'])}</code></td><td>{escape(p['in'])}"
        f"{', required' if p.get('required') else ''}</td>"
        f"<td>{escape(p.get('description') or '')}</td></tr>"
        for p in operation.get("parameters", ())
    )
    return f"<table>{rows}</table>" if rows else ""


def _body(schema: Json, operation: Json) -> str:
    return "".join(
        f"<p>Body:</p>{_shown(schema, content.get('schema', {}))}"
        for content in operation.get("requestBody", {}).get("content", {}).values()
    )


def _responses(operation: Json) -> str:
    answers = sorted(operation["responses"].items())
    good = "".join(
        f"<div>Answer <code>{escape(status)}</code>: {_answer(answer)}</div>"
        for status, answer in answers
        if status.startswith("2")
    )
    bad = ", ".join(
        f"<code>{escape(status)}</code> {escape(answer['description'].lower())}"
        for status, answer in answers
        if not status.startswith("2") and status != "default"
    )
    return good + (f"<p><i>Refused with {bad}.</i></p>" if bad else "")


def _answer(answer: Json) -> str:
    shapes = [content.get("schema", {}) for content in answer.get("content", {}).values()]
    shown = (
        f"<code>{notation(shape)}</code>" if "$ref" in shape else f"<pre>{notation(shape)}</pre>"
        for shape in shapes
    )
    return "".join(shown) or "nothing"


def _shown(schema: Json, shape: Json) -> str:
    """Write a shape out, one level deep; what it is made of has a place of its own."""
    name = shape.get("$ref", "").removeprefix(REF)
    return f"<pre>{notation(schema['components']['schemas'].get(name, shape))}</pre>"


def shapes(schema: Json) -> str:
    """Write all shapes of a document out."""
    shown = "".join(
        f'<article id="shape-{escape(name)}"><h3>{escape(name)}</h3>'
        f"<p>{escape(shape.get('description', ''))}</p><pre>{notation(shape)}</pre></article>"
        for name, shape in sorted(schema["components"]["schemas"].items())
    )
    return f'<section><h2 id="shapes">Shapes</h2>{shown}</section>'


def notation(shape: Json) -> str:
    """Write a shape as TypeScript would, which is shorter than JSON Schema by far."""
    if ref := shape.get("$ref"):
        name = escape(ref.removeprefix(REF))
        return f'<a href="#shape-{name}">{name}</a>'
    if options := shape.get("oneOf") or shape.get("anyOf"):
        return " | ".join(notation(option) for option in options)
    if "const" in shape:
        return escape(json.dumps(shape["const"]))
    if "enum" in shape:
        return " | ".join(escape(json.dumps(value)) for value in shape["enum"])
    if "properties" in shape:
        return f"{{\n{''.join(_fields(shape))}}}"
    if "items" in shape:
        item = notation(shape["items"])
        return f"({item})[]" if " | " in item else f"{item}[]"
    if isinstance(values := shape.get("additionalProperties"), dict):
        return f"{{[name: string]: {notation(values)}}}"
    return escape(str(shape.get("type", "any")))


def _fields(shape: Json) -> Iterator[str]:
    required = shape.get("required", ())
    for name, field in shape["properties"].items():
        mark = "" if name in required else "?"
        facts = "; ".join(say.format(field[fact]) for fact, say in FACTS if fact in field)
        remark = f"  <i>// {escape(facts)}</i>" if facts and "$ref" not in field else ""
        inner = notation(field).replace("\n", "\n  ")
        yield f"  {escape(name)}{mark}: {inner}{remark}\n"


def codes() -> str:
    """Write the table of error codes."""
    rows = "".join(
        f'<tr id="{escape(code)}"><td><code>{escape(code)}</code></td>'
        f"<td>{meaning.status}</td><td>{escape(meaning.title)}</td></tr>"
        for code, meaning in MEANINGS.items()
    )
    return f'<section><h2 id="codes">Error codes</h2><table>{rows}</table></section>'
