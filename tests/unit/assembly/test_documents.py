"""What is made from the code is committed as the code makes it today."""

from __future__ import annotations

from pathlib import Path

import pytest

from causerie.assembly.documents import documents, write_documents

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("path", sorted(documents()))
def test_the_committed_document_is_up_to_date(path: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == documents()[path], "run `make docs`"


def test_documents_are_written_where_they_belong(tmp_path: Path) -> None:
    write_documents(tmp_path)

    assert {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*.*") if p.is_file()} == set(
        documents()
    )
