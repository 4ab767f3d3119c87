"""The capabilities of a node, as assembly hands them around."""

from __future__ import annotations

from dataclasses import dataclass

from causerie.accounts.wiring import Accounts
from causerie.assembly.around import Around
from causerie.conversations.wiring import Conversations
from causerie.files.wiring import Files
from causerie.messages.wiring import Messages
from causerie.moderation.wiring import Conduct, Filtering
from causerie.notifications.wiring import Notifications


@dataclass(frozen=True, slots=True, kw_only=True)
class Slices:
    """The capabilities, each put together by its own wiring."""

    accounts: Accounts
    conversations: Conversations
    around: Around
    files: Files
    filtering: Filtering
    messages: Messages
    conduct: Conduct
    notifications: Notifications
