"""Hashes of passwords: scrypt (RFC 7914) with its parameters next to the salt, in the PHC string format."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
from typing import Final

from hookline.record import record

__all__ = ["LONGEST_PASSWORD", "SALT_LENGTH", "SHORTEST_PASSWORD", "PasswordHash", "password_complaint"]

SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 256
"""The most characters of a password. NIST SP 800-63B asks for at least 64; the limit prevents strangers from making the server hash
megabytes.
"""

SALT_LENGTH: Final = 16
"""The number of bytes of a new salt."""

_LOG_N, _R, _P = 15, 8, 3
"""OWASP's choice for 32 MiB of memory: about a fifth of a second for each hash. More passes raise an attacker's cost as much as more memory
would.
"""

_TEXT: Final = re.compile(
    r"\$scrypt\$ln=(?P<ln>[0-9]{1,2}),r=(?P<r>[0-9]{1,2}),p=(?P<p>[0-9]{1,2})\$(?P<salt>[A-Za-z0-9+/]{22,86})\$(?P<key>[A-Za-z0-9+/]{43,86})"
)
_LARGEST_LN, _SMALLEST_LN, _LARGEST_R, _LARGEST_P = 18, 14, 16, 16
_MOST_MEMORY: Final = 256 * 1024 * 1024
_KEY_LENGTH: Final = 32


@record
class PasswordHash:
    """The stored form of a password. Its text is written in hookline.toml; ``repr`` leaves out salt and key."""

    ln: int
    r: int
    p: int
    salt: bytes
    key: bytes

    @classmethod
    def of(cls, password: str, salt: bytes, *, ln: int = _LOG_N, r: int = _R, p: int = _P) -> PasswordHash:
        """The hash of a password, with a new salt. This is slow on purpose."""
        return cls(ln=ln, r=r, p=p, salt=salt, key=_key(password, salt, (ln, r, p), _KEY_LENGTH))

    @classmethod
    def parse(cls, text: str) -> PasswordHash:
        """The hash that is written as ``text``. Raises ValueError, whose message does not repeat the text."""
        found = _TEXT.fullmatch(text)
        if found is None:
            raise ValueError("is not a password hash of the form $scrypt$ln=…,r=…,p=…$salt$key")
        ln, r, p = int(found["ln"]), int(found["r"]), int(found["p"])
        if not _SMALLEST_LN <= ln <= _LARGEST_LN or not 1 <= r <= _LARGEST_R or not 1 <= p <= _LARGEST_P:
            raise ValueError("has scrypt parameters outside the limits: ln is 14 to 18, r 1 to 16, p 1 to 16")
        if 128 * r * 2**ln > _MOST_MEMORY:
            raise ValueError("would take more than 256 MiB of memory for each login")
        return cls(ln=ln, r=r, p=p, salt=_from_base64(found["salt"]), key=_from_base64(found["key"]))

    def fits(self, password: str) -> bool:
        """Whether this is the hash of ``password``. This is slow on purpose, and takes the same time for every password."""
        found = _key(password, self.salt, (self.ln, self.r, self.p), len(self.key))
        return hmac.compare_digest(found, self.key)

    def __str__(self) -> str:
        return f"$scrypt$ln={self.ln},r={self.r},p={self.p}${_to_base64(self.salt)}${_to_base64(self.key)}"

    def __repr__(self) -> str:
        return f"PasswordHash(ln={self.ln}, r={self.r}, p={self.p})"


def password_complaint(password: str, *, name: str) -> str | None:
    """Why ``password`` is refused as a new password of this user, or None. The reason does not repeat the password."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        return f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters"
    if any(unicodedata.category(character) == "Cc" for character in password):
        return "a password must not contain control characters, such as a tab or a line break"
    if len(set(password)) < SHORTEST_PASSWORD // 2 or name.casefold() in password.casefold():
        return "this password is easy to guess: it repeats a few characters, or contains the user's name"
    return None


def _key(password: str, salt: bytes, parameters: tuple[int, int, int], length: int) -> bytes:
    ln, r, p = parameters
    normal = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    room = 128 * r * (2**ln + p + 2) + 1024 * 1024
    return hashlib.scrypt(normal, salt=salt, n=2**ln, r=r, p=p, maxmem=room, dklen=length)


def _to_base64(value: bytes) -> str:
    return base64.b64encode(value).decode().rstrip("=")


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        raise ValueError("has a salt or a key that is not base64") from None
