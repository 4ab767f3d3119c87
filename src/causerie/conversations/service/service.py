"""Rooms, direct chats and their members: each write one transaction, its facts told after it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from causerie.conversations.errors import (
    ConversationArchived,
    LastOwner,
    NameTaken,
    NotAMember,
    TooManyConversations,
)
from causerie.conversations.events import (
    ConversationOpened,
    ReadMoved,
    updated,
)
from causerie.conversations.model import (
    MAX_CONVERSATIONS_PER_USER,
    Address,
    ConversationView,
    Intent,
    Member,
    MemberRole,
    ReadPosition,
    Target,
    Visibility,
    require_room_name,
    require_topic,
    require_user_id,
)
from causerie.conversations.ports import Settings, Store, Voices, Wording, Writes
from causerie.conversations.service import rules, steps
from causerie.conversations.service.blocks import require_welcome
from causerie.conversations.service.directory import Directory
from causerie.conversations.service.memberships import Memberships
from causerie.foundation.completion import Completion
from causerie.foundation.errors import Invalid, NotFound
from causerie.foundation.events import Events
from causerie.foundation.identity import MAX_ID, ConversationId, Principal, Seq, UserId
from causerie.limits import Action, ActionLimits

T = TypeVar("T")


class ConversationService(Directory):
    """What users do with conversations; PROTOCOL.md, Meaning, says who may see what.

    Every write takes ``key``, the idempotency key: with the same one it happens once, and asking
    again gives the conversation as it is by then. Repeating a join or a leave changes nothing, and
    nothing is told of it.
    """

    def __init__(
        self,
        store: Store,
        events: Events,
        completion: Completion,
        *,
        limits: ActionLimits | None = None,
        wording: Wording | None = None,
        voices: Voices | None = None,
        max_conversations_per_user: int = MAX_CONVERSATIONS_PER_USER,
    ) -> None:
        super().__init__(store, Memberships(store, events))
        self._completion = completion
        self._limits = limits
        self._wording = wording
        self._voices = voices
        self._max_conversations_per_user = max_conversations_per_user

    # --- creating --------------------------------------------------------------------------------

    async def create_room(
        self,
        who: Principal,
        *,
        name: str,
        visibility: Visibility = Visibility.PUBLIC,
        topic: str = "",
        members: Sequence[int] = (),
        key: str | None = None,
    ) -> ConversationView:
        """Create a room, owned by its creator. Raises ``NameTaken``, ``NotFound`` ("user")."""
        rules.require_may_create(who)
        require_room_name(name)
        require_topic(topic)
        others = rules.require_people(members, field="members", leaving_out=who.user_id)

        async def create(tx: Writes) -> tuple[ConversationId, ConversationView]:
            # In here, where a repeated request does not come.
            self._require_worded(who, name, topic)
            self._require_allowed(Action.ROOMS, who)
            self._require_allowed(Action.INVITES, who, len(others))
            await steps.require_exist(tx, others)
            await require_welcome(tx, who.user_id, others)
            made = await tx.insert_room(who.user_id, name=name, visibility=visibility, topic=topic)
            if made is None:
                raise NameTaken
            await self._require_place(tx, who.user_id)
            await tx.seat(made, [who.user_id], MemberRole.OWNER)
            await tx.seat(made, others, MemberRole.MEMBER)
            view = await tx.see(made, who.user_id)
            as_member = replace(view, role=MemberRole.MEMBER)
            tx.tell(ConversationOpened(who.user_id, view))
            tx.tell(*(ConversationOpened(user_id, as_member) for user_id in others))
            return made, view

        intent = Intent(who.user_id, key, "create_room", (name, visibility, topic, others))
        return await self._once(intent, create, self._as_it_is)

    async def open_direct(
        self, who: Principal, peer: int, *, key: str | None = None
    ) -> tuple[ConversationView, bool]:
        """Give the direct chat with another user, and whether it is new. Raises ``NotFound``."""
        other = require_user_id(peer, field="members")
        if other == who.user_id:
            raise Invalid("members", "must name another user")

        async def open_it(tx: Writes) -> tuple[ConversationId, tuple[ConversationView, bool]]:
            await steps.require_exist(tx, [other])
            await tx.hold_pair(who.user_id, other)
            made = await tx.insert_direct(who.user_id, other)
            if made is None:
                found = await tx.get_direct(who.user_id, other)
                return found, (await tx.see(found, who.user_id), False)
            self._require_allowed(Action.DIRECTS, who)
            await self._require_place(tx, who.user_id)
            await require_welcome(tx, who.user_id, [other])
            await tx.seat(made, [who.user_id, other], MemberRole.MEMBER)
            # Who opens a chat with someone they have blocked speaks, and hears nothing back.
            if await tx.blockers(other, [who.user_id]):
                await tx.set_block(who.user_id, other, is_blocked=True)
            view = await tx.see(made, who.user_id)
            tx.tell(ConversationOpened(who.user_id, view))
            tx.tell(ConversationOpened(other, await tx.see(made, other)))
            return made, (view, True)

        async def as_it_is(intent: Intent, made: ConversationId) -> tuple[ConversationView, bool]:
            return await self._as_it_is(intent, made), False

        intent = Intent(who.user_id, key, "open_direct", (other,))
        return await self._once(intent, open_it, as_it_is)

    def _require_worded(self, who: Principal, name: str, topic: str) -> None:
        """Raise ``Muted``, or what the content filter refuses with: names and topics are speech.

        They are read together.
        """
        if self._voices is not None and (name or topic):
            self._voices.require_may_speak(who.user_id)
        if self._wording is not None:
            self._wording.require_acceptable(who.user_id, f"{name} {topic}")

    # --- coming and going ------------------------------------------------------------------------

    async def join(
        self, who: Principal, target: Target, *, key: str | None = None
    ) -> ConversationView:
        """Enter a public room. Raises ``NotFound``, ``ConversationArchived``."""

        async def enter(tx: Writes) -> tuple[ConversationId, ConversationView]:
            view = rules.require_seen(await steps.lock(tx, target, who.user_id))
            if view.role is None:
                view = await self._enter(tx, who, view)
            return view.id, view

        intent = Intent(who.user_id, key, "join", steps.body_of(target))
        return await self._once(intent, enter, self._as_it_is)

    async def leave(
        self, who: Principal, target: Target, *, key: str | None = None
    ) -> ConversationView:
        """Go out of a room. Raises ``NotFound``, ``NotARoom``."""

        async def go(tx: Writes) -> tuple[ConversationId, ConversationView]:
            view = await steps.lock(tx, target, who.user_id)
            if view is not None and view.role is None and await tx.was_member(view.id, who.user_id):
                return view.id, rules.farewell(view)
            view = rules.require_seen(view)
            member = await tx.find_member(view.id, who.user_id)
            if member is not None:
                view = await steps.let_go(tx, rules.require_room(view), member, actor=who.user_id)
                view = replace(view, role=None, read_seq=Seq(0))
            return view.id, view

        intent = Intent(who.user_id, key, "leave", steps.body_of(target))
        return await self._once(intent, go, self._as_it_is)

    async def add_members(
        self, who: Principal, address: Address, users: Sequence[int], *, key: str | None = None
    ) -> ConversationView:
        """Put users into a room, as its owner or admin. Raises ``NotFound``, ``NotAllowed``."""
        others = rules.require_people(users, field="user_ids", leaving_out=who.user_id)

        async def add(tx: Writes) -> tuple[ConversationId, ConversationView]:
            view = rules.require_room(rules.require_seen(await tx.lock(address, who.user_id)))
            rules.require_manager(view, who)
            if view.archived:
                raise ConversationArchived
            self._require_allowed(Action.INVITES, who, len(others))
            await steps.require_exist(tx, others)
            await require_welcome(tx, who.user_id, others)
            return view.id, await steps.admit(
                tx, view, others, MemberRole.MEMBER, actor=who.user_id
            )

        intent = Intent(who.user_id, key, "add_members", (*steps.body_of(address), others))
        return await self._once(intent, add, self._as_it_is)

    async def remove_member(
        self, who: Principal, address: Address, user_id: int, *, key: str | None = None
    ) -> ConversationView:
        """Put a member out of a room; oneself: leave it. Raises ``NotFound``, ``NotAllowed``."""
        victim = require_user_id(user_id, field="user_id")
        if victim == who.user_id:
            return await self.leave(who, address, key=key)

        async def remove(tx: Writes) -> tuple[ConversationId, ConversationView]:
            view = rules.require_room(rules.require_seen(await tx.lock(address, who.user_id)))
            role = rules.require_manager(view, who)
            member = await tx.find_member(view.id, victim)
            if member is not None:
                rules.require_may_lead(role, member.role)
                view = await steps.let_go(tx, view, member, actor=who.user_id)
                await steps.record_removal(tx, view, member)
            elif not await tx.was_member(view.id, victim):
                raise NotFound("member")
            return view.id, view

        intent = Intent(who.user_id, key, "remove_member", (*steps.body_of(address), victim))
        return await self._once(intent, remove, self._as_it_is)

    # --- managing --------------------------------------------------------------------------------

    async def change_role(
        self,
        who: Principal,
        address: Address,
        user_id: int,
        role: MemberRole,
        *,
        key: str | None = None,
    ) -> Member:
        """Make a member of a room something else. Raises ``NotFound``, ``LastOwner``."""
        subject = require_user_id(user_id, field="user_id")

        async def change(tx: Writes) -> tuple[ConversationId, Member]:
            view = rules.require_room(rules.require_seen(await tx.lock(address, who.user_id)))
            acting_as = rules.require_manager(view, who)
            member = await tx.find_member(view.id, subject)
            if member is None:
                raise NotFound("member")
            rules.require_may_lead(acting_as, member.role, role)
            if member.role is not role:
                is_owner = member.role is MemberRole.OWNER
                if is_owner and not await tx.has_another_owner(view.id, subject):
                    raise LastOwner
                await steps.give_role(tx, view, subject, role, actor=who.user_id)
                await steps.record_role(tx, view, member, role)
            return view.id, replace(member, role=role)

        async def as_it_is(_: Intent, conversation_id: ConversationId) -> Member:
            before = UserId(subject - 1)
            page = await self._store.members(conversation_id, after=before, limit=1, viewer=None)
            if not page or page[0].person.id != subject:
                raise NotFound("member")
            return page[0]

        intent = Intent(who.user_id, key, "change_role", (*steps.body_of(address), subject, role))
        return await self._once(intent, change, as_it_is)

    async def update(
        self, who: Principal, address: Address, settings: Settings, *, key: str | None = None
    ) -> ConversationView:
        """Rename, describe, open, close or archive a room. Raises ``NameTaken``, ``NotAllowed``."""
        rules.require_valid(settings)

        async def change(tx: Writes) -> tuple[ConversationId, ConversationView]:
            view = rules.require_room(rules.require_seen(await tx.lock(address, who.user_id)))
            rules.require_may_set(settings, rules.require_manager(view, who))
            if not rules.changes_nothing(settings, view):
                self._require_worded(who, settings.name or "", settings.topic or "")
                await tx.update(view.id, settings, actor=who.user_id)
                view = await tx.see(view.id, who.user_id)
                tx.tell(updated(view))
                await steps.record_update(tx, view, settings)
            return view.id, view

        body = (*steps.body_of(address), settings)
        intent = Intent(who.user_id, key, "update_conversation", body)
        return await self._once(intent, change, self._as_it_is)

    async def mark_read(
        self, who: Principal, address: Address, seq: int, *, key: str | None = None
    ) -> ReadPosition:
        """Say how far one has read; never goes back. Raises ``NotFound``, ``NotAMember``."""
        if not 1 <= seq <= MAX_ID:
            raise Invalid("seq", f"must be from 1 to {MAX_ID}")

        async def mark(tx: Writes) -> tuple[ConversationId, ReadPosition]:
            reading = await tx.move_read(address, who.user_id, Seq(seq))
            if reading is None:
                rules.require_seen(await tx.lock(address, who.user_id))
                raise NotAMember
            if reading.moved:
                moved = (who.user_id, reading.read_seq, reading.member_count, reading.is_discreet)
                tx.tell(ReadMoved(address.id, address.kind, *moved))
            left = reading.last_seq - reading.read_seq
            return address.id, ReadPosition(reading.read_seq, left)

        async def as_it_is(intent: Intent, conversation_id: ConversationId) -> ReadPosition:
            view = await self._as_it_is(intent, conversation_id)
            return ReadPosition(view.read_seq, view.unread)

        intent = Intent(who.user_id, key, "mark_read", (*steps.body_of(address), seq))
        return await self._once(intent, mark, as_it_is)

    # --- how a write goes ------------------------------------------------------------------------

    async def _once(
        self,
        intent: Intent,
        work: Callable[[Writes], Awaitable[tuple[ConversationId, T]]],
        replay: Callable[[Intent, ConversationId], Awaitable[T]],
    ) -> T:
        """Do the work in a transaction, or show what came of it the first time."""
        return await self._completion.run(self._write(intent, work, replay))

    async def _write(
        self,
        intent: Intent,
        work: Callable[[Writes], Awaitable[tuple[ConversationId, T]]],
        replay: Callable[[Intent, ConversationId], Awaitable[T]],
    ) -> T:
        async with self._store.transaction() as tx:
            first = await tx.claim(intent)
            if first is None:
                made, result = await work(tx)
                await tx.settle(intent, made)
                return result
        return await replay(intent, first)

    async def _as_it_is(self, intent: Intent, conversation_id: ConversationId) -> ConversationView:
        (view,) = await self._store.seen_by(intent.actor, [conversation_id])
        return rules.farewell(view)

    async def _enter(self, tx: Writes, who: Principal, view: ConversationView) -> ConversationView:
        if view.archived:
            raise ConversationArchived
        await self._require_place(tx, who.user_id)
        # An empty room has nobody who could make the newcomer its owner.
        role = MemberRole.MEMBER if view.member_count else MemberRole.OWNER
        view = await steps.admit(tx, view, [who.user_id], role, actor=who.user_id)
        return replace(view, role=role, read_seq=view.last_seq)

    def _require_allowed(self, action: Action, who: Principal, count: int = 1) -> None:
        if self._limits is not None and count:
            self._limits.require(action, who.user_id, count)

    async def _require_place(self, tx: Writes, user_id: UserId) -> None:
        limit = self._max_conversations_per_user
        if not await tx.has_room_for(user_id, limit=limit):
            raise TooManyConversations(limit)
