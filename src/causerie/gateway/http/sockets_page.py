"""The reader's page of the sockets: like that of the HTTP calls, it loads nothing from anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from causerie.gateway.http.docs_page import codes, notation, shapes, whole_page

# Any: an AsyncAPI document is JSON of somebody else's shape.
Json = Mapping[str, Any]


def render_sockets_page(document: Json) -> tuple[bytes, str]:
    """Write the page of an AsyncAPI document, and the policy that allows its style and no more."""
    channels = document["channels"]
    places = "".join(
        f'<a href="#{escape(name)}">{escape(channel["address"])}</a>'
        for name, channel in channels.items()
    )
    about = (
        f"<p>{escape(document['info']['description'])}</p>"
        '<p>The same as data: <a href="/asyncapi.json">/asyncapi.json</a>. The HTTP calls are at '
        '<a href="/docs">/docs</a>.</p>'
        f'<nav>{places}<a href="#shapes">shapes</a><a href="#codes">error codes</a></nav>'
    )
    said = "".join(
        f'<section><h2 id="{escape(name)}">{escape(channel["address"])}</h2>'
        f"<p>{escape(channel['description'])}</p>"
        f"<h3>Commands</h3>{''.join(_operations(document, name, 'receive'))}"
        f"<h3>Events and answers</h3>{''.join(_operations(document, name, 'send'))}</section>"
        for name, channel in channels.items()
    )
    return whole_page(document, f"{about}{said}{shapes(document)}{codes()}")


def _operations(document: Json, channel: str, action: str) -> Iterator[str]:
    messages = document["components"]["messages"]
    for key, operation in document["operations"].items():
        if operation["action"] != action or not operation["channel"]["$ref"].endswith(
            f"/{channel}"
        ):
            continue
        text = f"{operation['summary']} {operation.get('description', '')}"
        answer = messages.get(f"{key}.ack")
        acked = f"<div>Ack: {notation(_fields(answer))}</div>" if answer else ""
        yield (
            f"<article><h3><code>{escape(messages[key]['name'])}</code></h3><p>{escape(text)}</p>"
            f"<pre>{notation(_fields(messages[key]))}</pre>{acked}</article>"
        )


def _fields(message: Json) -> Json:
    """The ``data`` of a message, or all of it where it is flat."""
    payload: Json = message["payload"]
    fields: Json = payload["properties"].get("data", payload)
    return fields
