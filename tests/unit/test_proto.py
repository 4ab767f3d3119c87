"""The files of ``proto/``: their code is up to date, their form is buf's, and they miss nothing."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import msgspec
import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor, FileDescriptor

from causerie.assembly import tongues
from causerie.conversations.wire import WireConversation, WireMember, WirePerson
from causerie.gateway.vocabulary import Vocabulary
from causerie.messages.wire import WireMessage
from causerie.notifications.wire import WireNotification
from causerie.presence.wire import WirePresence
from causerie.v1 import (
    accounts_pb2,
    conversations_pb2,
    events_pb2,
    messages_pb2,
    notifications_pb2,
    presence_pb2,
)

ROOT = Path(__file__).parents[2]
FILES: list[FileDescriptor] = [
    accounts_pb2.DESCRIPTOR,
    conversations_pb2.DESCRIPTOR,
    events_pb2.DESCRIPTOR,
    messages_pb2.DESCRIPTOR,
    notifications_pb2.DESCRIPTOR,
    presence_pb2.DESCRIPTOR,
]
MESSAGES = [message for file in FILES for message in file.message_types_by_name.values()]
EVENT = events_pb2.Event.DESCRIPTOR.fields_by_name


def test_the_code_is_what_the_files_say(tmp_path: Path) -> None:
    subprocess.run(
        ["make", "--no-print-directory", "proto", f"PROTO_OUT={tmp_path}"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    made = {path.name: path.read_text() for path in (tmp_path / "causerie/v1").iterdir()}
    there = {path.name: path.read_text() for path in (ROOT / "src/causerie/v1").glob("*_pb2*.py*")}

    assert made == there, "run `make proto`"


def test_every_file_is_looked_at_here() -> None:
    assert {file.name for file in FILES} == {
        str(path.relative_to(ROOT / "proto")) for path in (ROOT / "proto").rglob("*.proto")
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_names_are_as_buf_wants_them(file: FileDescriptor) -> None:
    for service in file.services_by_name.values():
        assert service.name.endswith("Service")
        for method in service.methods:
            assert method.input_type.name == f"{method.name}Request"
            assert method.output_type.name == f"{method.name}Response"
    for enum in file.enum_types_by_name.values():
        prefix = re.sub(r"(?<!^)(?=[A-Z])", "_", enum.name).upper()
        assert enum.values[0].name == f"{prefix}_UNSPECIFIED"
        assert all(value.name.startswith(f"{prefix}_") for value in enum.values)
    for message in file.message_types_by_name.values():
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", field.name) for field in message.fields)


def test_every_message_enum_service_and_call_says_what_it_is() -> None:
    silent = [
        f"{path.name}:{number}"
        for path in (ROOT / "proto").rglob("*.proto")
        for number, (before, line) in enumerate(
            zip(["", *path.read_text().splitlines()], path.read_text().splitlines(), strict=False),
            1,
        )
        if re.match(r"\s*(message|enum|service|rpc) ", line) and not before.strip().startswith("//")
    ]

    assert silent == []


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (accounts_pb2.User.DESCRIPTOR, WirePerson),
        (conversations_pb2.Conversation.DESCRIPTOR, WireConversation),
        (conversations_pb2.Member.DESCRIPTOR, WireMember),
        (messages_pb2.Message.DESCRIPTOR, WireMessage),
        (presence_pb2.Presence.DESCRIPTOR, WirePresence),
        (notifications_pb2.Notification.DESCRIPTOR, WireNotification),
    ],
    ids=lambda kind: getattr(kind, "full_name", kind.__name__ if isinstance(kind, type) else ""),
)
def test_what_http_shows_has_a_field(kind: Descriptor, shown: type[msgspec.Struct]) -> None:
    assert_fields(kind, shown)


def words() -> Vocabulary:
    vocabulary = Vocabulary()
    tongues.teach_v2(vocabulary)
    return vocabulary


@pytest.mark.parametrize("name", sorted(set(EVENT) - {"type", "other", "opened"}))
def test_an_event_says_all_that_it_says_on_a_socket(name: str) -> None:
    word = words().words[name]
    kind = EVENT[name].message_type

    assert kind is not None
    assert_fields(kind, word.data)


def assert_fields(kind: Descriptor, shown: type[msgspec.Struct]) -> None:
    """Each field, in the types that one is made of, down to the plain ones."""
    fields = kind.fields_by_name
    names = {field.encode_name for field in msgspec.structs.fields(shown)}
    assert names <= set(fields), "add it to proto/, then `make proto`"
    for field in msgspec.structs.fields(shown):
        inner = nested(field.type)
        below = below_of(fields[field.encode_name])
        if inner is not None and below is not None:
            assert_fields(below, inner)


def below_of(field: FieldDescriptor) -> Descriptor | None:
    return field.message_type


def nested(kind: object) -> type[msgspec.Struct] | None:
    """The struct in ``X``, ``X | None``, ``list[X]`` or ``tuple[X, ...]``."""
    for one in (kind, *getattr(kind, "__args__", ())):
        if isinstance(one, type) and issubclass(one, msgspec.Struct):
            return one
        if one is not kind and (found := nested(one)) is not None:
            return found
    return None
