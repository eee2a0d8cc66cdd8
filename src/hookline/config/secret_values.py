"""Checks the value of a secret before it is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.config.published import is_published
from hookline.errors import NotFoundError, OperatorError
from hookline.providers.standard_webhooks import signing_complaint

if TYPE_CHECKING:
    from hookline.config.model import Config

__all__ = ["LONGEST_VALUE", "check_is_named", "usable_value"]

LONGEST_VALUE = 4096
"""Bytes: as many as a parameter of the standard tier holds."""


def check_is_named(config: Config, name: str) -> None:
    """Refuse a name that no source and no forward has. The complaint does not repeat it: it may be the secret, in the wrong place."""
    if name not in config.aws_secret_names:
        names = ", ".join(config.aws_secret_names) or "none"
        raise NotFoundError(f"hookline.toml names no such secret; it names {names}")


def usable_value(config: Config, name: str, value: bytes) -> str:
    """The value as text, once every source and forward that names it can use it. Raises OperatorError, never with the value."""
    if len(value) > LONGEST_VALUE:
        raise _unusable(f"the value is longer than {LONGEST_VALUE} bytes")
    complaints = [
        complaint
        for source in config.sources
        if name in (*source.secret_names, *source.token_names)
        and (complaint := config.secret_complaint(source, name, value))
    ]
    if name in config.forward_secret_names and (complaint := signing_complaint(value)):
        complaints.append(complaint)
    if is_published(value):
        raise _unusable(
            "the value is a published example, with which anyone can sign: take the sender's own, or make one"
        )
    if not value or complaints:
        raise _unusable(f"the value {complaints[0] if value else 'is empty'}")
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise _unusable("the value is not UTF-8 text") from None


def _unusable(detail: str) -> OperatorError:
    return OperatorError("secret_unusable", f"{detail}; nothing was written")
