"""Seals bodies with a key that is not in the file: AES-256-GCM (NIST SP 800-38D), by the cryptography library.

A sealed value is the number of its key in ``storage_keys`` (two bytes), a *lot* (twelve), a nonce (twelve) and the output of AES-GCM.
Each process that seals draws a random lot and derives the lot's key from the secret key (HKDF with SHA-256, RFC 5869, the lot as
salt). So the limit of random nonces, 2^32 for one key, is a limit for one lot, and a process draws a new lot long before. The additional
data, ``about``, binds a sealed value to its place: moved to another row, it cannot be opened.

A codec that ends in ``~`` means that the body is sealed; the text before it is the codec of the compression. A sealed body that is
compressed with a dictionary needs a sealed dictionary.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from hookline.adapters.sqlite.codec import SEALED, unpack
from hookline.adapters.sqlite.query import first, rows
from hookline.errors import DamagedError, DataDirectoryError
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import apsw
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from hookline.adapters.sqlite.query import Row

__all__ = ["Sealing", "StorageKey", "event_about", "fingerprint"]

_NUMBER, _LOT, _NONCE = 2, 12, 12
_LOT_AT, _NONCE_AT, _CONTENT_AT = _NUMBER, _NUMBER + _LOT, _NUMBER + _LOT + _NONCE
_MOST_OF_A_LOT = 2**31
_MOST_KNOWN = 1024
_FINGERPRINT = 8
_DERIVED = b"hookline: bodies at rest, 1"
_NAMED = b"hookline: the fingerprint of a storage key"
_DICTIONARY = b"dictionary"

_KEYS = "SELECT id, fingerprint, name, seals FROM storage_keys ORDER BY id"
_SEALING = "SELECT id FROM storage_keys WHERE seals = 1"
_ADD = "INSERT INTO storage_keys (fingerprint, name, since, seals) VALUES (?, ?, ?, 0)"
_RENAME = "UPDATE storage_keys SET name = ?, seals = ? WHERE id = ?"
_REMOVE = "DELETE FROM storage_keys WHERE id = ? AND seals = 0"


@record
class StorageKey:
    """A key of 32 bytes, with the name of its secret."""

    name: str
    value: bytes

    def __repr__(self) -> str:
        return f"StorageKey({self.name})"  # not in the repr, so that the value is not logged


def fingerprint(key: bytes) -> bytes:
    """A short name of a key, which does not reveal it."""
    return hashlib.sha256(_NAMED + key).digest()[:_FINGERPRINT]


def event_about(event_id: str, digest: bytes) -> bytes:
    """The text that binds a sealed body to its event."""
    return b"event\0%b\0%b" % (event_id.encode(), digest)


class Sealing:
    """Opens the sealed bodies of one database, and seals new ones.

    ``keys`` are those of the configuration: the first one seals, and all open; with an empty sequence nothing is sealed. With None the file
    decides: bodies are sealed as the server does, with the secret that ``value_of`` finds under the name in the file; a command that
    needs no body then needs no key.
    """

    def __init__(
        self, keys: Sequence[StorageKey] | None = None, value_of: Callable[[str], bytes | None] = lambda _: None
    ) -> None:
        self._given = keys
        self._value_of = value_of
        self._values: dict[int, bytes] = {}
        self._rows: dict[int, tuple[bytes, str]] = {}
        self._current: int | None = None
        self.seals = False
        """Whether new data is sealed, as of the last ``begin``."""
        self.is_used = False
        """Whether the file lists any key: if not, no data is sealed."""
        self._lot: tuple[int, bytes, AESGCM] | None = None
        self._left = 0
        self._ciphers: dict[bytes, AESGCM] = {}
        self._dictionaries: dict[bytes, bytes] = {}
        self.reload: Callable[[], None] = lambda: None
        """Read the keys of the file again, because another process may have added one."""

    @property
    def keys(self) -> dict[int, tuple[bytes, str]]:
        """The fingerprint and name of each key that the file lists, by its number."""
        return dict(self._rows)

    @property
    def current(self) -> int | None:
        """The number of the key that seals."""
        return self._current

    def load(self, connection: apsw.Connection) -> None:
        """Read which keys the file was sealed with. Raises DataDirectoryError where a key that a server needs is missing."""
        found = rows(connection, _KEYS)
        self._rows = {number: (bytes(print_), name) for number, print_, name, _ in found}
        self._current = next((number for number, *_, seals in found if seals), None)
        self.seals = self._current is not None
        self.is_used = bool(found)
        self._values = self._found(found)

    def needs_change(self) -> bool:
        """Whether the file differs from the configuration in the key that seals or in the keys' names."""
        if self._given is None:
            return False
        wanted = [(fingerprint(key.value), key.name) for key in self._given]
        known = set(self._rows.values())
        current = None if self._current is None else self._rows[self._current]
        is_renamed = any(one not in known and one[0] in {print_ for print_, _ in known} for one in wanted)
        return is_renamed or current != (wanted[0] if wanted else None)

    def settle(self, connection: apsw.Connection, now: int) -> None:
        """Write the configuration's keys into the file, in the open transaction."""
        given = self._given or ()
        numbers = {print_: number for number, (print_, _) in self._rows.items()}
        if given and fingerprint(given[0].value) not in numbers:
            connection.execute(_ADD, (fingerprint(given[0].value), given[0].name, now))
            numbers[fingerprint(given[0].value)] = connection.last_insert_rowid()
        for known, (print_, name) in self._rows.items():
            if not any(fingerprint(key.value) == print_ for key in given):
                connection.execute(_RENAME, (name, 0, known))
        for place, key in enumerate(given):
            if (number := numbers.get(fingerprint(key.value))) is not None:
                connection.execute(_RENAME, (key.name, int(place == 0), number))
        self.load(connection)

    def stop(self, connection: apsw.Connection) -> None:
        """Seal no data from now on; written in the open transaction."""
        for number, (_, name) in self._rows.items():
            connection.execute(_RENAME, (name, 0, number))
        self.load(connection)

    def forget(self, connection: apsw.Connection, numbers: Sequence[int]) -> None:
        """Remove unused keys that do not seal, in the open transaction."""
        connection.executemany(_REMOVE, [(number,) for number in numbers])
        self.load(connection)

    def check_keys(self) -> None:
        """Raise DataDirectoryError where a key of the file is not available."""
        if missing := [known for number, known in self._rows.items() if number not in self._values]:
            raise _missing(missing)

    def begin(self, connection: apsw.Connection) -> bool:
        """Whether the writing transaction that begins now has to seal. Reads the file: another process may have changed the key."""
        if self.is_used:
            found = first(connection, _SEALING)
            number = None if found is None else found[0]
            if number != self._current:
                self.load(connection)
        return self._current is not None

    def seal(self, content: bytes, about: bytes) -> bytes:
        """The content, sealed for its place. Only after ``begin`` returned True."""
        lot = self._lot
        if lot is None or not self._left or lot[0] != self._current:
            lot = self._new_lot()
        self._left -= 1
        nonce = os.urandom(_NONCE)
        return lot[1] + nonce + lot[2].encrypt(nonce, content, about)

    def sealed(self, codec: str | None, content: bytes, about: bytes) -> tuple[str, bytes]:
        """The codec of a sealed body, and the sealed content."""
        return f"{codec or ''}{SEALED}", self.seal(content, about)

    def open(self, sealed: bytes, about: bytes) -> bytes:
        """The content of a value sealed for this place. Raises DamagedError if changed or moved, DataDirectoryError without a key."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 -- only those who seal bodies need the library

        cipher = self._ciphers.get(sealed[:_NONCE_AT]) or self._cipher(sealed[:_NONCE_AT])
        try:
            return cipher.decrypt(sealed[_NONCE_AT:_CONTENT_AT], sealed[_CONTENT_AT:], about)
        except (InvalidTag, ValueError):
            raise _broken(
                "a sealed body cannot be opened with its key: it was changed or truncated, or belongs to another record"
            ) from None

    def opened(
        self, codec: str, stored: bytes, about: bytes, dictionary: bytes | None = None
    ) -> tuple[str | None, bytes, bytes | None]:
        """The opened body as ``unpack`` takes it: codec, bytes and dictionary. Raises as ``open`` does."""
        return (
            codec[: -len(SEALED)] or None,
            self.open(stored, about),
            None if dictionary is None else self.dictionary(dictionary),
        )

    def body_of(
        self,
        codec: str | None,
        stored: bytes,
        about: bytes,
        dictionary: bytes | None = None,
        digest: bytes | None = None,
    ) -> bytes:
        """The received body, of a sealed or unsealed row. Raises as ``unpack`` and ``open`` do."""
        if codec is not None and codec[-1] == SEALED:
            codec, stored, dictionary = self.opened(codec, stored, about, dictionary)
        return unpack(codec, stored, dictionary, digest)

    def dictionary(self, sealed: bytes) -> bytes:
        """The dictionary that ``seal_dictionary`` sealed; the last ones are cached."""
        found = self._dictionaries.get(sealed)
        if found is None:
            found = self.open(sealed, _DICTIONARY)
            if len(self._dictionaries) >= _MOST_KNOWN:
                self._dictionaries.clear()
            self._dictionaries[sealed] = found
        return found

    def seal_dictionary(self, dictionary: bytes) -> bytes:
        """A sealed dictionary, bound to no place: with a wrong dictionary a body does not match its digest anyway."""
        return self.seal(dictionary, _DICTIONARY)

    @staticmethod
    def number_of(sealed: bytes) -> int:
        """The number of the key that a value was sealed with."""
        return int.from_bytes(sealed[:_NUMBER])

    def _new_lot(self) -> tuple[int, bytes, AESGCM]:
        assert self._current is not None  # noqa: S101 -- begin said that there is one
        head = self._current.to_bytes(_NUMBER) + os.urandom(_LOT)
        lot = self._lot = (self._current, head, self._cipher(head))
        self._left = _MOST_OF_A_LOT
        return lot

    def _cipher(self, head: bytes) -> AESGCM:
        """The cipher of the key and lot in ``head``."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 -- as in open
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 -- as in open
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415 -- as in open

        if len(head) != _NONCE_AT:
            raise _broken("a sealed body is truncated")
        value = self._value(self.number_of(head))
        cipher = AESGCM(HKDF(algorithm=SHA256(), length=32, salt=head[_LOT_AT:], info=_DERIVED).derive(value))
        if len(self._ciphers) >= _MOST_KNOWN:
            self._ciphers.clear()
        self._ciphers[head] = cipher
        return cipher

    def _value(self, number: int) -> bytes:
        if number not in self._values:
            self.reload()
        if number in self._values:
            return self._values[number]
        if number not in self._rows:
            raise _broken(f"a body is sealed with the key {number}, which the database does not list")
        raise _missing([self._rows[number]])

    def _found(self, known: Sequence[Row]) -> dict[int, bytes]:
        """The available keys of the file, by number."""
        if self._given is None:
            given = {fingerprint(value): value for _, _, name, _ in known if (value := self._value_of(name))}
        else:
            given = {fingerprint(key.value): key.value for key in self._given}
        found = {number: given[bytes(print_)] for number, print_, *_ in known if bytes(print_) in given}
        if self._given is not None and len(found) < len(known):
            raise _missing([self._rows[number] for number, *_ in known if number not in found])
        return found


def _missing(keys: Sequence[tuple[bytes, str]]) -> DataDirectoryError:
    named = " and ".join(f"{print_.hex()} (it was the secret {name})" for print_, name in keys)
    return DataDirectoryError(
        "storage_key_missing", f"bodies are sealed with a key that is not configured; its fingerprint is {named}"
    )


def _broken(why: str) -> DamagedError:
    return DamagedError("sealed_body_damaged", f"{why}: hookline.db in the data directory; a backup can be restored")
