"""Sessions in cookies: what a browser keeps, and what a page of another site cannot make it do."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any

import msgspec
import pytest

from tests.integration.accounts.account_scene import AccountScene, Answer
from tests.integration.accounts.conftest import Opener

COOKIES = ("causerie_access", "causerie_refresh", "causerie_csrf")


class Browser:
    """Keeps cookies as a browser does, and sends them where they belong."""

    def __init__(
        self, scene: AccountScene, *, scheme: str = "http", peer: str = "192.0.2.7"
    ) -> None:
        self.scene = scene
        self.scheme = scheme
        self.peer = peer
        self.jar: dict[str, tuple[str, str]] = {}  # name to value and path
        self.lines: list[str] = []
        self.csrf = ""

    async def send(
        self,
        method: str,
        target: str,
        body: object = None,
        *,
        csrf: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send as a page of ours does; ``csrf`` is what it puts into the header."""
        fitting = [f"{n}={v}" for n, (v, path) in self.jar.items() if target.startswith(path)]
        sent = {"x-csrf-token": self.csrf if csrf is None else csrf, **(headers or {})}
        if fitting:
            sent["cookie"] = "; ".join(fitting)
        answer = await self.scene.call(
            method, target, body, headers=sent, scheme=self.scheme, peer=self.peer
        )
        self.lines += answer.set_cookies
        for line in answer.set_cookies:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.jar.pop(name, None)
                else:
                    self.jar[name] = (morsel.value, morsel["path"])
        return answer

    async def visit(self) -> None:
        """Ask for the token, as each page does first."""
        self.csrf = (await self.send("GET", "/api/csrf-token")).json()["csrf_token"]

    async def keep(self, refresh_token: str | None = None) -> Any:
        """Keep a login in cookies, or renew it."""
        body = {} if refresh_token is None else {"refresh_token": refresh_token}
        answer = await self.send("POST", "/auth/cookies", body)
        assert answer.status == 200, answer.body
        self.csrf = answer.json()["csrf_token"]
        return answer.json()


@pytest.fixture
async def browser(scene: AccountScene) -> Browser:
    """A browser in which Ada is logged in."""
    browser = Browser(scene)
    await browser.visit()
    await browser.keep((await scene.register("ada")).json()["refresh_token"])
    return browser


async def test_who_acts_is_known_by_the_cookie(browser: Browser) -> None:
    answer = await browser.send("GET", "/api/v2/me", csrf="")

    assert answer.json()["username"] == "ada"


async def test_no_script_and_no_other_site_gets_at_the_cookies(browser: Browser) -> None:
    for line in browser.lines:
        assert "HttpOnly" in line
        assert "SameSite=strict" in line


async def test_with_https_the_names_hold_the_browser_to_what_they_say(scene: AccountScene) -> None:
    browser = Browser(scene, scheme="https")
    await browser.visit()

    await browser.keep((await scene.register("ada")).json()["refresh_token"])

    assert set(browser.jar) == {
        "__Host-causerie_access",
        "__Host-causerie_refresh",
        "__Host-causerie_csrf",
    }
    assert all("Secure" in line and "Path=/;" in line for line in browser.lines)
    assert (await browser.send("GET", "/api/v2/me")).status == 200


async def test_no_answer_shows_what_the_cookies_hold(scene: AccountScene) -> None:
    browser = Browser(scene)
    await browser.visit()
    login = await scene.register("ada")

    answers = [login.body, msgspec.json.encode(await browser.keep(login.json()["refresh_token"]))]
    answers += [msgspec.json.encode(await browser.keep())]
    answers += [(await browser.send("GET", "/api/csrf-token")).body]

    lines = [SimpleCookie(line) for line in browser.lines]
    kept = [morsel.value for line in lines for morsel in line.values()]
    assert len(kept) > len(COOKIES)
    assert not [value for value in kept if any(value.encode() in body for body in answers)]


async def test_what_a_trusted_proxy_calls_https_is_https(open_scene: Opener) -> None:
    scene = await open_scene(trusted_proxies=("192.0.2.7",))
    behind = {"x-forwarded-proto": "https"}

    trusted = await scene.call("GET", "/api/csrf-token", headers=behind)
    other = await scene.call("GET", "/api/csrf-token", headers=behind, peer="192.0.2.8")

    assert trusted.set_cookies[0].startswith("__Host-")
    assert other.set_cookies[0].startswith("causerie_csrf=")


