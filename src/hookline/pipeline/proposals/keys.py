"""The keys that can be derived from a secret: its text, its decoded bytes, or its digest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from hookline.providers.primitives import SHORTEST_SECRET
from hookline.providers.secret_encodings import SECRET_ENCODINGS
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hookline.domain.secret import Secret

__all__ = ["Key", "keys_of"]

_PREFIX: Final = re.compile(rb"(?:[A-Za-z][A-Za-z0-9]{0,15}_){1,3}")
_DECODED: Final = ("utf8", "hex", "base64", "base64url")
_MOST_SECRETS: Final = 8


@record
class Key:
    """A key, the name of its secret, and the options of ``verify`` that turn the secret into the key."""

    value: bytes
    secret: Secret
    options: Mapping[str, object]

    @property
    def is_plain(self) -> bool:
        """Whether the key is the secret unchanged."""
        return not self.options.keys() - {"shortest_secret"}


def keys_of(secrets: Sequence[Secret]) -> tuple[list[Key], list[Key]]:
    """The keys that most senders derive from a secret, and those that few senders derive: its digests."""
    usual: dict[bytes, Key] = {}
    rare: dict[bytes, Key] = {}
    for secret in secrets[:_MOST_SECRETS]:
        for encoding, prefix, value in _read(secret.value):
            found = usual if encoding in _DECODED else rare
            options: dict[str, object] = {} if encoding == "utf8" else {"secret_encoding": encoding}
            options |= {"secret_prefix": prefix} if prefix else {}
            options |= {"shortest_secret": len(value)} if len(value) < SHORTEST_SECRET else {}
            if value and value not in usual:
                found.setdefault(value, Key(value=value, secret=secret, options=options))
    return list(usual.values()), list(rare.values())


def _read(secret: bytes) -> Iterator[tuple[str, str, bytes]]:
    prefix = _PREFIX.match(secret)
    prefixes = dict.fromkeys(
        ("", *([prefix[0].decode(), prefix[0].partition(b"_")[0].decode() + "_"] if prefix else []))
    )
    for encoding, read in SECRET_ENCODINGS.items():
        for cut in prefixes:
            try:
                yield encoding, cut, read(secret.removeprefix(cut.encode()))
            except ValueError:
                continue
