"""Forgotten passwords over HTTP: ``/auth/password/forgot`` and ``reset``, and a page to do it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from litestar import Response, get, post
from litestar.params import JSONBody
from litestar.types import ControllerRouterHandler

from causerie.accounts.api_http.origins import counted, origin_of
from causerie.accounts.model import RESET_SECONDS
from causerie.accounts.service import AccountService
from causerie.accounts.wire import AskedBody, ForgotBody, ResetBody
from causerie.gateway.http import AUTH, PUBLIC, AnyRequest, ClientAddress

SCRIPT = """
const form = document.forms[0], out = document.querySelector("output");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const token = new URLSearchParams(location.hash.slice(1)).get("token") || "";
  const body = JSON.stringify({token, new_password: form.elements.password.value});
  const headers = {"Content-Type": "application/json"};
  const answer = await fetch("/auth/password/reset", {method: "POST", headers, body});
  if (answer.ok) { history.replaceState(null, "", location.pathname); form.remove(); }
  out.textContent = answer.ok ? "Your password is set. You can log in with it."
    : (await answer.json()).detail;
});
"""
PAGE = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>New password</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head><body><main>
<h1>New password</h1><form><label>New password <input name="password" type="password" minlength="8"
maxlength="128" autocomplete="new-password" required></label> <button>Set it</button></form>
<p><output role="status"></output></p></main><script>{SCRIPT}</script></body></html>"""
DIGEST = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; script-src 'sha256-{DIGEST}'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def password_routes(accounts: AccountService) -> Sequence[ControllerRouterHandler]:
    """Make the handlers."""

    @post("/auth/password/forgot", opt=AUTH, status_code=202, summary="Ask for a new password")
    async def forgot(
        data: JSONBody[ForgotBody], request: AnyRequest, client_address: ClientAddress
    ) -> AskedBody:
        """Send a letter with a link to whoever has this username or address, if anybody has.

        The answer is the same either way.
        """
        await accounts.resets.request(data.account, origin_of(request, client_address))
        return AskedBody(RESET_SECONDS)

    @post("/auth/password/reset", opt=AUTH, status_code=204, summary="Set a new password")
    @counted
    async def reset(
        data: JSONBody[ResetBody], request: AnyRequest, client_address: ClientAddress
    ) -> None:
        """Set a new password by the letter's token; all sessions end."""
        await accounts.resets.redeem(
            data.token, data.new_password, origin_of(request, client_address)
        )

    @get("/reset-password", opt=PUBLIC, media_type="text/html", include_in_schema=False)
    async def page() -> Response[str]:
        return Response(PAGE, media_type="text/html", headers={"content-security-policy": POLICY})

    return [forgot, reset, page]
