"""The parts of a request that may belong to its signature: signatures, times, and parts that may be signed with the body."""

from __future__ import annotations

import base64
import binascii
import re
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

from hookline.errors import Rejected
from hookline.providers.bodies import parsed
from hookline.providers.primitives import ALGORITHMS, TIMES, check_timestamp, is_time, padded
from hookline.providers.scheme import DEFAULT_TOLERANCE
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from hookline.domain.event import Json
    from hookline.domain.request import Request

__all__ = [
    "ALGORITHM_OF_SIZE",
    "Time",
    "Token",
    "headers_of",
    "members_of",
    "pieces_of",
    "times_of",
    "tokens_of",
    "written_name",
]

ALGORITHM_OF_SIZE: Final[Mapping[int, str]] = {ALGORITHMS[name]().digest_size: name for name in ALGORITHMS}
"""The hash whose digests have this number of bytes."""

_LONGEST_VALUE: Final = 4096
"""The most characters of a header that are read: a signature by RSA-4096 has 684, with the address of a certificate next to it."""
_MOST_HEADERS: Final = 64
_MOST_PARTS: Final = 12
_MOST_TOKENS: Final = 32
_MOST_TIMES: Final = 6
_MOST_PIECES: Final = 8
_MOST_INSIDE: Final = 3
_MOST_MEMBERS: Final = 300
_DEEPEST: Final = 3
_LARGEST_JSON: Final = 4 * 1024 * 1024  # bytes
_LONGEST_PIECE: Final = 256

_SEPARATORS: Final = (",", ";", " ", "&", "|", ".", ":")
_NAMED: Final = re.compile(r"([^\s=,;\"]{1,32})=(.+)", re.DOTALL)
_PREFIX_ENDS: Final = re.compile(r"[=: ,.;_]")
_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2})+")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]+={0,2}")
_WEB_TOKEN: Final = re.compile(r"\bey[A-Za-z0-9_-]+\.ey[A-Za-z0-9_-]+\.")
"""It contains a signature over itself (RFC 7519)."""
_NUMBER_ONE: Final = re.compile(r"-1$")
"""At the end of a header's name: the next signature is in another header."""
_ENCODINGS: Final[Sequence[tuple[str, re.Pattern[str], bytes | None]]] = (
    ("base64", _BASE64, None),
    ("base64url", _BASE64URL, b"-_"),
)
_CHANGING: Final = re.compile(r"[0-9]{5}")
"""In a prefix: part of a time or of an id, which is different in the next call."""

_SIGNING: Final = re.compile(r"sign|hmac|mac$|hash|digest|auth|token|secret|sha|verif", re.IGNORECASE)
_TIMELY: Final = re.compile(r"time|date|stamp|^ts$|^t$|-ts$|sent|created|epoch|_at$|At$", re.IGNORECASE)
_TELLING: Final = re.compile(
    r"nonce|[-_]id$|delivery|event|message|request|topic|type|version|merchant|key|salt|account|random|transmission",
    re.IGNORECASE,
)
_IDENTIFYING: Final = re.compile(r"(?:^|[_.])(?:id|uuid)$|Id$|nonce", re.IGNORECASE)
_OF_THE_CONNECTION: Final = re.compile(
    r"host|connection|user-agent|via|cookie|expect|te|trailer|upgrade|from|forwarded|referer|origin|priority|pragma"
    r"|accept.*|content-.*|cache-.*|x-forwarded-.*|x-real-.*|cf-.*|cdn-.*|x-amzn-.*|x-cloud-.*|traceparent|tracestate|x-b3-.*|sec-.*|transfer-.*"
)


@record
class Time:
    """A time as it is written, and its place: ``options`` are the options of ``verify`` that describe it.

    If it is a field of a header, ``header`` is that header, ``field`` its name or position there, and ``separator`` the text between
    fields.
    """

    text: str
    moment: datetime
    options: Mapping[str, object]
    header: str = ""
    field: str | int = ""
    separator: str = ""


@record
class Token:
    """A part of a header that may be a signature: its bytes, and the options of ``verify`` that describe how it is written.

    ``times`` are the times in other fields of the same header. ``words`` are the words before it, without punctuation.
    """

    raw: bytes
    header: str
    options: Mapping[str, object]
    times: Sequence[Time] = ()
    words: Sequence[str] = ()


def written_name(name: str) -> str:
    """A header's name as people write it; a request no longer has the sender's upper and lower case."""
    return "-".join(part[:1].upper() + part[1:] for part in name.split("-"))


