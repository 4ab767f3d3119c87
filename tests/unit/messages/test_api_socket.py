"""What of the socket's commands needs no socket: answers of a size, and what is named."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from causerie.conversations import Kind
from causerie.foundation.identity import ConversationId, MessageId, Seq, UserId
from causerie.gateway.session import MAX_UNSENT_BYTES
from causerie.messages import MessageType, Page
from causerie.messages.api_socket.messages import named_in
from causerie.messages.model import Message
from causerie.messages.wire import MAX_ANSWER_CHARS, Subscribe, page_out, within_answer


def message(seq: int, content: str) -> Message:
    return Message(
        id=MessageId(seq),
        conversation_id=ConversationId(1),
        kind=Kind.ROOM,
        seq=Seq(seq),
        sender_id=UserId(1),
        sender_name="mia",
        message_type=MessageType.TEXT,
        content=content,
        client_id=None,
        created_at=datetime(2026, 1, 31, tzinfo=UTC),
    )


def page_of(sizes: list[int]) -> Page:
    return Page(tuple(message(n, "\x01" * size) for n, size in enumerate(sizes, 1)), has_more=False)


@given(st.lists(st.integers(1, 20_000), max_size=60), st.booleans())
def test_an_answer_is_a_stretch_at_the_asked_end_and_no_flood(
    sizes: list[int],
    keep_newest: bool,
) -> None:
    page = page_of(sizes)

    answer = within_answer(page, keep_newest=keep_newest)

    kept = len(answer.items)
    assert answer.items == (page.items[len(sizes) - kept :] if keep_newest else page.items[:kept])
    assert answer.has_more == (kept < len(sizes))
    assert kept >= min(1, len(sizes))
    assert len(msgspec.json.encode(page_out(answer))) < MAX_UNSENT_BYTES


def test_one_message_that_is_too_large_by_itself_is_an_answer_all_the_same() -> None:
    page = page_of([5, MAX_ANSWER_CHARS + 1])

    answer = within_answer(page, keep_newest=True)

    assert [m.seq for m in answer.items] == [2]


def test_more_beyond_the_page_stays_more() -> None:
    page = Page((message(1, "x"),), has_more=True)

    assert within_answer(page, keep_newest=False) is page


def test_names_of_nothing_are_left_out_and_others_named_once() -> None:
    command = Subscribe(
        since={"room_2": 0, "general": 1, "room_0": 1, "dm_2": 4}, revs={"dm_3": 0, "room_2": 1}
    )

    assert named_in(command) == [2, 3]
