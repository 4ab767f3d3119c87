"""What belongs to others is not reached by naming it: every call that the description lists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenes.belongings import Ann, move_in, operations
from tests.scenes.node import NodeScene

pytestmark = pytest.mark.long

# Calls of those who run the server: their ids name nothing that belongs to a user.
STAFF = ("/api/v2/admin/", "/api/v2/audit/", "/api/v2/moderation/")
REFUSED = {401, 403, 404}
# By these a user asks about himself, or says what he himself wants.
OWN = {
    ("GET", "/api/v2/me/preferences/{key}"),
    ("PUT", "/api/v2/me/preferences/{key}"),
    ("DELETE", "/api/v2/me/preferences/{key}"),
    ("GET", "/api/v2/moderation/sanctions/mine"),
    ("GET", "/api/v2/moderation/reputations/mine"),
    ("POST", "/api/v2/moderation/reports"),
    ("PUT", "/api/v2/blocks/{user_id}"),  # whom one does not want to hear from
    ("DELETE", "/api/v2/blocks/{user_id}"),
}
SECRETS = ("hideout", "plans.txt", "ann's words", "ann's reason", "ann's device")


def is_others(method: str, path: str) -> bool:
    """Whether a stranger who calls this reaches for what is not his."""
    return ("{" in path or path.startswith(STAFF)) and (method, path) not in OWN


async def what_ann_has(scene: NodeScene, ann: Ann) -> list[Any]:
    seen = []
    for path in (
        "/api/v2/me",
        "/api/v2/conversations",
        "/auth/sessions",
        "/api/v2/scheduled-messages",
        "/api/v2/moderation/sanctions/mine",
        "/auth/passkeys",
        *(
            f"/api/v2/conversations/{conversation}/{part}"
            for conversation in (ann.ids["conversation_id"], ann.direct)
            for part in ("members", "messages")
        ),
    ):
        answer = await scene.call("GET", path, user=ann.user)
        assert answer.status == 200, (path, answer.body)
        seen.append(answer.json())
    for session in seen[2]["items"]:
        session.pop("last_used_at", None)
    return seen


@pytest.mark.parametrize("conversation", ["room", "direct"])
async def test_a_stranger_reaches_nothing_of_anybody(scene: NodeScene, conversation: str) -> None:
    admin = await scene.register("admin")
    ann = await move_in(scene, admin)
    ids = dict(ann.ids)
    if conversation == "direct":
        ids["conversation_id"] = ann.direct
    before = await what_ann_has(scene, ann)

    for n, (method, path, body, _) in enumerate(await operations(scene, ids)):
        eve = await scene.register(f"eve{n}")  # A new one each time: some calls log her out.
        # A path with an id that is not known here fails: add whose it is.
        answer = await scene.call(method, path.format(**ids), body, user=eve)

        told = f"{method} {path} {body}: {answer.status} {answer.body!r}"
        assert not any(secret.encode() in answer.body for secret in SECRETS), told
        if is_others(method, path):
            assert answer.status in REFUSED, told

    assert await what_ann_has(scene, ann) == before


async def test_what_the_stranger_sends_is_lawful_for_whom_it_belongs_to(scene: NodeScene) -> None:
    # The control: without it a body that nobody may send would pass for a refusal.
    admin = await scene.register("admin")
    ann = await move_in(scene, admin)

    for method, path, body, _ in await operations(scene, ann.ids):
        if is_others(method, path):
            asker = admin if path.startswith(STAFF) else ann.user
            answer = await scene.call(method, path.format(**ann.ids), body, user=asker)

            assert answer.status not in {400, 422}, f"{method} {path} {body}: {answer.body!r}"
