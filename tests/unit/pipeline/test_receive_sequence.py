"""The sequence that every home drives: what it asks for, in which order, and what it does with a refusal."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any  # Any: fields of a source

import pytest

from hookline.adapters.local.secrets import LoadedSecrets
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.memory.handshake_secrets import MemoryHandshakeSecrets
from hookline.adapters.memory.url_fetcher import MemoryUrlFetcher
from hookline.domain.event import Event
from hookline.domain.handshake import Agreed, Reply
from hookline.errors import Rejected, UnavailableError
from hookline.pipeline.handshake import HandshakeEffects
from hookline.pipeline.receive import NO_LIMITS, Call, Endpoint, RestOfBody, Slow, SlowWork, receive, run
from hookline.providers.handshakes.handshake import Kind
from hookline.record import record
from unit.builders import NOW, Finds, request, source

if TYPE_CHECKING:
    from hookline.domain.request import Request
    from hookline.domain.source import Source
    from hookline.pipeline.receive import Limits, Need

BODY = b'{"id": "evt_1"}'


@dataclass
class Watched:
    """Limits that let everything through, and note what they are asked."""

    full: bool = False
    asked: list[str] = field(default_factory=list)

    def enter(self, call: Call) -> None:
        """Give a place, unless all are taken."""
        self.asked.append("enter")
        if self.full:
            raise UnavailableError("overloaded", "all places are taken")
        call.has_place = True

    def spend(self, call: Call) -> None:
        """Note it."""
        self.asked.append(f"spend {call.source.name if call.source else ''}")

    def refuse(self, call: Call, refusal: Rejected) -> None:
        """Note it."""
        self.asked.append(f"refuse {refusal.code} {len(call.request.body)}")


def endpoint(one: Source) -> Endpoint:
    """An endpoint with this source."""
    effects = HandshakeEffects(
        handshake_secrets=MemoryHandshakeSecrets(MemoryClock(NOW)), url_fetcher=MemoryUrlFetcher()
    )
    return Endpoint.of([one], lambda _: LoadedSecrets({}).read, effects=effects)


def any_source(**changes: Any) -> Source:
    """A source that takes anything from anyone."""
    return replace(source(), **changes)


def call_to(one: Source, body: bytes = BODY, *, unread: bool = False) -> Call:
    """A call to the source."""
    sent: Request = request(body, path=one.path)
    return Call(request=sent, unread=unread)


def driven(call: Call, one: Source, limits: Limits, body: bytes = BODY) -> tuple[object, list[Need]]:
    """The end of the sequence, and all that it needed."""
    needs: list[Need] = []

    def meet(need: Need) -> object:
        needs.append(need)
        return need.work() if isinstance(need, Slow) else body

    return run(receive(call, endpoint(one), limits), meet), needs


def test_a_plain_call_whose_body_is_here_needs_nothing() -> None:
    """The home answers it in one go: it waits only for the disk."""
    one, limits = any_source(), Watched()
    call = call_to(one)

    found, needs = driven(call, one, limits)

    assert isinstance(found, Event)
    assert (needs, limits.asked) == ([], ["enter"])
    assert (call.source, call.event_id, call.has_place) == (one, found.id, True)


def test_a_wrong_head_is_refused_before_its_body_is_read_or_given_a_place() -> None:
    """An upload to a wrong path must not occupy a place that other senders need."""
    one, limits = any_source(media_types=frozenset({"text/csv"})), Watched()

    with pytest.raises(Rejected) as refused:
        driven(call_to(one, b"", unread=True), one, limits)

    assert (refused.value.code, limits.asked) == ("unsupported_media_type", [])


def test_a_body_on_its_way_is_asked_for_and_then_takes_a_place() -> None:
    """A slow sender holds no place while it sends."""
    one, limits = any_source(), Watched()
    call = call_to(one, b"", unread=True)

    found, needs = driven(call, one, limits)

    assert needs == [RestOfBody(source=one)]
    assert isinstance(found, Event)
    assert (call.request.body, found.body, limits.asked) == (BODY, BODY, ["enter"])


def test_a_large_body_is_checked_where_nobody_waits_for_it() -> None:
    """Reading a megabyte takes milliseconds, during which an event loop answers no other call."""
    one = any_source()
    body = b'{"id": "evt_1", "padding": "%s"}' % (b"x" * 100_000)

    _, needs = driven(call_to(one, body), one, NO_LIMITS)

    assert [need.kind for need in needs if isinstance(need, Slow)] == [SlowWork.LARGE_BODY]


def test_a_refusal_is_kept_once_and_spends_no_rate() -> None:
    """Calls that prove nothing must not use up the rate of the genuine sender."""
    one, limits = any_source(rate_limit=1.0, find_id=Finds(None)), Watched()

    with pytest.raises(Rejected) as refused:
        driven(call_to(one, b"{}"), one, limits)

    assert (refused.value.code, limits.asked) == ("delivery_id_missing", ["enter", "refuse delivery_id_missing 2"])


def test_a_proved_call_spends_its_sources_rate_last() -> None:
    """Only calls whose events would be stored count for the rate."""
    one, limits = any_source(rate_limit=1.0), Watched()

    driven(call_to(one), one, limits)

    assert limits.asked == ["enter", f"spend {one.name}"]


def test_a_call_without_a_place_is_not_judged() -> None:
    """An overloaded home must not spend its time on verifying."""
    one, limits = any_source(), Watched(full=True)

    with pytest.raises(UnavailableError):
        driven(call_to(one, b"not JSON"), one, limits)

    assert limits.asked == ["enter"]


def test_what_a_home_could_not_get_ends_the_sequence_and_a_refusal_among_it_is_kept() -> None:
    """A sender without such a key, say: the call is refused as if its signature were wrong."""
    one, limits = any_source(), Watched()
    body = b'{"id": "evt_1", "padding": "%s"}' % (b"x" * 100_000)

    def meet(need: Need) -> object:
        raise Rejected("signature_mismatch", f"no key for {need}")

    with pytest.raises(Rejected):
        run(receive(call_to(one, body), endpoint(one), limits), meet)

    assert limits.asked == ["enter", f"refuse signature_mismatch {len(body)}"]


@record
class Echo(Kind):
    """A handshake that counts how often a call was compared with it."""

    is_signed: bool = False
    compared: list[bytes] = field(default_factory=list)

    def is_one(self, request: Request) -> bool:
        """A body that says so."""
        self.compared.append(request.body)
        return request.body == b"echo"


def shaking(kind: Echo) -> Source:
    """A source with this handshake."""
    return any_source(handshakes=(Agreed(handshake=kind),))


@pytest.mark.parametrize("unread", [False, True], ids=["whole", "in parts"])
def test_a_coded_handshake_is_refused_however_its_body_comes(unread: bool) -> None:  # noqa: FBT001 -- a parameter of the test
    """The answer to a call must not depend on how the network cut it."""
    call = Call(request=request(b"echo", {"content-encoding": "gzip"}, path=source().path), unread=unread)

    with pytest.raises(Rejected) as refused:
        driven(call, shaking(Echo()), Watched(), b"echo")

    assert refused.value.code == "unsupported_content_encoding"


def test_a_handshake_may_come_in_a_media_type_of_its_own() -> None:
    """Senders send a form or no body; only events have to be of the type that the source accepts."""
    call = Call(request=request(b"echo", {"content-type": "text/plain"}, path=source().path))

    assert driven(call, shaking(Echo()), Watched()) == (Reply(), [])


@pytest.mark.parametrize("body", [b"echo", BODY])
def test_a_call_is_compared_with_a_handshake_once(body: bytes) -> None:
    """Some handshakes are known by a member of the body: each comparison may read all of it."""
    kind = Echo()

    driven(call_to(shaking(kind), body), shaking(kind), Watched())

    assert kind.compared == [body]
