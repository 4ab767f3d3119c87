"""Files: brought, looked at in quarantine, kept, and given to who is in their conversation."""

from causerie.files.errors import (
    FileNotKnown,
    FilePosted,
    FileQuarantined,
    FileRefused,
    MayNotReview,
    MayNotUpload,
    NotHeld,
    OverQuota,
)
from causerie.files.events import HarmfulFileFound, MessageFilesChanged
from causerie.files.model import (
    MAX_FILES_PER_MESSAGE,
    Attached,
    FileId,
    FileState,
    StoredFile,
    require_file_ids,
)
from causerie.files.service import FileReader, FileReview, Inspection, UploadRules, Uploads

__all__ = [
    "MAX_FILES_PER_MESSAGE",
    "Attached",
    "FileId",
    "FileNotKnown",
    "FilePosted",
    "FileQuarantined",
    "FileReader",
    "FileRefused",
    "FileReview",
    "FileState",
    "HarmfulFileFound",
    "Inspection",
    "MayNotReview",
    "MayNotUpload",
    "MessageFilesChanged",
    "NotHeld",
    "OverQuota",
    "StoredFile",
    "UploadRules",
    "Uploads",
    "require_file_ids",
]
