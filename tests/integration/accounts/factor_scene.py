"""A user with an authenticator, as an app on a phone is one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyotp

from tests.integration.accounts.account_scene import PASSWORD, AccountScene, Answer

STEP_SECONDS = 30


class Authenticator:
    """Shows codes of a secret; shares no code with the server."""

    def __init__(self, scene: AccountScene, secret: str) -> None:
        self._scene = scene
        self._totp = pyotp.TOTP(secret)

    def code(self, steps: int = 0) -> str:
        """The code of now, or of some steps away."""
        return self._totp.at(self._scene.clock.now() + timedelta(seconds=steps * STEP_SECONDS))

    def wrong_code(self) -> str:
        """Six digits that are no code of the steps around now."""
        near = {self.code(steps) for steps in (-2, -1, 0, 1, 2)}
        return next(code for code in ("000000", "111111", "222222", "333333") if code not in near)


class FactorScene:
    """Ada, logged in, with two-factor on and its first code spent."""

    def __init__(self, scene: AccountScene, token: str, phone: Authenticator, body: Any) -> None:
        self.scene = scene
        self.clock = scene.clock
        self.token = token
        self.phone = phone
        self.backup_codes: list[str] = body["backup_codes"]

    async def login(self, code: str | None = None, password: str = PASSWORD) -> Answer:
        body = {"username": "ada", "password": password}
        return await self.scene.call("POST", "/auth/login", body | ({"code": code} if code else {}))

    async def call(self, path: str, body: object = None, **options: Any) -> Answer:
        return await self.scene.call("POST", path, body, token=self.token, **options)


async def set_up(scene: AccountScene) -> FactorScene:
    """Register Ada and switch her second factor on; a new time step has begun since."""
    token = (await scene.register("ada")).json()["access_token"]
    proposed = (await scene.call("POST", "/auth/2fa/enable", token=token)).json()
    phone = Authenticator(scene, proposed["secret"])
    confirmed = await scene.call("POST", "/auth/2fa/verify", {"code": phone.code()}, token=token)
    assert confirmed.status == 200, confirmed.body
    scene.clock.advance(STEP_SECONDS)
    return FactorScene(scene, token, phone, confirmed.json())
