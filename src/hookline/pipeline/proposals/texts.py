"""The texts that a sender may have signed: parts of the call in every usual order, joined in every usual way, the most usual first."""

from __future__ import annotations

import base64
from contextlib import suppress
from itertools import combinations, permutations
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from hookline.errors import Rejected
from hookline.providers.general.template import parts_of
from hookline.providers.primitives import ALGORITHMS, url_called
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hookline.domain.request import Request
    from hookline.pipeline.proposals.sightings import Time

__all__ = ["STAGES", "Parts", "Text", "bodies_of", "call_of", "with_secret"]

Piece = tuple[str, bytes]
"""The placeholders of a template, and the bytes that they have in this call."""

JOINTS: Final = ("", ".", ":", "|", "\n", ",", " ", ";", "-", "_", "&", "+")
_FEW_JOINTS: Final = JOINTS[:7]
_WORDS: Final = ("v0", "v1", "v2")
_BEFORE: Final = ("POST", "hmacsha256=", "sha256=", "sha1=")
"""Words that a signed text may have before the body itself."""
_DIGESTS: Final = ("sha256", "md5", "sha1", "sha512")
_LARGEST_DIGESTED: Final = 8 * 1024 * 1024  # bytes; of a longer body only the SHA-256 is computed
_FORM: Final = "application/x-www-form-urlencoded"


class Text(NamedTuple):
    """One text: its template, the time in it, the text between its parts, and its bytes."""

    template: str
    time: Time | None
    joint: str
    signed: bytes


@record
class Parts:
    """The parts of texts. ``bodies`` are the body unchanged, and as a form if it is one; ``digests`` are its digests.

    ``others`` are headers and single members of the body; ``calls`` are parts of the request line; ``words`` are names of versions.
    """

    bodies: Sequence[Piece]
    digests: Sequence[Piece]
    times: Sequence[Time]
    others: Sequence[Piece]
    calls: Sequence[Sequence[Piece]]
    words: Sequence[str]


def bodies_of(request: Request) -> tuple[list[Piece], list[Piece]]:
    """The body, and its digests in hex and base64."""
    bodies = [("{body}", request.body)]
    if (request.headers.get("content-type") or "").lower().startswith(_FORM):
        with suppress(Rejected):  # the body is not a form
            bodies.append(("{form}", parts_of("{form}", lambda _: b"")[0](request, "", "", b"")))  # type: ignore[operator]  # a part, not bytes
    digests: list[Piece] = []
    for name in _DIGESTS if len(request.body) <= _LARGEST_DIGESTED else _DIGESTS[:1]:
        digest = ALGORITHMS[name](request.body).digest()
        digests += [(f"{{body_{name}}}", digest.hex().encode()), (f"{{body_{name}:base64}}", base64.b64encode(digest))]
    return bodies, digests


def call_of(request: Request, url: str | None) -> list[list[Piece]]:
    """Parts of the request line that a text may contain: URL, path, method and query, one of them or several in the order of that line."""
    method: Piece = ("{method}", request.method.encode("utf-8", "replace"))
    query: Piece = ("{query}", request.query.encode("utf-8", "replace"))
    with_query = [[query]] if request.query else []
    if url is None:
        return [[method], *with_query, *([method, *one] for one in with_query)]
    whole: Piece = ("{url}", url_called(url, request))
    path: Piece = ("{path}", urlsplit(url).path.encode("utf-8", "replace"))
    found = [[whole], [method, whole], [path], [method, path], [method], *with_query]
    if request.query:
        asked: Piece = ("{path}?{query}", b"?".join((path[1], query[1])))
        found += [[asked], [method, asked], [path, query], [method, path, query], [method, query]]
    return found


def _whole_body(parts: Parts) -> Iterator[Text]:
    """Texts with only the body, perhaps after a word."""
    for name, value in (*parts.bodies, *parts.digests):
        yield Text(name, None, "", value)
    for name, value in parts.bodies:
        for word in (*parts.words, *_BEFORE):
            yield Text(word + name, None, "", word.encode() + value)


def _with_time(parts: Parts) -> Iterator[Text]:
    """Texts of a time and the body."""
    words = dict.fromkeys((*parts.words, *_WORDS))
    for time in parts.times:
        piece = _piece(time)
        for body in (*parts.bodies, *parts.digests):
            yield from _orders([piece, body], JOINTS, time)
        for body in parts.bodies:
            for word in words:
                yield from _orders([(word, word.encode()), piece, body], JOINTS, time, fixed=True)
            for left, right in ("[]", "()", "{}"):
                if left != "{":
                    for text in _orders([piece, body], JOINTS, time):
                        yield Text(
                            f"{left}{text.template}{right}",
                            time,
                            "",
                            b"".join((left.encode(), text.signed, right.encode())),
                        )


