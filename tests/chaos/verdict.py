"""What a room's history, its senders and its readers do not agree on."""

from __future__ import annotations

from collections.abc import Sequence

from tests.chaos.load import Message, Reader, Sender


def faults(
    history: Sequence[Message], senders: Sequence[Sender], readers: Sequence[Reader]
) -> set[str]:
    """Name what a room's history, its senders and its readers do not agree on; nothing: all is well.

    ``lost``: acknowledged and not there, or not as it was acknowledged. ``repeated``: one client_id
    twice. ``hole``: numbers are not 1, 2, 3 ... ``disorder``: a sender's messages in another order
    than sent. ``missed``, ``seen_twice``, ``phantom``: a reader has less, more, or something else.
    """
    found: set[str] = set()
    by_client_id = {message["client_id"]: message for message in history}
    if len(by_client_id) != len(history):
        found.add("repeated")
    if [message["seq"] for message in history] != list(range(1, len(history) + 1)):
        found.add("hole")
    for sender in senders:
        found |= _faults_of_sender(by_client_id, history, sender)
    by_seq = {message["seq"]: message for message in history}
    for reader in readers:
        seen = reader.client.seen.get(reader.room.id, [])
        found |= _faults_of_reader(by_seq, seen)
    return found


def _faults_of_sender(
    by_client_id: dict[str, Message], history: Sequence[Message], sender: Sender
) -> set[str]:
    found: set[str] = set()
    for client_id, acknowledged in sender.acknowledged.items():
        stored = by_client_id.get(client_id)
        if stored is None or _words(stored) != _words(acknowledged):
            found.add("lost")
    # What was refused was sent again behind its successors.
    order = [
        int(message["client_id"].rpartition(".")[2])
        for message in history
        if message["sender"]["id"] == sender.user_id and message["client_id"] not in sender.refused
    ]
    if order != sorted(order):
        found.add("disorder")
    return found


def _faults_of_reader(by_seq: dict[int, Message], seen: Sequence[Message]) -> set[str]:
    found: set[str] = set()
    seqs = [message["seq"] for message in seen]
    if set(by_seq) - set(seqs):
        found.add("missed")
    if len(set(seqs)) != len(seqs):
        found.add("seen_twice")
    if seqs != sorted(seqs):
        found.add("disorder")
    for message in seen:
        stored = by_seq.get(message["seq"])
        if stored is None or _words(stored) != _words(message):
            found.add("phantom")
    return found


def _words(message: Message) -> tuple[int, str]:
    return message["id"], message["content"]