@pytest.mark.parametrize("csrf", ["", "wrong", "é", "x" * 5000])
@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("POST", "/auth/logout", None),
        ("POST", "/auth/password", {"current_password": "x", "new_password": "y"}),
        ("DELETE", "/auth/cookies", None),
        ("POST", "/auth/cookies", {}),
    ],
)
async def test_a_change_without_the_token_is_refused(
    browser: Browser, csrf: str, method: str, target: str, body: object
) -> None:
    answer = await browser.send(method, target, body, csrf=csrf)

    assert (answer.status, answer.code) == (403, "forbidden")
    assert (await browser.send("GET", "/api/v2/me")).status == 200


async def test_a_token_of_another_session_is_refused(browser: Browser, scene: AccountScene) -> None:
    other = Browser(scene)
    await other.visit()
    await other.keep((await scene.register("eve")).json()["refresh_token"])
    # Planted by a neighbour under the same domain, with the token that goes with it.
    browser.jar["causerie_csrf"] = other.jar["causerie_csrf"]

    answer = await browser.send("POST", "/auth/logout", csrf=other.csrf)

    assert (answer.status, answer.code) == (403, "forbidden")


async def test_a_page_of_another_site_is_refused_with_the_token_too(browser: Browser) -> None:
    answer = await browser.send("POST", "/auth/logout", headers={"origin": "https://evil.example"})
    own = await browser.send("POST", "/auth/logout", headers={"origin": "http://chat.example"})

    assert (answer.status, answer.code) == (403, "forbidden")
    assert own.status == 204


async def test_a_login_ends_what_was_proven_before_it(scene: AccountScene) -> None:
    browser = Browser(scene)
    await browser.visit()
    before = (browser.csrf, browser.jar["causerie_csrf"])

    await browser.keep((await scene.register("ada")).json()["refresh_token"])

    assert browser.csrf != before[0]
    browser.jar["causerie_csrf"] = before[1]
    refused = await browser.send("POST", "/auth/logout", csrf=before[0])
    assert (refused.status, refused.code) == (403, "forbidden")


async def test_a_bearer_token_needs_no_other(browser: Browser, scene: AccountScene) -> None:
    token = (await scene.login("ada")).json()["access_token"]

    # The page names who acts; the cookie that the browser adds says nothing.
    answer = await browser.send(
        "POST", "/auth/logout", csrf="", headers={"authorization": f"Bearer {token}"}
    )

    assert answer.status == 204
    assert (await browser.send("GET", "/api/v2/me")).status == 200


async def test_another_tab_gets_the_same_token(browser: Browser) -> None:
    first = browser.csrf

    await browser.visit()

    assert browser.csrf == first


async def test_what_the_cookies_hold_is_renewed_and_the_old_is_spent(browser: Browser) -> None:
    spent = dict(browser.jar)
    old_csrf = browser.csrf
    browser.scene.clock.advance(16 * 60)  # The access token is over.
    assert (await browser.send("GET", "/api/v2/me")).status == 401

    await browser.keep()

    assert (await browser.send("GET", "/api/v2/me")).status == 200
    browser.jar = spent
    reused = await browser.send("POST", "/auth/cookies", {}, csrf=old_csrf)
    assert (reused.status, reused.code) == (401, "unauthenticated")


async def test_a_page_that_comes_back_late_can_renew(browser: Browser) -> None:
    browser.scene.clock.advance(3600)
    browser.jar.pop("causerie_access")  # Browsers forget it in time.

    await browser.visit()
    answer = await browser.send("POST", "/auth/cookies")

    assert answer.status == 200


async def test_logging_out_forgets_the_cookies(browser: Browser) -> None:
    held = dict(browser.jar)

    answer = await browser.send("DELETE", "/auth/cookies")

    assert answer.status == 204
    assert browser.jar == {}
    browser.jar = held
    assert (await browser.send("GET", "/api/v2/me")).status == 401


async def test_nobody_is_logged_in_by_nothing(scene: AccountScene) -> None:
    browser = Browser(scene)
    await browser.visit()

    for cookies in (None, "causerie_access=; causerie_csrf=", "causerie_access=x;;=;a", "\x80=é"):
        headers = {"cookie": cookies} if cookies else {}
        answer = await scene.call("GET", "/api/v2/me", headers=headers)
        assert (answer.status, answer.code) == (401, "unauthenticated")

    renewed = await browser.send("POST", "/auth/cookies", {})
    assert (renewed.status, renewed.code) == (401, "unauthenticated")
