"""What may be HTML where it is shown: an allow-list of tags, and nothing that runs or calls home.

For surfaces that render (Markdown, mail that came in). Plain text needs escaping and not this;
stored content is never changed by it.
"""

from __future__ import annotations

import nh3

# What Markdown makes, and no more: no images from elsewhere (they tell who reads, and when), no
# styles, no forms, no ids that a page's own scripts might meet.
TAGS = frozenset(
    {
        *("a", "abbr", "b", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5"),
        *("h6", "hr", "i", "ins", "kbd", "li", "ol", "p", "pre", "s", "strong", "sub", "sup"),
        *("table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    }
)
ATTRIBUTES = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "ol": {"start"},
    "td": {"align"},
    "th": {"align"},
}
SCHEMES = frozenset({"http", "https", "mailto"})
# What stands in these is not text, so that it goes with the tag.
WITHOUT_CONTENT = frozenset({"script", "style", "iframe", "object", "embed", "svg", "math"})

_CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags=set(WITHOUT_CONTENT),
    attributes=ATTRIBUTES,
    url_schemes=set(SCHEMES),
    # Who follows a link tells nothing of where it stood, and the page behind it cannot turn ours.
    link_rel="noopener noreferrer nofollow",
    strip_comments=True,
)


def safe_html(html: str) -> str:
    """Give the HTML without anything that is not on the list; cleaning again changes nothing."""
    # A lone surrogate is no text: the parser would raise.
    return _CLEANER.clean(html.encode("utf-8", "replace").decode())
