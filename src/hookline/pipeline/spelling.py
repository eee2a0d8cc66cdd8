"""Finding the query that a sender signed, where the home got decoded pairs and not the query's own characters.

API Gateway passes a REST API's query as names and values. A signature over the URL covers the characters that the sender wrote, and senders
encode in different ways. So the usual encodings are tried, at most ``MOST_SPELLINGS`` of them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations, islice, permutations, product
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import parse_qsl, quote

from hookline.errors import Rejected
from hookline.pipeline.receive import accept
from hookline.providers.scheme import SignsUrl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hookline.domain.event import Event
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.domain.source import Source

__all__ = ["MOST_REORDERED", "MOST_SPELLINGS", "accept_spelled", "as_signed", "signs_url", "spellings"]

MOST_SPELLINGS: Final = 256
"""The most spellings of one query. Verifying each costs a hash, so this limits the cost of a forged call."""

MOST_REORDERED: Final = 6
"""The most fields that are reordered. A query with more is tried only in the order in which it arrived."""

_MOST_BYTES = 2 * 1024 * 1024
"""The most bytes that are hashed for all spellings of one call together: a long body gets fewer spellings."""

_SHARES = (
    96,
    96,
    64,
)  # of MOST_SPELLINGS: all fields encoded in one way; the same in another order; each field in its own way
_MOST_FIELDS = 64  # a query with more is not tried at all
_MOST_FLAGS = 3  # fields without a value, some of which may have been written with "=" and others without
_ENCODED = re.compile("%[0-9A-F]{2}")

Pair = tuple[str, str]


class _Way(NamedTuple):
    """One way to encode a name or a value: the characters that stay as they are, in addition to letters, digits and ``-._``."""

    safe: str
    plus: bool = False
    tilde: bool = True
    lower: bool = False

    def write(self, text: str, safe: str) -> str:
        written = quote(text, safe=safe)
        if not self.tilde:
            written = written.replace("~", "%7E")
        if self.plus:
            written = written.replace("%20", "+")
        return _ENCODED.sub(lambda found: found[0].lower(), written) if self.lower else written

    def pair(self, pair: Pair) -> str:
        return f"{self.write(pair[0], self.safe.replace('=', ''))}={self.write(pair[1], self.safe)}"


_SAFE: Final = (
    ("!$'()*,;:@/?=[]", True),  # typed by hand, with all characters that a query may have (RFC 3986 section 3.4)
    ("!$'()*,;:@/?=", True),  # the same with brackets encoded
    ("!'()*", True),  # encodeURIComponent (ECMA-262 section 19.2.6.4)
    ("", True),  # RFC 3986 strictly: rawurlencode, Uri.EscapeDataString, quote_plus, url.QueryEscape
    ("/", True),  # urllib.parse.quote
    ("*", False),  # URLSearchParams, java.net.URLEncoder
    ("", False),  # PHP's urlencode
    ("!()*", False),  # HttpUtility.UrlEncode
    ("!$'()*,;:@/?=+", True),  # encodeURI; AWS does not document whether the gateway reads a plus sign as a blank
    ("!$()*,;:@/?=[]+|^`{}\\", True),  # the WHATWG URL parser's query, which encodes the apostrophe
    ("!$'()*,;:@/?=[]+|^`{}\\\"<>", True),  # typed by hand, with further characters that browsers leave unencoded
)
_WAYS: Final = tuple(
    _Way(safe, plus, tilde, lower) for lower in (False, True) for safe, tilde in _SAFE for plus in (False, True)
)


def accept_spelled(request: Request, source: Source, secrets: Sequence[Secret]) -> Event:
    """The event that ``request`` reports, as from ``accept``, but with its query in any of the usual spellings.

    From then on, the spelling that fits the signature is the request's query.
    """
    try:
        return accept(request, source, secrets)
    except Rejected as refused:
        if refused.code != "signature_mismatch" or not request.query or not signs_url(source):
            raise
        found = as_signed(request, source, secrets)
        if found is None:
            raise
    return accept(found, source, secrets)


def signs_url(source: Source) -> bool:
    """Whether the signatures of this source's sender cover the URL, including its query."""
    verifier = source.verifier
    return isinstance(verifier, SignsUrl) and bool(verifier.public_url)


def spellings(query: str) -> Iterator[str]:
    """Other ways in which a sender may have written ``query``, the likeliest first, each once."""
    pairs = parse_qsl(query, keep_blank_values=True)
    if len(pairs) > _MOST_FIELDS:
        return
    known = {query}
    for candidates, share in zip(_candidates(pairs), _SHARES, strict=True):
        for found in islice((one for one in candidates if one not in known), share):
            known.add(found)
            yield found


def as_signed(request: Request, source: Source, secrets: Sequence[Secret]) -> Request | None:
    """The request with its query in the first spelling that verifies, None when none does."""
    most = _MOST_BYTES // (len(request.body) + 1)
    for query in islice(spellings(request.query), min(most, MOST_SPELLINGS)):
        spelled = replace(request, query=query)
        try:
            source.verifier.verify(spelled, secrets)
        except Rejected:
            continue
        return spelled
    return None


def _candidates(pairs: Sequence[Pair]) -> tuple[Iterator[str], Iterator[str], Iterator[str]]:
    rows = list(dict.fromkeys(tuple(way.pair(pair) for pair in pairs) for way in _WAYS))
    flags = list(_flags(pairs))
    own = range(len(pairs))
    each = [dict.fromkeys(text for row in rows for text in _either(pairs[at], row[at])) for at in own]
    return (
        _joined(rows, flags, own),
        (query for order in _orders(pairs) for query in _joined(rows, flags, order)),
        ("&".join(texts) for texts in product(*each)),
    )


def _joined(rows: Sequence[Sequence[str]], flags: Sequence[Sequence[bool]], order: Sequence[int]) -> Iterator[str]:
    """The fields in this order, written in each way; one way is used for all fields."""
    for row in rows:
        for bare in flags:
            yield "&".join(row[at][:-1] if bare[at] else row[at] for at in order)


def _flags(pairs: Sequence[Pair]) -> Iterable[Sequence[bool]]:
    """Which of the fields without a value may have been written without "="."""
    empty = [bool(name) and not value for name, value in pairs]
    if sum(empty) > _MOST_FLAGS:
        return (empty, [False] * len(empty))
    return product(*((True, False) if one else (False,) for one in empty))


def _either(pair: Pair, text: str) -> tuple[str, ...]:
    return (text[:-1], text) if pair[0] and not pair[1] else (text,)


def _orders(pairs: Sequence[Pair]) -> Iterator[Sequence[int]]:
    """The orders of the fields: values of the same name keep their order, because the gateway passes them as a list."""
    if len(pairs) <= MOST_REORDERED:
        for order in permutations(range(len(pairs))):
            if all(one < other or pairs[one][0] != pairs[other][0] for one, other in combinations(order, 2)):
                yield order
