"""A signature in a header over a text that a template makes of the call: the common part of keyed hashes, digests and key pairs."""

from __future__ import annotations

import hashlib
import re
from abc import abstractmethod
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from hookline.domain.request import Headers, Request
from hookline.domain.source import new_verified
from hookline.errors import Rejected
from hookline.providers.bodies import find, parsed
from hookline.providers.general.template import headers_of, members_of, open_joints, parts_of
from hookline.providers.primitives import (
    check_timestamp,
    is_time,
    mismatch,
    missing_signature,
    required,
    url_called,
    written_time,
)
from hookline.providers.scheme import DEFAULT_TOLERANCE, NO_OPTIONS, TOLERANCE, ConfiguredScheme, Signed
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from hookline.domain.secret import Secret
    from hookline.domain.source import Verified
    from hookline.providers.general.template import Part

__all__ = ["NUMBER", "SignedText"]

NUMBER: Final = "{n}"
"""A placeholder in the name of a header: 1, 2 and so on, one header for each signature."""

_MOST_TIMESTAMPS: Final = 2
"""The most timestamps that are tried: a sender writes one, a repeated header has two. Each costs a hash of the whole body."""

_MOST_TEXTS: Final = 256
"""The most signatures or fields that are read from all headers: a hostile header contains tens of thousands."""

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # a placeholder time: a call that is being signed was not received yet


