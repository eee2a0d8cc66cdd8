"""Secrets in the call itself, and tokens signed with secrets: they prove the sender and, at most, a digest of the body."""

from __future__ import annotations

import base64
import json
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

from hookline.domain.form import FormError, fields_of
from hookline.pipeline.proposals.proposal import Candidate
from hookline.pipeline.proposals.sightings import written_name
from hookline.providers.primitives import ALGORITHMS, ENCODINGS
from hookline.providers.secret_encodings import SECRET_ENCODINGS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.pipeline.proposals.proposal import Call

__all__ = ["ALIKE", "credentials"]

ALIKE: Final = 'base64 and base64url write this signature alike: if a later one has "-" or "_", it is base64url'
"""What one request does not show."""

_SPECIAL: Final = frozenset("+/-_")
_BEARER: Final = "bearer "
_JWT: Final = re.compile(r"[A-Za-z0-9_-]{8,2048}\.[A-Za-z0-9_-]{8,16384}\.[A-Za-z0-9_-]{16,2048}")  # RFC 7519 section 3
_MOST_FIELDS: Final = 1000
_MOST_PLACES: Final = 200
_MOST_TOKENS: Final = 4
_SHORTEST: Final = 8
_USUAL_LIFETIME: Final = timedelta(hours=1)
_LONGEST_LIFETIME: Final = 3650 * 86400  # seconds
_HASHES: Final = ("sha256", "sha384", "sha512", "sha1")
_LATEST: Final = 4_102_444_800  # seconds: the year 2100


def credentials(call: Call, secrets: Sequence[Secret], schemes: Collection[str]) -> Iterator[Candidate]:
    """Sources with the schemes ``token``, ``basic`` and ``jwt`` that may fit."""
    now = call.request.received_at
    for secret in secrets if "basic" in schemes else ():
        if (call.request.headers.get("authorization") or "").lower().startswith("basic "):
            yield Candidate(scheme="basic", options={}, secret=secret, moment=now)
    places = list(islice(_places(call), _MOST_PLACES))
    for secret in secrets if "token" in schemes else ():
        text = secret.value.decode("utf-8", "replace")
        for options, value in places if len(text) >= _SHORTEST else ():
            if (written := _behind_prefix(options, value, text)) is not None:
                yield Candidate(scheme="token", options=written, secret=secret, moment=now)
    if "jwt" in schemes:
        tokens = [(options, value) for options, value in places if _JWT.search(value) is not None]
        for options, value in tokens[:_MOST_TOKENS]:
            yield from _by_token(call, options, value, secrets)


def _places(call: Call) -> Iterator[tuple[dict[str, object], str]]:
    """Every text in a header, the query or the body, with the options that describe its place."""
    for name, value in call.request.headers.items():
        yield {"header": written_name(name)}, value.strip(" \t")
    for name, value in _fields(call.request.query.encode("utf-8", "replace")):
        yield {"query": name}, value
    inside = (
        _fields(call.request.body)
        if call.is_form
        else [(path, one) for path, one in call.members.items() if isinstance(one, str)]
    )
    for name, value in inside:
        yield {"body": name}, value


def _fields(text: bytes) -> list[tuple[str, str]]:
    with suppress(FormError):
        found = fields_of(text, most=_MOST_FIELDS)
        return [(name.decode("utf-8", "replace"), value.decode("utf-8", "replace")) for name, value in found]
    return []


def _behind_prefix(options: Mapping[str, object], value: str, wanted: str) -> dict[str, object] | None:
    """The options if ``wanted`` is the whole value, or the last part of a header; else None."""
    if value == wanted:
        return dict(options)
    if "header" not in options or not value.endswith(wanted):
        return None
    prefix = value.removesuffix(wanted)
    if prefix.lower() == _BEARER and options["header"] == "Authorization":
        return {"bearer": True}
    return {**options, "prefix": prefix}


def _by_token(call: Call, options: Mapping[str, object], value: str, secrets: Sequence[Secret]) -> Iterator[Candidate]:
    found = _JWT.search(value)
    if found is None:
        return
    place = _behind_prefix(options, value, found[0])
    head, claims = (_object(part) for part in found[0].split(".")[:2])
    algorithm = head.get("alg")
    if place is None or not isinstance(algorithm, str):
        return
    described = {**place, "algorithms": [algorithm], **_described(call.request, claims)}
    at, notes = _moment(call.request, claims), [ALIKE] if _is_alike(described, claims) else []
    for secret in secrets:
        for key in _keys(secret.value) if algorithm.startswith("HS") else ({},):
            yield Candidate(scheme="jwt", options={**described, **key}, secret=secret, moment=at, notes=notes)


def _keys(secret: bytes) -> Iterator[dict[str, object]]:
    """The ways to read the secret as a key, each key once."""
    known = set()
    for encoding, read in SECRET_ENCODINGS.items():
        with suppress(ValueError):
            key = read(secret)
            if key not in known:
                known.add(key)
                yield {} if encoding == "utf8" else {"key_encoding": encoding}


def _object(part: str) -> dict[str, object]:
    with suppress(ValueError, RecursionError):
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        if isinstance(found, dict):
            return found
    return {}


def _described(request: Request, claims: Mapping[str, object]) -> dict[str, object]:
    """The claims that a source can require: who signed, for whom, for how long, and which body."""
    found: dict[str, object] = {}
    if isinstance(issuer := claims.get("iss"), str) and issuer:
        found["issuer"] = issuer
    audience = claims.get("aud")
    if isinstance(audience, str | list) and audience:
        found["audience"] = audience
    begins, ends = (_seconds(claims.get(name)) for name in ("iat", "exp"))
    if begins is None and ends is None:
        found["max_lifetime"] = "none"
    elif (
        begins is not None and ends is not None and _USUAL_LIFETIME.total_seconds() < ends - begins < _LONGEST_LIFETIME
    ):
        found["max_lifetime"] = timedelta(seconds=ends - begins)
    return found | _body_hash(request.body, claims)


def _body_hash(body: bytes, claims: Mapping[str, object]) -> dict[str, object]:
    texts = {value: name for name, value in claims.items() if isinstance(value, str)}
    for algorithm in _HASHES if texts else ():
        digest = ALGORITHMS[algorithm](body).digest()
        usual = {"algorithm": algorithm} if algorithm != "sha256" else {}
        for encoding, write in ENCODINGS.items():
            written = write(digest).decode()
            bare = written.rstrip("=") if encoding == "base64url" else written
            if claim := texts.get(written) or texts.get(bare):
                return {"body_hash": {"claim": claim, **usual, **({"encoding": encoding} if encoding != "hex" else {})}}
    return {}


def _is_alike(described: Mapping[str, object], claims: Mapping[str, object]) -> bool:
    """Whether the digest of the body contains no character that only one of the two base64 alphabets has."""
    written = described.get("body_hash")
    if not isinstance(written, dict) or written.get("encoding") not in ("base64", "base64url"):
        return False
    return _SPECIAL.isdisjoint(str(claims.get(written["claim"])))


def _moment(request: Request, claims: Mapping[str, object]) -> datetime:
    """When the token was valid: at its own time, or just before it expired."""
    for name, before in (("iat", 0), ("nbf", 0), ("exp", 60)):
        if (seconds := _seconds(claims.get(name))) is not None:
            return datetime.fromtimestamp(seconds - before, UTC)
    return request.received_at


def _seconds(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and 0 <= value < _LATEST else None
