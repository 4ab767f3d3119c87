"""Pushes reach a push service that only carries them, and the browser that opens them."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from causerie.foundation.postgres import Database
from tests.fakes.browser import Browser
from tests.fakes.receiver import answer
from tests.integration.notifications.conftest import Notified


def raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def test_a_mention_reaches_the_browser_and_the_service_reads_nothing(scene: Notified) -> None:
    key = (await scene.ask("GET", "/push/key", user=scene.ann))["public_key"]
    await scene.subscribe()
    await scene.say("hello @ann")
    (item,) = await scene.told(1)
    (pushed,) = await scene.pushed(1)

    assert pushed == {
        "id": item["id"], "kind": "mention", "conversation_id": scene.room,
        "message_id": item["message_id"], "sender": "ben", "text": "hello @ann",
    }  # fmt: skip
    (request,) = scene.service.received
    assert b"hello" not in request.body
    headers = request.headers
    assert (headers["content-encoding"], headers["urgency"]) == ("aes128gcm", "high")
    assert int(headers["ttl"]) > 0
    assert headers["topic"] == f"c{scene.room.removeprefix('room_')}"
    token, public = headers["authorization"].removeprefix("vapid t=").split(", k=")
    signed, _, signature = token.rpartition(".")
    r, s = raw(signature)[:32], raw(signature)[32:]
    claims = msgspec.json.decode(raw(signed.split(".")[1]))
    assert public == key
    assert claims["aud"] == f"http://127.0.0.1:{scene.service.port}"
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw(key)).verify(
        encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big")),
        signed.encode(),
        ec.ECDSA(hashes.SHA256()),
    )


async def test_who_looks_or_has_read_it_gets_no_push(scene: Notified) -> None:
    await scene.subscribe()
    peer = await scene.node.connect("/ws/v2", scene.ann)
    await peer.hear("hello")
    await scene.say("while she looks @ann")
    await scene.told(1)
    looked = await scene.quiet()
    peer.close(1000)
    said = await scene.say("while she is away @ann")
    body = {"seq": said["seq"]}
    await scene.ask("POST", f"/conversations/{scene.room}/read", body, user=scene.ann)
    await scene.told(2)

    assert looked == 0
    assert await scene.quiet() == 0


@pytest.mark.parametrize("status", [404, 410])
async def test_a_dead_subscription_is_dropped(scene: Notified, status: int) -> None:
    await scene.subscribe()
    scene.service.answers = [answer(status)]
    await scene.say("hello @ann")
    await scene.told(1)
    await scene.quiet()

    assert (await scene.ask("GET", "/push/subscriptions", user=scene.ann))["items"] == []


async def test_a_service_that_is_busy_is_asked_again(scene: Notified) -> None:
    await scene.subscribe()
    scene.service.answers = [answer(429, "Retry-After: 1"), b"garbage"]
    await scene.say("hello @ann")
    await scene.told(1)

    assert await scene.quiet() == 3


async def test_quiet_hours_hold_pushes_back(scene: Notified) -> None:
    await scene.subscribe()
    now = datetime.now(ZoneInfo("Asia/Tokyo"))  # Where no clock is put forward.
    begins, ends = (f"{now + timedelta(hours=hours):%H:%M}" for hours in (-1, 2))
    wanted = {"quiet_from": begins, "quiet_to": ends, "time_zone": "Asia/Tokyo"}
    shown = await scene.ask("PUT", "/notifications/preferences", wanted, user=scene.ann)
    await scene.say("hello @ann")
    await scene.told(1)
    async with scene.database.connection() as connection:
        due = await connection.fetchval(
            "SELECT (due_at AT TIME ZONE 'Asia/Tokyo')::time::text FROM jobs.waiting"
        )

    assert shown == {**wanted, "email_digest": True}
    assert due == f"{ends}:00"


# From, to, and at some moment: when the quiet hours of Paris end, or None where it is not quiet.
QUIET_HOURS = (
    ("22:00", "07:00", "2026-01-31T23:00:00Z", "2026-02-01 06:00:00+00"),
    ("22:00", "07:00", "2026-01-31T20:59:59Z", None),
    ("22:00", "07:00", "2026-01-31T05:00:00Z", "2026-01-31 06:00:00+00"),
    ("22:00", "07:00", "2026-01-31T06:00:00Z", None),
    ("12:00", "13:00", "2026-01-31T11:30:00Z", "2026-01-31 12:00:00+00"),
    # The night in which summer time begins: seven is seven.
    ("22:00", "07:00", "2026-03-28T23:00:00Z", "2026-03-29 05:00:00+00"),
    ("08:00", "08:00", "2026-01-31T07:30:00Z", None),
)


async def test_quiet_hours_go_by_the_clock_of_their_zone(database: Database) -> None:
    async with database.connection() as connection:
        found = [
            await connection.fetchval(
                "SELECT notifications.quiet_until($1::text::time, $2::text::time,"
                " 'Europe/Paris', $3::text::timestamptz)::text",
                start,
                end,
                at,
            )
            for start, end, at, _ in QUIET_HOURS
        ]

    assert found == [until for *_, until in QUIET_HOURS]


async def test_a_browser_is_one_subscription_and_goes_to_who_logs_in_there(scene: Notified) -> None:
    first = await scene.subscribe()
    again = await scene.subscribe()
    body = scene.browser.subscription(scene.service.url)
    await scene.ask("POST", "/push/subscriptions", body, user=scene.ben)

    assert first["id"] == again["id"]
    assert (await scene.ask("GET", "/push/subscriptions", user=scene.ann))["items"] == []


async def test_private_addresses_and_wrong_keys_are_refused(scene: Notified) -> None:
    good = Browser().subscription("https://push.example.org/x")
    for wrong in (
        {**good, "endpoint": "https://10.0.0.1/"},
        {**good, "endpoint": "ftp://x"},
        {**good, "keys": {"p256dh": "AAAA", "auth": "AAAA"}},
        {**good, "device": "x" * 101},
    ):
        refused = await scene.node.call("POST", "/api/v2/push/subscriptions", wrong, user=scene.ann)
        assert refused.status == 422, refused.body


async def test_nobody_removes_anothers_browser(scene: Notified) -> None:
    made = await scene.subscribe()
    path = f"/api/v2/push/subscriptions/{made['id']}"

    assert (await scene.node.call("DELETE", path, user=scene.ben)).status == 404
    assert (await scene.node.call("DELETE", path, user=scene.ann)).status == 204
