"""What several writes do inside their transactions; each tells its own facts."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from causerie.conversations.events import (
    ConversationOpened,
    MemberJoined,
    MemberLeft,
    RoleGiven,
    updated,
)
from causerie.conversations.model import (
    Address,
    ConversationView,
    Member,
    MemberRole,
    Target,
    is_room_name,
    wire_id,
)
from causerie.conversations.ports import Settings, Writes
from causerie.foundation.errors import NotFound
from causerie.foundation.identity import UserId


def body_of(target: Target) -> tuple[object, ...]:
    """What of a target must be the same for a write to be the same."""
    if isinstance(target, Address):
        return ("id", wire_id(target.kind, target.id))
    return ("name", target.lower())


async def lock(tx: Writes, target: Target, viewer: UserId) -> ConversationView | None:
    """Lock what the target names, and see it as it is now; None where there is no such thing."""
    if isinstance(target, Address):
        return await tx.lock(target, viewer)
    address = await tx.find_room(target) if is_room_name(target) else None
    return None if address is None else await tx.lock(address, viewer)


async def require_exist(tx: Writes, users: Sequence[UserId]) -> None:
    """Raise ``NotFound`` where one of the users does not exist."""
    if users and len(await tx.people(users)) < len(users):
        raise NotFound("user")


async def admit(
    tx: Writes,
    view: ConversationView,
    users: Sequence[UserId],
    role: MemberRole,
    *,
    actor: UserId,
) -> ConversationView:
    """Add users to a locked conversation; gives it as the viewer sees it then."""
    entered = await tx.admit(view.id, users, role=role, actor=actor)
    if not entered:
        return view
    for person, rev in entered:
        tx.tell(MemberJoined(view.id, view.kind, person, rev, view.last_seq))
    view = replace(view, rev=entered[-1][1], member_count=view.member_count + len(entered))
    # Each of them sees all of the changes above already.
    opened = replace(view, role=role, read_seq=view.last_seq)
    tx.tell(*(ConversationOpened(person.id, opened) for person, _ in entered))
    return view


async def let_go(
    tx: Writes, view: ConversationView, member: Member, *, actor: UserId
) -> ConversationView:
    """Take a member out of a locked room, and see that it still has an owner."""
    rev = await tx.expel(view.id, member.person.id, actor=actor)
    tx.tell(MemberLeft(view.id, view.kind, member.person, rev, view.last_seq))
    view = replace(view, rev=rev, member_count=view.member_count - 1)
    if member.role is MemberRole.OWNER and (heir := await tx.find_heir(view.id)) is not None:
        view = await give_role(tx, view, heir, MemberRole.OWNER, actor=actor)
    return view


async def give_role(
    tx: Writes,
    view: ConversationView,
    user_id: UserId,
    role: MemberRole,
    *,
    actor: UserId,
) -> ConversationView:
    """Change a member's role in a locked room."""
    rev = await tx.give_role(view.id, user_id, role=role, actor=actor)
    view = replace(view, rev=rev)
    tx.tell(RoleGiven(view.id, view.kind, user_id, role), updated(view))
    return view


async def record_removal(tx: Writes, view: ConversationView, member: Member) -> None:
    """Put on record that a manager has put somebody out."""
    role, where = {"role": member.role}, {"conversation_id": view.id}
    await tx.record("conversations.members.remove", f"user:{member.person.id}", role, where)


async def record_role(tx: Writes, view: ConversationView, member: Member, role: MemberRole) -> None:
    """Put on record that a manager has made a member something else."""
    before, after = {"role": member.role}, {"role": role, "conversation_id": view.id}
    await tx.record("conversations.members.change_role", f"user:{member.person.id}", before, after)


async def record_update(tx: Writes, view: ConversationView, settings: Settings) -> None:
    """Put on record what of a room a manager has changed, and not to which words."""
    changed = [name for name in settings.__struct_fields__ if getattr(settings, name) is not None]
    after = {"changed": changed, "archived": view.archived}
    await tx.record("conversations.update", f"conversation:{view.id}", None, after)
