"""``keys_url``: where a source's public keys are fetched. The host can only be the one that the operator wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from hookline.domain.address import is_public
from hookline.providers.scheme import OptionError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["keys_url_of"]

_RULE: Final = 'must be a whole URL of the scheme https, such as "https://idp.example.com/.well-known/jwks.json"'
_LONGEST: Final = 2048


def keys_url_of(options: Mapping[str, object]) -> str | None:
    """The option ``keys_url``, None where it is missing. Raises OptionError."""
    value = options.get("keys_url")
    if value is None:
        return None
    if not isinstance(value, str) or not value.isascii() or not value.isprintable() or " " in value:
        raise OptionError("keys_url", f"{_RULE}, in ASCII and without spaces")
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise OptionError("keys_url", _RULE) from None
    if parts.scheme != "https" or not host or ":" in host or port == 0 or len(value) > _LONGEST:
        raise OptionError("keys_url", _RULE)
    if parts.username is not None or parts.password is not None or "#" in value:
        raise OptionError("keys_url", "must not have a user name, a password or a fragment (#)")
    if _is_private(host):
        raise OptionError("keys_url", f"{host} is a private address, and keys are fetched only from public ones")
    return value


def _is_private(host: str) -> bool:
    """Whether the host is private without a DNS query. The address behind a name is checked when a connection is opened."""
    try:
        return not is_public(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
