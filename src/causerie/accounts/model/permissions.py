"""The catalogue of permissions and roles; the migrations seed the database with the same."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Permission(StrEnum):
    """Everything that a role can be allowed; ``Principal.may`` takes these."""

    CREATE_CONVERSATIONS = "conversations.create"  # rooms; guests may not
    MANAGE_ANY_CONVERSATION = "conversations.manage_any"  # as if one were its owner
    SEND_MESSAGES = "messages.send"
    DELETE_ANY_MESSAGE = "messages.delete_any"
    PIN_ANY_MESSAGE = "messages.pin_any"
    MENTION_EVERYONE = "messages.mention_everyone"  # @room and @here; others' are only text
    MANAGE_USERS = "users.manage"
    MANAGE_ROLES = "roles.manage"
    MANAGE_WEBHOOKS = "webhooks.manage"  # of all rooms; of one its owners and admins
    MANAGE_LIMITS = "limits.manage"  # what may be done how often, and who is blocked
    READ_AUDIT = "audit.read"  # who did what, and the security events
    SANCTION_USERS = "users.sanction"  # warn, mute, kick and ban, and lift it again
    REVIEW_REPORTS = "reports.review"
    ADJUST_MODERATION = "moderation.adjust"  # what follows by itself, and who is trusted how far
    PUBLISH_NOTIFICATIONS = "notifications.publish"  # tell anybody something; oneself all may
    OBSERVE_SERVER = "server.observe"  # who is connected, and from where


class Role(StrEnum):
    """The roles that every server has; an admin may change what they are allowed."""

    ADMIN = "admin"
    MODERATOR = "moderator"
    USER = "user"
    GUEST = "guest"


_MODERATION = frozenset(
    {
        Permission.CREATE_CONVERSATIONS,
        Permission.MANAGE_ANY_CONVERSATION,
        Permission.SEND_MESSAGES,
        Permission.DELETE_ANY_MESSAGE,
        Permission.PIN_ANY_MESSAGE,
        Permission.MENTION_EVERYONE,
        Permission.SANCTION_USERS,
        Permission.REVIEW_REPORTS,
    }
)

DEFAULT_PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.ADMIN: frozenset(Permission),
        Role.MODERATOR: _MODERATION,
        Role.USER: frozenset(
            {
                Permission.CREATE_CONVERSATIONS,
                Permission.SEND_MESSAGES,
                Permission.MENTION_EVERYONE,
            }
        ),
        Role.GUEST: frozenset({Permission.SEND_MESSAGES}),
    }
)