@record
class SignedText(ConfiguredScheme):
    """The scheme, with the names of the options of ``verify``.

    ``headers`` contain signatures, any of which may fit, separated by ``separator`` and each after one of ``prefixes``. With
    ``signature_field`` they contain fields: those with that name (text), or from that position on (a number, from 1), are signatures.
    ``{n}`` in the name of a header is replaced by a number. The signed time is in ``timestamp_header``, in the ``timestamp_field`` of the
    signature's own header, or in the JSON body at ``timestamp_body`` (names joined by dots), in the form ``timestamp_format``. ``template``
    is the text that is signed: see ``hookline.providers.general.template``.
    """

    headers: tuple[str, ...]
    encoding: str = "hex"
    prefixes: tuple[str, ...] = ("",)
    separator: str = ","
    signature_field: str | int = ""
    timestamp_header: str = ""
    timestamp_field: str | int = ""
    timestamp_body: str = ""
    timestamp_format: str = "seconds"
    tolerance: timedelta = DEFAULT_TOLERANCE
    id_header: str = ""
    template: str = "{body}"
    public_url: str = ""
    _parts: tuple[bytes | Part, ...] = field(init=False, compare=False, repr=False)
    _around: tuple[str, str] | None = field(init=False)
    _is_body: bool = field(init=False)
    _kinds: Mapping[str, str] | None = field(init=False)
    _where: str = field(init=False)
    _is_open: bool = field(init=False)

    def __post_init__(self) -> None:
        """Split the template once, and compute what every request would need again.

        ``_around`` is the text around the time in the common case: only a time and then the body are signed.
        """
        before, _, after = self.template.partition("{body}")
        first, time, second = before.partition("{timestamp}")
        is_common = bool(time) and not after and self.template.endswith("{body}") and "{" not in first + second
        kinds = {str(self.signature_field): "signature"}
        if self.timestamp_field:
            kinds[str(self.timestamp_field)] = "time"
        settled = {
            "_parts": parts_of(self.template, self.url_of),
            "_around": (first, second) if is_common else None,
            "_is_body": self.template == "{body}",
            "_kinds": kinds if isinstance(self.signature_field, str) and self.signature_field else None,
            "_where": self._place_of_time(),
            "_is_open": bool(self.open_joints(body_is_open=True)),
        }
        for name, value in settled.items():
            object.__setattr__(self, name, value)

    def _place_of_time(self) -> str:
        if self.timestamp_field:
            what = "place" if isinstance(self.timestamp_field, int) else "field"
            return f"{what} {self.timestamp_field} of the header {self.header}"
        return f"header {self.timestamp_header}" if self.timestamp_header else f"{self.timestamp_body} of the body"

    @property
    def header(self) -> str:
        """The name of the header for the refusal of a missing signature."""
        return self.headers[0]

    @property
    def most_signatures(self) -> int:
        """How many signatures of a header are compared."""
        return _MOST_TEXTS

    @property
    def signs_time(self) -> bool:
        """Whether a time is signed and compared with the current time."""
        return bool(self.timestamp_header or self.timestamp_field or self.timestamp_body)

    @property
    def options(self) -> frozenset[str]:
        """``tolerance``, if it signs a time."""
        return TOLERANCE if self.signs_time else NO_OPTIONS

    @property
    def needs_url(self) -> bool:
        """Whether it signs the URL or its path."""
        return "{url}" in self.template or "{path}" in self.template

    @property
    def signed(self) -> Signed:
        """What is read by name: the time and other members of the body, fields of the query, and whether a form is signed in its order."""
        time = ((*self.timestamp_body.split("."),),) if self.timestamp_body else ()
        members, query = members_of(self.template)
        return Signed(members=(*time, *members), query=query, whole_form="{form}" in self.template)

    def open_joints(self, *, body_is_open: bool) -> list[tuple[str, str]]:
        """The placeholders of the template between which an overheard call could be cut in another way: see ``template.open_joints``."""
        return open_joints(self.template, time_is_open=self.timestamp_format == "rfc3339", body_is_open=body_is_open)

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender: any signature of the headers may fit any secret."""
        value = self._value(request)
        if not value:
            raise missing_signature(self.header)
        delivery_id = required(request, self.id_header) if self.id_header else None
        if self.signature_field:
            secret, time = self._of_fields(request, secrets, value, delivery_id or "")
        else:
            time = self._time_of(request)
            candidates = self._candidates(self._texts(value))
            secret = self.fitting(request, time, delivery_id or "", candidates, secrets)
        if secret is None:
            raise mismatch(self.header)
        if self.timestamp_body and "{timestamp}" not in self.template:
            self._check(_text_in(request.body, self.timestamp_body), request)
        content = hashlib.sha256(self.text(request, time, delivery_id or "")).digest() if self._is_open else None
        return new_verified(secret=secret.name, delivery_id=delivery_id, content=content)

    @abstractmethod
    def fitting(
        self, request: Request, time: str, delivery_id: str, candidates: Sequence[bytes], secrets: Sequence[Secret]
    ) -> Secret | None:
        """The first of ``secrets`` that fits one of ``candidates``, which ``compared`` has prepared; None if none fits."""

    @abstractmethod
    def signature(self, secret: bytes, request: Request, time: str, delivery_id: str) -> bytes:
        """The signature of a call, encoded."""

    def compared(self, text: str) -> bytes:
        """A signature from the header, prepared for ``fitting``."""
        return (
            text.lower().encode("latin-1", "replace") if self.encoding == "hex" else text.rstrip("=").encode("latin-1")
        )

    def url_of(self, request: Request) -> bytes:
        """The URL as this sender signs it."""
        return url_called(self.public_url, request)

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:
        """The signature's header, and the headers that are signed with it."""
        headers = dict.fromkeys(headers_of(self.template), delivery_id)
        if self.id_header:
            headers[self.id_header] = delivery_id
        time = written_time(at, self.timestamp_format) if self.signs_time else ""
        if self.timestamp_body:
            time = _text_in(body, self.timestamp_body) or ""
        if self.timestamp_header:
            headers[self.timestamp_header] = time
        signature = self.signature(secret, _unsent(body, headers), time, delivery_id).decode()
        return {self.header.replace(NUMBER, "1"): self._written(f"{self.prefixes[0]}{signature}", time)} | headers

    def _written(self, signature: str, time: str) -> str:
        """The signature's header: the signature itself, or fields of which it is one."""
        if isinstance(self.signature_field, int):
            places = {self.signature_field: signature} | ({self.timestamp_field: time} if self.timestamp_field else {})
            return self.separator.join(str(places.get(place, "")) for place in range(1, max(map(int, places)) + 1))
        if self.signature_field:
            time_first = f"{self.timestamp_field}={time}{self.separator}" if self.timestamp_field else ""
            return f"{time_first}{self.signature_field}={signature}"
        return signature

    def text(self, request: Request, time: str, delivery_id: str, secret: bytes = b"") -> bytes:
        """The signed text: the template, filled in. Raises Rejected if the call lacks a part."""
        if self._around is not None:
            return f"{self._around[0]}{time}{self._around[1]}".encode("latin-1") + request.body
        if self._is_body:
            return request.body
        return b"".join(
            [part if part.__class__ is bytes else part(request, time, delivery_id, secret) for part in self._parts]  # type: ignore[operator]  # a part is bytes or a function that returns bytes
        )

    def _value(self, request: Request) -> str | None:
        if len(self.headers) == 1 and NUMBER not in self.headers[0]:
            return request.headers.get(self.headers[0])
        values: list[str] = []
        for header in self.headers:
            first, numbered, last = header.lower().partition(NUMBER)
            if numbered:
                values += [value for name, value in request.headers.items() if _is_numbered(name, first, last)]
            elif value := request.headers.get(header):
                values.append(value)
        return ",".join(values)

    def _texts(self, value: str) -> Sequence[str]:
        """The signatures of a header, each with its prefix. A comma joins repeated headers, whatever separates signatures."""
        separator, prefix = self.separator, self.prefixes[0]
        if prefix.count(separator) or "," in prefix:
            ends = re.compile(f"[ ,]|{re.escape(separator)}")
            return [prefix + ends.split(rest, maxsplit=1)[0] for rest in value.split(prefix)[1:]]
        return value.split(",") if separator == "," else value.replace(",", separator).split(separator)

    def _candidates(self, texts: Sequence[str]) -> list[bytes]:
        prefixes = self.prefixes
        found: list[bytes] = []
        for text in texts[:_MOST_TEXTS]:
            if len(found) == self.most_signatures:
                break
            written = text.strip(" \t")
            for prefix in prefixes:
                if written.startswith(prefix):
                    found.append(self.compared(written[len(prefix) :] if prefix else written))
                    break
        return found

    def _time_of(self, request: Request) -> str:
        if self.timestamp_header:
            return self._check(request.headers.get(self.timestamp_header), request)
        if self.timestamp_body and "{timestamp}" in self.template:
            return self._check(_text_in(request.body, self.timestamp_body), request)
        return ""

    def _check(self, text: str | None, request: Request) -> str:
        return check_timestamp(text, self._where, request.received_at, self.tolerance, self.timestamp_format)

    def _of_fields(
        self, request: Request, secrets: Sequence[Secret], value: str, delivery_id: str
    ) -> tuple[Secret | None, str]:
        """The secret that fits a header of fields, each timestamp with its own signatures, and its time.

        Raises Rejected for a time that is wrong.
        """
        refused: Rejected | None = None
        texts = value.replace(",", self.separator).split(self.separator)[
            :_MOST_TEXTS
        ]  # a comma joins a repeated header
        for time, found in self._groups(texts)[:_MOST_TIMESTAMPS]:
            try:
                signed_at = self._check(time, request) if self.timestamp_field else self._time_of(request)
            except Rejected as refusal:
                refused = refused or refusal
                continue
            if secret := self.fitting(request, signed_at, delivery_id, self._candidates(found), secrets):
                return secret, signed_at
        if refused is not None:
            raise refused
        return None, ""

    def _groups(self, texts: Sequence[str]) -> list[tuple[str | None, list[str]]]:
        """Each timestamp with the signatures that belong to it: a repeated header has two."""
        return _named_groups(texts, self._kinds) if self._kinds is not None else self._placed_groups(texts)

    def _placed_groups(self, texts: Sequence[str]) -> list[tuple[str | None, list[str]]]:
        """The groups of ``_groups``, for fields that are identified by position. A repeated header starts again at each time."""
        fields = [text.strip(" \t") for text in texts]
        time_at, signature_at = int(self.timestamp_field or 0), int(self.signature_field)
        if not time_at:
            return [(None, fields[signature_at - 1 :])]
        starts = [
            0,
            *(
                at - time_at + 1
                for at, text in enumerate(fields)
                if at >= time_at and is_time(text, self.timestamp_format)
            ),
        ]
        groups = [fields[start:end] for start, end in zip(starts, [*starts[1:], len(fields)], strict=True)]
        return [
            (
                group[time_at - 1] if len(group) >= time_at else None,
                [text for place, text in enumerate(group, 1) if place >= signature_at and place - time_at],
            )
            for group in groups
        ]


