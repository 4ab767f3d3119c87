"""Users, names, and the catalogue of roles."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from causerie.accounts import PERMISSION_MEANINGS, Permission, Role, User
from causerie.accounts.model import (
    DEFAULT_PERMISSIONS,
    is_username,
    require_display_name,
    require_email,
)
from causerie.foundation.errors import Invalid
from causerie.foundation.identity import UserId


def test_others_see_the_protocols_user() -> None:
    made = datetime(2026, 1, 31, 12, 0, 0, 999_999, tzinfo=UTC)
    card = User(UserId(7), "ada", "Ada", "user", made).card()

    assert (card.id, card.username, card.display_name, card.role) == (7, "ada", "Ada", "user")
    assert card.created_at == "2026-01-31T12:00:00.999Z"


@pytest.mark.parametrize("name", ["ada\n", "\nada", "", "a" * 33, "\u0661", "a\u0301", "\uff41"])
def test_only_plain_letters_make_a_username(name: str) -> None:
    assert not is_username(name)


@pytest.mark.parametrize(
    "name", ["", " ", "\u2003", "a\nb", "a\0b", "x" * 65, "\u202eada", "\ud800"]
)
def test_a_display_name_is_printable_and_short(name: str) -> None:
    with pytest.raises(Invalid, match="display_name"):
        require_display_name(name)


@pytest.mark.parametrize("name", ["Ada Lovelace", "x" * 64, "Élodie", "李小龍", "🙂"])
def test_display_names_of_all_tongues_are_taken(name: str) -> None:
    assert require_display_name(name) == name


@pytest.mark.parametrize(
    "email", ["a@b.c\n", "a@b.\ud800c", "a" * 65 + "@b.cd", "a@" + "b" * 251 + ".c"]
)
def test_what_mail_cannot_reach_is_refused(email: str) -> None:
    with pytest.raises(Invalid, match="email"):
        require_email(email)


def test_the_meaning_of_every_permission_is_said() -> None:
    assert set(PERMISSION_MEANINGS) == set(Permission)


def test_each_role_may_what_the_one_below_it_may() -> None:
    ladder = [DEFAULT_PERMISSIONS[role] for role in (Role.GUEST, Role.USER, Role.MODERATOR)]

    assert ladder[0] < ladder[1] < ladder[2] < DEFAULT_PERMISSIONS[Role.ADMIN]
    assert DEFAULT_PERMISSIONS[Role.ADMIN] == frozenset(Permission)
    assert Permission.CREATE_CONVERSATIONS not in DEFAULT_PERMISSIONS[Role.GUEST]
