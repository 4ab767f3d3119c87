"""The settings of a login through an OpenID provider."""

from __future__ import annotations

from dataclasses import dataclass

from causerie.assembly.settings.declaring import setting
from causerie.assembly.settings.kinds import Boolean, Maybe, Text, Url

_on_or_off = Boolean()


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """An OpenID provider through which people may log in; none unless it is named."""

    issuer: str | None = setting(
        Maybe(Url(("https", "http"), "https://login.example.org/realm")),
        "",
        "The provider, as its own description names it; https, or http on this machine.",
    )
    client_id: str | None = setting(
        Maybe(Text("the name that the provider knows this server by")), "", "Who we are to it."
    )
    client_secret: str | None = setting(
        Maybe(Text("a text that is not empty")),
        "",
        "Proves that; none for a public client, which PKCE alone protects.",
        secret=True,
    )
    redirect_uri: str | None = setting(
        Maybe(Url(("https", "http"), "https://chat.example.org/oidc")),
        "",
        "The page of your client that the provider sends people back to, as it is registered there.",
    )
    scopes: str = setting(
        Text("names with spaces between, `openid` among them", r"(?:\S+ )*openid(?: \S+)*"),
        "openid profile email",
        "What is asked for.",
    )
    creates_accounts: bool = setting(
        _on_or_off, default=True, doc="Make an account for whom it names first."
    )
    links_by_email: bool = setting(
        _on_or_off,
        default=False,
        doc="Open the one account with the address that it has verified. Only where you gave out "
        "every address here yourself: whoever registers one need not own it.",
    )
