"""Letters about accounts: what waits to be sent, when again, and what they say."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import quote

import msgspec

from causerie.accounts.model.users import User

RESET_SECONDS = 1800  # 30 minutes: a mail is read by then, and a mailbox found later opens nothing.
NOTICE_SECONDS = 24 * 3600  # Later than a day the news is none.
# Links to one account that are good at the same time: who asks again did not find the first.
MAX_LIVE_RESETS = 3
MAX_ACCOUNTS_PER_ADDRESS = 5  # A family; more is somebody who registers with a stranger's address.
MAX_WAITING_MAILS = 1000  # Of an evening on which a server with as many users is moved.
MAX_SUBJECT_CHARACTERS = 254  # The longest address, RFC 5321 §4.5.3.1.3
LEASE_SECONDS = 120  # Longer than one delivery may take; a node that dies leaves it to another.
FIRST_RETRY_SECONDS = 30
MAX_RETRY_SECONDS = 600


class MailKind(StrEnum):
    """What a letter is about."""

    RESET_REQUEST = "reset_request"  # somebody, named by username or address: to be looked up
    RESET_LINK = "reset_link"  # for one user
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a name


class WaitingMail(msgspec.Struct, frozen=True):
    """One row of the queue; ``about`` is what was typed, or a user's id.

    ``nonce`` is the same at each try to send it, and no other letter's.
    """

    id: int
    kind: MailKind
    about: str
    expires_at: datetime
    attempts: int
    nonce: bytes


def retry_after(attempts: int) -> timedelta:
    """Say how long to wait after so many failures."""
    return timedelta(seconds=min(FIRST_RETRY_SECONDS * 2 ** min(attempts, 16), MAX_RETRY_SECONDS))


def reset_letter(user: User, *, token: str, base: str) -> tuple[str, str]:
    """Write the subject and the text of a link; ``base`` is the setting, never a header's word."""
    # Behind the '#': it is not sent to any server, and so stands in no log.
    link = f"{base}/reset-password#token={quote(token, safe='')}"
    text = (
        f"Hello {user.display_name},\n\n"
        f"somebody asked for a new password for your account {user.username}. If it was you, set\n"
        f"it within {RESET_SECONDS // 60} minutes here:\n\n{link}\n\n"
        "If it was not you, do nothing: your password stays as it is.\n"
    )
    return "Your new password", text


def changed_letter(user: User, *, base: str) -> tuple[str, str]:
    """Write the subject and the text of the news that a password was changed."""
    text = (
        f"Hello {user.display_name},\n\n"
        f"the password of your account {user.username} at {base} was changed. If it was not you,\n"
        "ask for a new one there at once, and tell the operator.\n"
    )
    return "Your password was changed", text
