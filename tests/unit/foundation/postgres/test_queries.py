from __future__ import annotations

import pytest

from causerie.foundation.postgres import Queries

TWO = """\
-- What stands before the first name is for the reader.

-- name: find_key
-- Why it is so.
SELECT 1;

-- name: settle_key
UPDATE t
SET a = 1;
"""


def test_a_statement_is_found_by_its_name_with_its_reason_and_without_its_semicolon() -> None:
    queries = Queries(TWO, origin="here.sql")

    assert dict(queries) == {
        "find_key": "-- Why it is so.\nSELECT 1",
        "settle_key": "UPDATE t\nSET a = 1",
    }


def test_a_name_that_is_missing_is_refused_with_the_file_that_lacks_it() -> None:
    queries = Queries(TWO, origin="here.sql")

    with pytest.raises(KeyError, match=r"here\.sql has no statement named find_kay"):
        queries["find_kay"]


def test_a_name_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match=r"here\.sql names more than one statement find_key"):
        Queries(TWO + "\n-- name: find_key\nSELECT 2;\n", origin="here.sql")


def test_a_name_without_a_statement_is_refused() -> None:
    with pytest.raises(ValueError, match=r"here\.sql has no statement under forgotten"):
        Queries(TWO + "\n-- name: forgotten\n", origin="here.sql")


def test_a_packages_file_is_read_from_the_package() -> None:
    queries = Queries.load("causerie.foundation.postgres")

    assert "claim_key" in queries
