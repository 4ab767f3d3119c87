"""Forgotten passwords: what strangers learn (nothing), what letters carry, and what they open."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from causerie.accounts import Change, CredentialsChanged
from causerie.accounts.model import MailKind
from causerie.foundation.identity import UserId
from causerie.foundation.mail import Letter, MailAway, MailServer, SmtpMailer
from causerie.foundation.postgres import Database
from tests.fakes.mailbox import Mailbox, open_mailbox
from tests.integration.accounts.account_scene import PASSWORD, AccountScene, Answer
from tests.integration.accounts.conftest import Opener
from tests.integration.accounts.factor_scene import set_up
from tests.integration.accounts.timing import MAX_DEVIATIONS, deviations

NEW = "another horse, another staple"
BASE = "https://chat.example.org"


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with open_mailbox() as opened:
        yield opened


@pytest.fixture
async def post(open_scene: Opener, mailbox: Mailbox) -> AccountScene:
    """A server that sends mail; its worker is run by hand."""
    server = MailServer(host="127.0.0.1", port=mailbox.port, sender="chat@example.org", tls="none")
    return await open_scene(public_url=f"{BASE}/", mail=server)


async def _forget(scene: AccountScene, account: str, **headers: str) -> Answer:
    return await scene.call("POST", "/auth/password/forgot", {"account": account}, headers=headers)


async def _deliver(scene: AccountScene) -> None:
    """Send all that is due."""
    letters = scene.accounts.mails.letters
    assert letters is not None
    while await letters.deliver_next():
        pass


def _token_in(mailbox: Mailbox, index: int = -1) -> str:
    found = re.search(rf"{BASE}/reset-password#token=(\S{{43}})\n", _text(mailbox, index))
    assert found is not None
    return found[1]


def _text(mailbox: Mailbox, index: int = -1) -> str:
    return str(mailbox.letters[index].get_content()).replace("\r\n", "\n")


async def _reset(scene: AccountScene, token: str, new: str = NEW) -> Answer:
    body = {"token": token, "new_password": new}
    return await scene.call("POST", "/auth/password/reset", body)


def _forgets(scene: AccountScene) -> Callable[[str], Awaitable[None]]:
    async def door(name: str) -> None:
        answer = await _forget(scene, name)
        assert (answer.status, answer.body) == (202, b'{"expires_in":1800}')

    return door


@pytest.mark.parametrize("account", ["ada", "ADA", "Ada@Example.org"])
async def test_a_letter_opens_the_account_once_and_ends_all_sessions(
    post: AccountScene, mailbox: Mailbox, account: str
) -> None:
    registered = await post.register("ada", email="ada@example.org")
    asked = await _forget(post, account)
    # First of all: who was refused for a moment waits for no letter.
    assert (registered.status, asked.status) == (201, 202)
    login = registered.json()
    await _deliver(post)
    token = _token_in(mailbox)
    answers = [await _reset(post, token), await _reset(post, token)]

    assert [answer.status for answer in answers] == [204, 401]
    assert mailbox.envelopes[0] == ["ada@example.org"]
    assert (mailbox.letters[0]["from"], mailbox.letters[0]["to"]) == (
        "chat@example.org",
        "ada@example.org",
    )
    assert (await post.me(login["access_token"])).status == 401
    assert (await post.refresh(login["refresh_token"])).status == 401
    assert [(await post.login("ada", p)).status for p in (PASSWORD, NEW)] == [401, 200]
    changes = [e.change for e in post.announced if isinstance(e, CredentialsChanged)]
    assert changes == [Change.PASSWORD_RESET]
    await _deliver(post)
    assert "was changed" in _text(mailbox)


async def test_a_reset_refuses_what_a_registration_would_and_spends_nothing(
    open_scene: Opener, mailbox: Mailbox, tmp_path: Path
) -> None:
    breached = tmp_path / "breached.txt"
    breached.write_text(f"{hashlib.sha1(b'of a breach somewhere').hexdigest().upper()}:7\n")
    server = MailServer(host="127.0.0.1", port=mailbox.port, sender="chat@example.org", tls="none")
    post = await open_scene(public_url=BASE, mail=server, breached_passwords=breached)
    await post.register("ada", email="ada@example.org")
    await _forget(post, "ada")
    await _deliver(post)
    token = _token_in(mailbox)
    bad = ("short", "password123", "x" * 129, "null\0null", "of a breach somewhere")

    refused = [await _reset(post, token, password) for password in bad]
    taken = await _reset(post, token)

    fields = {error["field"] for answer in refused for error in answer.json()["errors"]}
    assert {(answer.status, answer.code) for answer in refused} == {(422, "invalid")}
    assert fields == {"new_password"}
    assert taken.status == 204


async def test_strangers_and_users_get_one_answer_in_one_time(
    post: AccountScene, mailbox: Mailbox
) -> None:
    await post.register("ada", email="ada@example.org")

    # The handler looks nobody up, so this can only fail where somebody changes that.
    assert await deviations(_forgets(post), "ada", "nobody") < MAX_DEVIATIONS
    await _deliver(post)
    assert len(mailbox.letters) == 1


async def test_time_does_not_tell_whose_address_is_known(post: AccountScene) -> None:
    await post.register("ada", email="ada@example.org")

    differs = await deviations(_forgets(post), "ada@example.org", "bob@example.org")

    assert differs < MAX_DEVIATIONS


async def test_time_does_not_tell_a_link_that_was_used_from_one_that_never_was(
    post: AccountScene, mailbox: Mailbox
) -> None:
    await post.register("ada", email="ada@example.org")
    await _forget(post, "ada")
    await _deliver(post)
    spent = _token_in(mailbox)
    await _reset(post, spent)

    async def door(token: str) -> None:
        assert (await _reset(post, token)).status == 401

    assert await deviations(door, spent, spent.swapcase()) < MAX_DEVIATIONS


async def test_the_link_begins_with_the_setting_whatever_the_headers_say(
    post: AccountScene, mailbox: Mailbox
) -> None:
    await post.register("ada", email="ada@example.org")

    await _forget(
        post,
        "ada",
        **{
            "host": "evil.example",
            "x-forwarded-host": "evil.example",
            "forwarded": "host=evil.example",
        },
    )
    await _deliver(post)

    assert "evil" not in mailbox.letters[0].as_string()
    assert _token_in(mailbox)


@pytest.mark.parametrize(
    "account",
    ["ada\r\nBcc: eve@example.org", "ada@example.org\nBcc: eve@example.org", "", "x" * 300],
)
async def test_what_is_no_name_of_anybody_is_refused_before_any_letter(
    post: AccountScene, account: str
) -> None:
    answer = await _forget(post, account)

    assert (answer.status, answer.code) == (422, "invalid")


@pytest.mark.parametrize(
    "address",
    ["ada@example.org,eve@example.org", '"<eve@example.org>"@b.example', "a<b>@c.example"],
)
async def test_an_address_that_would_be_two_gets_no_letter(
    post: AccountScene, mailbox: Mailbox, address: str
) -> None:
    if (await post.register("ada", email=address)).status == 201:
        await _forget(post, "ada")
        await _deliver(post)

    assert mailbox.letters == []


async def test_of_fifty_uses_of_a_letter_one_wins(post: AccountScene, mailbox: Mailbox) -> None:
    await post.register("ada", email="ada@example.org")
    await _forget(post, "ada")
    await _deliver(post)
    token = _token_in(mailbox)

    answers = await asyncio.gather(*(_reset(post, token, f"horse number {i}") for i in range(50)))

    assert Counter(answer.status for answer in answers) == {204: 1, 401: 49}


async def test_a_letter_is_good_for_half_an_hour_and_for_its_own_account(
    post: AccountScene, mailbox: Mailbox, database: Database
) -> None:
    await post.register("ada", email="ada@example.org")
    await _forget(post, "ada")
    await _deliver(post)
    token = _token_in(mailbox)
    guesses = [token[:-1] + "-", token.swapcase(), "", "x" * 5000, "é", "\0"]
    async with database.connection() as connection:
        stored = await connection.fetchval(
            "SELECT string_agg(t::text, '') FROM accounts.reset_tokens t"
        )

    assert {(await _reset(post, guess)).status for guess in guesses} <= {401, 422}
    assert token not in stored
    weak = await _reset(post, token, "password")
    assert (weak.status, weak.json()["errors"][0]["field"]) == (422, "new_password")
    post.clock.advance(1801)
    assert (await _reset(post, token)).status == 401


async def test_letters_are_few_per_account_and_a_reset_voids_them_all(
    post: AccountScene, mailbox: Mailbox
) -> None:
    await post.register("ada", email="ada@example.org")
    for _ in range(6):
        await _forget(post, "ada")
        await _deliver(post)
    assert len(mailbox.letters) == 3

    first, second = _token_in(mailbox, 0), _token_in(mailbox, 1)

    assert (await _reset(post, second)).status == 204
    assert (await _reset(post, first, "horse number 3")).status == 401


async def test_a_reset_leaves_two_factor_on_and_its_owner_another_way_in(
    post: AccountScene, mailbox: Mailbox
) -> None:
    factor = await set_up(post)
    await post.accounts.emails.replace(UserId(1), "ada@example.org")
    for _ in range(10):
        await factor.login(factor.phone.wrong_code())
    assert (await factor.login(factor.phone.code())).status == 429
    await _forget(post, "ada")
    await _deliver(post)

    await _reset(post, _token_in(mailbox))

    assert (await factor.login(None, NEW)).code == "two_factor_required"
    # Who has the mailbox gets no more guesses at the phone by it; codes kept on paper are others.
    assert (await factor.login(factor.phone.code(), NEW)).status == 429
    assert (await factor.login(factor.backup_codes[0], NEW)).status == 200


async def test_a_reset_lets_its_owner_in_while_others_guess(
    post: AccountScene, mailbox: Mailbox
) -> None:
    await post.register("ada", email="ada@example.org")
    wrong, right = ({"username": "ada", "password": word} for word in ("wrong horse", NEW))
    for number in range(12):
        await post.call("POST", "/auth/login", wrong, peer=f"192.0.2.{number}")
    await _forget(post, "ada")
    await _deliver(post)

    reset = {"token": _token_in(mailbox), "new_password": NEW}
    await post.call("POST", "/auth/password/reset", reset, peer="203.0.113.9")

    stranger = await post.call("POST", "/auth/login", right, peer="192.0.2.99")
    owner = await post.call("POST", "/auth/login", right, peer="203.0.113.9")
    assert (stranger.status, owner.status) == (429, 200)


async def test_a_server_that_is_busy_is_asked_again_and_one_that_refuses_is_not(
    post: AccountScene, mailbox: Mailbox, database: Database
) -> None:
    await post.register("ada", email="ada@example.org")
    mailbox.answers = ["450 busy", "421 closing"]
    await _forget(post, "ada")

    for waiting_seconds in (0, 61, 121):
        post.clock.advance(waiting_seconds)
        assert len(mailbox.letters) == 0
        await _deliver(post)
    mailbox.answers = ["550 nobody here"]
    await _forget(post, "ada")
    await _deliver(post)

    assert len(mailbox.letters) == 1
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM accounts.mails") == 0


async def test_a_letter_that_fails_again_and_again_is_sent_in_the_end(
    post: AccountScene, mailbox: Mailbox
) -> None:
    await post.register("ada", email="ada@example.org")
    # More often than an account may have live links, each try within the half hour of the letter.
    mailbox.answers = ["450 busy"] * 4
    await _forget(post, "ada")

    for waiting_seconds in (0, 60, 120, 240, 480):
        post.clock.advance(waiting_seconds)
        await _deliver(post)

    assert len(mailbox.letters) == 1
    assert (await _reset(post, _token_in(mailbox))).status == 204


async def test_a_letter_of_which_nobody_knows_that_it_arrived_comes_again_as_it_was(
    post: AccountScene, mailbox: Mailbox
) -> None:
    await post.register("ada", email="ada@example.org")
    mailbox.lost_answers = 1
    await _forget(post, "ada")
    await _deliver(post)
    post.clock.advance(60)

    await _deliver(post)

    first, second = mailbox.letters
    assert (first["message-id"], _text(mailbox, 0)) == (second["message-id"], _text(mailbox, 1))


async def test_what_is_asked_for_while_the_last_one_is_worked_off_is_not_forgotten(
    post: AccountScene, mailbox: Mailbox
) -> None:
    queue = post.accounts.mails.queue
    assert queue is not None
    await _forget(post, "ada@example.org")
    mail = await queue.take(at=post.clock.now(), lease=timedelta(seconds=120))
    assert mail is not None
    # Looked up by now, and nobody found.
    await post.register("ada", email="ada@example.org")
    await _forget(post, "ada@example.org")
    await queue.spread(mail, MailKind.RESET_LINK, [], at=post.clock.now())

    await _deliver(post)

    assert mailbox.envelopes == [["ada@example.org"]]


async def test_who_asks_again_waits_as_long_as_who_asks_first(
    post: AccountScene, mailbox: Mailbox
) -> None:
    await post.register("ada", email="ada@example.org")
    mailbox.answers = ["450 busy"] * 5
    await _forget(post, "ada")
    for waiting_seconds in (0, 60, 120, 240, 480):
        post.clock.advance(waiting_seconds)
        await _deliver(post)

    await _forget(post, "ada")
    for waiting_seconds in (0, 600, 600):
        post.clock.advance(waiting_seconds)
        await _deliver(post)

    assert len(mailbox.letters) == 1


async def test_no_letter_that_still_waits_opens_what_a_reset_has_shut(
    post: AccountScene, mailbox: Mailbox
) -> None:
    await post.register("ada", email="ada@example.org")
    mailbox.lost_answers = 1
    await _forget(post, "ada")
    await _deliver(post)
    assert (await _reset(post, _token_in(mailbox))).status == 204

    post.clock.advance(60)
    await _deliver(post)

    assert [letter["subject"] for letter in mailbox.letters] == [
        "Your new password",
        "Your password was changed",
    ]
    assert (await _reset(post, _token_in(mailbox, 0), "horse number 3")).status == 401


async def test_a_mail_server_that_says_nothing_holds_the_letters_up_for_so_long_only() -> None:
    letter = Letter(to="ada@example.org", subject="Hello", text="Hi.\n", key="1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        server = MailServer(host="127.0.0.1", port=port, sender="chat@example.org", tls="none")

        with pytest.raises(MailAway):
            await SmtpMailer(server, timeout_seconds=0.2).send(letter)


async def test_without_a_server_for_mail_everybody_is_told_alike(scene: AccountScene) -> None:
    await scene.register("ada", email="ada@example.org")

    answers = [await _forget(scene, account) for account in ("ada", "nobody", "ada@example.org")]

    assert {(answer.status, answer.code) for answer in answers} == {(501, "unsupported")}
    assert len({answer.json()["detail"] for answer in answers}) == 1


async def test_the_page_behind_the_link_has_its_own_script_and_looks_only(
    post: AccountScene,
) -> None:
    page = await post.call("GET", "/reset-password")

    policy = page.headers["content-security-policy"]
    assert (page.status, page.headers["content-type"].partition(";")[0]) == (200, "text/html")
    assert "default-src 'none'; script-src 'sha256-" in policy
    assert "unsafe" not in policy
    for part in ("script", "style"):
        (text,) = re.findall(rf"<{part}>(.*?)</{part}>", page.body.decode(), re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{part}-src 'sha256-{digest}'" in policy


async def test_the_worker_sends_by_itself_what_is_asked_for(
    post: AccountScene, mailbox: Mailbox
) -> None:
    await post.register("ada", email="ada@example.org")
    worker = asyncio.ensure_future(post.accounts.mails.run())

    await _forget(post, "ada")
    await mailbox.wait_for(1)

    worker.cancel()
    await asyncio.wait([worker])
    assert mailbox.envelopes == [["ada@example.org"]]
