"""The steps for each call: find its source, read it, verify it, then answer its handshake or accept its event and have it confirmed.

``receive`` is that sequence, once for all homes, in the order in which the steps happen. It only decides; it never waits. Where a home has
to wait (for the rest of a body, a key, or a host of the sender's), the sequence yields what it needs; the home sends the result in, or
throws the error in. ``run`` does this for a home that simply waits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import (
    TYPE_CHECKING,
    Any,
    Protocol,
    TypeAlias,
)  # Any: the type sent into a generator depends on what it yielded

import orjson

from hookline.domain.address import is_in
from hookline.domain.content_type import is_coded
from hookline.domain.handshake import Caller, Reply
from hookline.domain.json_text import parse_any, simplified
from hookline.domain.message import is_json_media_type
from hookline.domain.reads import NOTHING
from hookline.errors import Rejected
from hookline.pipeline.age import check_age
from hookline.pipeline.ambiguous import refuse_ambiguous
from hookline.pipeline.confirm import confirm
from hookline.pipeline.handshake import answer_handshake, find_handshake
from hookline.pipeline.identify import identify
from hookline.pipeline.needs import Need, PublicKey, RestOfBody, Slow, SlowWork
from hookline.providers.scheme import NeedsKey
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from hookline.domain.address import Proxies
    from hookline.domain.event import Event, Json
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.domain.source import Source
    from hookline.pipeline.handshake import HandshakeEffects
    from hookline.pipeline.needs import Read
    from hookline.ports.confirmations import Confirmations


__all__ = [
    "NO_LIMITS",
    "Call",
    "Endpoint",
    "Limits",
    "Need",
    "PublicKey",
    "RestOfBody",
    "Slow",
    "SlowWork",
    "Steps",
    "accept",
    "check_address",
    "check_announced",
    "check_head",
    "check_size",
    "find_source",
    "receive",
    "run",
    "validate",
]

_JSON = "application/json"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_WHITESPACE = b" \t\n\r"
"""The characters that may precede a JSON document (RFC 8259 section 2)."""
_LONGEST_LENGTH = 18  # digits of a Content-Length that are read: more than any limit has
_BY_SECRETS = frozenset({"signature_mismatch", "handshake_refused", "handshake_unknown"})
_LARGE = 64 * 1024
"""Bytes of a body. Judging a larger body takes milliseconds, or much longer if an attacker built it, so other calls are answered
meanwhile.
"""


def receive(call: Call, endpoint: Endpoint, limits: Limits) -> Steps:
    """The event that ``call`` reports, or the reply to its handshake. Raises Rejected, or an error that the home threw in.

    A call counts towards its source's rate last, after it is verified: a forged one must not use up what the genuine sender needs.
    """
    if endpoint.proxies is not None:
        call.address = endpoint.proxies.caller(call.address, call.request.headers)
    source = call.source = find_source(call.request.path, endpoint.sources)
    if source.allow_from:
        check_address(call.address, source)
    if call.unread:
        check_announced(call.request, source)
        call.request = replace(call.request, body=(yield RestOfBody(source=source)))
    limits.enter(call)
    try:
        if source.name in endpoint.keyed and _is_proved(call.request.method, source):
            source = yield PublicKey(source=source, read=endpoint.readers[source.name])
        if len(call.request.body) <= _LARGE:
            found = _judged(call.request, source, endpoint)
        else:
            found = yield Slow(SlowWork.LARGE_BODY, partial(_judged, call.request, source, endpoint))
        if isinstance(found, Reply):
            call.secret = yield from _effects(found, source, call, endpoint)
            return found
        if source.confirmation is not None:
            yield Slow(SlowWork.CONFIRMATION, partial(_confirmed, call.request, source, found, endpoint))
    except Rejected as refusal:
        limits.refuse(call, refusal)
        raise
    if call.is_expensive or source.rate_limit is not None:
        limits.spend(call)
    call.event_id, call.is_known = found.id, True
    return found


def accept(request: Request, source: Source, secrets: Sequence[Secret]) -> Event:
    """The event that ``request`` reports; raises Rejected, and no other exception, whatever was sent.

    Cheap checks come first, and nothing is parsed before the signature is verified.
    """
    content_type = check_head(request, source)
    check_size(len(request.body), source)
    verified = source.verifier.verify(request, secrets)
    if source.reads_either:
        content_type = _media_type_read(request.body, content_type)
    document, text = _parsed(request.body) if is_json_media_type(content_type) else (None, None)
    if source.reads is not NOTHING and not _is_written_plainly(request, source, document):
        refuse_ambiguous(request, source, document, text)
    if source.handshakes and source.takes_only_containers and not isinstance(document, dict | list):
        raise Rejected("body_not_json", "only a JSON object or array is accepted here")
    if source.schema is not None:
        validate(document, source, request.body if text is None else simplified(text))
    if source.max_age is not None:
        check_age(request, source, source.max_age, document=document, verified=verified)
    return identify(request, source, document=document, verified=verified, content_type=content_type, text=text)


@dataclass(slots=True, kw_only=True, eq=False)
class Call:
    """Everything that is known of one call while it is answered. Homes and ``receive`` fill it in step by step.

    ``address`` is the caller's: a home takes it from the connection, and ``receive`` from trusted proxies. ``started`` and ``arrived``,
    when the whole body was received, are times of the home's own clocks. ``size`` is how many bytes of the body have been received, and
    ``unread`` says that more will follow. ``secret`` is the name under which a secret from the call was stored. ``has_place``: it counts as
    one of the calls in flight until its home ends it. ``is_expensive``: verifying it costs so much that its address has a separate limit.
    ``is_known``: its sender was verified, or it brought an event, so that its log line is never left out. ``is_logged``: it has a separate
    log line.
    """

    request: Request
    address: str = ""
    started: float = 0.0
    arrived: float = 0.0
    size: int = 0
    unread: bool = False
    source: Source | None = None
    event_id: str | None = None
    secret: str | None = None
    has_place: bool = False
    is_expensive: bool = False
    is_known: bool = False
    is_logged: bool = True


@record
class Endpoint:
    """The sources of one configuration by path, and what a home provides to receive calls for them.

    ``keyed`` names the sources whose public key is fetched. ``readers`` read secrets by name, one reader for each source's name. ``accept``
    replaces this module's own function where a home gets a query in decoded form. ``refresh`` reads a source's secrets again and reports
    whether one has changed. ``proxies`` are trusted to state where a call comes from.
    """

    sources: Mapping[str, Source]
    keyed: frozenset[str]
    readers: Mapping[str, Read]
    effects: HandshakeEffects
    confirmations: Confirmations | None = None
    accept: Callable[[Request, Source, Sequence[Secret]], Event] = accept
    refresh: Callable[[Source], bool] | None = None
    proxies: Proxies | None = None

    @classmethod
    def of(
        cls,
        sources: Sequence[Source],
        reader: Callable[[Source], Read],
        *,
        effects: HandshakeEffects,
        confirmations: Confirmations | None = None,
        accept: Callable[[Request, Source, Sequence[Secret]], Event] = accept,
        refresh: Callable[[Source], bool] | None = None,
        proxies: Proxies | None = None,
    ) -> Endpoint:
        """The endpoint for these sources; ``reader`` creates the reader of one source's secrets."""
        return cls(
            sources={source.path: source for source in sources},
            keyed=frozenset(source.name for source in sources if isinstance(source.verifier, NeedsKey)),
            readers={source.name: reader(source) for source in sources},
            effects=effects,
            confirmations=confirmations,
            accept=accept,
            refresh=refresh,
            proxies=proxies,
        )


