"""gRPC as other services call it: a real server, the real library, and what both do on a bad day."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from google.rpc import error_details_pb2
from grpc import Compression, StatusCode
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from causerie.v1 import (
    accounts_pb2,
    conversations_pb2,
    events_pb2,
    messages_pb2,
    notifications_pb2,
    presence_pb2,
)
from tests.clients import Http, opened, register
from tests.grpc_clients import Caller, Failed, Stream, calling, grpc_port
from tests.measures import measured_soon
from tests.node_programs import find_node, install
from tests.ports import free_port
from tests.processes import ROOT, Causerie, a_causerie

EXAMPLES = ROOT / "examples/grpc"
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@pytest.fixture(scope="module")
def server() -> Iterator[Causerie]:
    # One address over all its lives, as programs that follow it are not told of another.
    with a_causerie(grpc__enabled=True, grpc__bind_addr=f"127.0.0.1:{free_port()}") as running:
        yield running


@dataclass
class Scene:
    """Ada and Bob, a room of both, and Ada's service."""

    server: Causerie
    ada: dict[str, Any]
    bob: dict[str, Any]
    token: str
    bobs_token: str
    admins_token: str
    room: str
    caller: Caller

    @property
    def ids(self) -> tuple[int, int]:
        return self.ada["id"], self.bob["id"]

    async def send(self, content: str, **more: object) -> messages_pb2.SendMessageResponse:
        request = messages_pb2.SendMessageRequest(
            conversation_id=self.room,
            content=content,
            **more,  # type: ignore[arg-type] # fields by name
        )
        sent: messages_pb2.SendMessageResponse = await self.caller.call(
            self.caller.messages.SendMessage, request
        )
        return sent

    def held(self, seq: int) -> events_pb2.Position:
        return events_pb2.Position(conversation_id=self.room, seq=seq)


@pytest.fixture(scope="module")
def people(server: Causerie) -> list[dict[str, Any]]:
    """The founder, who may do everything; then Ada, and Bob."""

    async def make() -> list[dict[str, Any]]:
        return [await register(server, name) for name in ("founder", "ada", "bob")]

    return asyncio.run(make())


@pytest.fixture
async def scene(server: Causerie, people: list[dict[str, Any]]) -> AsyncIterator[Scene]:
    name = f"g{time.monotonic_ns()}"
    founder, ada, bob = people
    http = Http(server, ada["access_token"])
    async with http.session:
        room = await http.call(
            "POST",
            "/api/v2/conversations",
            {"kind": "room", "name": name, "members": [bob["user"]["id"]]},
        )
    async with calling(server, ada["access_token"]) as caller:
        yield Scene(
            server,
            ada["user"],
            bob["user"],
            ada["access_token"],
            bob["access_token"],
            founder["access_token"],
            room["id"],
            caller,
        )


# --- each call -------------------------------------------------------------------------------------


async def test_a_user_is_found_by_id_and_by_name(scene: Scene) -> None:
    get = scene.caller.accounts.GetUser
    by_id = await scene.caller.call(get, accounts_pb2.GetUserRequest(user_id=scene.ids[1]))
    name = str(scene.bob["username"]).upper()
    by_name = await scene.caller.call(get, accounts_pb2.GetUserRequest(username=name))

    assert by_id.user == by_name.user
    assert by_id.user.username == scene.bob["username"]
    assert by_id.user.created_at.ToJsonString() == scene.bob["created_at"]


async def test_a_token_is_told_from_what_proves_nobody(scene: Scene) -> None:
    validate = scene.caller.accounts.ValidateToken
    good = await scene.caller.call(
        validate, accounts_pb2.ValidateTokenRequest(token=scene.bobs_token)
    )
    bad = await scene.caller.call(validate, accounts_pb2.ValidateTokenRequest(token="nonsense"))

    assert (good.active, good.user_id, good.role) == (True, scene.ids[1], "user")
    assert "messages.send" in good.permissions
    assert (bad.active, bad.user_id, bad.reason) == (False, 0, "unauthenticated")


