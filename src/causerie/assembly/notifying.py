"""Notifications and what they stand on: what was said, who has read it, and the mail server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

import msgspec
from typing_extensions import override

from causerie.accounts.wiring import Accounts
from causerie.assembly.ground import Ground
from causerie.assembly.options import mail_server
from causerie.assembly.settings import Settings
from causerie.assembly.storage import Storage
from causerie.conversations import Kind, NotAMember, parse_wire_id, wire_id
from causerie.conversations.wiring import Conversations
from causerie.foundation.crypto import load_master_key
from causerie.foundation.identity import MAX_ID, ConversationId, MessageId, Principal, UserId
from causerie.foundation.jobs import Later, Never
from causerie.foundation.mail import Letter, MailAway, MailRefused, SmtpMailer
from causerie.foundation.outbound import Guard
from causerie.messages import Message, plain_text
from causerie.messages.wiring import Messages
from causerie.moderation import Report, ReportNotices, ReportState
from causerie.notifications import NoticeKind, Noticer, People, Postbox, Presence, Said, Speech
from causerie.notifications import wiring as notifications_wiring
from causerie.notifications.wiring import Notifications
from causerie.webhooks import Notices, SwitchedOff

UNSUBSCRIBE_PATH = "/api/v2/notifications/unsubscribe/"


class CommittedSpeech(Speech):
    """The messages' tables."""

    def __init__(self, conversations: Conversations, messages: Messages) -> None:
        self._conversations = conversations.service
        self._positions = conversations.positions
        self._messages = messages.store

    @override
    async def by_ids(self, ids: Sequence[MessageId]) -> Mapping[MessageId, Said]:
        if not ids:
            return {}
        found = await self._messages.by_ids(ids)
        return {message.id: _said(message) for message in found.values()}

    @override
    async def as_seen_by(
        self, user_id: UserId, ids: Sequence[MessageId]
    ) -> Mapping[MessageId, Said]:
        said = await self.by_ids(ids)
        places = list({one.conversation_id for one in said.values()})
        views = await self._conversations.snapshot(user_id, places)
        own = {view.id for view in views if view.role is not None}
        return {
            number: one
            if one.conversation_id in own
            else msgspec.structs.replace(one, content="", is_deleted=True)
            for number, one in said.items()
        }

    @override
    async def between(
        self, conversation_id: ConversationId, *, after: int, limit: int
    ) -> list[Said]:
        found = await self._messages.messages_between(
            conversation_id, after=after, upto=MAX_ID, limit=limit
        )
        return [_said(message) for message in found]

    @override
    async def directs(self, *, after: int, limit: int) -> list[tuple[ConversationId, int]]:
        found = await self._positions.directs(after=after, limit=limit)
        return [(far.id, far.seq) for far in found]

    @override
    async def positions(self, ids: Sequence[ConversationId]) -> list[tuple[ConversationId, int]]:
        return [(far.id, far.seq) for far in await self._positions.of(ids)]

    @override
    async def has_read(self, user_id: UserId, conversation_id: ConversationId, seq: int) -> bool:
        views = await self._conversations.snapshot(user_id, [conversation_id])
        return not views or views[0].role is None or views[0].read_seq >= seq

    @override
    async def require_member(self, who: Principal, conversation: str) -> ConversationId:
        view = await self._conversations.get(who, parse_wire_id(conversation))
        if view.role is None:
            raise NotAMember
        return view.id


class MailPostbox(Postbox):
    """The mail server that is set."""

    def __init__(self, accounts: Accounts, mailer: SmtpMailer, *, base: str) -> None:
        self._emails = accounts.emails
        self._mailer = mailer
        self._base = base.rstrip("/")

    @override
    async def write(self, user_id: UserId, lines: Sequence[str], *, token: str, key: str) -> bool:
        address = await self._emails.email_of(user_id)
        if address is None:
            return False
        out = f"{self._base}{UNSUBSCRIBE_PATH}{quote(token, safe='')}"
        listed = "\n".join(f"- {line}" for line in lines)
        letter = Letter(
            to=address,
            subject="What you have not read yet",
            text=f"While you were away:\n\n{listed}\n\nRead on at {self._base}\n",
            key=f"causerie-{key}",
            # RFC 8058 §3: one click in the mail program, which posts there.
            headers={
                "List-Unsubscribe": f"<{out}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        )
        try:
            await self._mailer.send(letter)
        except MailAway as error:
            raise Later(str(error)) from error
        except MailRefused as error:
            raise Never(str(error)) from error
        return True


class KnownPeople(People):
    """All who have an account."""

    def __init__(self, accounts: Accounts) -> None:
        self._users = accounts.service

    @override
    async def require(self, user_id: UserId) -> None:
        await self._users.get_user(user_id)


class WebhookNotices(Notices):
    """Tells who made an endpoint, like anything else that they are told."""

    def __init__(self, noticer: Noticer) -> None:
        self._noticer = noticer

    @override
    async def switched_off(self, what: SwitchedOff) -> None:
        place = "all rooms" if what.place is None else what.place
        words = f"Your webhook for {place} was switched off: {what.reason}"
        await self._noticer.tell(what.created_by, NoticeKind.WEBHOOK_OFF, words)


class ReportersNotices(ReportNotices):
    """Tells who reported, and never whom it was about or what was done about them."""

    def __init__(self, noticer: Noticer) -> None:
        self._noticer = noticer

    @override
    async def tell(self, report: Report) -> None:
        what = "a user" if report.message_id is None else "a message"
        outcome = (
            "it was against the rules, and something was done about it"
            if report.state is ReportState.UPHELD
            else "nothing in it was against the rules"
        )
        await self._noticer.tell(
            report.reporter,
            NoticeKind.REPORT_DECIDED,
            f"Moderators have looked at your report of {what}: {outcome}. Thank you.",
            key=f"report:{report.id}",
        )


def build_notifications(
    settings: Settings,
    storage: Storage,
    ground: Ground,
    accounts: Accounts,
    speech: Speech,
    presence: Presence,
) -> Notifications:
    """Build the slice on top of those whose things people are told of."""
    server, base = mail_server(settings), settings.server.public_url
    postbox = None
    if server is not None and base is not None:
        postbox = MailPostbox(accounts, SmtpMailer(server), base=base)
    contact = f"mailto:{server.sender}" if server is not None else base
    data_dir = settings.server.data_dir
    return notifications_wiring.build(
        database=storage.database,
        jobs=ground.jobs,
        master=load_master_key(data_dir, configured=settings.security.master_key),
        events=ground.events,
        completion=ground.completion,
        people=KnownPeople(accounts),
        clock=ground.clock,
        speech=speech,
        presence=presence,
        sender=Guard(settings.outbound.allowed_networks),
        postbox=postbox,
        # RFC 8292 §2.1 wants an address of mail or https; some services refuse anything else.
        subject=contact or "mailto:postmaster@localhost",
    )


def _said(message: Message) -> Said:
    return Said(
        id=message.id,
        conversation_id=message.conversation_id,
        place=wire_id(message.kind, message.conversation_id),
        seq=message.seq,
        root_id=message.parent_id,
        sender_id=message.sender_id,
        sender_name=message.sender_name,
        content=plain_text(message.content),
        created_at=message.created_at,
        is_deleted=message.deleted,
        is_direct=message.kind is Kind.DIRECT,
    )
