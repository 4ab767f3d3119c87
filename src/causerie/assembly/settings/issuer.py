"""The settings of an outside issuer."""

from __future__ import annotations

from dataclasses import dataclass

from causerie.assembly.settings.declaring import setting
from causerie.assembly.settings.kinds import Maybe, Pairs, Several, Text, Url, read_algorithm


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedIssuerSettings:
    """Another system whose access tokens are taken beside our own; none unless it is named."""

    issuer: str | None = setting(Maybe(Text("its name, as its tokens have it")), "", "Its `iss`.")
    jwks_url: str | None = setting(
        Maybe(Url(("https", "http"), "https://login.example.org/jwks.json")),
        "",
        "Where it publishes its keys; https, or http on this machine outside production.",
    )
    audience: str = setting(
        Text("a text that is not empty"), "causerie", "`aud` that its tokens must have."
    )
    algorithms: tuple[str, ...] = setting(
        Several("a list of ES256, RS256 and Ed25519", read_algorithm),
        ["ES256", "RS256", "Ed25519"],
        "With which its keys may sign.",
    )
    username_claim: str = setting(
        Text("a claim's name, or a path with dots"),
        "preferred_username",
        "What a new account's name is made of.",
    )
    role_claim: str | None = setting(
        Maybe(Text("a claim's name, or a path with dots")),
        "",
        "Where its tokens name roles; none leaves roles to this server.",
    )
    roles: tuple[tuple[str, str], ...] = setting(
        Pairs("a list of theirs=ours, such as staff=moderator"),
        [],
        "Its roles and ours for them, the first that fits; without any, `user`.",
    )
