"""Mail that goes out, by SMTP (RFC 5321, RFC 8314)."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

import aiosmtplib
import msgspec

SMTP_TIMEOUT_SECONDS = 30.0  # RFC 5321 §4.5.3.2 allows minutes; a server that is well needs one.
# Of a letter as a whole: a server that takes its time at each of a dozen steps would hold up all others.
DELIVERY_TIMEOUT_SECONDS = 100.0
PERMANENT_CODE = 500  # RFC 5321 §4.2.1: from here on the same again will be refused again.


class MailServer(msgspec.Struct, frozen=True, kw_only=True):
    """The server that takes our mail, and as whom we send.

    ``tls`` is ``starttls``, ``tls`` (from the first byte) or ``none``; the first two are required of
    the server, certificate included, and not merely tried.
    """

    host: str
    port: int
    sender: str
    username: str | None = None
    password: str | None = None
    tls: str = "starttls"


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One plain text to one person; the same ``key`` again is the same letter."""

    to: str
    subject: str
    text: str
    key: str
    headers: Mapping[str, str] = {}  # besides those that every letter has


class MailRefused(Exception):  # noqa: N818 - a fact; for whoever keeps the queue
    """The letter will never be taken: the address does not exist, or cannot be one."""


class MailAway(Exception):  # noqa: N818 - a fact; for whoever keeps the queue
    """The server is away, busy, or refuses us for now: try again later."""


class SmtpMailer:
    """Sends letters, each on a connection of its own."""

    def __init__(
        self,
        server: MailServer,
        *,
        tls_context: ssl.SSLContext | None = None,
        timeout_seconds: float = DELIVERY_TIMEOUT_SECONDS,
    ) -> None:
        self._server = server
        self._tls_context = tls_context
        self._timeout_seconds = timeout_seconds

    async def send(self, letter: Letter) -> None:
        """Hand a letter over. Raises ``MailRefused`` or ``MailAway``."""
        server = self._server
        message = self._compose(letter)
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await aiosmtplib.send(
                    message,
                    sender=server.sender,
                    recipients=[letter.to],  # Whatever the headers say.
                    hostname=server.host,
                    port=server.port,
                    username=server.username,
                    password=server.password,
                    use_tls=server.tls == "tls",
                    start_tls=server.tls == "starttls",
                    tls_context=self._tls_context,
                    timeout=SMTP_TIMEOUT_SECONDS,
                )
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            if min(codes) >= PERMANENT_CODE:
                raise MailRefused(f"the server refuses the address ({codes[0]})") from error
            raise MailAway(f"the server refuses the address for now ({codes[0]})") from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            # Also what is wrong with us (a password, our own address) is mended by the operator,
            # and the letters wait for that.
            raise MailAway(_reason(error)) from error

    async def greet(self) -> None:
        """Connect, log in as for a letter, and leave. Raises ``MailAway``."""
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.tls == "tls",
            start_tls=server.tls == "starttls",
            tls_context=self._tls_context,
            timeout=SMTP_TIMEOUT_SECONDS,
        )
        try:
            async with client:
                await client.noop()
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise MailAway(_reason(error)) from error

    def _compose(self, letter: Letter) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        domain = self._server.sender.rpartition("@")[2]
        try:
            # The library refuses line breaks in headers; what is no single address ends here.
            message["From"] = Address(addr_spec=self._server.sender)
            message["To"] = Address(addr_spec=letter.to)
            message["Subject"] = letter.subject
            message["Message-ID"] = f"<{letter.key}@{domain}>"
            for name, value in letter.headers.items():
                message[name] = value
            message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: no answering machines
            message.set_content(letter.text)
        except (MessageError, ValueError, IndexError) as error:
            raise MailRefused("the address or the subject cannot stand in a letter") from error
        return message


def _reason(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{type(error).__name__} {error.code}"
    return type(error).__name__
