"""Files as values: what they are, how they are called, and which part of one is asked for."""

from causerie.files.model.files import (
    MAX_FILES_PER_MESSAGE,
    MAX_FILES_PER_PAGE,
    Arrival,
    Attached,
    FileId,
    FileState,
    Settled,
    StoredFile,
    Variant,
    Verdict,
    require_file_ids,
)
from causerie.files.model.links import (
    LIFE_SECONDS,
    Link,
    Signer,
    expiry_after,
    read_link,
    write_link,
)
from causerie.files.model.media import (
    HEAD_BYTES,
    PICTURES,
    SHOWN_IN_PLACE,
    THUMBNAIL,
    MediaType,
    sniff,
)
from causerie.files.model.names import clean_name, content_disposition
from causerie.files.model.ranges import NotSatisfiable, Stretch, is_same, requested_stretch

__all__ = [
    "HEAD_BYTES",
    "LIFE_SECONDS",
    "MAX_FILES_PER_MESSAGE",
    "MAX_FILES_PER_PAGE",
    "PICTURES",
    "SHOWN_IN_PLACE",
    "THUMBNAIL",
    "Arrival",
    "Attached",
    "FileId",
    "FileState",
    "Link",
    "MediaType",
    "NotSatisfiable",
    "Settled",
    "Signer",
    "StoredFile",
    "Stretch",
    "Variant",
    "Verdict",
    "clean_name",
    "content_disposition",
    "expiry_after",
    "is_same",
    "read_link",
    "requested_stretch",
    "require_file_ids",
    "sniff",
    "write_link",
]
