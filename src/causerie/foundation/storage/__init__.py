"""Where bytes lie that are too many for a database: a local folder, or a bucket of S3."""

from causerie.foundation.storage.objects import (
    PIECE_BYTES,
    Bucket,
    Objects,
    StorageAway,
    open_bucket,
    open_folder,
)

__all__ = ["PIECE_BYTES", "Bucket", "Objects", "StorageAway", "open_bucket", "open_folder"]
