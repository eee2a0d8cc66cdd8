"""A keyed hash in a header, in all the spellings that senders have for it: described by data, verified and signed by one piece of code."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from hookline.domain.request import Headers, Request
from hookline.domain.source import new_verified
from hookline.errors import Rejected
from hookline.providers.bodies import find, parsed
from hookline.providers.primitives import (
    ENCODINGS,
    SHORTEST_SECRET,
    any_equal,
    check_timestamp,
    mac,
    mismatch,
    missing_signature,
    padded,
    required,
    too_short,
    url_called,
    written_time,
)
from hookline.providers.scheme import DEFAULT_TOLERANCE, NO_OPTIONS, TOLERANCE, ConfiguredScheme, Signed
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import timedelta

    from hookline.domain.secret import Secret
    from hookline.domain.source import Verified

__all__ = [
    "SECRET_ENCODINGS",
    "KeyedHash",
]

SECRET_ENCODINGS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "utf8": lambda secret: secret,
    "hex": binascii.unhexlify,
    "base64": lambda secret: base64.b64decode(padded(secret), validate=True),
}
"""How a secret is written, as the function that makes the key of it."""

_MOST_TIMESTAMPS = 2
"""In one header: a sender writes one, a repeated header two. Each costs a hash of the whole body."""

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # received at no time: what is signed here has not been sent yet
_PLACEHOLDER = re.compile(r"(\{[^{}]*\})")
_HEADER = "{header:"


@record
class KeyedHash(ConfiguredScheme):
    """The scheme, in the words of the options of ``verify``.

    ``header`` holds signatures separated by commas, each after ``prefix`` (with ``bare``, or without); ``numbered`` reads
    header-1, header-2 and so on instead. With ``signature_field`` it holds ``name=value`` pairs separated by ``separator``, of
    which those of that name are signatures.
    The signed time is in ``timestamp_header``, in the ``timestamp_field`` of the signature's own header, or under
    ``timestamp_member`` in the JSON body, in ``timestamp_unit``.
    ``template`` is what is signed: ``{body}``, ``{timestamp}``, ``{url}``, ``{method}`` and ``{header:NAME}`` in any order.
    """

    header: str
    algorithm: str = "sha256"
    encoding: str = "hex"
    prefix: str = ""
    bare: bool = False
    numbered: bool = False
    signature_field: str = ""
    separator: str = ","
    secret_encoding: str = "utf8"  # noqa: S105 -- how a secret is written, not a secret
    shortest_secret: int = SHORTEST_SECRET
    timestamp_header: str = ""
    timestamp_field: str = ""
    timestamp_member: str = ""
    timestamp_unit: str = "seconds"
    tolerance: timedelta = DEFAULT_TOLERANCE
    template: str = "{body}"
    public_url: str = ""
    _before: tuple[str, ...] = field(init=False)
    _after: tuple[str, ...] = field(init=False)
    _around: tuple[str, str] | None = field(init=False)
    _kinds: Mapping[str, str] = field(init=False)
    _where: str = field(init=False)

    def __post_init__(self) -> None:
        """Cut the template once, and settle what every request would ask again.

        ``_around`` is what stands around the time where nothing but it and the body is signed, time first: the common case.
        """
        before, _, after = self.template.partition("{body}")
        first, time, second = before.partition("{timestamp}")
        is_common = bool(time) and not after and "{" not in first + second
        settled = {
            "_before": _parts(before),
            "_after": _parts(after),
            "_around": (first, second) if is_common else None,
            "_kinds": {self.signature_field: "signature", self.timestamp_field: "time"},
            "_where": self._place_of_time(),
        }
        for name, value in settled.items():
            object.__setattr__(self, name, value)

    def _place_of_time(self) -> str:
        if self.timestamp_field:
            return f"{self.timestamp_field} of the header {self.header}"
        return f"header {self.timestamp_header}" if self.timestamp_header else f"{self.timestamp_member} of the body"

    @property
    def signs_time(self) -> bool:
        """Whether a time is signed, which is compared with now."""
        return bool(self.timestamp_header or self.timestamp_field or self.timestamp_member)

    @property
    def options(self) -> frozenset[str]:
        """``tolerance``, where it signs a time."""
        return TOLERANCE if self.signs_time else NO_OPTIONS

    @property
    def needs_url(self) -> bool:
        """Whether it signs the URL."""
        return "{url}" in self.template

    @property
    def signed(self) -> Signed:
        """The time, where it stands in the body."""
        return Signed(members=((self.timestamp_member,),) if self.timestamp_member else ())

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender: any signature of the header (repeated, or separated by commas) may fit any secret."""
        value = self._value(request)
        if not value:
            raise missing_signature(self.header)
        if self.signature_field:
            return self._verify_pairs(request, secrets, value)
        candidates = self._candidates(value.split(","))
        verified = self._fitting(request, self._time_of(request), candidates, secrets)
        if verified is None:
            raise mismatch(self.header)
        if self.timestamp_member:
            self._check(_time_in(request.body, self.timestamp_member), request)
        return verified

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:
        """The signature's header, and those that are signed with it."""
        time = written_time(at, self.timestamp_unit) if self.signs_time else ""
        parts = (*self._before, *self._after)
        headers = {
            part.removeprefix(_HEADER)[:-1]: delivery_id
            for part in parts
            if part.startswith(_HEADER) and part[-1] == "}"
        }
        signed = self._signed(_unsent(body, headers), time)
        signature = ENCODINGS[self.encoding](mac(self._key(secret) or b"", signed, self.algorithm)).decode()
        if self.signature_field:
            value = f"{self.timestamp_field}={time}{self.separator}{self.signature_field}={signature}"
        else:
            value = f"{self.prefix}{signature}"
        own = {f"{self.header}-1" if self.numbered else self.header: value}
        return own | ({self.timestamp_header: time} if self.timestamp_header else {}) | headers

    def secret_complaint(self, value: bytes) -> str | None:
        """A secret must be written as ``secret_encoding`` says and be long enough."""
        key = self._key(value)
        return f"is not written in {self.secret_encoding}" if key is None else too_short(key, self.shortest_secret)

    def _value(self, request: Request) -> str | None:
        if not self.numbered:
            return request.headers.get(self.header)
        start = f"{self.header.lower()}-"
        return ",".join(value for name, value in request.headers.items() if name.startswith(start))

    def _candidates(self, texts: Iterable[str]) -> list[bytes]:
        prefix = self.prefix
        found = [text.strip(" \t") for text in texts]
        if prefix:
            found = [text.removeprefix(prefix) for text in found if self.bare or text.startswith(prefix)]
        if self.encoding == "hex":
            return [text.lower().encode("latin-1", "replace") for text in found]
        return [text.rstrip("=").encode("latin-1") for text in found]

    def _time_of(self, request: Request) -> str:
        header = self.timestamp_header
        return self._check(request.headers.get(header), request) if header else ""

    def _check(self, text: str | None, request: Request) -> str:
        return check_timestamp(text, self._where, request.received_at, self.tolerance, self.timestamp_unit)

    def _verify_pairs(self, request: Request, secrets: Sequence[Secret], value: str) -> Verified:
        """The same for a header of pairs: each timestamp with the signatures beside it."""
        refused: Rejected | None = None
        pairs = value.replace(",", self.separator).split(self.separator)  # a comma joins a header that came twice
        for time, texts in _groups(pairs, self._kinds)[:_MOST_TIMESTAMPS]:
            try:
                signed_at = self._check(time, request)
            except Rejected as refusal:
                refused = refused or refusal
                continue
            if verified := self._fitting(request, signed_at, self._candidates(texts), secrets):
                return verified
        raise refused or mismatch(self.header)

    def _fitting(
        self, request: Request, time: str, candidates: Sequence[bytes], secrets: Sequence[Secret]
    ) -> Verified | None:
        signed = self._signed(request, time)
        encode = ENCODINGS[self.encoding]
        for secret in secrets:
            key = self._key(secret.value)
            if key and any_equal(encode(mac(key, signed, self.algorithm)).rstrip(b"="), candidates):
                return new_verified(secret=secret.name)
        return None

    def _signed(self, request: Request, time: str) -> bytes:
        if self._around is not None:
            return f"{self._around[0]}{time}{self._around[1]}".encode("latin-1") + request.body
        if not self._before and not self._after:
            return request.body
        parts = [self._part(part, request, time) for part in self._before]
        parts.append(request.body)
        for part in self._after:
            parts.append(self._part(part, request, time))  # noqa: PERF401 -- an extend costs more than the usual none
        return b"".join(parts)

    def _part(self, part: str, request: Request, time: str) -> bytes:
        if part == "{timestamp}":
            return time.encode("latin-1")
        if part[0] != "{" or part[-1] != "}":
            return part.encode("latin-1")
        if part == "{url}":
            return url_called(self.public_url, request)
        if part == "{method}":
            return request.method.encode("utf-8", "replace")
        return required(request, part[len(_HEADER) : -1]).encode("latin-1")

    def _key(self, secret: bytes) -> bytes | None:
        try:
            return SECRET_ENCODINGS[self.secret_encoding](secret)
        except binascii.Error:
            return None


def _parts(template: str) -> tuple[str, ...]:
    return tuple(part for part in _PLACEHOLDER.split(template) if part)


def _unsent(body: bytes, headers: Mapping[str, str]) -> Request:
    """The call that is about to be signed."""
    fields = ((name.encode(), value.encode("latin-1")) for name, value in headers.items())
    return Request(method="POST", path="/", headers=Headers(fields), body=body, received_at=_NEVER)


def _groups(pairs: Sequence[str], kinds: Mapping[str, str]) -> list[tuple[str | None, list[str]]]:
    """Each timestamp with the signatures that belong to it: a header that came twice has two."""
    groups: list[tuple[str | None, list[str]]] = []
    time: str | None = None
    texts: list[str] = []
    for pair in pairs:
        name, _, value = pair.strip(" \t,").partition("=")
        kind = kinds.get(name)
        if kind == "signature":
            texts.append(value)
        elif kind == "time" and time is None:
            time = value
        elif kind == "time":
            groups.append((time, texts))
            time, texts = value, []
    return [*groups, (time, texts)]


def _time_in(body: bytes, name: str) -> str | None:
    """The whole number under ``name`` in the body, as text."""
    value = find(parsed(body), name)
    return str(value) if type(value) is int or type(value) is str else None