def headers_of(request: Request) -> list[tuple[str, str]]:
    """The headers that may belong to a signature, first those whose names suggest it."""
    values = {name: value for name, value in request.headers.by_name.items() if value and len(value) <= _LONGEST_VALUE}
    own = [(name, value) for name, value in values.items() if not _OF_THE_CONNECTION.fullmatch(name)]
    return sorted(own, key=lambda field: not _SIGNING.search(field[0]))[:_MOST_HEADERS]


def tokens_of(request: Request, is_wanted: Callable[[bytes], bool]) -> list[Token]:
    """Everything that may be a signature, in every way in which it can be read, the simplest first."""
    found: list[Token] = []
    for name, value in headers_of(request):
        if _WEB_TOKEN.search(value):
            continue
        found += islice(_tokens(name, value, is_wanted), _MOST_PARTS * 4)
    kept = list(dict.fromkeys(token.raw for token in found))[:_MOST_TOKENS]
    return [token for token in found if token.raw in kept]


def _tokens(name: str, value: str, is_wanted: Callable[[bytes], bool]) -> Iterator[Token]:
    header = _NUMBER_ONE.sub("-{n}", written_name(name))
    for read in (_alone, _listed, _of_fields):
        for text, options, times in read(header, value):
            for prefix, encoding, raw in _decoded(text, is_wanted):
                if prefix and "fields" in options and "," in prefix:
                    continue
                words = _words(prefix, options)
                written = {"header": header, "encoding": encoding, "prefix": prefix, **options}
                yield Token(raw=raw, header=name, options=written, times=times, words=words)


_Reading = tuple[str, dict[str, object], "Sequence[Time]"]


def _alone(_header: str, value: str) -> Iterator[_Reading]:
    yield value.strip(" \t"), {}, ()


def _listed(_header: str, value: str) -> Iterator[_Reading]:
    """Several signatures in one value."""
    for separator in _SEPARATORS[:3]:
        if separator in value:
            options: dict[str, object] = {} if separator == "," else {"separator": separator}
            for text in value.split(separator)[:_MOST_PARTS]:
                yield text.strip(" \t"), options, ()


def _of_fields(header: str, value: str) -> Iterator[_Reading]:
    """Fields, by their names if they have some, and by their positions."""
    for separator in (*_SEPARATORS, ""):
        texts = [text.strip(" \t,") for text in value.split(separator)[:_MOST_PARTS]] if separator else [value]
        if separator and len(texts) == 1:
            continue
        options: dict[str, object] = {} if separator in ("", ",") else {"separator": separator}
        named = [(found[1], found[2]) for text in texts if (found := _NAMED.fullmatch(text))]
        placed = list(enumerate(texts, 1))
        for pairs in (named, placed if separator else []):
            times = [
                Time(text=text, moment=moment, options=unit, header=header, field=field, separator=separator)
                for field, text in pairs
                for unit, moment in _moments(text)
            ]
            for field, text in pairs:
                others = [time for time in times if time.field != field]
                yield text, {**options, "fields": {"signature": field}}, others


def _decoded(text: str, is_wanted: Callable[[bytes], bool]) -> Iterator[tuple[str, str, bytes]]:
    """The prefix, the encoding and the bytes, for each reading of the text: first without a prefix, then with longer and longer ones."""
    ends = [0, *(found.end() for found in islice(_PREFIX_ENDS.finditer(text), 6))]
    for end in ends:
        prefix = text[:end]
        if not (prefix.isascii() and prefix.isprintable()) or _CHANGING.search(prefix):
            continue
        for encoding, raw in _bytes_of(text[end:]):
            if is_wanted(raw):
                yield prefix, encoding, raw


def _bytes_of(text: str) -> Iterator[tuple[str, bytes]]:
    if _HEX.fullmatch(text):
        yield "hex", binascii.unhexlify(text)
        return  # hex digits are base64 too, but no sender uses them so
    is_bare = len(text) % 4 and "=" not in text  # without the padding that base64 usually has
    encodings = _ENCODINGS[::-1] if is_bare else _ENCODINGS
    for encoding, pattern, others in encodings:
        if pattern.fullmatch(text):
            with suppress(ValueError):
                raw = base64.b64decode(padded(text.encode()), altchars=others, validate=True)
                if base64.b64encode(raw, altchars=others).rstrip(b"=") == text.rstrip("=").encode():
                    yield encoding, raw
            return


