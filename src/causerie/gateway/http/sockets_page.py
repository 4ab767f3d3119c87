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
    about = f"<p>{escape(document['info']['description'])}</p>" + "".join(
        f"<p><code>{escape(channel['address'])}</code>: {escape(channel['description'])}</p>"
        for channel in document["channels"].values()
    )
    elsewhere = (
        '<p>The same as data: <a href="/asyncapi.json">/asyncapi.json</a>. The HTTP calls are at '
        '<a href="/docs">/docs</a>.</p>'
        '<nav><a href="#commands">commands</a><a href="#events">events</a>'
        '<a href="#shapes">shapes</a><a href="#codes">error codes</a></nav>'
    )
    said = (
        f'<section><h2 id="commands">Commands</h2>{"".join(_commands(document))}</section>'
        f'<section><h2 id="events">Events</h2>{"".join(_events(document))}</section>'
    )
    return whole_page(document, f"{about}{elsewhere}{said}{shapes(document)}{codes()}")


def _commands(document: Json) -> Iterator[str]:
    for name, operation in document["operations"].items():
        if operation["action"] == "receive":
            answer = notation(_data(document, f"{name}.ack"))
            text = f"{operation['summary']} {operation.get('description', '')}"
            yield _article(name, text, _data(document, name), f"<div>Ack: {answer}</div>")


def _events(document: Json) -> Iterator[str]:
    for key, operation in document["operations"].items():
        if operation["action"] == "send":
            name = document["components"]["messages"][key]["name"]
            yield _article(name, operation["summary"], _data(document, key), "")


def _article(name: str, text: str, data: Json, more: str) -> str:
    return (
        f"<article><h3><code>{escape(name)}</code></h3><p>{escape(text)}</p>"
        f"<pre>{notation(data)}</pre>{more}</article>"
    )


def _data(document: Json, message: str) -> Json:
    payload = document["components"]["messages"][message]["payload"]
    data: Json = payload["properties"]["data"]
    return data
