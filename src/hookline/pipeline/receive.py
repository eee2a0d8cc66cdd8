"""A request's journey: find its source, check its shape, prove its sender, validate it, and name it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from hookline.domain.content_type import is_coded
from hookline.domain.json_text import simplified
from hookline.domain.message import is_json_media_type
from hookline.errors import Rejected
from hookline.pipeline.age import check_age
from hookline.pipeline.ambiguous import refuse_ambiguous
from hookline.pipeline.identify import identify
from hookline.pipeline.validate import media_type_of, parse_any, validate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.domain.event import Event
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.domain.source import Source

__all__ = ["accept", "check_head", "check_request_line", "check_size", "find_source"]

_JSON = "application/json"


def accept(request: Request, source: Source, secrets: Sequence[Secret]) -> Event:
    """The event that ``request`` reports, or Rejected: nothing else comes out, whatever was sent.

    What costs little comes first, and nothing is parsed before the signature fits.
    """
    content_type = check_request_line(request, source)
    check_size(len(request.body), source)
    verified = source.verifier.verify(request, secrets)
    if source.reads_either:
        content_type = media_type_of(request.body, content_type)
    document, text = parse_any(request.body) if is_json_media_type(content_type) else (None, None)
    refuse_ambiguous(request, source, document, text)
    if source.schema is not None:
        validate(document, source, request.body if text is None else simplified(text))
    if source.max_age is not None:
        check_age(request, source, source.max_age, document=document, verified=verified)
    return identify(request, source, document=document, verified=verified, content_type=content_type, text=text)


def find_source(path: str, sources: Mapping[str, Source]) -> Source:
    """The source that listens on this path, to which one slash may be added: API Gateway takes such a path for the same one."""
    source = sources.get(path) or sources.get(path.removesuffix("/"))
    if source is None:
        raise Rejected("unknown_path", "no source listens on this path")
    return source


def check_head(request: Request, source: Source) -> None:
    """Refuse what its head alone says is neither an event nor a handshake: those come in media types of their own."""
    if not source.handshakes:
        check_request_line(request, source)
    elif request.method not in source.methods:
        raise Rejected("method_not_allowed", f"{request.method} is not answered here", allowed=source.methods)
    else:
        _check_coding(request)


def check_request_line(request: Request, source: Source) -> str:
    """The media type, once method and media type are known to be taken. No Content-Type at all means JSON."""
    if request.method != "POST":
        raise Rejected("method_not_allowed", f"{request.method} is not answered here", allowed=source.methods)
    media_type = _media_type(request.headers.get("content-type") or _JSON)
    if media_type not in source.media_types:
        raise Rejected("unsupported_media_type", f"only {', '.join(sorted(source.media_types))} is taken here")
    _check_coding(request)
    return media_type


def _check_coding(request: Request) -> None:
    """Refuse a coded body: what is signed, stored and queued would be bytes that nobody can read without the header."""
    coding = request.headers.get("content-encoding")
    if coding and is_coded(coding):
        raise Rejected("unsupported_content_encoding", "no Content-Encoding but identity is taken here")


@lru_cache(maxsize=256)
def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def check_size(size: int, source: Source) -> None:
    """Refuse a body of more than ``max_body`` bytes."""
    if size > source.max_body:
        raise Rejected("body_too_large", f"the body is over {source.max_body} bytes")
