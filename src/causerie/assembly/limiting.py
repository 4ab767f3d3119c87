"""What is limited how: settings to defaults, and which command counts as which action."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from causerie.assembly.settings import Settings
from causerie.conversations import Kind
from causerie.foundation.events import Events
from causerie.gateway.router import Router
from causerie.limits import Action, ActionLimits, Behaviour, LimitOptions
from causerie.messages import Message, MessageEdited, MessagesSent

# send_message is counted by its own handler, which is the hot one.
COMMANDS: Mapping[str, Action] = MappingProxyType(
    {
        "edit_message": Action.EDITS,
        "delete_message": Action.EDITS,
        "pin_message": Action.EDITS,
        "add_reaction": Action.REACTIONS,
        "remove_reaction": Action.REACTIONS,
        "history": Action.HISTORY,
        "search_messages": Action.SEARCHES,
        "join": Action.JOINS,
        "leave": Action.JOINS,
        "report": Action.REPORTS,
        "typing": Action.SIGNALS,
        "set_presence": Action.SIGNALS,
    }
)


def limit_options(settings: Settings) -> LimitOptions:
    """Give limits the settings that their defaults are made of."""
    return LimitOptions(
        messages_per_minute=settings.limits.max_messages_per_minute,
        auth_attempts_per_minute=settings.limits.auth_attempts_per_minute,
        connections_per_address=settings.limits.max_connections_per_ip,
        is_adaptive=settings.limits.adaptive,
    )


def limit_commands(router: Router, actions: ActionLimits) -> None:
    """Have the commands of v2 counted; those of features that are not there yet are left out."""
    for name, action in COMMANDS.items():
        if name in router.names:
            router.limit(name, partial(actions.require, action))


def watch_messages(events: Events, behaviour: Behaviour) -> None:
    """Have what users sent or put in its place looked at, after its commit."""

    def look(message: Message, *, is_first: bool) -> None:
        behaviour.note_message(
            message.sender_id,
            message.conversation_id,
            message.content,
            is_direct=message.kind is Kind.DIRECT,
            is_first=is_first,
        )

    def sent(event: MessagesSent) -> None:
        for message in event.messages:
            look(message, is_first=message.seq == 1)

    # An edit is one way more to say the same in many places.
    events.listen(MessageEdited, lambda event: look(event.message, is_first=False))
    events.listen(MessagesSent, sent)
