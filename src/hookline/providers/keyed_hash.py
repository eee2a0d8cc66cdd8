"""``hmac``: the scheme that most senders use in their own spelling, described by options instead of code.

``{ scheme = "hmac", secrets = […], header = "X-Signature", algorithm = "sha256", encoding = "hex", prefix = "sha256=",
timestamp_header = "X-Timestamp", template = "{timestamp}.{body}" }``
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hookline.domain.source import Verified
from hookline.errors import Rejected
from hookline.providers.scheme import (
    DEFAULT_TOLERANCE,
    OptionError,
    Provider,
    any_equal,
    check_timestamp,
    mac,
    missing_signature,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.source import Secret

__all__ = ["PROVIDER", "KeyedHash"]

_ENCODE: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "hex": binascii.hexlify,
    "base64": lambda mac: binascii.b2a_base64(mac, newline=False),
    "base64url": base64.urlsafe_b64encode,
}
_DECODE_SECRET: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "utf8": lambda secret: secret,
    "hex": binascii.unhexlify,
    "base64": lambda secret: base64.b64decode(secret, validate=True),
}
_ALGORITHMS = ("sha1", "sha256", "sha512")
_SHORTEST_SECRET = 8
"""Bytes. Senders that let people choose a secret ask for 8 or more (Slack, GitHub and Stripe make 32)."""

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110 section 5.6.2, token
_PLACEHOLDER = re.compile(r"\{(.*?)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedHash:
    """The scheme. ``before`` and ``after`` are the template's parts around the body; the timestamp stands in either as ``{timestamp}``."""

    header: str
    algorithm: str = "sha256"
    encoding: str = "hex"
    prefix: str = ""
    secret_encoding: str = "utf8"  # noqa: S105 -- how the secret is written, not a secret
    timestamp_header: str | None = None
    before: str = ""
    after: str = ""
    tolerance: timedelta = DEFAULT_TOLERANCE

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender: any signature of the header (repeated, or parted by commas) may fit any secret."""
        candidates = self._candidates(request)
        timestamp = ""
        if self.timestamp_header:
            timestamp = check_timestamp(
                request.headers.get(self.timestamp_header), self.timestamp_header, request.received_at, self.tolerance
            )
        signed = self._signed(timestamp, request.body)
        for secret in secrets:
            key = self._key(secret.value)
            if key and any_equal(self._mac(key, signed), candidates):
                return Verified(secret=secret.name)
        raise Rejected("signature_mismatch", f"no signature in {self.header} fits the exact bytes of the body")

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- the Scheme protocol's shape; this scheme carries no id
        """The signature header, and the timestamp header where there is one."""
        timestamp = str(int(at.timestamp()))
        signature = self._mac(self._key(secret) or b"", self._signed(timestamp, body)).decode()
        headers = {self.header: f"{self.prefix}{signature}"}
        return headers | ({self.timestamp_header: timestamp} if self.timestamp_header else {})

    def secret_complaint(self, value: bytes) -> str | None:
        """A secret must be written as ``secret_encoding`` says and be at least 8 bytes long."""
        key = self._key(value)
        if key is None:
            return f"is not written in {self.secret_encoding}"
        return (
            f"is {len(key)} bytes long, and at least {_SHORTEST_SECRET} are needed"
            if len(key) < _SHORTEST_SECRET
            else None
        )

    def _candidates(self, request: Request) -> list[bytes]:
        value = request.headers.get(self.header)
        if not value:
            raise missing_signature(self.header)
        parts = (part.strip(" \t") for part in value.split(","))
        texts = [part.removeprefix(self.prefix) for part in parts if part.startswith(self.prefix)]
        return [(text.lower() if self.encoding == "hex" else text).rstrip("=").encode("latin-1") for text in texts]

    def _signed(self, timestamp: str, body: bytes) -> bytes:
        if not self.before and not self.after:
            return body
        before = self.before.replace("{timestamp}", timestamp).encode()
        return before + body + self.after.replace("{timestamp}", timestamp).encode()

    def _key(self, secret: bytes) -> bytes | None:
        try:
            return _DECODE_SECRET[self.secret_encoding](secret)
        except binascii.Error:
            return None

    def _mac(self, key: bytes, signed: bytes) -> bytes:
        """Encoded, without the padding that some senders leave away."""
        return _ENCODE[self.encoding](mac(key, signed, self.algorithm)).rstrip(b"=")


def _choice(options: Mapping[str, object], option: str, default: str, known: Sequence[str]) -> str:
    value = options.get(option, default)
    if not isinstance(value, str) or value not in known:
        raise OptionError(option, f"must be one of {', '.join(known)}")
    return value


def _text(options: Mapping[str, object], option: str, default: str) -> str:
    value = options.get(option, default)
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise OptionError(option, "must be printable ASCII text")
    return value


def _prefix(options: Mapping[str, object]) -> str:
    prefix = _text(options, "prefix", "")
    if "," in prefix or prefix.startswith(" "):
        raise OptionError("prefix", "must neither hold a comma nor begin with a space, or no signature could fit")
    return prefix


def _header(options: Mapping[str, object], option: str) -> str | None:
    value = options.get(option)
    if value is None:
        return None
    if not isinstance(value, str) or not _HEADER_NAME.fullmatch(value):
        raise OptionError(option, "must be a header's name")
    return value


def _template(options: Mapping[str, object], *, has_timestamp: bool) -> tuple[str, str]:
    default = "{timestamp}.{body}" if has_timestamp else "{body}"
    template = _text(options, "template", default)
    names = _PLACEHOLDER.findall(template)
    if unknown := [name for name in names if name not in ("timestamp", "body")]:
        raise OptionError("template", f"knows {{timestamp}} and {{body}}, not {{{unknown[0]}}}")
    if names.count("body") != 1:
        raise OptionError("template", "must hold {body} exactly once")
    if ("timestamp" in names) != has_timestamp:
        raise OptionError(
            "template",
            "must hold {timestamp}, or the timestamp proves nothing"
            if has_timestamp
            else "holds {timestamp}, so timestamp_header must say where it is",
        )
    before, _, after = template.partition("{body}")
    return before, after


def _build(options: Mapping[str, object]) -> KeyedHash:
    header = _header(options, "header")
    if header is None:
        raise OptionError("header", "must name the header that carries the signature")
    timestamp_header = _header(options, "timestamp_header")
    if timestamp_header is not None and timestamp_header.lower() == header.lower():
        raise OptionError("timestamp_header", "must be another header than the signature's")
    before, after = _template(options, has_timestamp=timestamp_header is not None)
    tolerance = options.get("tolerance", DEFAULT_TOLERANCE)
    if not isinstance(tolerance, timedelta) or tolerance <= timedelta(0):
        raise OptionError("tolerance", "must be a duration above zero")
    return KeyedHash(
        header=header,
        algorithm=_choice(options, "algorithm", "sha256", _ALGORITHMS),
        encoding=_choice(options, "encoding", "hex", tuple(_ENCODE)),
        prefix=_prefix(options),
        secret_encoding=_choice(options, "secret_encoding", "utf8", tuple(_DECODE_SECRET)),
        timestamp_header=timestamp_header,
        before=before,
        after=after,
        tolerance=tolerance,
    )


PROVIDER = Provider(
    name="hmac",
    build=_build,
    options=frozenset(
        {
            "algorithm",
            "encoding",
            "header",
            "prefix",
            "secret_encoding",
            "template",
            "timestamp_header",
            "tolerance",
        }
    ),
)
