"""Personal data by its kind: telephone numbers, addresses, whatever else is known of somebody."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from causerie.foundation.crypto.fields import FieldCipher, place_of

_NOT_DIALLED = re.compile(r"[^\d+]")


class PersonalData:
    """Encrypts the personal columns of one table; ``row`` is the id of the row that holds the value.

    The columns are ``phone``, ``address`` and ``personal_data``, or named otherwise by ``column``.
    Decrypting raises ``CannotUnseal``.
    """

    def __init__(self, cipher: FieldCipher, table: str) -> None:
        self._cipher = cipher
        self._table = table

    def encrypt_phone(self, phone: str, *, row: int, column: str = "phone") -> bytes:
        """Encrypt a telephone number as it was written."""
        return self._cipher.encrypt(phone, place=place_of(self._table, column, row))

    def decrypt_phone(self, sealed: bytes, *, row: int, column: str = "phone") -> str:
        """Give the telephone number back."""
        return self._cipher.decrypt(sealed, place=place_of(self._table, column, row))

    def phone_index(self, phone: str, *, column: str = "phone") -> bytes:
        """Give the blind index under which the number is found, however it was written."""
        return self._cipher.blind_index(normal_phone(phone), column=f"{self._table}.{column}")

    def encrypt_address(
        self, address: Mapping[str, object], *, row: int, column: str = "address"
    ) -> bytes:
        """Encrypt a postal address, a JSON object of its lines."""
        return self._cipher.encrypt_object(address, place=place_of(self._table, column, row))

    def decrypt_address(
        self, sealed: bytes, *, row: int, column: str = "address"
    ) -> dict[str, object]:
        """Give the postal address back."""
        return self._cipher.decrypt_object(sealed, place=place_of(self._table, column, row))

    def encrypt_personal_data(
        self, data: Mapping[str, object], *, row: int, column: str = "personal_data"
    ) -> bytes:
        """Encrypt a JSON object of anything personal."""
        return self._cipher.encrypt_object(data, place=place_of(self._table, column, row))

    def decrypt_personal_data(
        self, sealed: bytes, *, row: int, column: str = "personal_data"
    ) -> dict[str, object]:
        """Give the JSON object back."""
        return self._cipher.decrypt_object(sealed, place=place_of(self._table, column, row))


def normal_email(address: str) -> str:
    """Give what two spellings of one mailbox have in common: no case, one form of each letter.

    The part before the @ may differ by case (RFC 5321 §2.4), and on no server that people use does.
    """
    return unicodedata.normalize("NFKC", address.strip()).casefold()


def normal_phone(number: str) -> str:
    """Give the digits to dial, with + before a country's code: ``00 33 (1) 23`` is ``+33123``."""
    # NFKC also makes plain digits of full-width ones.
    dialled = _NOT_DIALLED.sub("", unicodedata.normalize("NFKC", number))
    return f"+{dialled[2:]}" if dialled.startswith("00") else dialled
