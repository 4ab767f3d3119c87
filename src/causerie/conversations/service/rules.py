"""Who may do what to a conversation: rules of values, without tables."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from causerie.accounts import Permission
from causerie.conversations.errors import NotAllowed, NotAMember, NotARoom
from causerie.conversations.model import (
    MAX_PEOPLE_PER_CALL,
    ConversationView,
    Kind,
    MemberRole,
    require_room_name,
    require_topic,
    require_user_id,
)
from causerie.conversations.ports import Settings
from causerie.foundation.errors import Invalid, NotFound
from causerie.foundation.identity import Principal, Rev, Seq, UserId

_MANAGERS = frozenset({MemberRole.OWNER, MemberRole.ADMIN})
_LED = frozenset({MemberRole.MEMBER, MemberRole.READ_ONLY})  # those whom an admin leads


def require_may_create(who: Principal) -> None:
    """Raise ``NotAllowed`` where the user may not create rooms."""
    if not who.may(Permission.CREATE_CONVERSATIONS):
        raise NotAllowed("You may not create rooms")


def require_seen(view: ConversationView | None) -> ConversationView:
    """Give the view back. Raises ``NotFound`` for what the viewer may not know of."""
    if view is None or not (view.is_open_to_all or view.role is not None):
        raise NotFound("conversation")
    return view


def require_room(view: ConversationView) -> ConversationView:
    """Give the view back. Raises ``NotARoom``."""
    if view.kind is not Kind.ROOM:
        raise NotARoom
    return view


def standing(view: ConversationView, who: Principal) -> MemberRole | None:
    """As what the user acts: who may manage any conversation acts as an owner of those seen."""
    return MemberRole.OWNER if who.may(Permission.MANAGE_ANY_CONVERSATION) else view.role


def require_manager(view: ConversationView, who: Principal) -> MemberRole:
    """Give the standing of a room's owner or admin. Raises ``NotAMember``, ``NotAllowed``."""
    role = standing(view, who)
    if role is None:
        raise NotAMember
    if role not in _MANAGERS:
        raise NotAllowed("Only owners and admins of the room may do this")
    return role


def require_may_list(view: ConversationView, who: Principal) -> None:
    """Raise ``NotAMember`` where the user may not know who is in the conversation."""
    if standing(view, who) is None:
        raise NotAMember


def require_may_lead(leader: MemberRole, *led: MemberRole) -> None:
    """Raise ``NotAllowed`` where an admin would act on owners or admins, or make some."""
    if leader is not MemberRole.OWNER and not _LED.issuperset(led):
        raise NotAllowed("Only owners of the room may do this")


def require_may_set(settings: Settings, role: MemberRole) -> None:
    """Raise ``NotAllowed`` where the settings need an owner and the role is less."""
    if settings.archived is not None and role is not MemberRole.OWNER:
        raise NotAllowed("Only owners of the room may archive it")


def require_valid(settings: Settings) -> None:
    """Raise ``Invalid`` for a wrong name or topic."""
    if settings.name is not None:
        require_room_name(settings.name)
    if settings.topic is not None:
        require_topic(settings.topic)


def changes_nothing(settings: Settings, view: ConversationView) -> bool:
    """Say whether the conversation is already as it is to be."""
    return (
        settings.name in {None, view.name}
        and settings.topic in {None, view.topic}
        and settings.visibility in {None, view.visibility}
        and settings.archived in {None, view.archived}
    )


def require_people(ids: Iterable[int], *, field: str, leaving_out: UserId) -> list[UserId]:
    """Give distinct ids in order. Raises ``Invalid`` where one cannot be, or there are too many."""
    distinct = sorted({require_user_id(i, field=field) for i in ids} - {leaving_out})
    if len(distinct) > MAX_PEOPLE_PER_CALL:
        raise Invalid(field, f"must be {MAX_PEOPLE_PER_CALL} users at most")
    return distinct


def farewell(view: ConversationView) -> ConversationView:
    """What one who is out of a private room may still see of it: that it is there."""
    if view.is_open_to_all or view.role is not None:
        return view
    return msgspec.structs.replace(
        view, topic="", last_seq=Seq(0), rev=Rev(0), read_seq=Seq(0), member_count=0
    )
