"""What webhooks refuse."""

from __future__ import annotations

from causerie.foundation.errors import Conflict, Forbidden, NotFound, Unsupported


class WebhooksOff(Unsupported):
    """The operator has switched them off."""

    def __init__(self) -> None:
        super().__init__("Webhooks are switched off on this server")


class WebhookNotFound(NotFound):
    """There is none, or not for this user."""

    def __init__(self) -> None:
        super().__init__("webhook")


class DeliveryNotFound(NotFound):
    """There is none of this endpoint, or it was too long ago."""

    def __init__(self) -> None:
        super().__init__("delivery")


class HookNotFound(NotFound):
    """The secret address is not one, or not any more."""

    def __init__(self) -> None:
        super().__init__("hook")


class MayNotHearAll(Forbidden):
    """All rooms are for who may manage webhooks."""

    def __init__(self) -> None:
        super().__init__("Only who may manage webhooks may hear of all rooms")


class TooManyWebhooks(Conflict):
    """There are as many as there may be."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"There are {limit} already; remove one first")
