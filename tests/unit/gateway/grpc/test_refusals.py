"""The table from refusals to statuses of gRPC, and what stands beside a status."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode

from causerie.foundation.errors import Code, Invalid, NotFound, RateLimited, TooLarge
from causerie.gateway import closing
from causerie.gateway.grpc.refusals import (
    ENDINGS,
    MAX_MESSAGE_CHARS,
    STATUSES,
    Failure,
    ending_of,
    failure_of,
    internal_failure,
    late_failure,
)

NEVER_SENT_TO_A_STREAM = {
    # They are about frames, which gRPC has none of, or about a peer that closes.
    closing.GOING_AWAY,
    closing.PROTOCOL_ERROR,
    closing.UNSUPPORTED_DATA,
    closing.INVALID_TEXT,
    closing.POLICY_VIOLATION,
    closing.TOO_LARGE,
}


def detail(failure: Failure, kind: type[Message]) -> Any:
    """The detail of a type beside a status."""
    whole = status_pb2.Status.FromString(failure.details)
    for packed in whole.details:
        made = kind()
        if packed.Unpack(made):
            return made
    return None


def test_every_code_has_a_status() -> None:
    assert set(STATUSES) == set(Code)
    assert StatusCode.OK not in STATUSES.values()


def test_every_end_of_a_stream_has_a_status() -> None:
    assert set(ENDINGS) == {e.code for e in closing.SENT if e not in NEVER_SENT_TO_A_STREAM}


def test_a_refusal_carries_our_code_and_what_it_is_about() -> None:
    failure = failure_of(NotFound("conversation"), "r-1")
    info = detail(failure, error_details_pb2.ErrorInfo)

    assert failure.status is StatusCode.NOT_FOUND
    assert (info.reason, info.domain) == ("not_found", "causerie")
    assert dict(info.metadata) == {"resource": "conversation", "request_id": "r-1"}


def test_the_status_beside_is_the_status_itself() -> None:
    failure = failure_of(NotFound("user"), "r-1")
    whole = status_pb2.Status.FromString(failure.details)

    assert (whole.code, whole.message) == (failure.status.value[0], failure.message)


def test_wrong_fields_are_named() -> None:
    failure = failure_of(Invalid("user_id", "Must be positive"), "r-1")
    wrong = detail(failure, error_details_pb2.BadRequest).field_violations

    assert [(v.field, v.description) for v in wrong] == [("user_id", "Must be positive")]
    assert failure.status is StatusCode.INVALID_ARGUMENT


def test_who_is_too_fast_is_told_when_to_come_back() -> None:
    failure = failure_of(RateLimited("Too many", retry_after=7), "r-1")

    assert failure.status is StatusCode.RESOURCE_EXHAUSTED
    assert detail(failure, error_details_pb2.RetryInfo).retry_delay.seconds == 7
    assert detail(failure, error_details_pb2.ErrorInfo).metadata["retry_after"] == "7"


def test_figures_are_shown_as_text() -> None:
    failure = failure_of(TooLarge("Too long", limit=10, actual=11), "r-1")
    info = detail(failure, error_details_pb2.ErrorInfo)

    assert (info.metadata["limit"], info.metadata["actual"]) == ("10", "11")


def test_a_bug_shows_its_request_and_nothing_else() -> None:
    failure = internal_failure("r-1")
    info = detail(failure, error_details_pb2.ErrorInfo)

    assert failure.status is StatusCode.INTERNAL
    assert (info.reason, dict(info.metadata)) == ("internal", {"request_id": "r-1"})


def test_what_takes_too_long_says_so() -> None:
    assert late_failure("r-1").status is StatusCode.DEADLINE_EXCEEDED


def test_a_long_text_is_cut_to_what_metadata_holds() -> None:
    failure = failure_of(Invalid("field", "é" * 5000), "r-1")

    assert len(failure.message) == MAX_MESSAGE_CHARS


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        (closing.SLOW_READER.code, StatusCode.RESOURCE_EXHAUSTED, "slow_reader"),
        (closing.UNAUTHENTICATED.code, StatusCode.UNAUTHENTICATED, "unauthenticated"),
        (closing.BANNED.code, StatusCode.PERMISSION_DENIED, "banned"),
        (closing.SERVICE_RESTART.code, StatusCode.UNAVAILABLE, "service_restart"),
        (closing.ABNORMAL.code, StatusCode.UNAVAILABLE, "abnormal"),
    ],
)
def test_a_stream_says_how_it_ended(code: int, status: StatusCode, reason: str) -> None:
    failure = ending_of(code, "", "r-1")

    assert failure.status is status
    assert detail(failure, error_details_pb2.ErrorInfo).reason == reason
