"""``headers`` of a source: which of its requests' headers are added to the message."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from hookline.config.reader import read, read_list
from hookline.config.units import UnusableError
from hookline.domain.kept_headers import ALWAYS_KEPT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.config.reader import Table
    from hookline.providers.scheme import Scheme

__all__ = ["read_kept_headers"]

_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")  # RFC 9110 section 5.6.2, token
_CREDENTIALS: Final = frozenset({"authorization", "cookie", "proxy-authorization"})
_PROBE: Final = b"probe:0123456789abcdef0123456789abcdef"
_SOME_TIME: Final = datetime(2026, 1, 1, tzinfo=UTC)


def read_kept_headers(table: Table, scheme: Scheme, default: Sequence[str]) -> tuple[str, ...]:
    """The names in lower case, first those with which HTTP itself describes every body."""
    names = [name.lower() for name in default]
    if table.has("headers"):
        place, secret = table.at("headers"), _CREDENTIALS | _written_by(scheme)
        items = read_list(place, table.values["headers"], "names of headers")
        found = [
            read(place.at(index), lambda value: _name(value, secret), item, "") for index, item in enumerate(items)
        ]
        names = [name for name in found if name]
    return tuple(dict.fromkeys([*ALWAYS_KEPT, *names]))


def _name(value: object, secret: frozenset[str]) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise UnusableError('must be the name of a header, such as "X-Shop-Domain"')
    if value.lower() in secret:
        raise UnusableError("contains the sender's signature or a secret, which must not be in a message")
    return value.lower()


def _written_by(scheme: Scheme) -> frozenset[str]:
    """The headers that prove the sender; empty for a scheme that cannot sign with a secret of this kind."""
    try:
        return frozenset(name.lower() for name in scheme.sign(b"{}", secret=_PROBE, delivery_id="", at=_SOME_TIME))
    except Exception:  # noqa: BLE001 -- a scheme that signs with a key of another kind
        return frozenset()
