"""The settings of the server that takes our mail."""

from __future__ import annotations

from dataclasses import dataclass

from causerie.assembly.settings.declaring import setting
from causerie.assembly.settings.kinds import Choice, Integer, Maybe, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """A server that takes mail, for forgotten passwords; without one they are not offered."""

    host: str | None = setting(
        Maybe(Text("a host name or address", r"[!-~]{1,253}")),
        "",
        "SMTP server; none means that no mail is sent. Needs `server.public_url` and `mail.sender`.",
    )
    port: int = setting(Integer(1, 65535), 587, "Its port: 587 for `starttls`, 465 for `tls`.")
    tls: str = setting(
        Choice(("starttls", "tls", "none")),
        "starttls",
        "How the way there is encrypted, which is then required; `none` for a relay on this host.",
    )
    username: str | None = setting(
        Maybe(Text("a text that is not empty")), "", "Who we are to it; none means no login."
    )
    password: str | None = setting(
        Maybe(Text("a text that is not empty")), "", "The password of `mail.username`.", secret=True
    )
    sender: str | None = setting(
        Maybe(Text("an e-mail address", r"[!#-'*+./-9=?A-Z^-~-]{1,64}@[A-Za-z0-9.-]{1,253}")),
        "",
        "The address that letters come from.",
    )
