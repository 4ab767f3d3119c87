"""What may be HTML keeps its form and loses all that runs, whatever was tried."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from causerie.moderation import safe_html
from causerie.moderation.model.markup import ATTRIBUTES, TAGS

PAYLOADS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//x.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src='x'onerror=alert(1)//",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<math><mtext></mtext><mglyph><style><!--</style><img title='--><img src=1 onerror=alert(1)>'>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)>",
    "<embed src=data:text/html;base64,PHNjcmlwdD4=>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href=' &#14; javascript:alert(1)'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='//x.example' onclick=alert(1) style='position:fixed'>x</a>",
    "<form action=//x.example><input name=password><button>go</button></form>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<link rel=stylesheet href=//x.example>",
    "<meta http-equiv=refresh content='0;url=//x.example'>",
    "<base href=//x.example>",
    "<style>@import '//x.example';</style>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
    "<table background=javascript:alert(1)><td background=x>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><img src=x onerror=alert(1)></template>",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<p id=config name=token class=admin>x</p>",
    "<xss id=x tabindex=1 onfocus=alert(1)></xss>",
    "\x00<scr\x00ipt>alert(1)</script>",
    "\ud800<script>alert(1)</script>",
]


class Seen(HTMLParser):
    """The tags and attributes of a document, as a parser that is not the cleaner's sees them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def require_safe(html: str) -> None:
    seen = Seen()
    seen.feed(html)
    seen.close()
    for tag, attributes in seen.found:
        assert tag in TAGS
        assert set(attributes) <= ATTRIBUTES.get(tag, set()) | ({"rel"} if tag == "a" else set())
        address = attributes.get("href")
        if address is not None and ":" in address.partition("/")[0]:
            assert re.match(r"(?i)(https?|mailto):", address)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_that_runs_is_left(payload: str) -> None:
    cleaned = safe_html(payload)

    require_safe(cleaned)
    assert safe_html(cleaned) == cleaned


@settings(max_examples=100)
@given(st.lists(st.sampled_from(PAYLOADS) | st.text(max_size=10), max_size=4).map("".join))
def test_nor_where_payloads_are_put_together(html: str) -> None:
    require_safe(safe_html(html))


def test_what_markdown_makes_is_kept() -> None:
    html = (
        "<h2>Title</h2><p>A <strong>bold</strong> and <em>fine</em> word, <code>a &lt; b</code></p>"
        "<ul><li>one</li></ul><blockquote><p>said</p></blockquote>"
        '<table><thead><tr><th align="right">n</th></tr></thead></table>'
    )

    assert safe_html(html) == html


def test_a_link_tells_nothing_of_where_it_stood() -> None:
    cleaned = safe_html('<a href="https://example.org/a?b=1" title="t">x</a>')

    assert 'rel="noopener noreferrer nofollow"' in cleaned
    assert 'href="https://example.org/a?b=1"' in cleaned
