"""The filter at the port of messages: judges by the room's policy, and has it recorded."""

from __future__ import annotations

from typing_extensions import override

from causerie.accounts import Permission
from causerie.conversations import (
    ConversationService,
    Kind,
    MemberRole,
    NotAllowed,
    NotARoom,
    parse_wire_id,
)
from causerie.foundation.errors import Forbidden
from causerie.foundation.identity import MAX_ID, ConversationId, MessageId, Principal, UserId
from causerie.foundation.paging import require_bound, require_limit
from causerie.foundation.telemetry import metrics
from causerie.messages import Judgement, MessageRefused, Screening
from causerie.moderation.model import ContentFilter, Policy, Verdict
from causerie.moderation.ports import FilterStore, Note, Record, Records, RoomFilter

MAX_RECORDS_PER_PAGE = 200
MAX_REFUSED_CHARS = 4000  # Of a refused text, kept for moderators; no message is longer by default.
_MANAGERS = frozenset({MemberRole.OWNER, MemberRole.ADMIN})


class Judged(Judgement):
    """A verdict on one text, and where to note it."""

    __slots__ = ("_content", "_conversation_id", "_records", "verdict")

    def __init__(
        self, verdict: Verdict, conversation_id: ConversationId, content: str, records: Records
    ) -> None:
        self.verdict = verdict
        self._conversation_id = conversation_id
        self._content = content
        self._records = records

    @property
    @override
    def is_refused(self) -> bool:
        return self.verdict.is_refused

    @override
    def note(self, author: UserId, *, message_id: MessageId | None) -> None:
        is_refused = self.verdict.is_refused
        metrics.FILTER_VERDICTS.labels("refused" if is_refused else "flagged").inc()
        for finding in self.verdict.findings:
            metrics.FILTER_HITS.labels(finding.rule).inc()
        self._records.put(
            Note(
                self._conversation_id,
                author,
                message_id,
                self.verdict.findings,
                self._content[:MAX_REFUSED_CHARS] if is_refused else None,
            )
        )

    @override
    def refusal(self) -> MessageRefused:
        worst = self.verdict.findings[0]
        return MessageRefused(worst.rule, worst.evidence)


class Screener(Screening):
    """Screens by the server's policy, or the room's where it has one."""

    def __init__(
        self,
        content_filter: ContentFilter,
        *,
        default: Policy,
        store: FilterStore,
        records: Records,
        conversations: ConversationService,
    ) -> None:
        self._filter = content_filter
        self._default = default
        self._store = store
        self._records = records
        self._conversations = conversations
        self._wanted: dict[ConversationId, RoomFilter] = {}
        # In memory whole: few rooms want another filter, and none may wait for a look-up.
        self._policies: dict[ConversationId, Policy] = {}

    @override
    def judge(self, conversation_id: ConversationId, content: str) -> Judged | None:
        policy = self._policies.get(conversation_id, self._default)
        verdict = self._filter.judge(content, policy)
        if verdict is None:
            return None
        return Judged(verdict, conversation_id, content, self._records)

    async def refresh(self) -> None:
        """Read again what rooms want: another node may have changed it."""
        self._wanted = dict(await self._store.room_filters())
        self._policies = {room: its.over(self._default) for room, its in self._wanted.items()}

    async def room_filter(self, who: Principal, conversation: str) -> tuple[RoomFilter, Policy]:
        """What a room wants, and what that comes to; for its managers.

        Raises ``NotFound``, ``NotARoom``, ``NotAllowed``.
        """
        conversation_id = await self._require_manager(who, conversation)
        wanted = self._wanted.get(conversation_id, RoomFilter())
        return wanted, wanted.over(self._default)

    async def set_room_filter(
        self, who: Principal, conversation: str, wanted: RoomFilter, *, key: str | None = None
    ) -> tuple[RoomFilter, Policy]:
        """Change a room's filter, at once on this node; others hear within a minute.

        Raises ``NotFound``, ``NotARoom``, ``NotAllowed``, ``Conflict`` (of the key).
        """
        conversation_id = await self._require_manager(who, conversation)
        now = await self._store.set_room_filter(
            conversation_id, wanted, changed_by=who.user_id, key=key
        )
        self._wanted[conversation_id] = now
        self._policies[conversation_id] = now.over(self._default)
        return now, self._policies[conversation_id]

    async def records(
        self,
        who: Principal,
        *,
        before: int | None = None,
        limit: int = 50,
        conversation: str | None = None,
        author_id: int | None = None,
    ) -> list[Record]:
        """What was flagged and refused, the newest first; for moderators.

        Raises ``Forbidden``, ``Invalid``, ``NotFound``.
        """
        if not who.may(Permission.DELETE_ANY_MESSAGE):
            raise Forbidden("Only moderators see what the filter did")
        require_limit(limit, MAX_RECORDS_PER_PAGE)
        require_bound("before", before)
        require_bound("author_id", author_id)
        return await self._store.records(
            before=MAX_ID if before is None else before,
            limit=limit,
            conversation_id=None if conversation is None else parse_wire_id(conversation).id,
            author_id=None if author_id is None else UserId(author_id),
        )

    async def _require_manager(self, who: Principal, conversation: str) -> ConversationId:
        view = await self._conversations.get(who, parse_wire_id(conversation))
        if view.kind is not Kind.ROOM:
            raise NotARoom
        if view.role not in _MANAGERS and not who.may(Permission.MANAGE_ANY_CONVERSATION):
            raise NotAllowed("Only owners and admins of the room may do this")
        return view.id