def _with_header(parts: Parts) -> Iterator[Text]:
    """A header and the body, with and without a time."""
    for header in parts.others:
        for time in (None, *parts.times):
            timed = [] if time is None else [_piece(time)]
            for body in parts.bodies:
                yield from _orders([header, *timed, body], JOINTS, time)


def _with_call(parts: Parts) -> Iterator[Text]:
    """The request line and the body, with and without a time and a header."""
    for header in ((), *((one,) for one in parts.others)):
        for call in parts.calls:
            for time in (None, *parts.times):
                timed = () if time is None else (_piece(time),)
                for body in parts.bodies:
                    for joint in _FEW_JOINTS:
                        yield from _orders([_joined(call, joint), *header, *timed, body], (joint,), time)


def _with_digests(parts: Parts) -> Iterator[Text]:
    """A digest of the body with a header, the request line or both, with and without a time."""
    few = parts.digests[:4]
    for header in ((), *((one,) for one in parts.others)):
        for call in ((), *parts.calls):
            for time in (None, *parts.times):
                timed = () if time is None else (_piece(time),)
                if not (header or call):
                    continue
                for body in few:
                    for joint in _FEW_JOINTS:
                        line = [_joined(call, joint)] if call else []
                        yield from _orders([*line, *header, *timed, body], (joint,), time)


def _with_headers(parts: Parts) -> Iterator[Text]:
    """Two headers and the body, with and without a time and the request line."""
    for pair in combinations(parts.others, 2):
        for call in ((), *parts.calls[:6]):
            for time in (None, *parts.times[:3]):
                timed = () if time is None else (_piece(time),)
                for joint in _FEW_JOINTS:
                    line = [_joined(call, joint)] if call else []
                    yield from _orders([*line, *pair, *timed, parts.bodies[0]], (joint,), time)


def _with_two_joints(parts: Parts) -> Iterator[Text]:
    """Three parts that are joined in two ways."""
    calls = [_joined(call, joint) for call in parts.calls for joint in (("", " ") if len(call) > 1 else ("",))]
    for other in (*parts.others, *calls):
        for time in parts.times:
            pieces = [other, _piece(time), parts.bodies[0]]
            for order in permutations(pieces):
                if pieces[-1] not in (order[0], order[-1]):
                    continue
                for first, second in permutations(_FEW_JOINTS, 2):
                    (one, one_value), (two, two_value), (three, three_value) = order
                    signed = b"".join((one_value, first.encode(), two_value, second.encode(), three_value))
                    yield Text(f"{one}{first}{two}{second}{three}", time, first, signed)


STAGES: Final = (_whole_body, _with_time, _with_header, _with_call, _with_digests, _with_headers, _with_two_joints)
"""The stages in the order of trial: each has more texts than the one before, of a kind that fewer senders sign."""


def with_secret(text: Text, secret: bytes) -> Iterator[Text]:
    """The text with the secret at either end, for a plain digest."""
    for joint in dict.fromkeys((text.joint, *(() if text.time else JOINTS))):
        join = joint.encode()
        yield Text(f"{{secret}}{joint}{text.template}", text.time, joint, b"".join((secret, join, text.signed)))
        yield Text(f"{text.template}{joint}{{secret}}", text.time, joint, b"".join((text.signed, join, secret)))


def _piece(time: Time) -> Piece:
    return "{timestamp}", time.text.encode("latin-1", "replace")


def _joined(pieces: Sequence[Piece], joint: str) -> Piece:
    return joint.join(name for name, _ in pieces), joint.encode().join(value for _, value in pieces)


def _orders(
    pieces: Sequence[Piece], joints: Sequence[str], time: Time | None, *, fixed: bool = False
) -> Iterator[Text]:
    """Every order in which the body is first or last, joined by each of ``joints``; lines also with a line break at the end."""
    orders = (
        [tuple(pieces)] if fixed else [order for order in permutations(pieces) if pieces[-1] in (order[0], order[-1])]
    )
    for joint in joints:
        join = joint.encode()
        for order in orders:
            template = joint.join(name for name, _ in order)
            signed = join.join(value for _, value in order)
            yield Text(template, time, joint, signed)
            if joint == "\n":
                yield Text(f"{template}\n", time, joint, signed + b"\n")
