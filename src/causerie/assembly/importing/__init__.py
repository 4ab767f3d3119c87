"""Conversations that were held elsewhere, brought in as messages of this server."""

from causerie.assembly.importing.irc import Line, read_irc, room_name_of, usernames_for
from causerie.assembly.importing.run import Imported, import_irc

__all__ = ["Imported", "Line", "import_irc", "read_irc", "room_name_of", "usernames_for"]