def _is_numbered(name: str, first: str, last: str) -> bool:
    number = name[len(first) : len(name) - len(last)]
    return name.startswith(first) and name.endswith(last) and number.isascii() and number.isdigit()


def _unsent(body: bytes, headers: Mapping[str, str]) -> Request:
    """The call that is about to be signed."""
    fields = ((name.encode(), value.encode("latin-1")) for name, value in headers.items())
    return Request(method="POST", path="/", headers=Headers(fields), body=body, received_at=_NEVER)


def _named_groups(texts: Sequence[str], kinds: Mapping[str, str]) -> list[tuple[str | None, list[str]]]:
    groups: list[tuple[str | None, list[str]]] = []
    time: str | None = None
    signatures: list[str] = []
    for text in texts:
        name, _, value = text.strip(" \t,").partition("=")
        kind = kinds.get(name)
        if kind == "signature":
            signatures.append(value)
        elif kind == "time" and time is None:
            time = value
        elif kind == "time":
            groups.append((time, signatures))
            time, signatures = value, []
    return [*groups, (time, signatures)]


def _text_in(body: bytes, path: str) -> str | None:
    """The text or the whole number at ``path`` in the body, as text."""
    value = find(parsed(body), *path.split("."))
    return str(value) if type(value) is int or type(value) is str else None
