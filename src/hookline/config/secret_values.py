"""Checks of a secret's value: whether it can be used, and whether it is a published example."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from hookline.errors import NotFoundError, OperatorError
from hookline.providers.general.standard_webhooks import signing_complaint

if TYPE_CHECKING:
    from hookline.config.model import Config

__all__ = ["LONGEST_VALUE", "check_is_named", "is_published", "usable_value"]

LONGEST_VALUE = 4096
"""The most bytes of a value: the limit of the standard tier of SSM parameters."""

_DIGESTS: Final = frozenset(
    {
        "0c47dd30c7da14ce8078bc464742122187d516456e901ac0c3006dabcec0f743",
        "132c2dce370fcdce8714fdd8e57ea17aef22d26641c4ed7248bbd3609d4584ee",
        "197438b93a8fce66eea5c4fba47a33024287e4bf8aa56fed638a3537c796bdac",
        "1ec1c26b50d5d3c58d9583181af8076655fe00756bf7285940ba3670f99fcba0",
        "2435b3f87ce1e761dd60ed4f977e12cf1231af30885be9614b1da3845c4c9558",
        "29f8e1878219ff1a0d6ce8dd3eb87d11e832fe29ef9ca7f3be6052a4f87d2cfd",
        "3eb1bd439947eb762998e566ccc2e099c791118b2f40579cc4f7da2b5061b7f9",
        "48c434e5cef11f053ff5608cb62890bd3cf62bafbf9035026f0d06a19a7f0116",
        "61c45a7cb041c6ef9fe538b66442302effff01a5e4d537d17d167addec93c401",
        "74e30a3fd1945552d3b37d3008f6fdec39620ff8a484661630abeb5ee9648b5d",
        "78314b11be2e581549ac1c4f616563fad3fdf0c3b71678f6e2299182080e0598",
        "7c137a658cb570013d4082b7b8792a7bf868a580144f10c5d1d7915d91473b7b",
        "7c2f1fb97cd20d2bb56e581df66eda3b800d2ba1b87ca60d52fcbd34e2f109d7",
        "8beeb4e2952821df802c77ff801d2d27a47effeb1d87e28e8bbc2e210ead3522",
        "94109a063c89a98fce7d871c0cf20eeff38fd249c3cc87941021d1aec9696a69",
        "942083283953abc6c18f0655475f4d402a9a705af3261384a333b48738cf671a",
        "c18567eb512c8d4669ddcf6031869cf6810b1be22a7c607f032da4ba373a1cf6",
        "cba1366139d39ca42c557cb0bd70ce96803cabe8f3e14e954876ccc3cc9a298b",
        "d772992fc6f855001ba15284c76b744b43f6db137e7cb1f91de80ef32ade87f7",
        "e7d8c59e94f86dc70ee03a59b4a17aa3f9e50d8c18bd2ba76db54b91a132134e",
        "e8a0614b6747a06ff9a2728dd2250bf13068310cd2550ebc3cecd4d287a4e259",
    }
)
"""The SHA-256 of each published secret, without ``whsec_`` and padding: hookline's code contains no secrets."""


def check_is_named(config: Config, name: str) -> None:
    """Refuse a name that no source and no forward uses.

    The complaint does not repeat it, because it may be the secret, given in the wrong place.
    """
    if name not in config.aws_secret_names:
        names = ", ".join(config.aws_secret_names) or "none"
        raise NotFoundError(f"hookline.toml names no such secret; it names {names}")


def is_published(value: bytes) -> bool:
    """Whether this secret is published in hookline's examples, in the specification of Standard Webhooks or in AWS's documentation."""
    plain = value.strip().removeprefix(b"v1,").removeprefix(b"whsec_").rstrip(b"=")
    return hashlib.sha256(plain).hexdigest() in _DIGESTS


def usable_value(config: Config, name: str, value: bytes) -> str:
    """The value as text, after a check that every source and forward that names it can use it.

    Raises OperatorError, which never contains the value.
    """
    if len(value) > LONGEST_VALUE:
        raise _unusable(f"the value is longer than {LONGEST_VALUE} bytes")
    complaints = [
        complaint
        for source in config.sources
        if name in source.all_secret_names and (complaint := config.secret_complaint(source, name, value))
    ]
    if name in config.forward_secret_names and (complaint := signing_complaint(value)):
        complaints.append(complaint)
    if is_published(value):
        raise _unusable(
            "the value is a published example, so anyone could sign with it: use the sender's own secret, or make a new one"
        )
    if not value or complaints:
        raise _unusable(f"the value {complaints[0] if value else 'is empty'}")
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise _unusable("the value is not UTF-8 text") from None


def _unusable(detail: str) -> OperatorError:
    return OperatorError("secret_unusable", f"{detail}; nothing was written")
