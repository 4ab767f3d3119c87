"""What one can do with files."""

from causerie.files.service.avatars import Avatars
from causerie.files.service.inspection import Inspection
from causerie.files.service.reading import FileReader, Links, Opened
from causerie.files.service.review import FileReview
from causerie.files.service.uploads import UploadRules, Uploads

__all__ = [
    "Avatars",
    "FileReader",
    "FileReview",
    "Inspection",
    "Links",
    "Opened",
    "UploadRules",
    "Uploads",
]
