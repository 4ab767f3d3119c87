from __future__ import annotations

import msgspec
import pytest

from causerie.foundation.postgres.fitness import Facts, objection

FIT = Facts(
    version_number=150_000,
    version="15.0",
    encoding="UTF8",
    is_standby=False,
    is_pooled=False,
    usable_connections=20,
    has_unaccent=True,
)


def test_a_fit_server_is_taken() -> None:
    assert objection(FIT, max_connections=20) is None


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (
            msgspec.structs.replace(FIT, version_number=140_012, version="14.12"),
            "PostgreSQL 14.12 is too old: Causerie needs 15 or newer",
        ),
        (msgspec.structs.replace(FIT, is_pooled=True), "a connection pooler"),
        (msgspec.structs.replace(FIT, is_standby=True), "read-only standby: name the primary"),
        (msgspec.structs.replace(FIT, encoding="LATIN1"), "LATIN1: make one with ENCODING 'UTF8'"),
        (
            msgspec.structs.replace(FIT, has_unaccent=False),
            "unaccent is not there: install PostgreSQL's additional modules",
        ),
        (
            msgspec.structs.replace(FIT, usable_connections=19),
            "takes 19 connections and this node may open 20: raise max_connections",
        ),
    ],
)
def test_an_unfit_server_is_refused_with_what_to_do(facts: Facts, reason: str) -> None:
    assert reason in (objection(facts, max_connections=20) or "")