async def test_a_conversation_is_shown_with_its_members(scene: Scene) -> None:
    calls = scene.caller.conversations
    shown = await scene.caller.call(
        calls.GetConversation,
        conversations_pb2.GetConversationRequest(conversation_id=scene.room),
    )
    mine = await scene.caller.call(
        calls.ListConversations, conversations_pb2.ListConversationsRequest()
    )
    first = await scene.caller.call(
        calls.ListMembers,
        conversations_pb2.ListMembersRequest(conversation_id=scene.room, page_size=1),
    )
    rest = await scene.caller.call(
        calls.ListMembers,
        conversations_pb2.ListMembersRequest(
            conversation_id=scene.room, after_user_id=first.members[0].user.id
        ),
    )

    assert shown.conversation.kind == conversations_pb2.CONVERSATION_KIND_ROOM
    assert shown.conversation in mine.conversations
    assert [m.user.id for m in (*first.members, *rest.members)] == list(scene.ids)
    assert (first.has_more, rest.has_more) == (True, False)
    assert first.members[0].role == conversations_pb2.MEMBER_ROLE_OWNER


async def test_a_message_is_delivered_once_and_read_everywhere(scene: Scene) -> None:
    async with opened(scene.server, scene.bobs_token) as bob:
        first = await scene.send("hello from a service", client_id="k-1")
        again = await scene.send("hello from a service", client_id="k-1")
        heard = await bob.until_event("message")
    page = await scene.caller.call(
        scene.caller.messages.ListMessages,
        messages_pb2.ListMessagesRequest(conversation_id=scene.room),
    )

    assert (first.is_new, again.is_new) == (True, False)
    assert first.message == again.message
    assert (heard["id"], heard["content"]) == (first.message.id, "hello from a service")
    assert [m.id for m in page.messages] == [first.message.id]


async def test_the_key_in_the_metadata_is_the_same_thing(scene: Scene) -> None:
    send = scene.caller.messages.SendMessage
    request = messages_pb2.SendMessageRequest(conversation_id=scene.room, content="x")
    first = await scene.caller.call(send, request, ("idempotency-key", "k-2"))
    request.client_id = "k-2"
    again = await scene.caller.call(send, request)
    request.content = "y"
    other = await scene.caller.failure(send, request)

    assert (first.message.id, again.is_new) == (again.message.id, False)
    assert (other.status, other.reason) == (StatusCode.FAILED_PRECONDITION, "conflict")


async def test_history_is_read_in_pages(scene: Scene) -> None:
    for number in range(5):
        await scene.send(f"n{number}")
    listing = scene.caller.messages.ListMessages
    room = scene.room
    last = await scene.caller.call(
        listing, messages_pb2.ListMessagesRequest(conversation_id=room, page_size=2)
    )
    first = await scene.caller.call(
        listing, messages_pb2.ListMessagesRequest(conversation_id=room, after=0, page_size=3)
    )

    assert ([m.seq for m in last.messages], last.has_more) == ([4, 5], True)
    assert ([m.seq for m in first.messages], first.has_more) == ([1, 2, 3], True)


async def test_who_is_invisible_is_offline_to_others(scene: Scene) -> None:
    get, about = scene.caller.presence.GetPresence, presence_pb2.GetPresenceRequest
    http = Http(scene.server, scene.bobs_token)
    async with opened(scene.server, scene.bobs_token), http.session:
        # A socket is told of at the next tick.
        there = await scene.caller.call(get, about(user_id=scene.ids[1]))
        while there.presence.status == presence_pb2.PRESENCE_STATUS_OFFLINE:
            there = await scene.caller.call(get, about(user_id=scene.ids[1]))
        await http.call("PUT", "/api/v2/me/presence", {"status": "invisible"})
        hidden = await scene.caller.call(get, about(user_id=scene.ids[1]))
        room = await scene.caller.call(
            scene.caller.presence.GetConversationPresence,
            presence_pb2.GetConversationPresenceRequest(conversation_id=scene.room),
        )
        async with calling(scene.server, scene.bobs_token) as bob:
            own = await bob.call(bob.presence.GetPresence, about(user_id=scene.ids[1]))

    assert there.presence.status == presence_pb2.PRESENCE_STATUS_ONLINE
    assert hidden.presence.status == presence_pb2.PRESENCE_STATUS_OFFLINE
    assert own.presence.status == presence_pb2.PRESENCE_STATUS_INVISIBLE
    assert room.is_listed
    assert {p.user_id: p.status for p in room.presences}[scene.ids[1]] == hidden.presence.status


