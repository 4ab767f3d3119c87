"""The process that looks into one file: ``python -m ... DESCRIPTOR archive|picture``.

It starts within 0.1 s because it imports little; it may eat what its limits allow and die, and the
server hears of it by its status.
"""

from __future__ import annotations

import json
import os
import resource
import sys

MAX_MEMORY_BYTES = 1 << 30  # 50 megapixels in four bytes, twice, and the interpreter.
MAX_CPU_SECONDS = 20
MAX_WRITTEN_BYTES = 64 << 20  # Of a temporary file: an archive inside of an archive.


def main(descriptor: int, subject: str) -> None:
    """Write one line of JSON to standard output, and the thumbnail behind it."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_WRITTEN_BYTES, MAX_WRITTEN_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    thumbnail = b""
    with os.fdopen(descriptor, "rb") as file:
        file.seek(0)
        if subject == "archive":
            from causerie.foundation.examining.archives import find_bomb

            said: dict[str, object] = {"bomb": find_bomb(file)}
        else:
            from causerie.foundation.examining.pictures import look_at

            width, height, thumbnail = look_at(file)
            said = {"width": width, "height": height, "thumbnail_bytes": len(thumbnail)}
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + thumbnail)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