def _words(prefix: str, options: Mapping[str, object]) -> Sequence[str]:
    """Texts that may be signed as the name of a version: ``v0`` of ``v0=``, or the name of the signature's field."""
    fields = options.get("fields")
    name = fields["signature"] if isinstance(fields, dict) else ""
    return [word for word in (prefix.strip("=:,. "), prefix, name if isinstance(name, str) else "") if word]


def _moments(text: str) -> Iterator[tuple[Mapping[str, object], datetime]]:
    """The format and the moment of a text that is a time in this century; only one format is possible."""
    for unit in TIMES:
        with suppress(Rejected, ValueError, OverflowError):
            moment = _moment(text, unit)
            if moment is not None:
                yield ({} if unit == "seconds" else {"timestamp_format": unit}), moment
                return


_DIGITS: Final = {"seconds": (9, 10, 1), "milliseconds": (12, 13, 1000), "microseconds": (15, 16, 1_000_000)}


def _moment(text: str, unit: str) -> datetime | None:
    if not is_time(text, unit):
        return None
    if unit in _DIGITS:
        *lengths, per_second = _DIGITS[unit]
        return datetime.fromtimestamp(int(text) / per_second, UTC) if len(text) in lengths else None
    if unit == "http-date":
        return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    written = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text.upper()))
    moment = written if written.tzinfo else written.replace(tzinfo=UTC)
    check_timestamp(text, "", moment, DEFAULT_TOLERANCE, unit)
    return moment.astimezone(UTC)


def times_of(request: Request, members: Mapping[str, Json]) -> list[Time]:
    """The times in headers and in the JSON body, first those whose names suggest it."""
    headers = [
        Time(text=value, moment=moment, options={"timestamp_header": written_name(name), **unit})
        for name, value in [
            *headers_of(request),
            *(("date", value) for value in [request.headers.get("date")] if value),
        ]
        for unit, moment in _moments(value)
    ]
    inside = [
        Time(text=str(value), moment=moment, options={"timestamp_body": path, **unit})
        for path, value in members.items()
        if type(value) in (int, str) and len(str(value)) <= _LONGEST_PIECE and _is_path(path)
        for unit, moment in _moments(str(value))
    ]
    headers.sort(key=lambda time: not _TIMELY.search(str(time.options["timestamp_header"])))
    inside.sort(
        key=lambda time: (
            str(time.options["timestamp_body"]).count("."),
            not _TIMELY.search(str(time.options["timestamp_body"])),
        )
    )
    texts = list(dict.fromkeys(time.text for time in (*headers, *inside)))[:_MOST_TIMES]
    return [time for time in (*headers, *inside) if time.text in texts][: 2 * _MOST_TIMES]


def pieces_of(request: Request, tokens: Sequence[Token], members: Mapping[str, Json]) -> list[tuple[str, bytes]]:
    """Headers and members that may be signed with the body, as placeholders with their values, first those whose names suggest it."""
    signing = {token.header for token in tokens if _SIGNING.search(token.header)}
    own = [
        (name, value)
        for name, value in headers_of(request)
        if name not in signing and len(value) <= _LONGEST_PIECE and name != "authorization"
    ]
    own.sort(key=lambda field: (not _TELLING.search(field[0]), len(field[0])))
    inside = [
        (f"{{json:{name}}}", str(value).encode("utf-8", "replace"))
        for name, value in members.items()
        if type(value) in (int, str)
        and len(str(value)) <= _LONGEST_PIECE
        and _is_path(name)
        and _IDENTIFYING.search(name)
    ]
    return [
        *((f"{{header:{written_name(name)}}}", value.encode("latin-1")) for name, value in own[:_MOST_PIECES]),
        *inside[:_MOST_INSIDE],
    ]


def members_of(body: bytes) -> dict[str, Json]:
    """The members of a JSON object with their dotted paths, the outer ones first."""
    document = parsed(body) if len(body) <= _LARGEST_JSON else None
    found: dict[str, Json] = {}
    level: list[tuple[str, Json]] = [("", document)]
    for _ in range(_DEEPEST):
        inner: list[tuple[str, Json]] = []
        for path, value in level:
            if isinstance(value, dict):
                inner += [
                    (f"{path}.{name}" if path else name, one) for name, one in islice(value.items(), _MOST_MEMBERS)
                ]
        level = inner[: max(0, _MOST_MEMBERS - len(found))]
        found |= dict(level)
    return found


def _is_path(path: str) -> bool:
    return re.fullmatch(r"[^.\s{}]+(?:\.[^.\s{}]+)*", path) is not None