async def test_a_notification_reaches_the_user_once(scene: Scene) -> None:
    request = notifications_pb2.PublishNotificationRequest(
        user_id=scene.ids[1], text="Your order is on its way", client_id="n-1"
    )
    async with opened(scene.server, scene.bobs_token) as bob:
        async with calling(scene.server, scene.admins_token) as service:
            first = await service.call(service.notifications.PublishNotification, request)
            again = await service.call(service.notifications.PublishNotification, request)
        heard = await bob.until_event("notification")
    http = Http(scene.server, scene.bobs_token)
    async with http.session:
        listed = await http.call("GET", "/api/v2/notifications")

    assert (first.is_new, again.is_new) == (True, False)
    assert first.notification.id == again.notification.id == heard["id"]
    assert (heard["kind"], heard["text"]) == ("service", "Your order is on its way")
    assert [item["id"] for item in listed["items"] if item["kind"] == "service"] == [heard["id"]]


# --- refusals --------------------------------------------------------------------------------------


async def test_without_credentials_nothing_is_told(scene: Scene) -> None:
    async with calling(scene.server) as nobody:
        failed = await nobody.failure(
            nobody.accounts.GetUser, accounts_pb2.GetUserRequest(user_id=1)
        )

    assert (failed.status, failed.reason) == (StatusCode.UNAUTHENTICATED, "unauthenticated")


@pytest.mark.parametrize(
    "token", ["nonsense", "a.b.c", "causerie_" + "x" * 43, "é" * 3, "x" * 6000]
)
async def test_garbage_for_credentials_is_refused(scene: Scene, token: str) -> None:
    async with calling(scene.server) as nobody:
        failed = await nobody.failure(
            nobody.accounts.GetUser,
            accounts_pb2.GetUserRequest(user_id=1),
            ("authorization", "Bearer " + token.encode("ascii", "replace").decode()),
            ("garbage-bin", b"\x00\xff"),
        )

    assert failed.status is StatusCode.UNAUTHENTICATED


async def test_refusals_are_those_of_http(scene: Scene) -> None:
    call = scene.caller
    asked: list[tuple[Failed, StatusCode, str]] = [
        (
            await call.failure(call.accounts.GetUser, accounts_pb2.GetUserRequest()),
            StatusCode.INVALID_ARGUMENT,
            "invalid",
        ),
        (
            await call.failure(
                call.accounts.GetUser, accounts_pb2.GetUserRequest(user_id=(1 << 63) - 1)
            ),
            StatusCode.NOT_FOUND,
            "not_found",
        ),
        (
            await call.failure(
                call.messages.SendMessage,
                messages_pb2.SendMessageRequest(conversation_id=scene.room, content=" "),
            ),
            StatusCode.INVALID_ARGUMENT,
            "invalid",
        ),
        (
            await call.failure(
                call.messages.SendMessage,
                messages_pb2.SendMessageRequest(conversation_id=scene.room, content="x" * 4001),
            ),
            StatusCode.INVALID_ARGUMENT,
            "too_large",
        ),
        (
            await call.failure(
                call.presence.GetPresence, presence_pb2.GetPresenceRequest(user_id=(1 << 63) - 1)
            ),
            StatusCode.NOT_FOUND,
            "not_found",
        ),
        (
            await call.failure(
                call.notifications.PublishNotification,
                notifications_pb2.PublishNotificationRequest(user_id=scene.ids[1], text="x"),
            ),
            StatusCode.PERMISSION_DENIED,
            "forbidden",
        ),
    ]

    for failed, status, reason in asked:
        assert (failed.status, failed.reason) == (status, reason)


