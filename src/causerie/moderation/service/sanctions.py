"""Sanctions: imposed by hand or by the ladder, appealed, lifted; in force with their commit."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any

import structlog

from causerie.accounts import AccountService, Permission, Restrictions
from causerie.conversations import ConversationService, parse_wire_id
from causerie.foundation.clock import Clock
from causerie.foundation.completion import Completion
from causerie.foundation.errors import Invalid
from causerie.foundation.events import Events
from causerie.foundation.identity import Principal, UserId
from causerie.foundation.paging import require_limit
from causerie.foundation.postgres import fingerprint
from causerie.moderation.errors import MayNotModerate, SanctionNotFound
from causerie.moderation.events import AppealDecided, AppealFiled, SanctionImposed, SanctionLifted
from causerie.moderation.model.sanctions import (
    MAX_APPEAL_CHARACTERS,
    MAX_SECONDS,
    Ladder,
    NewSanction,
    Rung,
    Sanction,
    SanctionKind,
    Subject,
    SubjectKind,
    require_ladder,
    require_reason,
    require_sensible,
)
from causerie.moderation.ports import Key, SanctionQuery, SanctionStore, Written

log = structlog.get_logger()

Fact = type[SanctionImposed | SanctionLifted | AppealFiled | AppealDecided]

FILTERED = "filtered"  # The rule that a message breaks which the content filter refuses.
FILTERED_REASON = "The content filter refused several of your messages"

MAX_SANCTIONS_PER_PAGE = 200  # Some 500 bytes each: 100 KB.


class SanctionService:
    """What moderators, and the rules, do about conduct."""

    def __init__(
        self,
        store: SanctionStore,
        *,
        accounts: AccountService,
        restrictions: Restrictions,
        conversations: ConversationService,
        events: Events,
        completion: Completion,
        clock: Clock,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._restrictions = restrictions
        self._conversations = conversations
        self._events = events
        self._completion = completion
        self._clock = clock

    # --- imposing and lifting --------------------------------------------------------------------

    async def impose(self, who: Principal, new: NewSanction, *, key: str | None = None) -> Sanction:
        """Sanction a user. Raises ``MayNotModerate``, ``Invalid``, ``NotFound`` ("user")."""
        require_may_sanction(who)
        require_sensible(new)
        await self.require_may_act_on(who, new.subject)
        if new.kind is SanctionKind.KICK and new.conversation is not None:
            # First, as it may be refused; repeating it, should we fail now, is harmless.
            address = parse_wire_id(new.conversation)
            own_key = None if key is None else f"kick.{fingerprint(key).hex()}"
            await self._conversations.remove_member(who, address, new.subject.id, key=own_key)
        body = (
            new.subject.kind,
            new.subject.id,
            new.kind,
            new.reason,
            new.seconds,
            new.conversation,
            new.points,
        )
        return await self._impose(new, Key(who.user_id, key, "impose_sanction", body))

    async def impose_as_operator(self, new: NewSanction) -> Sanction:
        """Sanction a user from the command line, whoever it is. Raises ``Invalid``, ``NotFound``."""
        return await self._impose(require_sensible(new), None)

    async def record_breach(
        self,
        user_id: UserId,
        rule: str,
        *,
        reason: str,
        by: UserId | None = None,
        key: str | None = None,
    ) -> Sanction | None:
        """Count a breach of a rule; gives what follows by itself, if anything does.

        For the filter and the limits, which see breaches: ``spam``, ``abuse``, ``flooding``. Under
        somebody's key once.
        """
        subject = Subject(SubjectKind.USER, user_id)
        intent = None if by is None else Key(by, key, "record_breach", (user_id, rule, reason))
        return await self._completion.run(self._breach(subject, rule, reason, intent))

    async def count_refusal(self) -> bool:
        """Count one message that the filter refused, once for all nodes; False: there is none."""
        return await self._completion.run(self._count_refusal())

    async def lift(
        self, who: Principal, sanction_id: int, *, reason: str, key: str | None = None
    ) -> Sanction:
        """Take a sanction back. Raises ``AlreadyLifted`` for all but one who try at once."""
        require_may_sanction(who)
        require_reason(reason)
        await self.require_may_act_on(who, (await self._get(sanction_id)).subject)
        intent = Key(who.user_id, key, "lift_sanction", (sanction_id, reason))
        return await self._done(
            self._store.lift(
                sanction_id, by=who.user_id, reason=reason, now=self._clock.now(), key=intent
            ),
            SanctionLifted,
        )

    async def lift_as_operator(self, sanction_id: int, *, reason: str) -> Sanction:
        """Take a sanction back from the command line. Raises ``NotFound``, ``AlreadyLifted``."""
        return await self._done(
            self._store.lift(
                sanction_id,
                by=None,
                reason=require_reason(reason),
                now=self._clock.now(),
                key=None,
            ),
            SanctionLifted,
        )

    # --- appeals ---------------------------------------------------------------------------------

    async def appeal(
        self, user_id: UserId, sanction_id: int, *, text: str, key: str | None = None
    ) -> Sanction:
        """Ask for one's own sanction to be looked at again, once."""
        require_reason(text, field="text", limit=MAX_APPEAL_CHARACTERS)
        return await self._done(
            self._store.appeal(
                sanction_id,
                by=user_id,
                text=text,
                now=self._clock.now(),
                key=Key(user_id, key, "appeal_sanction", (sanction_id, text)),
            ),
            AppealFiled,
        )

    async def find_ban(self, user_id: UserId) -> Sanction:
        """The latest ban that shuts a user out now. Raises ``SanctionNotFound``."""
        subject = Subject(SubjectKind.USER, user_id)
        query = SanctionQuery(1, None, subject, SanctionKind.BAN, active=True)
        found = await self._store.list(query, now=self._clock.now())
        if not found:
            raise SanctionNotFound
        return found[0]

    async def decide(
        self,
        who: Principal,
        sanction_id: int,
        *,
        is_granted: bool,
        reason: str,
        key: str | None = None,
    ) -> Sanction:
        """Decide about an appeal; granting it lifts. Of many who try at once, one decides."""
        require_may_sanction(who)
        require_reason(reason)
        await self.require_may_act_on(who, (await self._get(sanction_id)).subject)
        facts: list[Fact] = [AppealDecided, SanctionLifted] if is_granted else [AppealDecided]
        return await self._done(
            self._store.decide(
                sanction_id,
                by=who.user_id,
                is_granted=is_granted,
                reason=reason,
                now=self._clock.now(),
                key=Key(who.user_id, key, "decide_appeal", (sanction_id, is_granted, reason)),
            ),
            *facts,
        )

    # --- reading ---------------------------------------------------------------------------------

    async def get(self, who: Principal, sanction_id: int) -> Sanction:
        """A sanction, for moderators and whom it is about. Raises ``SanctionNotFound``."""
        sanction = await self._get(sanction_id)
        is_own = sanction.subject == Subject(SubjectKind.USER, who.user_id)
        if not is_own and not who.may(Permission.SANCTION_USERS):
            raise SanctionNotFound
        return sanction

    async def list(self, who: Principal, query: SanctionQuery) -> tuple[Sequence[Sanction], bool]:
        """Sanctions, the newest first, and whether there are more."""
        require_may_sanction(who)
        return await self.page(query)

    async def mine(
        self, who: Principal, *, before: int | None, limit: int
    ) -> tuple[Sequence[Sanction], bool]:
        """One's own sanctions, the newest first, and whether there are more."""
        subject = Subject(SubjectKind.USER, who.user_id)
        return await self.page(SanctionQuery(limit, before, subject))

    async def page(self, query: SanctionQuery) -> tuple[Sequence[Sanction], bool]:
        """As ``list``, for who has shown before that they may: the operator."""
        require_limit(query.limit, MAX_SANCTIONS_PER_PAGE)
        wanted = SanctionQuery(
            query.limit + 1,
            query.before,
            query.subject,
            query.kind,
            query.active,
            query.has_open_appeal,
        )
        found = await self._store.list(wanted, now=self._clock.now())
        return found[: query.limit], len(found) > query.limit

    async def points(self, user_id: UserId) -> float:
        """What is left of a user's points."""
        kept = await self._store.points_of(Subject(SubjectKind.USER, user_id))
        if kept is None:
            return 0.0
        ladder = await self._store.ladder()
        return ladder.faded(kept[0], since=kept[1], now=self._clock.now())

    # --- the ladder ------------------------------------------------------------------------------

    async def ladder(self, who: Principal) -> Ladder:
        """What follows by itself, for moderators."""
        require_may_sanction(who)
        return await self._store.ladder()

    async def set_ladder(
        self,
        who: Principal,
        rungs: Sequence[Rung],
        *,
        half_life_seconds: int,
        key: str | None = None,
    ) -> Ladder:
        """Say what follows by itself, once per key. Raises ``Conflict`` of the key."""
        if not who.may(Permission.ADJUST_MODERATION):
            raise MayNotModerate("You may not change what follows by itself")
        if not 1 <= half_life_seconds <= MAX_SECONDS:
            raise Invalid("half_life_seconds", f"Must lie between 1 and {MAX_SECONDS}")
        ordered = require_ladder(rungs)
        intent = Key(who.user_id, key, "set_ladder", (ordered, half_life_seconds))
        await self._store.set_ladder(ordered, half_life_seconds=half_life_seconds, key=intent)
        log.warning("ladder_changed", user_id=who.user_id, rungs=len(ordered))
        return await self._store.ladder()

    async def require_may_act_on(self, who: Principal, subject: Subject) -> None:
        """Moderators do not act on one another, nor anybody on themselves; admins act on all."""
        if subject.kind is not SubjectKind.USER:
            return
        if subject.id == who.user_id:
            raise MayNotModerate("Nobody decides about themselves")
        user = await self._accounts.get_user(UserId(subject.id))
        is_colleague = self._accounts.allows(user.role, Permission.SANCTION_USERS)
        if is_colleague and not who.may(Permission.MANAGE_USERS):
            raise MayNotModerate("Only who manages users acts on moderators")

    # --- how a write goes ------------------------------------------------------------------------

    async def _impose(self, new: NewSanction, key: Key | None) -> Sanction:
        return await self._done(
            self._store.impose(new, now=self._clock.now(), key=key), SanctionImposed
        )

    async def _breach(
        self, subject: Subject, rule: str, reason: str, key: Key | None
    ) -> Sanction | None:
        written = await self._store.breach(
            subject, rule, reason=reason, now=self._clock.now(), key=key
        )
        return None if written is None else self._tell(written, SanctionImposed)

    async def _count_refusal(self) -> bool:
        found, written = await self._store.count_refusal(
            FILTERED, reason=FILTERED_REASON, now=self._clock.now()
        )
        if written is not None:
            self._tell(written, SanctionImposed)
        return found

    async def _done(self, write: Coroutine[Any, Any, Written], *facts: Fact) -> Sanction:
        """Commit and tell, whether or not the one who asked still waits."""

        async def work() -> Sanction:
            return self._tell(await write, *facts)

        return await self._completion.run(work())

    def _tell(self, written: Written, *facts: Fact) -> Sanction:
        # Not a coroutine: nothing comes between the commit and the sockets' hearing of it.
        sanction = written.sanction
        if not written.is_new:
            return sanction
        if written.restriction is not None:
            self._restrictions.take(written.restriction)
        self._events.announce([fact(sanction) for fact in facts])
        log.info(
            "sanction_changed",
            sanction_id=sanction.id,
            kind=sanction.kind,
            subject_kind=sanction.subject.kind,
            subject_id=sanction.subject.id,
            is_lifted=sanction.lift is not None,
        )
        return sanction

    async def _get(self, sanction_id: int) -> Sanction:
        sanction = await self._store.find(sanction_id)
        if sanction is None:
            raise SanctionNotFound
        return sanction


def require_may_sanction(who: Principal) -> None:
    """Raise ``MayNotModerate`` where the role does not allow it."""
    if not who.may(Permission.SANCTION_USERS):
        raise MayNotModerate("You may not sanction users")
