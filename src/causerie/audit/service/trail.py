"""Recording who did what: inside the transaction that does it, so that neither is without the other."""

from __future__ import annotations

from causerie.audit.model import Details, Severity
from causerie.audit.ports import Recorder
from causerie.foundation.identity import UserId
from causerie.foundation.postgres import Connection


class Audit:
    """Adds entries to the audit log.

    Changes of tables that a migration has given to ``audit.watch`` are recorded by the database
    itself; this is for what a change of rows does not tell. Entries hold ids and names of things,
    never texts that people wrote and never secrets.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    async def record(
        self,
        tx: Connection,
        *,
        action: str,
        target: str,
        severity: Severity = Severity.INFO,
        actor: UserId | None = None,
        address: str | None = None,
        before: Details | None = None,
        after: Details | None = None,
    ) -> None:
        """Record ``action`` (``moderation.sanction_lifted``) on ``target`` (``user:12``).

        Without ``actor`` and ``address``: those that ``name_caller`` has told the transaction.
        """
        await self._recorder.record(
            tx,
            action=action,
            target=target,
            severity=severity,
            actor=actor,
            address=address,
            before=before,
            after=after,
        )
