from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from causerie.foundation.postgres import MIGRATIONS, MigrationRefused, MigrationSource
from causerie.foundation.postgres.migrations import read_migrations

MakeSource = Callable[[dict[str, str]], MigrationSource]


@pytest.fixture
def make_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeSource]:
    package = "slice_for_test"

    def make(files: dict[str, str]) -> MigrationSource:
        folder = tmp_path / package / "migrations"
        folder.mkdir(parents=True)
        (tmp_path / package / "__init__.py").touch()
        for name, text in files.items():
            (folder / name).write_text(text)
        monkeypatch.syspath_prepend(tmp_path)
        importlib.invalidate_caches()
        return MigrationSource(schema="slice", package=package)

    yield make
    sys.modules.pop(package, None)


def test_files_are_read_in_the_order_of_their_numbers(make_source: MakeSource) -> None:
    source = make_source({"0002_b.sql": "SELECT 2;", "0001_a.sql": "SELECT 1;"})

    found = read_migrations(source)

    assert [(m.number, m.name, m.statements) for m in found] == [
        (1, "0001_a.sql", ("SELECT 1;",)),
        (2, "0002_b.sql", ("SELECT 2;",)),
    ]


@pytest.mark.parametrize(
    "names",
    [
        ["0002_late.sql"],
        ["0001_a.sql", "0003_c.sql"],
        ["0001_a.sql", "0001_b.sql"],
        ["1_short.sql"],
        ["0001_Upper.sql"],
    ],
)
def test_a_hole_in_the_numbers_or_an_odd_name_is_refused(
    make_source: MakeSource, names: list[str]
) -> None:
    source = make_source(dict.fromkeys(names, "SELECT 1;"))

    with pytest.raises(MigrationRefused, match="without holes"):
        read_migrations(source)


def test_only_a_file_that_says_so_is_run_statement_by_statement(make_source: MakeSource) -> None:
    text = "-- causerie: no-transaction\nDROP INDEX IF EXISTS i;\nCREATE INDEX i ON t (\n  a\n);\n"
    source = make_source({"0001_a.sql": text, "0002_b.sql": "SELECT 1;\nSELECT 2;\n"})

    alone, together = read_migrations(source)

    assert not alone.transactional
    assert alone.statements == (
        "-- causerie: no-transaction\nDROP INDEX IF EXISTS i;",
        "CREATE INDEX i ON t (\n  a\n);",
    )
    assert together.transactional
    assert together.statements == ("SELECT 1;\nSELECT 2;\n",)


def test_a_file_is_known_by_its_content(make_source: MakeSource) -> None:
    source = make_source({"0001_a.sql": "SELECT 1;", "0002_b.sql": "SELECT 1; "})

    one, other = read_migrations(source)

    assert one.checksum != other.checksum


def test_our_own_migrations_can_be_read_from_the_package() -> None:
    assert read_migrations(MIGRATIONS)[0].name == "0001_idempotency.sql"
