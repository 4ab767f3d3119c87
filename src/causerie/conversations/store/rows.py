"""Rows of the conversations' tables, as the values that they are."""

from __future__ import annotations

from causerie.accounts import read_profile
from causerie.conversations.model import (
    ConversationView,
    Kind,
    Member,
    MemberRole,
    Person,
    Visibility,
)
from causerie.foundation.identity import Seq
from causerie.foundation.postgres import Record


def to_view(row: Record) -> ConversationView:
    """Read a view from a row of the type ``conversations.view``."""
    peer = None
    if row["peer_id"] is not None:
        peer = Person(
            id=row["peer_id"],
            username=row["peer_username"],
            display_name=row["peer_display_name"],
            role=row["peer_role"],
            created_at=row["peer_created_at"],
            profile=read_profile(row["peer_profile"]),
        )
    return ConversationView(
        id=row["id"],
        kind=Kind(row["kind"]),
        name=row["name"],
        visibility=Visibility(row["visibility"]),
        topic=row["topic"],
        peer=peer,
        last_seq=row["last_seq"],
        rev=row["rev"],
        read_seq=row["read_seq"] or Seq(0),
        member_count=row["member_count"],
        created_at=row["created_at"],
        role=None if row["role"] is None else MemberRole(row["role"]),
        archived=row["archived"],
    )


def to_person(row: Record) -> Person:
    """Read somebody from a row of ``accounts.people_of``."""
    return Person(
        id=row["id"],
        username=row["username"],
        display_name=row["display_name"],
        role=row["role"],
        created_at=row["created_at"],
        profile=read_profile(row["profile"]),
    )


def to_member(row: Record) -> Member:
    """Read a member from a row with a person's columns, member_role and joined_at."""
    return Member(to_person(row), MemberRole(row["member_role"]), row["joined_at"])
