"""Whether a text calls all of a room, as the database's trigger will read it."""

from __future__ import annotations

import re

# As messages.words_behind_at (SQL): not within a word or an address; what ends a sentence may follow.
_CALL = re.compile(r"(?<![\w@/\\])@(?:here|room)[._-]*(?![A-Za-z0-9_.-])", re.IGNORECASE)
_BLOCK = re.compile(r"```.*?```", re.DOTALL)
_TILDES = re.compile(r"^ {0,3}~~~.*?^ {0,3}~~~", re.DOTALL | re.MULTILINE)
_UNCLOSED = re.compile(
    r"^ {0,3}(?:```|~~~)[`~]*[ \t]*[A-Za-z0-9_+#.-]*[ \t]*\n.*", re.DOTALL | re.MULTILINE
)
_CODE = re.compile(r"`[^`\n]+`")


def calls_room(content: str) -> bool:
    """Say whether ``@room`` or ``@here`` stands in it, outside of what is code."""
    if "@" not in content or _CALL.search(content) is None:
        return False
    for code in (_BLOCK, _TILDES, _UNCLOSED, _CODE):
        content = code.sub(" ", content)
    return _CALL.search(content) is not None
