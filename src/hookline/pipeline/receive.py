"""A call's journey: find its source, read it, prove its sender, answer its handshake or accept its event, and have that confirmed.

``receive`` is that sequence, once for all homes, in the order in which it happens. It decides and waits for nothing. Where a home has to
wait (for the rest of a body, a key, a host of the sender's), the sequence yields what it needs; the home sends the result in, or throws
what went wrong. ``run`` does so for a home that just waits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias  # Any: what a generator is sent depends on what it yielded

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
"""What may stand before a JSON document (RFC 8259 section 2)."""
_LONGEST_LENGTH = 18  # digits of a Content-Length that are looked at: more than any limit has
_BY_SECRETS = frozenset({"signature_mismatch", "handshake_refused", "handshake_unknown"})
_LARGE = 64 * 1024
"""Bytes of a body. Judging more takes milliseconds, or much longer where somebody means it to: others are answered meanwhile."""


def receive(call: Call, endpoint: Endpoint, limits: Limits) -> Steps:
    """The event that ``call`` reports, or the reply to its handshake. Raises Rejected, or what a home throws in.

    A call spends its source's rate last, once it is proved: a forged one must not use up what the genuine sender needs.
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
    """The event that ``request`` reports, or Rejected: nothing else comes out, whatever was sent.

    What costs little comes first, and nothing is parsed before the signature fits.
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
    """Everything that is known of one call while it is answered. Homes and ``receive`` fill it in as they go.

    ``address`` is where it comes from: a home takes it from the connection, and ``receive`` from what trusted proxies say. ``started``
    and ``arrived``, when the whole body was here, are by clocks of the home's own. ``size`` is how many bytes of the body have come, and
    ``unread`` says that more is to come. ``secret`` is the name under which a secret that it brought was kept. ``has_place``: it has a
    place in flight, which its home takes back. ``is_expensive``: verifying it costs so much that its address has a limit of its own.
    ``is_known``: its sender has proved itself, or it brought an event, so that its line of the log is never left out. ``is_logged``: it
    has a line of its own in the log.
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
    """The sources of one configuration by path, and what a home hands in to receive calls for them.

    ``keyed`` names the sources whose public key is fetched. ``readers`` read secrets by name, one reader for each source's name.
    ``accept`` replaces this module's own where a home hands a query over in another spelling. ``refresh`` reads a source's secrets
    again and says whether one has changed. ``proxies`` are believed when they say where a call comes from.
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
        """The endpoint of these sources; ``reader`` makes what reads the secrets of one."""
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
    """What a home bounds, and where it keeps what was refused."""

    def enter(self, call: Call) -> None:
        """Give the call, whose body is whole, a place. Raises UnavailableError, or Rejected for one that may not even be verified."""
        ...

    def spend(self, call: Call) -> None:
        """Count a call that has proved its sender. Raises Rejected above the source's rate."""
        ...

    def refuse(self, call: Call, refusal: Rejected) -> None:
        """Count, log and keep a refused call. Raises another refusal to answer with that one instead."""
        ...


class _NoLimits:
    """For a home whose limits lie in front of it."""

    def enter(self, call: Call) -> None:
        """Bound nothing."""

    def spend(self, call: Call) -> None:
        """Bound nothing."""

    def refuse(self, call: Call, refusal: Rejected) -> None:
        """Keep nothing."""


NO_LIMITS: Limits = _NoLimits()


Steps: TypeAlias = "Generator[Need, Any, Event | Reply]"


def run(steps: Steps, meet: Callable[[Need], object]) -> Event | Reply:
    """What the sequence ends with; ``meet`` returns what is needed, however long it takes, or raises."""
    try:
        need = next(steps)
        while True:
            try:
                met = meet(need)
            except Exception as fault:  # noqa: BLE001 -- the sequence decides what follows from it
                need = steps.throw(fault)
            else:
                need = steps.send(met)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # a generator's result


