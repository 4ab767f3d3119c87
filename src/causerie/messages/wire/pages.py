"""How much of a page is one answer."""

from __future__ import annotations

from causerie.messages.model import Message, Page

# A reader is let go at 1 MiB unsent: an answer stays well below it, and has_more says the rest.
MAX_ANSWER_CHARS = 128 << 10


def within_answer(page: Page, *, keep_newest: bool) -> Page:
    """Cut a page so that it is an answer and not a flood; at least one message stays."""
    room = MAX_ANSWER_CHARS
    ordered = page.items[::-1] if keep_newest else page.items
    count = 0
    for message in ordered:
        room -= _chars(message)
        if room < 0 and count:
            break
        count += 1
    if count == len(page.items):
        return page
    kept = page.items[-count:] if keep_newest else page.items[:count]
    return Page(kept, has_more=True)


def _chars(message: Message) -> int:
    """About as long as a message is on the wire."""
    around = len(message.mentions) + len(message.participants) + 4 * len(message.reactions)
    return len(message.content) + 400 + 10 * around  # 400: the envelope; 10: an id; 40: a reaction
