"""What follows a restriction: the user's sockets are told."""

from __future__ import annotations

from causerie.accounts.events import UserRestricted
from causerie.accounts.wire import SanctionData, sanction_data
from causerie.foundation.events import Events
from causerie.foundation.realtime import Hub
from causerie.gateway.vocabulary import Vocabulary, event_payload


def listen(hub: Hub, events: Events) -> None:
    """Bring what happens to users to their own sockets."""

    def restricted(event: UserRestricted) -> None:
        # Those of this node: each node sees the restriction by itself, and announces it.
        hub.send_to_readers(hub.readers_of(event.restriction.user_id), event)

    events.listen(UserRestricted, restricted)


def teach_v2(vocabulary: Vocabulary) -> None:
    """Say in v2 what happened to users."""
    vocabulary.say(UserRestricted, sanction_payload, name="sanction", data=SanctionData)


def sanction_payload(event: UserRestricted) -> bytes:
    """The ``sanction`` event."""
    return event_payload("sanction", sanction_data(event.restriction.notice))
