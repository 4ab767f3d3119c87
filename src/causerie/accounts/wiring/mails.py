"""Builds what sends letters, where a server for them is set."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from causerie.accounts.jobs import send_letters
from causerie.accounts.model import SECRET_BYTES, WaitingMail
from causerie.accounts.ports import Emails, Users
from causerie.accounts.service import LetterRoom
from causerie.accounts.store import StoredMailQueue, StoredResetTokens
from causerie.foundation.clock import Clock
from causerie.foundation.crypto import MasterKey
from causerie.foundation.mail import MailServer, SmtpMailer
from causerie.foundation.postgres import Database

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Mails:
    """The queue that others put letters into, and the loop that sends them; none without a server."""

    queue: StoredMailQueue | None
    letters: LetterRoom | None
    tokens: StoredResetTokens
    run: Callable[[], Awaitable[None]]
    wake: Callable[[], None]


def build_mails(
    database: Database,
    users: Users,
    emails: Emails,
    *,
    server: MailServer | None,
    base: str | None,
    clock: Clock,
    master: MasterKey,
) -> Mails:
    """Build the letters; ``base`` is the address that their links begin with."""
    tokens = StoredResetTokens(database, tells=server is not None)
    if server is None or base is None:
        log.info("mail_is_off", setting="mail.host")
        return Mails(None, None, tokens, _rest, lambda: None)
    queue = StoredMailQueue(database)
    letters = LetterRoom(
        queue,
        tokens,
        users,
        emails,
        SmtpMailer(server),
        base=base.rstrip("/"),
        clock=clock,
        new_token=lambda mail: _token_of(mail, master),
    )
    waker = asyncio.Event()
    return Mails(queue, letters, tokens, lambda: send_letters(letters, waker), waker.set)


def _token_of(mail: WaitingMail, master: MasterKey) -> str:
    """Make what only this letter's link carries: 256 bits to whoever has not the master key."""
    signed = master.sign(mail.nonce, purpose="password reset")[-SECRET_BYTES:]
    return base64.urlsafe_b64encode(signed).rstrip(b"=").decode()


async def _rest() -> None:
    """Stand where a loop would: a worker of this kind never ends."""
    await asyncio.Event().wait()
