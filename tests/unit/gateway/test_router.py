"""A command has one handler, and its answer goes where it was asked for."""

from __future__ import annotations

import msgspec
import pytest

from causerie.foundation.errors import NotFound
from causerie.gateway.errors import Ref
from causerie.gateway.router import Reply, Router
from causerie.gateway.session import Session
from tests.unit.gateway.v2_scene import Scene, frames


class Knock(msgspec.Struct, frozen=True):
    times: int


def knock(session: Session, command: Knock, reply: Reply) -> None:
    reply.ack()


def test_a_command_is_found_by_its_name() -> None:
    router = Router()
    router.register("knock", Knock, knock, is_asking=True)
    route = router.find("knock")

    assert route is not None
    assert route.command is Knock
    assert route.is_asking
    assert router.find("Knock") is None
    assert router.names == {"knock"}


def test_a_command_has_one_handler() -> None:
    router = Router()
    router.register("knock", Knock, knock)

    with pytest.raises(ValueError, match="knock"):
        router.register("knock", Knock, knock)


@pytest.mark.parametrize("ref", ["a", "", 'q"\\é\0', 0, -5, 1 << 62])
async def test_an_ack_carries_the_ref_and_data_that_is_json_already(ref: Ref) -> None:
    scene = Scene()
    scene.open()
    Reply(scene.session, ref, is_asked=False).ack(b'{"a":[1]}')
    scene.session.flush()

    assert frames(scene.socket) == [{"type": "ack", "ref": ref, "data": {"a": [1]}}]


@pytest.mark.parametrize("is_asked", [True, False])
async def test_without_a_ref_only_commands_that_ask_are_acknowledged(is_asked: bool) -> None:
    scene = Scene()
    scene.open()
    Reply(scene.session, None, is_asked=is_asked).ack()
    scene.session.flush()

    assert frames(scene.socket) == [{"type": "ack", "ref": None, "data": {}}] * is_asked


async def test_failures_are_answered_without_a_ref_too() -> None:
    scene = Scene()
    scene.open()
    reply = Reply(scene.session, None, is_asked=False)
    reply.refuse(NotFound("message"))
    reply.fail()
    scene.session.flush()

    codes = [frame["data"]["code"] for frame in frames(scene.socket)]
    assert codes == ["not_found", "internal"]
