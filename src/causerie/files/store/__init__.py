"""The table of files, their bytes on this machine and elsewhere, and who looks into them."""

from causerie.files.store.local import DiskSpool, FetchedFiles
from causerie.files.store.looking import ChildInspector, ClamdScanner
from causerie.files.store.tables import PostgresFiles

__all__ = ["ChildInspector", "ClamdScanner", "DiskSpool", "FetchedFiles", "PostgresFiles"]
