"""A small file in the data folder: how far each chain was signed, for when the database forgets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec
from typing_extensions import override

from causerie.audit.ports import Memory, Remembered

FILE_NAME = "audit.checkpoint"


class FileMemory(Memory):
    """The port as a file of JSON, replaced as a whole."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE_NAME

    @override
    def load(self) -> Mapping[str, Remembered]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, Remembered])
        except FileNotFoundError:
            return {}

    @override
    def keep(self, remembered: Mapping[str, Remembered]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_name(f"{FILE_NAME}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_bytes(msgspec.json.encode(remembered))
        draft.replace(self._path)
