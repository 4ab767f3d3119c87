"""Passkeys: made, shown instead of a password or a code, and everything that is not one."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from typing import Any

import pytest

from causerie.accounts import Change, CredentialsChanged
from causerie.accounts.model import MAX_PASSKEYS
from causerie.foundation.identity import UserId
from tests.fakes.passkey import PRESENT, FakePasskey, b64, unb64
from tests.integration.accounts.account_scene import PASSWORD, AccountScene, Answer
from tests.integration.accounts.conftest import Opener
from tests.integration.accounts.factor_scene import set_up

# The long form takes half a minute, and shows no more than the short one does.
MANY = 10_000 if os.environ.get("CAUSERIE_CHAOS") == "full" else 50
SITE = "http://chat.example"  # The scene's Host, over plain HTTP.


class PasskeyScene:
    """Ada, logged in, with a passkey on her laptop."""

    def __init__(self, scene: AccountScene, token: str) -> None:
        self.scene = scene
        self.token = token
        self.laptop = FakePasskey()

    async def call(self, path: str, body: object = None, method: str = "POST") -> Answer:
        return await self.scene.call(method, path, body, token=self.token)

    async def make(self, passkey: FakePasskey, *, name: str = "Laptop", **bent: Any) -> Answer:
        """Make a passkey, as a page does."""
        options = await self.call("/auth/passkeys/options")
        assert options.status == 200, options.body
        made = passkey.create(options.json()["public_key"], origin=bent.pop("origin", SITE), **bent)
        return await self.call("/auth/passkeys", {"credential": made, "name": name})

    async def show(self, passkey: FakePasskey, *, origin: str = SITE, **bent: Any) -> Any:
        """What the browser gives where a page asks for a passkey to log in."""
        options = await self.scene.call("POST", "/auth/passkeys/login/options")
        return passkey.get(options.json()["public_key"], origin=origin, **bent)

    async def login(self, passkey: FakePasskey, **bent: Any) -> Answer:
        shown = await self.show(passkey, **bent)
        return await self.scene.call("POST", "/auth/passkeys/login", {"credential": shown})


@pytest.fixture
async def ada(scene: AccountScene) -> PasskeyScene:
    made = PasskeyScene(scene, (await scene.register("ada")).json()["access_token"])
    assert (await made.make(made.laptop)).status == 201
    return made


async def test_a_passkey_logs_in_without_a_name_or_a_password(ada: PasskeyScene) -> None:
    answer = await ada.login(ada.laptop)

    assert answer.status == 200
    assert answer.json()["user"]["username"] == "ada"
    assert (await ada.scene.me(answer.json()["access_token"])).status == 200


async def test_while_everybody_guesses_the_password_its_owner_gets_in_by_other_ways(
    scene: AccountScene,
) -> None:
    session = (await scene.register("ada")).json()
    ada = PasskeyScene(scene, session["access_token"])
    await ada.make(ada.laptop)
    wrong, right = ({"username": "ada", "password": word} for word in ("wrong horse", PASSWORD))

    async def from_abroad(path: str, body: object) -> Answer:
        return await scene.call("POST", path, body, peer="203.0.113.9")

    guesses = await asyncio.gather(
        *(
            scene.call("POST", "/auth/login", wrong, peer=f"198.51.{n // 250}.{n % 250}")
            for n in range(MANY)
        )
    )
    by_password = await from_abroad("/auth/login", right)
    shown = await ada.show(ada.laptop)
    by_passkey = await from_abroad("/auth/passkeys/login", {"credential": shown})
    by_device = await from_abroad("/auth/refresh", {"refresh_token": session["refresh_token"]})
    from_home = await scene.login("ada")

    # Two of the ten are kept for where the owner has been before.
    assert Counter(guess.status for guess in guesses) == {401: 8, 429: MANY - 8}
    assert by_password.status == 429
    ways = (by_passkey, by_device, from_home)
    assert [way.status for way in ways] == [200] * 3
    for way in ways:
        assert (await scene.me(way.json()["access_token"])).json()["username"] == "ada"


async def test_what_is_made_is_listed_announced_and_removed(ada: PasskeyScene) -> None:
    phone = FakePasskey(counts=False)
    await ada.make(phone, name="  Phone ")
    await ada.login(phone)

    listed = (await ada.call("/auth/passkeys", method="GET")).json()["items"]
    gone = await ada.call(f"/auth/passkeys/{listed[1]['id']}", method="DELETE")

    assert [(one["name"], one["last_used_at"] is not None) for one in listed] == [
        ("Laptop", False),
        ("Phone", True),
    ]
    assert listed[0]["transports"] == ["internal"]
    assert gone.status == 204
    assert (await ada.login(phone)).status == 401
    assert (await ada.login(ada.laptop)).status == 200
    changes = [e for e in ada.scene.announced if isinstance(e, CredentialsChanged)]
    assert changes == [
        CredentialsChanged(UserId(1), Change.PASSKEY_ADDED, "192.0.2.7"),
        CredentialsChanged(UserId(1), Change.PASSKEY_ADDED, "192.0.2.7"),
        CredentialsChanged(UserId(1), Change.PASSKEY_REMOVED, "192.0.2.7"),
    ]


async def test_options_name_no_user_and_ask_for_the_holder(ada: PasskeyScene) -> None:
    logging_in = await ada.scene.call("POST", "/auth/passkeys/login/options")
    making = await ada.call("/auth/passkeys/options")

    asked = logging_in.json()["public_key"]
    assert asked["userVerification"] == "required"
    assert not asked.get("allowCredentials")
    wanted = making.json()["public_key"]
    assert wanted["rp"]["id"] == "chat.example"
    assert wanted["authenticatorSelection"]["residentKey"] == "required"
    assert [one["id"] for one in wanted["excludeCredentials"]] == [b64(ada.laptop.id)]
    assert b"ada" not in unb64(wanted["user"]["id"])


async def test_the_operators_address_is_whom_passkeys_are_for(open_scene: Opener) -> None:
    scene = await open_scene(public_url="https://Chat.Example:8443/somewhere")
    ada = PasskeyScene(scene, (await scene.register("ada")).json()["access_token"])

    here = await ada.make(ada.laptop, origin="https://chat.example:8443")
    elsewhere = await ada.make(FakePasskey(), origin=SITE)

    assert here.status == 201
    assert (elsewhere.status, elsewhere.code) == (401, "unauthenticated")


@pytest.mark.parametrize(
    "bent",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://chat.example.evil.example"},
        {"host": "evil.example"},
    ],
)
async def test_what_was_said_to_another_site_is_refused(
    ada: PasskeyScene, bent: dict[str, str]
) -> None:
    made = await ada.make(FakePasskey(), **bent)
    used = await ada.login(ada.laptop, **bent)

    assert (made.status, made.code) == (401, "unauthenticated")
    assert (used.status, used.code) == (401, "unauthenticated")


async def test_a_device_that_verified_nobody_is_refused(ada: PasskeyScene) -> None:
    stolen = FakePasskey()
    stolen.flags = PRESENT

    made = await ada.make(stolen)
    ada.laptop.flags = PRESENT
    used = await ada.login(ada.laptop)

    assert (made.code, used.code) == ("unauthenticated", "unauthenticated")


async def test_an_answer_counts_once_however_many_come(ada: PasskeyScene) -> None:
    shown = {"credential": await ada.show(ada.laptop)}

    answers = await asyncio.gather(
        *(ada.scene.call("POST", "/auth/passkeys/login", shown) for _ in range(10))
    )

    assert sorted(answer.status for answer in answers) == [200] + [401] * 9


async def test_an_answer_that_comes_late_is_refused(ada: PasskeyScene) -> None:
    shown = {"credential": await ada.show(ada.laptop)}
    ada.scene.clock.advance(300)

    answer = await ada.scene.call("POST", "/auth/passkeys/login", shown)

    assert (answer.status, answer.code) == (401, "unauthenticated")
    assert await ada.scene.service.passkeys.forget_old() == 1


async def test_a_challenge_that_nobody_put_is_refused(ada: PasskeyScene) -> None:
    shown = ada.laptop.get({"challenge": b64(bytes(32)), "rpId": "chat.example"}, origin=SITE)

    answer = await ada.scene.call("POST", "/auth/passkeys/login", {"credential": shown})

    assert (answer.status, answer.code) == (401, "unauthenticated")


async def test_a_challenge_put_to_one_is_not_answered_by_another(ada: PasskeyScene) -> None:
    eve = PasskeyScene(ada.scene, (await ada.scene.register("eve")).json()["access_token"])
    options = (await ada.call("/auth/passkeys/options")).json()["public_key"]
    made = eve.laptop.create(options, origin=SITE)

    answer = await eve.call("/auth/passkeys", {"credential": made, "name": "Mine"})

    assert (answer.status, answer.code) == (401, "unauthenticated")


async def test_another_key_under_a_known_id_is_refused(ada: PasskeyScene) -> None:
    forged = FakePasskey()
    forged.id = ada.laptop.id

    made = await ada.make(forged)
    used = await ada.login(forged)

    assert (made.status, made.code) == (409, "conflict")
    assert (used.status, used.code) == (401, "unauthenticated")


async def test_a_copy_that_counts_behind_is_refused(ada: PasskeyScene) -> None:
    copy = FakePasskey()
    copy.id, copy.key = ada.laptop.id, ada.laptop.key
    await ada.login(ada.laptop)
    await ada.login(ada.laptop)

    answer = await ada.login(copy)

    assert (answer.status, answer.code) == (401, "unauthenticated")
    assert (await ada.login(ada.laptop)).status == 200


async def test_no_one_removes_anothers_passkey(ada: PasskeyScene) -> None:
    eve = PasskeyScene(ada.scene, (await ada.scene.register("eve")).json()["access_token"])
    passkey = (await ada.call("/auth/passkeys", method="GET")).json()["items"][0]["id"]

    answer = await eve.call(f"/auth/passkeys/{passkey}", method="DELETE")

    assert (answer.status, answer.code) == (404, "not_found")
    assert (await ada.login(ada.laptop)).status == 200


async def test_making_and_removing_ask_who_one_is(ada: PasskeyScene) -> None:
    ada.scene.clock.advance(6 * 60)

    asked = await ada.call("/auth/passkeys/options")
    removed = await ada.call("/auth/passkeys/1", method="DELETE")
    proven = await ada.call("/auth/passkeys/options", {"password": PASSWORD})

    assert (asked.status, asked.code) == (401, "step_up_required")
    assert (removed.status, removed.code) == (401, "step_up_required")
    assert proven.status == 200


async def test_a_passkey_is_a_step_up(ada: PasskeyScene) -> None:
    ada.scene.clock.advance(6 * 60)
    options = (await ada.call("/auth/step-up/passkey/options")).json()["public_key"]

    wrong = await ada.call("/auth/step-up/passkey", {"credential": await ada.show(ada.laptop)})
    right = await ada.call(
        "/auth/step-up/passkey", {"credential": ada.laptop.get(options, origin=SITE)}
    )

    assert (wrong.status, wrong.code) == (401, "unauthenticated")  # Put to whoever logs in.
    assert right.status == 204
    assert (await ada.call("/auth/passkeys/options")).status == 200


async def test_a_passkey_stands_in_for_a_code_after_the_password(scene: AccountScene) -> None:
    factor = await set_up(scene)
    ada = PasskeyScene(scene, factor.token)
    await ada.make(ada.laptop)
    eve = PasskeyScene(scene, (await scene.register("eve")).json()["access_token"])
    await eve.make(eve.laptop)
    login = {"username": "ada", "password": PASSWORD}

    others = await scene.call(
        "POST", "/auth/login", login | {"passkey": await ada.show(eve.laptop)}
    )
    wrong = await scene.call(
        "POST",
        "/auth/login",
        {"username": "ada", "password": "wrong", "passkey": await ada.show(ada.laptop)},
    )
    right = await scene.call("POST", "/auth/login", login | {"passkey": await ada.show(ada.laptop)})

    assert (others.status, others.code) == (401, "unauthenticated")
    assert (wrong.status, wrong.code) == (401, "unauthenticated")
    assert right.status == 200


async def test_passkeys_are_bounded(ada: PasskeyScene) -> None:
    for _ in range(MAX_PASSKEYS - 1):
        assert (await ada.make(FakePasskey())).status == 201

    answer = await ada.call("/auth/passkeys/options")

    assert (answer.status, answer.code) == (409, "conflict")


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"rawId": "AAAA"},
        {"rawId": "é", "response": {"clientDataJSON": "AAAA"}},
        {"rawId": "AAAA", "response": {"clientDataJSON": b64(b"{}")}},
        {"rawId": "AAAA", "response": {"clientDataJSON": b64(b'{"challenge": 3}')}},
        {"rawId": "AAAA", "response": {"clientDataJSON": "A" * 20_000}},
        {"rawId": ["AAAA"], "response": None},
    ],
)
async def test_what_is_no_credential_is_refused(
    ada: PasskeyScene, credential: dict[str, object]
) -> None:
    used = await ada.scene.call("POST", "/auth/passkeys/login", {"credential": credential})
    made = await ada.call("/auth/passkeys", {"credential": credential, "name": "x"})

    assert (used.status, made.status) == (401, 401)


async def test_a_credential_bent_anywhere_is_refused_and_not_an_error(ada: PasskeyScene) -> None:
    for field in ("clientDataJSON", "authenticatorData", "signature"):
        for cut in (0, 1, 7, 40):
            shown = await ada.show(ada.laptop)
            response = shown["response"]
            raw = unb64(response[field])
            if field == "clientDataJSON":
                raw = raw.replace(b"webauthn.get", b"webauthn.create")
            else:
                raw = raw[:cut] + b"\xff" + raw[cut + 1 :] if cut else b""
            response[field] = b64(raw)
            answer = await ada.scene.call("POST", "/auth/passkeys/login", {"credential": shown})
            assert (answer.status, answer.code) == (401, "unauthenticated"), (field, cut)


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a\nb"])
async def test_a_name_that_cannot_be_shown_is_invalid(ada: PasskeyScene, name: str) -> None:
    answer = await ada.make(FakePasskey(), name=name)

    assert (answer.status, answer.code) == (422, "invalid")
