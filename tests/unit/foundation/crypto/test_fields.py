"""Encrypted fields: at their place they open, elsewhere and changed they do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from causerie.foundation.crypto import (
    CannotUnseal,
    DataKeys,
    FieldCipher,
    FieldKeyNotKnown,
    MasterKey,
    PersonalData,
    is_old_value,
    normal_email,
    normal_phone,
    place_of,
)

OLD, NEW = bytes(range(32)), bytes(range(1, 33))
INDEX = bytes(range(2, 34))
PLACE = place_of("accounts.users", "email", 7)


def cipher(current: int = 1) -> FieldCipher:
    return FieldCipher(DataKeys(by_id={1: OLD, 2: NEW}, current=current, index=INDEX))


CIPHER = cipher()


@given(st.text())
def test_any_text_comes_back(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return  # no half surrogates: they are refused at the door

    assert CIPHER.decrypt(CIPHER.encrypt(text, place=PLACE), place=PLACE) == text


def test_an_object_comes_back() -> None:
    value = {"street": "Rue des Écoles 7", "lines": [1, 2.5, None, True], "more": {"a": "b"}}

    sealed = CIPHER.encrypt_object(value, place=PLACE)

    assert CIPHER.decrypt_object(sealed, place=PLACE) == value
    assert "Rue" not in repr(sealed)


def test_two_equal_values_do_not_look_equal() -> None:
    assert CIPHER.encrypt("a", place=PLACE) != CIPHER.encrypt("a", place=PLACE)


@pytest.mark.parametrize(
    "elsewhere",
    [
        place_of("accounts.users", "email", 8),
        place_of("accounts.users", "phone", 7),
        place_of("inbox.contacts", "email", 7),
    ],
)
def test_a_value_opens_in_no_other_row_column_or_table(elsewhere: str) -> None:
    sealed = CIPHER.encrypt("ada@example.org", place=PLACE)

    with pytest.raises(CannotUnseal, match="moved"):
        CIPHER.decrypt(sealed, place=elsewhere)


def test_every_changed_byte_shows() -> None:
    sealed = CIPHER.encrypt("ada", place=PLACE)

    for index in range(len(sealed)):
        changed = bytearray(sealed)
        changed[index] ^= 1
        with pytest.raises(CannotUnseal):
            CIPHER.decrypt(bytes(changed), place=PLACE)


@pytest.mark.parametrize("length", range(0, 36, 5))
def test_what_is_cut_off_is_refused(length: int) -> None:
    with pytest.raises(CannotUnseal):
        CIPHER.decrypt(CIPHER.encrypt("ada", place=PLACE)[:length], place=PLACE)


def test_an_object_is_not_taken_for_a_text() -> None:
    with pytest.raises(CannotUnseal, match="another kind"):
        CIPHER.decrypt(CIPHER.encrypt_object({}, place=PLACE), place=PLACE)


def test_after_a_rotation_older_values_still_open_and_are_told_apart() -> None:
    one = cipher(current=1)
    sealed = one.encrypt("ada", place=PLACE)

    one.learn(DataKeys(by_id={1: OLD, 2: NEW}, current=2, index=INDEX))

    assert one.decrypt(sealed, place=PLACE) == "ada"
    assert not sealed.startswith(one.current_head)
    assert one.encrypt("ada", place=PLACE).startswith(one.current_head)


def test_a_key_that_is_not_known_is_named_as_that() -> None:
    sealed = cipher(current=2).encrypt("ada", place=PLACE)

    with pytest.raises(FieldKeyNotKnown):
        FieldCipher(DataKeys(by_id={1: OLD}, current=1, index=INDEX)).decrypt(sealed, place=PLACE)


def test_an_index_finds_equal_texts_of_one_column_only() -> None:
    index = CIPHER.blind_index("ada@example.org", column="accounts.users.email")

    assert index == cipher(current=2).blind_index("ada@example.org", column="accounts.users.email")
    assert index != CIPHER.blind_index("ada@example.org", column="inbox.contacts.email")
    assert index != CIPHER.blind_index("bob@example.org", column="accounts.users.email")
    assert len(index) == 32


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Example.org", " ada@example.ORG"),
        ("stra\u00dfe@example.org", "STRASSE@example.org"),
        ("e\u0301@example.org", "\u00e9@example.org"),
    ],
)
def test_spellings_of_one_mailbox_are_one(one: str, other: str) -> None:
    assert normal_email(one) == normal_email(other)


@pytest.mark.parametrize(
    "number", ["+33 1 23 45", "0033-1-23-45", "+33 (1) 23.45", "\uff0b\uff13\uff13 1 23 45"]
)
def test_spellings_of_one_number_are_one(number: str) -> None:
    assert normal_phone(number) == "+3312345"


def test_personal_data_has_its_helpers() -> None:
    contacts = PersonalData(CIPHER, "inbox.contacts")
    address = {"street": "Rue des Écoles 7", "city": "Paris"}

    phone = contacts.encrypt_phone("+33 1 23", row=7)
    home = contacts.encrypt_address(address, row=7)
    data = contacts.encrypt_personal_data({"born": "1815-12-10"}, row=7)

    assert contacts.decrypt_phone(phone, row=7) == "+33 1 23"
    assert contacts.decrypt_address(home, row=7) == address
    assert contacts.decrypt_personal_data(data, row=7) == {"born": "1815-12-10"}
    assert contacts.phone_index("0033123") == contacts.phone_index("+33 1 23")
    with pytest.raises(CannotUnseal):
        contacts.decrypt_phone(phone, row=8)


# Made by: openssl enc -aes-256-cbc -K 000102...1f -iv a0a1...af
IV = "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
OLD_EMAIL = f"{IV}:c923d792b937cc75a03a81a2b4879a86"
OLD_ADDRESS = (
    f"{IV}:04c48024bee2aa6ebd20916cb171f140be23893e240ce762cfe5812916d9f521"
    "cff1f4450a23f34a29c0d324e1815809"
)


def test_what_an_older_system_encrypted_is_read() -> None:
    master = MasterKey(OLD)

    assert master.decrypt_old(OLD_EMAIL) == "ada@example.org"
    assert master.decrypt_old(OLD_ADDRESS.upper()) == '{"street":"Rue des Écoles 7","city":"Paris"}'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada@example.org",
        OLD_EMAIL[:-2],
        OLD_EMAIL[1:],
        OLD_EMAIL.replace(":", ""),
        OLD_EMAIL + ":",
        f"{IV}:",
        f"{IV}:{'0' * 32}",
        OLD_EMAIL[:-1] + "0",
    ],
)
def test_what_is_not_such_a_value_is_refused_always_alike(text: str) -> None:
    with pytest.raises(CannotUnseal, match=r"^what the older system encrypted does not open"):
        MasterKey(OLD).decrypt_old(text)


def test_such_a_value_is_known_by_its_form() -> None:
    assert is_old_value(OLD_EMAIL)
    assert not is_old_value("ada@example.org")


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(CannotUnseal):
        MasterKey(NEW).decrypt_old(OLD_ADDRESS)
