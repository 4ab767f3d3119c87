"""The master key, and what is sealed under it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from causerie.foundation.crypto import CannotUnseal, MasterKey, MasterKeyUnusable, load_master_key

KEY = MasterKey(bytes(range(32)))
HEX = bytes(range(32)).hex()


def test_what_is_sealed_opens_at_its_place() -> None:
    sealed = KEY.seal(b"secret", place="here")

    assert KEY.unseal(sealed, place="here") == b"secret"
    assert b"secret" not in sealed
    assert KEY.seal(b"secret", place="here") != sealed


def test_it_opens_nowhere_else() -> None:
    with pytest.raises(CannotUnseal, match="was changed"):
        KEY.unseal(KEY.seal(b"secret", place="here"), place="there")


def test_every_changed_byte_shows() -> None:
    sealed = KEY.seal(b"secret", place="here")

    for index in range(len(sealed)):
        changed = bytearray(sealed)
        changed[index] ^= 1
        with pytest.raises(CannotUnseal):
            KEY.unseal(bytes(changed), place="here")


@pytest.mark.parametrize("cut", [0, 1, 5, 10, 17, 20])
def test_what_is_cut_off_is_refused(cut: int) -> None:
    with pytest.raises(CannotUnseal):
        KEY.unseal(KEY.seal(b"secret", place="here")[:cut], place="here")


def test_another_master_key_is_named_as_the_cause() -> None:
    other = MasterKey(bytes(32))

    with pytest.raises(CannotUnseal, match=r"another master key: set security\.master_key"):
        other.unseal(KEY.seal(b"secret", place="here"), place="here")


def test_a_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = load_master_key(folder)
    again = load_master_key(folder)

    assert again.unseal(first.seal(b"secret", place="here"), place="here") == b"secret"
    assert [path.name for path in folder.iterdir()] == ["master.key"]
    assert (folder / "master.key").stat().st_mode & 0o777 == 0o600


def test_nodes_that_start_at_once_get_one_key(tmp_path: Path) -> None:
    keys: list[MasterKey] = []
    threads = [
        threading.Thread(target=lambda: keys.append(load_master_key(tmp_path))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    sealed = keys[0].seal(b"secret", place="here")
    assert [key.unseal(sealed, place="here") for key in keys] == [b"secret"] * 8
    assert [path.name for path in tmp_path.iterdir()] == ["master.key"]


def test_a_configured_key_wins_and_leaves_no_file(tmp_path: Path) -> None:
    key = load_master_key(tmp_path, configured=HEX.upper())

    assert key.unseal(KEY.seal(b"secret", place="here"), place="here") == b"secret"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text", ["", "ab", HEX[:-1], HEX + "00", "g" * 64, HEX[:-2] + " a", "é" * 64]
)
def test_a_configured_key_is_64_hex_digits_and_never_shown(tmp_path: Path, text: str) -> None:
    with pytest.raises(MasterKeyUnusable, match="64 hex digits") as caught:
        load_master_key(tmp_path, configured=text)

    assert not text or text not in str(caught.value)


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    load_master_key(tmp_path)
    (tmp_path / "master.key").chmod(0o644)

    with pytest.raises(MasterKeyUnusable, match="chmod 600"):
        load_master_key(tmp_path)


def test_a_file_that_is_no_key_is_refused_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    file.write_text("not a key")
    file.chmod(0o600)

    with pytest.raises(MasterKeyUnusable, match="64 hex digits"):
        load_master_key(tmp_path)
    assert file.read_text() == "not a key"


def test_a_folder_that_cannot_be_made_is_an_answer(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(MasterKeyUnusable, match="cannot be used"):
        load_master_key(tmp_path / "file" / "data")


def test_a_signature_holds_for_one_key_one_purpose_and_one_content() -> None:
    key, other = MasterKey(bytes(32)), MasterKey(bytes([1]) * 32)
    signature = key.sign(b"content", purpose="audit")

    assert key.is_signed(b"content", signature, purpose="audit")
    assert not key.is_signed(b"Content", signature, purpose="audit")
    assert not key.is_signed(b"content", signature, purpose="other")
    assert not key.is_signed(b"tcontent", signature, purpose="audi")
    assert not other.is_signed(b"content", signature, purpose="audit")