async def test_what_is_anothers_is_not_found(scene: Scene) -> None:
    stranger = await register(scene.server, f"eve{time.monotonic_ns()}")
    http = Http(scene.server, scene.token)
    async with http.session:
        direct = await http.call(
            "POST", "/api/v2/conversations", {"kind": "direct", "members": [scene.ids[1]]}
        )
    async with calling(scene.server, stranger["access_token"]) as eve:
        for failed in (
            await eve.failure(
                eve.conversations.GetConversation,
                conversations_pb2.GetConversationRequest(conversation_id=direct["id"]),
            ),
            await eve.failure(
                eve.messages.ListMessages,
                messages_pb2.ListMessagesRequest(conversation_id=direct["id"]),
            ),
            await eve.failure(
                eve.presence.GetPresence, presence_pb2.GetPresenceRequest(user_id=scene.ids[0])
            ),
        ):
            assert (failed.status, failed.reason) == (StatusCode.NOT_FOUND, "not_found")


UNREADABLE = {
    "no field": b"\xff\xff\xff",
    "a number without end": b"\x08" + b"\xff" * 11,
    "a text longer than the message": b"\x12\xff\xff\xff\xff\x07x",
    "no UTF-8": b"\x0a\x03\xed\xa0\x80",
    "groups in groups": b"\x7b" * 10_000 + b"\x7c" * 10_000,
    "groups without end": b"\x7b" * 60_000,
    "half a message": messages_pb2.SendMessageRequest(content="x" * 99).SerializeToString()[:50],
}


async def test_a_message_that_cannot_be_read_is_our_refusal_and_harms_nobody(scene: Scene) -> None:
    channel: Any = scene.caller.channel
    send = channel.unary_unary("/causerie.v1.MessageService/SendMessage")
    follow = channel.unary_stream("/causerie.v1.EventService/StreamEvents")
    async with calling(scene.server, scene.bobs_token) as bob:
        stream = bob.stream()
        await stream.until("opened")
        failures = {}
        for name, data in UNREADABLE.items():
            begun = Stream(follow(data, metadata=scene.caller.metadata))
            failures[name] = (await scene.caller.failure(send, data), await begun.end())
        await scene.send("still here")
        heard = await stream.until("message")

    for name, (sent, streamed) in failures.items():
        assert (sent.status, sent.reason) == (StatusCode.INVALID_ARGUMENT, "invalid"), name
        assert (streamed.status, streamed.reason) == (sent.status, sent.reason), name
    assert heard.message.content == "still here"


async def test_what_no_other_door_takes_is_refused_here_too(scene: Scene) -> None:
    call, room = scene.caller, scene.room
    send, listing = call.messages.SendMessage, call.messages.ListMessages
    message, page = messages_pb2.SendMessageRequest, messages_pb2.ListMessagesRequest
    failures = [
        await call.failure(send, message(conversation_id=room, content="a\0b")),
        await call.failure(send, message(conversation_id=room, content="a", client_id="\0")),
        await call.failure(send, message(conversation_id=room, content="a", client_id="k" * 9999)),
        await call.failure(send, message(conversation_id=room, content="a", parent_message_id=-1)),
        await call.failure(
            send, message(conversation_id=room, content="a", file_ids=range(1, 9999))
        ),
        await call.failure(send, message(conversation_id=room, content="a", message_type=77)),  # type: ignore[arg-type] # of no version
        await call.failure(listing, page(conversation_id=room, before=-(2**63))),
        await call.failure(listing, page(conversation_id=room, page_size=2**31 - 1)),
        await call.failure(listing, page(conversation_id=f"{room}\0")),
        await call.failure(listing, page(conversation_id="room_" + "9" * 60_000)),
        await call.failure(
            call.accounts.GetUser, accounts_pb2.GetUserRequest(username="a\0' OR 1=1")
        ),
    ]

    assert [failed.reason for failed in failures] == ["invalid"] * 8 + ["not_found"] * 3


async def test_a_message_that_would_inflate_past_the_bound_is_refused_before_it_has(
    scene: Scene,
) -> None:
    memory = psutil.Process(scene.server.pid).memory_info
    before = memory().rss
    raw: Any = scene.caller.channel.unary_unary("/causerie.v1.MessageService/SendMessage")
    failed = await scene.caller.failure(raw, bytes(32 << 20), compression=Compression.Gzip)

    assert failed.status is StatusCode.RESOURCE_EXHAUSTED
    assert (await scene.send("small")).is_new
    assert memory().rss - before < 16 << 20