class Limits(Protocol):
    """The limits of a home, and where it keeps refused calls."""

    def enter(self, call: Call) -> None:
        """Give the call, whose body is complete, a place in flight.

        Raises UnavailableError, or Rejected for a call that may not even be verified.
        """
        ...

    def spend(self, call: Call) -> None:
        """Count a verified call. Raises Rejected above the source's rate."""
        ...

    def refuse(self, call: Call, refusal: Rejected) -> None:
        """Count, log and keep a refused call. Raises another refusal if the call must be answered with that one instead."""
        ...


class _NoLimits:
    """For a home with limits in front of it."""

    def enter(self, call: Call) -> None:
        """Set no limit."""

    def spend(self, call: Call) -> None:
        """Set no limit."""

    def refuse(self, call: Call, refusal: Rejected) -> None:
        """Keep nothing."""


NO_LIMITS: Limits = _NoLimits()


Steps: TypeAlias = "Generator[Need, Any, Event | Reply]"


def run(steps: Steps, meet: Callable[[Need], object]) -> Event | Reply:
    """The result of the sequence; ``meet`` returns what it needs, however long that takes, or raises."""
    try:
        need = next(steps)
        while True:
            try:
                met = meet(need)
            except Exception as fault:  # noqa: BLE001 -- the sequence decides what to do with it
                need = steps.throw(fault)
            else:
                need = steps.send(met)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # a generator's result


def _is_proved(method: str, source: Source) -> bool:
    """Whether a call with this method may have to be verified: events use POST, and few other handshakes are signed."""
    return method == "POST" or any(
        agreed.handshake.is_signed for agreed in source.handshakes if agreed.handshake.method == method
    )


