"""The letters that wait, sent one after the other, each until it is taken or no longer of use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import structlog

from causerie.accounts.model import (
    LEASE_SECONDS,
    MAX_ACCOUNTS_PER_ADDRESS,
    MAX_LIVE_RESETS,
    RESET_SECONDS,
    MailKind,
    User,
    WaitingMail,
    changed_letter,
    is_username,
    reset_letter,
    retry_after,
)
from causerie.accounts.ports import Emails, Mailer, MailQueue, ResetTokens, Users
from causerie.accounts.service.resets import hash_of_reset
from causerie.foundation.clock import Clock
from causerie.foundation.identity import UserId
from causerie.foundation.mail import Letter, MailAway, MailRefused
from causerie.foundation.telemetry import metrics

log = structlog.get_logger()


class LetterRoom:
    """Works the queue off; what fails for now is tried again.

    A letter whose answer was lost goes out twice, under one ``Message-ID``.
    """

    def __init__(
        self,
        queue: MailQueue,
        tokens: ResetTokens,
        users: Users,
        emails: Emails,
        mailer: Mailer,
        *,
        base: str,
        clock: Clock,
        new_token: Callable[[WaitingMail], str],
    ) -> None:
        self._queue = queue
        self._tokens = tokens
        self._users = users
        self._emails = emails
        self._mailer = mailer
        self._base = base
        self._clock = clock
        self._new_token = new_token

    async def deliver_next(self) -> bool:
        """Work one off; says whether there was one. Raises ``Unavailable``."""
        now = self._clock.now()
        mail = await self._queue.take(at=now, lease=timedelta(seconds=LEASE_SECONDS))
        if mail is None:
            return False
        if mail.expires_at <= now:
            self._count("given_up", mail)
            await self._queue.finish(mail, at=self._clock.now())
        elif mail.kind is MailKind.RESET_REQUEST:
            ids = [str(user.id) for user in await self._meant_by(mail.about)]
            await self._queue.spread(mail, MailKind.RESET_LINK, ids, at=now)
        else:
            await self._deliver(mail)
        return True

    async def _deliver(self, mail: WaitingMail) -> None:
        try:
            letter = await self._write(mail)
            if letter is not None:
                await self._mailer.send(letter)
                self._count("sent", mail)
        except MailAway as error:
            self._count("failed", mail, reason=str(error))
            until = self._clock.now() + retry_after(mail.attempts)
            await self._queue.postpone(mail, until=until)
            return
        except MailRefused as error:
            self._count("given_up", mail, reason=str(error))
        await self._queue.finish(mail, at=self._clock.now())

    async def _write(self, mail: WaitingMail) -> Letter | None:
        user_id = UserId(int(mail.about))
        user = next(iter(await self._users.get_many([user_id])), None)
        address = None if user is None else await self._emails.email_of(user_id)
        if user is None or address is None:
            return None
        if mail.kind is MailKind.PASSWORD_CHANGED:
            subject, text = changed_letter(user, base=self._base)
        else:
            token = await self._token_of(mail, user_id)
            if token is None:
                return None
            subject, text = reset_letter(user, token=token, base=self._base)
        return Letter(to=address, subject=subject, text=text, key=f"causerie-{mail.nonce.hex()}")

    async def _token_of(self, mail: WaitingMail, user_id: UserId) -> str | None:
        # Made only now: in clear it never lies in the database. Each try to send it makes the same:
        # tries of which nobody knows whether they arrived would use up what an account may have.
        token = self._new_token(mail)
        now = self._clock.now()
        is_added = await self._tokens.add(
            hash_of_reset(token),
            user_id,
            mail,
            at=now,
            expires_at=now + timedelta(seconds=RESET_SECONDS),
            limit=MAX_LIVE_RESETS,
        )
        return token if is_added else None

    async def _meant_by(self, about: str) -> list[User]:
        if is_username(about):
            return await self._users.find_many_by_username([about])
        return (await self._emails.find_by_email(about))[:MAX_ACCOUNTS_PER_ADDRESS]

    def _count(self, result: str, mail: WaitingMail, *, reason: str = "") -> None:
        metrics.MAILS.labels(result).inc()
        say = log.info if result == "sent" else log.warning
        say(f"mail_{result}", kind=mail.kind, attempt=mail.attempts, reason=reason)