def _is_proved(method: str, source: Source) -> bool:
    """Whether a call by this method may have to prove its sender: events come by POST, and few other handshakes are signed."""
    return method == "POST" or any(
        agreed.handshake.is_signed for agreed in source.handshakes if agreed.handshake.method == method
    )


def _judged(request: Request, source: Source, endpoint: Endpoint, *, again: bool = False) -> Event | Reply:
    """What the request proves to be. Where a secret does not fit and has just been changed, the request is judged by the new one too."""
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
    """Do what the handshake asks for before it is answered: the name of the secret that was kept, if one was."""
    if reply.secret is None and reply.fetch_url is None:
        return None
    apply = partial(endpoint.effects.apply, reply, source, Caller.of(call.request, call.address))
    name: str | None = yield Slow(SlowWork.HANDSHAKE, apply)
    return name


def _confirmed(request: Request, source: Source, event: Event, endpoint: Endpoint) -> None:
    """Return once the sender has said that the call is its own."""
    if endpoint.confirmations is not None:
        confirm(request, source, event, endpoint.readers[source.name], endpoint.confirmations)


def find_source(path: str, sources: Mapping[str, Source]) -> Source:
    """The source that listens on this path, to which one slash may be added: API Gateway takes such a path for the same one."""
    source = sources.get(path) or sources.get(path.removesuffix("/"))
    if source is None:
        raise Rejected("unknown_path", "no source listens on this path")
    return source


def check_address(address: str, source: Source) -> None:
    """Refuse a call that comes from none of the networks of ``allow_from``, before anything else of it is looked at."""
    if not is_in(address, source.allow_from):
        raise Rejected("address_not_allowed", "calls to this path from this address are not accepted")


def check_head(request: Request, source: Source, *, may_be_handshake: bool = False) -> str:
    """The media type, once method, media type and content coding are known to be taken. No Content-Type at all means JSON.

    Handshakes come by methods and in media types of their own.
    """
    if request.method != "POST" and not (may_be_handshake and request.method in source.methods):
        raise Rejected("method_not_allowed", f"{request.method} is not allowed on this path", allowed=source.methods)
    headers = request.headers.by_name
    media_type = _media_type(headers.get("content-type") or _JSON)
    if not may_be_handshake and media_type not in source.media_types:
        raise Rejected("unsupported_media_type", f"only {', '.join(sorted(source.media_types))} is taken here")
    coding = headers.get("content-encoding")
    if coding and is_coded(coding):  # without the header no consumer could read what is stored
        raise Rejected("unsupported_content_encoding", "no Content-Encoding but identity is accepted here")
    return media_type


def check_announced(request: Request, source: Source) -> None:
    """Refuse a request whose head is already wrong, before its body has arrived."""
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

    No signature covers Content-Type. If the header decided how a signed body is read, the same body would have another id under another
    media type, and an overheard call could be repeated as a second event.
    """
    if is_json_media_type(named) or body.removeprefix(_BYTE_ORDER_MARK).lstrip(_WHITESPACE)[:1] not in {b"{", b"["}:
        return named
    try:
        parse_any(body)
    except Rejected:
        return named
    return _JSON


def _parsed(body: bytes) -> tuple[Json, bytes | None]:
    """As ``parse_any``: most bodies are what the fast parser takes."""
    try:
        return orjson.loads(body), None
    except orjson.JSONDecodeError:
        return parse_any(body)


def _is_written_plainly(request: Request, source: Source, document: Json) -> bool:
    """Whether nothing can stand twice, seen without a search: most senders write the very text that a document makes when written again."""
    if request.headers.has_repeats or source.reads.query:
        return False
    try:
        return orjson.dumps(document) == request.body
    except (TypeError, RecursionError):  # it is too deep to be written
        return False


def validate(document: Json, source: Source, body: bytes | None = None) -> None:
    """Refuse a document, which is ``body`` parsed, that does not fit, with every complaint."""
    if source.schema is not None and (complaints := source.schema.complaints(document, body)):
        raise Rejected("schema_mismatch", "the body does not match the schema of this source", complaints=complaints)
