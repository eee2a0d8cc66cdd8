"""``standard-webhooks``: the specification with which Svix and others sign (https://www.standardwebhooks.com).

The signed text is ``{webhook-id}.{webhook-timestamp}.{body}``, with HMAC-SHA256; ``webhook-signature`` contains any number of ``v1,BASE64``
separated by spaces, and one that fits is enough. The secret is ``whsec_`` and base64. Svix's own senders write ``svix-id``,
``svix-timestamp`` and ``svix-signature``. Version ``v1a``, which signs with a key pair, has a separate module.
"""

from __future__ import annotations

import base64
import re
from binascii import Error, b2a_base64
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple

from hookline.domain.source import OnConflict, new_verified
from hookline.errors import Rejected
from hookline.providers.primitives import any_equal, check_timestamp, mac, missing_signature, padded, too_short
from hookline.providers.provider import Evidence, Provider, Sample
from hookline.providers.scheme import (
    DEFAULT_TOLERANCE,
    TOLERANCE,
    ConfiguredScheme,
    choice_of,
    tolerance_of,
)
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.domain.source import Verified

__all__ = ["PROVIDER", "StandardWebhooks", "names_of", "signed_parts", "signing_complaint"]

_PREFIX = b"whsec_"
_VERSIONED = b"v1,"
"""The text before the prefix, where a sender shows its secret together with the version (Supabase does)."""
_VERSION_1 = re.compile(rb"(?:^|[ ,])v1,([^ ,]+)")
"""The base64 text of a v1 signature; repeated headers are joined by commas, with a space or (by some proxies) without."""
_VERSION_1A: Final = f"{__name__}_v1a"
"""The module for version v1a, imported by name: a package for Lambda contains the library for key pairs only if it is needed."""

_OPTIONS: Final = TOLERANCE | {"secret_encoding", "spelling", "version"}
_SHORTEST_KEY = 16
"""The fewest bytes of a key. The specification asks senders for 24 to 64; shorter than 16 can be guessed."""


class Names(NamedTuple):
    id: str
    timestamp: str
    signature: str
    place: str


_OWN = Names("webhook-id", "webhook-timestamp", "webhook-signature", "header webhook-timestamp")
_SVIX = Names("svix-id", "svix-timestamp", "svix-signature", "header svix-timestamp")


@record
class StandardWebhooks(ConfiguredScheme):
    """The scheme; ``tolerance`` is how far the timestamp may be from the current time.

    ``svix`` signs with svix-… names (both are read); ``is_plain`` uses the secret's text as the key.
    """

    tolerance: timedelta = DEFAULT_TOLERANCE
    svix: bool = False
    is_plain: bool = False

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender by ``webhook-…`` headers, or by ``svix-…`` headers if the first are absent."""
        delivery_id, signatures, signed = signed_parts(request, self.tolerance)
        candidates = _VERSION_1.findall(signatures)
        for secret in secrets:
            key = secret.value if self.is_plain else _decoded(secret.value)
            if key and any_equal(b2a_base64(mac(key, signed, "sha256"), newline=False), candidates):
                return new_verified(secret=secret.name, delivery_id=delivery_id)
        raise Rejected(
            "signature_mismatch", "no v1 signature matches the id, the timestamp and the exact bytes of the body"
        )

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:
        """The three headers of a signed call."""
        timestamp = str(int(at.timestamp()))
        signed = f"{delivery_id}.{timestamp}.".encode("latin-1") + body
        key = secret if self.is_plain else _decoded(secret)
        names = names_of(svix=self.svix)
        signature = b2a_base64(mac(key or b"", signed, "sha256"), newline=False).decode()
        return {names.id: delivery_id, names.timestamp: timestamp, names.signature: f"v1,{signature}"}

    def secret_complaint(self, value: bytes) -> str | None:
        """A secret must be base64, padded or not (``whsec_`` before it is usual), of at least 16 bytes."""
        key = value if self.is_plain else _decoded(value)
        if not key:
            return "is not base64, with or without whsec_ before it"
        return too_short(key, _SHORTEST_KEY)


def signed_parts(request: Request, tolerance: timedelta) -> tuple[str, bytes, bytes]:
    """The id, the header of signatures, and the signed text. Raises Rejected if one is missing or the time is wrong."""
    get = request.headers.by_name.get
    names = _SVIX if get(_OWN.signature) is None and get(_SVIX.signature) is not None else _OWN
    signatures = get(names.signature)
    if not signatures:
        raise missing_signature(names.signature)
    delivery_id = get(names.id)
    if not delivery_id:
        raise missing_signature(names.id)
    timestamp = check_timestamp(get(names.timestamp), names.place, request.received_at, tolerance)
    signed = f"{delivery_id}.{timestamp}.".encode("latin-1") + request.body
    return delivery_id, signatures.encode("latin-1"), signed


def names_of(*, svix: bool) -> Names:
    """The names of the three headers."""
    return _SVIX if svix else _OWN


def signing_complaint(value: bytes) -> str | None:
    """Why nothing can be signed with this secret, or None."""
    return StandardWebhooks().secret_complaint(value) if value else "is missing"


@lru_cache(maxsize=64)
def _decoded(secret: bytes) -> bytes | None:
    try:
        return base64.b64decode(padded(secret.removeprefix(_VERSIONED).removeprefix(_PREFIX)), validate=True)
    except Error:
        return None


class DescribedStandardWebhooks(StandardWebhooks):
    """The scheme before its options are known."""

    __slots__ = ()

    @property
    def options(self) -> frozenset[str]:
        """All its options."""
        return _OPTIONS

    def configured(self, options: Mapping[str, object]) -> ConfiguredScheme:
        """The scheme that the options describe. Raises OptionError."""
        if choice_of(options, "version", "v1", ("v1", "v1a")) == "v1a":
            made: ConfiguredScheme = import_module(_VERSION_1A).configured(options)
            return made
        return StandardWebhooks(
            tolerance=tolerance_of(options),
            svix=choice_of(options, "spelling", "webhook", ("webhook", "svix")) == "svix",
            is_plain=choice_of(options, "secret_encoding", "base64", ("base64", "utf8")) == "utf8",
        )


PROVIDER = Provider(
    name="standard-webhooks",
    title="Standard Webhooks, any sender",
    signs="Standard Webhooks",
    signed_with="the endpoint's signing secret, whsec_…",
    scheme=DescribedStandardWebhooks(),
    carries_id=True,
    find_id=f"header:{_OWN.id}",
    find_type="type",
    find_time="timestamp",
    keeps_id=True,
    on_conflict=OnConflict.REJECT,
    evidence=Evidence.VECTOR,
    documentation="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
    sample=Sample(
        body='{"type": "user.created", "timestamp": "2026-01-02T03:04:05Z", "data": {"id": "1f81eb52-5198-4599-803e-771906343485"}}'
    ),
)