async def test_a_message_that_is_too_large_is_refused_and_the_channel_stays(scene: Scene) -> None:
    request = messages_pb2.SendMessageRequest(conversation_id=scene.room, content="x" * 100_000)
    failed = await scene.caller.failure(scene.caller.messages.SendMessage, request)

    assert failed.status is StatusCode.RESOURCE_EXHAUSTED
    assert (await scene.send("small")).is_new


async def test_a_method_that_there_is_not_is_unimplemented(scene: Scene) -> None:
    raw: Any = scene.caller.channel.unary_unary("/causerie.v1.AccountService/DeleteEverything")
    failed = await scene.caller.failure(raw, b"")

    assert failed.status is StatusCode.UNIMPLEMENTED


async def test_who_does_not_wait_has_nothing_done(scene: Scene) -> None:
    request = messages_pb2.SendMessageRequest(conversation_id=scene.room, content="too late")
    failed = await scene.caller.failure(
        scene.caller.messages.SendMessage, request, timeout=0.000001
    )
    page = await scene.caller.call(
        scene.caller.messages.ListMessages,
        messages_pb2.ListMessagesRequest(conversation_id=scene.room),
    )

    assert failed.status is StatusCode.DEADLINE_EXCEEDED
    assert list(page.messages) == []


async def test_a_request_id_is_given_back(scene: Scene) -> None:
    call = scene.caller.accounts.GetUser(
        accounts_pb2.GetUserRequest(user_id=scene.ids[0]),
        metadata=(*scene.caller.metadata, ("x-request-id", "from-outside-1")),
    )
    await call
    failed = await scene.caller.failure(
        scene.caller.accounts.GetUser,
        accounts_pb2.GetUserRequest(),
        ("x-request-id", "from-outside-2"),
    )

    assert dict(await call.trailing_metadata())["x-request-id"] == "from-outside-1"
    assert failed.metadata["x-request-id"] == "from-outside-2"
    info = failed.detail(error_details_pb2.ErrorInfo)
    assert info.metadata["request_id"] == "from-outside-2"


# --- the stream ------------------------------------------------------------------------------------


async def test_a_stream_says_where_all_stand_and_then_what_happens(scene: Scene) -> None:
    stream = scene.caller.stream()
    opening = (await stream.until("opened")).opened
    sent = await scene.send("live")
    heard = await stream.until("message")

    assert opening.user.id == scene.ids[0]
    assert scene.room in [c.id for c in opening.conversations]
    assert heard.message == sent.message


@pytest.mark.long
async def test_a_stream_brings_what_was_missed_and_nothing_twice(scene: Scene) -> None:
    for number in range(300):
        await scene.send(f"n{number}")
    stream = scene.caller.stream(scene.held(20), events_pb2.Position(conversation_id="room_999999"))
    opening = (await stream.until("opened")).opened
    live = asyncio.create_task(scene.send("live"))
    await stream.until("message", 281)
    await live

    assert [(r.conversation_id, r.missed, r.reset) for r in opening.resumed] == [
        (scene.room, 280, False)
    ]
    assert stream.seqs() == list(range(21, 302))


async def test_a_position_ahead_is_reset(scene: Scene) -> None:
    stream = scene.caller.stream(scene.held(7))
    opening = (await stream.until("opened")).opened

    assert [r.reset for r in opening.resumed] == [True]


async def test_changes_come_with_their_number_and_again_from_a_rev(scene: Scene) -> None:
    sent = await scene.send("first")
    stream = scene.caller.stream()
    await stream.until("opened")
    http = Http(scene.server, scene.token)
    async with http.session:
        await http.call("PATCH", f"/api/v2/messages/{sent.message.id}", {"content": "second"})
    edited = (await stream.until("message_edited")).message_edited
    again = scene.caller.stream(
        events_pb2.Position(conversation_id=scene.room, seq=1, rev=edited.rev - 1)
    )

    assert edited.content == "second"
    assert (await again.until("message_edited")).message_edited == edited