def _judged(request: Request, source: Source, endpoint: Endpoint, *, again: bool = False) -> Event | Reply:
    """The result of verification. If no secret fits and one has just been changed, the request is verified again with the new one."""
    read = endpoint.readers[source.name]
    try:
        if source.handshakes and (agreed := find_handshake(request, source)) is not None:
            check_head(request, source, may_be_handshake=True)
            check_size(len(request.body), source)
            return answer_handshake(request, source, agreed, read)
        return endpoint.accept(request, source, read(source.secret_names))
    except Rejected as refused:
        if again or endpoint.refresh is None or refused.code not in _BY_SECRETS or not endpoint.refresh(source):
            raise
    return _judged(request, source, endpoint, again=True)


def _effects(reply: Reply, source: Source, call: Call, endpoint: Endpoint) -> Generator[Need, Any, str | None]:
    """Perform what the handshake requires before it is answered; returns the name of a stored secret, if there is one."""
    if reply.secret is None and reply.fetch_url is None:
        return None
    apply = partial(endpoint.effects.apply, reply, source, Caller.of(call.request, call.address))
    name: str | None = yield Slow(SlowWork.HANDSHAKE, apply)
    return name


def _confirmed(request: Request, source: Source, event: Event, endpoint: Endpoint) -> None:
    """Return once the sender has confirmed that the call is its own."""
    if endpoint.confirmations is not None:
        confirm(request, source, event, endpoint.readers[source.name], endpoint.confirmations)


def find_source(path: str, sources: Mapping[str, Source]) -> Source:
    """The source that listens on this path, or on the path without one slash at its end: API Gateway treats both paths alike."""
    source = sources.get(path) or sources.get(path.removesuffix("/"))
    if source is None:
        raise Rejected("unknown_path", "no source listens on this path")
    return source


def check_address(address: str, source: Source) -> None:
    """Refuse a call from outside the networks of ``allow_from``, before anything else of it is read."""
    if not is_in(address, source.allow_from):
        raise Rejected("address_not_allowed", "calls to this path from this address are not accepted")


def check_head(request: Request, source: Source, *, may_be_handshake: bool = False) -> str:
    """The media type, after a check of method, media type and content coding. A missing Content-Type means JSON.

    Handshakes have their own methods and media types.
    """
    if request.method != "POST" and not (may_be_handshake and request.method in source.methods):
        raise Rejected("method_not_allowed", f"{request.method} is not allowed on this path", allowed=source.methods)
    headers = request.headers.by_name
    media_type = _media_type(headers.get("content-type") or _JSON)
    if not may_be_handshake and media_type not in source.media_types:
        raise Rejected("unsupported_media_type", f"only {', '.join(sorted(source.media_types))} is accepted here")
    coding = headers.get("content-encoding")
    if coding and is_coded(coding):  # without the header no consumer could read what is stored
        raise Rejected("unsupported_content_encoding", "no Content-Encoding but identity is accepted here")
    return media_type


def check_announced(request: Request, source: Source) -> None:
    """Refuse a request with an invalid head, before its body has arrived."""
    check_head(request, source, may_be_handshake=bool(source.handshakes))
    announced = request.headers.get("content-length")
    if announced is not None and announced.isascii() and announced.isdigit():
        check_size(int(announced.lstrip("0")[:_LONGEST_LENGTH] or "0"), source)


def check_size(size: int, source: Source) -> None:
    """Refuse a body of more than ``max_body`` bytes."""
    if size > source.max_body:
        raise Rejected("body_too_large", f"the body is over {source.max_body} bytes")


@lru_cache(maxsize=256)
def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _media_type_read(body: bytes, named: str) -> str:
    """``application/json`` for a body that is a JSON object or array, whatever media type the call names; else ``named``.

    No signature covers Content-Type. If the header decided how a signed body is read, the same body would get another id with another media
    type, and an overheard call could be repeated as a second event.
    """
    if is_json_media_type(named) or body.removeprefix(_BYTE_ORDER_MARK).lstrip(_WHITESPACE)[:1] not in {b"{", b"["}:
        return named
    try:
        parse_any(body)
    except Rejected:
        return named
    return _JSON


def _parsed(body: bytes) -> tuple[Json, bytes | None]:
    """The same result as ``parse_any``, but fast for most bodies, which the fast parser accepts."""
    try:
        return orjson.loads(body), None
    except orjson.JSONDecodeError:
        return parse_any(body)


def _is_written_plainly(request: Request, source: Source, document: Json) -> bool:
    """Whether certainly no name appears twice, decided without a search: most bodies equal the document when it is written again."""
    if request.headers.has_repeats or source.reads.query:
        return False
    try:
        return orjson.dumps(document) == request.body
    except (TypeError, RecursionError):  # it is nested too deeply to be written
        return False


def validate(document: Json, source: Source, body: bytes | None = None) -> None:
    """Refuse a document, which is ``body`` parsed, that does not fit the schema; the error has every complaint."""
    if source.schema is not None and (complaints := source.schema.complaints(document, body)):
        raise Rejected("schema_mismatch", "the body does not match the schema of this source", complaints=complaints)
