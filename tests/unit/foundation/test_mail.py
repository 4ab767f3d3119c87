"""Letters: one address each, and no header but ours."""

from __future__ import annotations

import msgspec
import pytest

from causerie.foundation.mail import Letter, MailRefused, MailServer, SmtpMailer

MAILER = SmtpMailer(MailServer(host="mail.example", port=587, sender="chat@example.org"))


def letter(**change: str) -> Letter:
    written = Letter(to="ada@example.org", subject="Hello", text="Hi.\n", key="causerie-1")
    return msgspec.structs.replace(written, **change)


def test_a_letter_has_the_headers_that_a_machines_letters_have() -> None:
    message = MAILER._compose(letter(text="Grüße\n"))

    assert dict(message.items()) | {"Content-Type": ""} == {
        "From": "chat@example.org",
        "To": "ada@example.org",
        "Subject": "Hello",
        "Message-ID": "<causerie-1@example.org>",
        "Auto-Submitted": "auto-generated",
        "Content-Type": "",
        "Content-Transfer-Encoding": "8bit",
        "MIME-Version": "1.0",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"to": "ada@example.org\r\nBcc: eve@example.org"},
        {"to": "ada@example.org, eve@example.org"},
        {"to": "ada@example.org>\nRCPT TO:<eve@example.org"},
        {"to": ""},
        {"subject": "Hello\r\nBcc: eve@example.org"},
        {"subject": "Hello\nX-Evil: 1"},
    ],
)
def test_what_would_add_a_header_or_a_reader_is_no_letter(change: dict[str, str]) -> None:
    with pytest.raises(MailRefused):
        MAILER._compose(letter(**change))
