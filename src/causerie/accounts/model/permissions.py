"""The catalogue of permissions and roles; the migrations seed the database with the same."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Permission(StrEnum):
    """Everything that a role can be allowed; ``Principal.may`` takes these."""

    CREATE_CONVERSATIONS = "conversations.create"
    MANAGE_ANY_CONVERSATION = "conversations.manage_any"
    SEND_MESSAGES = "messages.send"
    DELETE_ANY_MESSAGE = "messages.delete_any"
    PIN_ANY_MESSAGE = "messages.pin_any"
    MENTION_EVERYONE = "messages.mention_everyone"
    MANAGE_USERS = "users.manage"
    INVITE_USERS = "users.invite"
    MANAGE_ROLES = "roles.manage"
    MANAGE_WEBHOOKS = "webhooks.manage"
    MANAGE_LIMITS = "limits.manage"
    READ_AUDIT = "audit.read"
    SANCTION_USERS = "users.sanction"
    REVIEW_REPORTS = "reports.review"
    ADJUST_MODERATION = "moderation.adjust"
    PUBLISH_NOTIFICATIONS = "notifications.publish"
    OBSERVE_SERVER = "server.observe"


# What each allows, for docs/permissions.md.
PERMISSION_MEANINGS: Mapping[Permission, str] = MappingProxyType(
    {
        Permission.CREATE_CONVERSATIONS: "Make rooms; direct chats need none.",
        Permission.MANAGE_ANY_CONVERSATION: "Act in every room one sees as if its owner.",
        Permission.SEND_MESSAGES: "Send, edit, react, bring files and change one's profile.",
        Permission.DELETE_ANY_MESSAGE: "Delete others' messages, and decide about files held back.",
        Permission.PIN_ANY_MESSAGE: "Pin in every conversation one is in.",
        Permission.MENTION_EVERYONE: "Call everybody by `@room`, `@here`; others' are only text.",
        Permission.MANAGE_USERS: "Say who has which role; bots; others' sessions and keys.",
        Permission.INVITE_USERS: "Invite people to register, where it takes an invitation.",
        Permission.MANAGE_ROLES: "Say what roles may do.",
        Permission.MANAGE_WEBHOOKS: "Manage the webhooks of all rooms; of one its admins may.",
        Permission.MANAGE_LIMITS: "Say what may be done how often, and who is blocked.",
        Permission.READ_AUDIT: "Read who did what, and the security events.",
        Permission.SANCTION_USERS: "Warn, mute, kick and ban, and lift it again.",
        Permission.REVIEW_REPORTS: "Work on what users have reported.",
        Permission.ADJUST_MODERATION: "Say what follows by itself, and who is trusted how far.",
        Permission.PUBLISH_NOTIFICATIONS: "Tell anybody something; oneself everybody may.",
        Permission.OBSERVE_SERVER: "See who is connected, and from where.",
    }
)


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
