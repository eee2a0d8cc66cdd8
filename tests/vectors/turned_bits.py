"""Recorded calls with a bit turned over: which of them a sender's scheme has to refuse, and which say the same as before."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from hookline.domain.request import Headers
from hookline.providers import PROVIDERS
from hookline.providers.provider import Proves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vectors.senders import Recorded

EVERY_BIT = 1
A_BIT_OF_EACH_BYTE = 7
"""Distances between the bits that are turned over. A distance of less than eight bits leaves out no byte."""
NOT_SIGNED = {
    "content-type",
    "x-adobe-digital-signature-2",
    "x-adobe-event-id",
    "x-adobe-public-key2-path",
    "x-amz-sns-message-id",
    "x-amz-sns-topic-arn",
    "x-hubspot-signature-version",
}
"""Headers that no sender signs."""
PASSED_OVER = {"paddle": b"h1=dummy;", "paymongo": b"te=,", "paymongo-test": b",li="}
"""A second signature of another key, or the field of the other mode: in both cases the first one counts."""
NOT_SIGNED_FIELDS = {"infisical": (b";", 1), "keygen": (b",", 1), "openphone": (b";", 2)}
"""How many fields before the signature are not signed, and their separator: a version, a key's name, a time that the body has too."""


def flipped(content: bytes, distance: int) -> Iterator[bytes]:
    """The content with one bit turned over: each bit at a multiple of this distance, one at a time."""
    for bit in range(0, len(content) * 8, distance):
        copy = bytearray(content)
        copy[bit // 8] ^= 1 << bit % 8
        yield bytes(copy)


def fields_of(vector: Recorded) -> list[tuple[bytes, bytes]]:
    """The headers as they are on the wire, without those that carry no information."""
    request, _ = vector.request()
    fields = [(name.encode(), value.encode("latin-1")) for name, value in request.headers.items()]
    return [(name, value.replace(PASSED_OVER.get(vector.scheme, b"\0"), b"")) for name, value in fields]


def refuses_every_other_body(vector: Recorded, distance: int) -> None:
    """Assert that a changed body is refused, unless its sender signs none. The same form in another spelling may be accepted."""
    request, _ = vector.request()

    passed = [body for body in flipped(request.body, distance) if not vector.refuses(replace(request, body=body))]

    if vector.document.get("form"):
        assert {content(body) for body in passed} <= {content(request.body)}
    else:
        assert (passed == []) == (PROVIDERS[vector.provider].proves in {Proves.BODY, Proves.CHECKSUM})


def content(form: bytes) -> tuple[tuple[str, str], ...]:
    """The spelling of a form: %2b and %2B are two spellings of one text."""
    return tuple(parse_qsl(form.decode("latin-1"), keep_blank_values=True))


def refuses_every_other_header(vector: Recorded, distance: int) -> None:
    """Assert that a changed header is refused, unless it is not signed, or means the same."""
    request, _ = vector.request()
    fields = fields_of(vector)
    for index, (name, value) in enumerate(fields):
        if name.decode() in NOT_SIGNED:
            continue
        for other in flipped(value, distance):
            if other.lower() == value.lower() and is_hex_in(value, other):
                continue
            if says_the_same(vector.provider, value, other):
                continue
            changed = [*fields[:index], (name, other), *fields[index + 1 :]]
            assert vector.refuses(replace(request, headers=Headers(changed))), (name, other)


def says_the_same(provider: str, value: bytes, other: bytes) -> bool:
    """Whether only what nobody signs differs.

    That is the case of a scheme (RFC 9110 section 11.1), the name of a version or a key, and what eBay's own SDKs do not read.
    """
    if provider in NOT_SIGNED_FIELDS:
        separator, fields = NOT_SIGNED_FIELDS[provider]
        return other.endswith(separator.join(value.split(separator)[fields:]))  # a bit may make a separator before it
    scheme, space, rest = value.partition(b" ")
    if space and scheme.lower() in {b"basic", b"bearer", b"jwt"}:
        return other.partition(b" ")[0].lower() == scheme.lower() and other.partition(b" ")[2] == rest
    if provider != "ebay":
        return False
    try:
        found, own = (json.loads(base64.b64decode(one)) for one in (other, value))
    except ValueError:
        return False
    return isinstance(found, dict) and all(found.get(name) == own[name] for name in ("kid", "signature"))


def is_hex_in(value: bytes, other: bytes) -> bool:
    """Whether the difference is the case of a hex digit, which has no meaning."""
    return all(left == right or chr(left) in "abcdefABCDEF" for left, right in zip(value, other, strict=True))