async def test_a_logout_ends_the_stream_within_a_second(scene: Scene) -> None:
    async def log_out() -> float:
        eve = (await register(scene.server, f"eve{time.monotonic_ns()}"))["access_token"]
        http = Http(scene.server, eve)
        async with calling(scene.server, eve) as caller, http.session:
            stream = caller.stream()
            await stream.until("opened")
            await http.call("POST", "/auth/logout")
            began = time.monotonic()
            failed = await stream.end()
        assert (failed.status, failed.reason) == (StatusCode.UNAUTHENTICATED, "unauthenticated")
        return time.monotonic() - began

    assert await measured_soon(log_out, holds=lambda seconds: seconds < 1) < 1


async def test_a_revoked_key_ends_the_stream_and_a_scope_bounds_what_it_does(scene: Scene) -> None:
    async def revoke() -> float:
        http = Http(scene.server, scene.token)
        async with http.session:
            made = await http.call("POST", "/auth/api-keys", {"name": "service", "scopes": []})
            async with calling(scene.server, made["key"]) as service:
                stream = service.stream()
                await stream.until("opened")
                refused = await service.failure(
                    service.messages.SendMessage,
                    messages_pb2.SendMessageRequest(conversation_id=scene.room, content="x"),
                )
                untold = await service.failure(
                    service.notifications.PublishNotification,
                    notifications_pb2.PublishNotificationRequest(user_id=1, text="x"),
                )
                await http.call("DELETE", f"/auth/api-keys/{made['api_key']['id']}")
                began = time.monotonic()
                failed = await stream.end()
                took = time.monotonic() - began
                after = await service.failure(
                    service.accounts.GetUser, accounts_pb2.GetUserRequest(user_id=1)
                )
        for failure in (refused, untold):
            assert (failure.status, failure.reason) == (StatusCode.PERMISSION_DENIED, "forbidden")
        assert failed.status is after.status is StatusCode.UNAUTHENTICATED
        return took

    assert await measured_soon(revoke, holds=lambda seconds: seconds < 1) < 1


@pytest.mark.long
async def test_a_reader_that_does_not_read_is_let_go_and_harms_nobody(scene: Scene) -> None:
    async with (
        calling(scene.server, scene.token, reads_ahead=False) as caller,
        calling(scene.server, scene.bobs_token) as bob,
    ):
        slow, quick = caller.stream(), bob.stream()
        await slow.until("opened")
        await quick.until("opened")
        reading = asyncio.create_task(quick.until("message", 400))
        for number in range(400):
            await scene.send(f"{number}" + "x" * 3900)
        await reading
        failed = await slow.end()
        resumed = caller.stream(scene.held(slow.seqs()[-1]))
        await resumed.until("message", 400 - len(slow.seqs()))

    assert quick.seqs() == list(range(1, 401))
    assert (failed.status, failed.reason) == (StatusCode.RESOURCE_EXHAUSTED, "slow_reader")
    assert slow.seqs() + resumed.seqs() == list(range(1, 401))


# --- what tools ask --------------------------------------------------------------------------------


async def test_reflection_lists_the_services_to_anybody(server: Causerie) -> None:
    async with calling(server) as nobody:
        # Any: its types know the other API of the library.
        channel: Any = nobody.channel
        stub: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
        asked = reflection_pb2.ServerReflectionRequest(list_services="")
        (answer,) = [answer async for answer in stub.ServerReflectionInfo(iter([asked]))]

    assert {service.name for service in answer.list_services_response.service} == {
        "causerie.v1.AccountService",
        "causerie.v1.ConversationService",
        "causerie.v1.EventService",
        "causerie.v1.MessageService",
        "causerie.v1.NotificationService",
        "causerie.v1.PresenceService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
    }


