"""Makes a provider's deliveries from the sample of the catalogue or of a type, with new ids."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from hookline.demo.errors import CannotSendError
from hookline.demo.numbering import numbered
from hookline.providers.primitives import written_time
from hookline.providers.provider import FORM

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from hookline.demo.numbering import IdPlace
    from hookline.providers.provider import Provider

__all__ = ["sample_headers", "sample_maker"]

_HEADER = "header:"
_NAME = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_FIELDS = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)


def sample_headers(provider: Provider, kind: str | None, delivery_id: str, at: datetime) -> dict[str, str]:
    """The headers except those of the signature, in lower case; if a header has the type, with this type."""
    if provider.sample is None:
        return {}
    _, headers = provider.sample.filled(delivery_id, at)
    found = {name.lower(): value for name, value in headers.items()}
    if kind is not None and (provider.find_type or "").startswith(_HEADER):
        name = (provider.find_type or "").removeprefix(_HEADER).partition(" || ")[0]
        found[name.lower()] = kind
    return found


def sample_maker(provider: Provider, place: IdPlace, kind: str | None) -> Callable[[str, datetime], bytes]:
    """A function that returns the body of each delivery, from its id and time. Raises CannotSendError."""
    if provider.sample is None:
        raise CannotSendError(f"the scheme {provider.name} is not for one sender and has no sample: name a FILE")
    sample = _sample(provider, kind)
    if place.header is None and place.fields:
        make = numbered(sample, place)
        return lambda delivery_id, at: _timed(provider, make(delivery_id), at)
    return lambda delivery_id, at: _fresh(provider, _timed(provider, sample, at), delivery_id, place)


def _timed(provider: Provider, body: bytes, at: datetime) -> bytes:
    """The body with the time, if the sample has a place for it."""
    if not provider.sample:
        return body
    timed = body.replace(b'"{milliseconds}"', b"%d" % (at.timestamp() * 1000))
    timed = timed.replace(b'"{seconds}"', b"%d" % at.timestamp())
    return timed.replace(b"{rfc3339}", written_time(at, "rfc3339").encode())


def _sample(provider: Provider, kind: str | None) -> bytes:
    own = provider.sample.body if provider.sample else ""
    written = own.replace("{milliseconds}", '"{milliseconds}"').replace("{seconds}", '"{seconds}"')
    if kind is None or (provider.find_type or "").startswith(_HEADER):
        return written.encode()
    file = files("hookline.providers").joinpath("samples", provider.name, f"{kind}.json")
    if _NAME.fullmatch(kind) and file.is_file():
        return file.read_bytes()
    return _typed(provider, written, kind)


def _typed(provider: Provider, body: str, kind: str) -> bytes:
    """The catalogue's sample with this type."""
    expression = (provider.find_type or "").partition(" || ")[0]
    if not _FIELDS.fullmatch(expression):
        raise CannotSendError(
            f"{provider.name} has no sample of the type {kind!r}, and its type is not one field", option="--type"
        )
    document = inner = json.loads(body)
    *outer, last = expression.split(".")
    for name in outer:
        inner = inner.setdefault(name, {})
    inner[last] = kind
    return json.dumps(document).encode()


def _fresh(provider: Provider, body: bytes, delivery_id: str, place: IdPlace) -> bytes:
    """A unique body: the id is written into its member or field, or into an added one where the body itself is the id."""
    member = provider.sample.fresh if provider.sample else ""
    if member and provider.sample and provider.sample.media_type in FORM:
        field = rb"((?:^|&)%s=)[^&]*" % member.encode()
        return re.sub(field, lambda found: found[1] + quote_plus(delivery_id).encode(), body, count=1)
    if member:
        pattern = rb'("%s"\s*:\s*)"[^"]*"' % member.encode()
        return re.sub(pattern, lambda found: found[1] + json.dumps(delivery_id).encode(), body, count=1)
    if not place.expression.endswith("content-hash"):
        return body
    if provider.sample and provider.sample.media_type != "application/json":
        mark = f"<!-- {delivery_id} -->" if body.startswith(b"<") else f"&hookline={delivery_id}"
        return body + mark.encode()
    document = json.loads(body)
    first = document[0] if isinstance(document, list) else document
    first["hookline"] = delivery_id
    return json.dumps(document).encode()