async def test_health_serves_and_calls_are_counted(scene: Scene) -> None:
    health = health_of(scene.caller)
    for service in ("", "causerie.v1.EventService"):
        answer = await health.Check(health_pb2.HealthCheckRequest(service=service))
        assert answer.status == SERVING
    await scene.caller.call(scene.caller.accounts.GetUser, accounts_pb2.GetUserRequest(user_id=1))
    http = Http(scene.server)
    async with http.session:
        shown = (await http.session.get("/metrics")).text

    name = 'method="causerie.v1.AccountService/GetUser"'
    assert f'chat_server_grpc_calls_total{{{name},status="OK"}}' in shown
    assert f"chat_server_grpc_duration_seconds_count{{{name}}}" in shown


# --- across a restart ------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize("is_killed", [False, True], ids=["stopped", "killed"])
async def test_a_stream_goes_on_over_a_restart_without_a_gap_or_a_repetition(
    scene: Scene, *, is_killed: bool
) -> None:
    stream = scene.caller.stream()
    await stream.until("opened")
    watch = health_of(scene.caller).Watch(health_pb2.HealthCheckRequest())
    await until_status(watch, SERVING)
    for number in range(20):
        await scene.send(f"{number}")
    await stream.until("message", 20)
    if is_killed:
        scene.server.kill()
    else:
        stopping = asyncio.create_task(asyncio.to_thread(scene.server.stop))
        await until_status(watch, NOT_SERVING)
        assert await stopping == 0
    ended = await stream.end()
    seen = stream.seqs()[:13]  # Of what had come the caller has kept a part.
    await scene.server.start_soon()
    async with calling(scene.server, scene.token) as caller:
        rest = caller.stream(scene.held(seen[-1]))
        await rest.until("message", 20 - len(seen))
        request = messages_pb2.SendMessageRequest(conversation_id=scene.room, content="after")
        await caller.call(caller.messages.SendMessage, request)
        await rest.until("message", 21 - len(seen))

    assert ended.status is StatusCode.UNAVAILABLE
    assert seen + rest.seqs() == list(range(1, 22))


def health_of(caller: Caller) -> Any:
    """The library's stub, which has no types."""
    return health_pb2_grpc.HealthStub(caller.channel)


async def until_status(watch: Any, status: int) -> None:
    async with asyncio.timeout(60):
        while (await watch.read()).status != status:
            pass


# --- the examples ----------------------------------------------------------------------------------


@asynccontextmanager
async def program(scene: Scene, *command: str, folder: Path) -> AsyncIterator[None]:
    """An example of ``examples/grpc``, as Ada's bot, from its first word to its end."""
    http = Http(scene.server, scene.token)
    async with http.session:
        body = {"name": "example", "scopes": ["messages.send"]}
        key = (await http.call("POST", "/auth/api-keys", body))["key"]
    address = f"127.0.0.1:{await grpc_port(scene.server)}"
    running = await asyncio.create_subprocess_exec(
        *command,
        address,
        str(folder / "positions.json"),
        str(ROOT / "proto"),
        env={**os.environ, "CAUSERIE_KEY": key},
        stdout=asyncio.subprocess.PIPE,
    )
    assert running.stdout is not None
    try:
        async with asyncio.timeout(60):
            assert (await running.stdout.readline()).startswith(b"following")
        yield
    finally:
        running.terminate()
        await running.communicate()


@pytest.fixture(params=["python", "node"])
async def command(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, ...]:
    """How to run the example."""
    if request.param == "python":
        return sys.executable, str(EXAMPLES / "follow.py")
    node = find_node()
    for name in ("package.json", "package-lock.json", "follow.mjs"):
        shutil.copy(EXAMPLES / "node" / name, tmp_path)
    await asyncio.to_thread(install, node, tmp_path)
    return node, str(tmp_path / "follow.mjs")


@pytest.mark.long
async def test_the_examples_answer_and_go_on_where_they_ended(
    scene: Scene, command: tuple[str, ...], tmp_path: Path
) -> None:
    async with opened(scene.server, scene.bobs_token) as bob:
        async with program(scene, *command, folder=tmp_path):
            await bob.send(scene.room, "ping")
            await bob.until(scene.room, 2)
        await bob.send(scene.room, "ping")
        async with program(scene, *command, folder=tmp_path):
            await bob.until(scene.room, 4)
        said = [message["content"] for message in bob.seen[scene.room]]

    assert said == ["ping", "pong 1", "ping", "pong 3"]
