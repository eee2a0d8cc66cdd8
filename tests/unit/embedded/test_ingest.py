"""The webhook endpoint as an ASGI application: whatever is sent gets one answer, and leaves nothing behind that it should not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any  # Any: the ASGI specification's messages are dictionaries with any values

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from hookline.errors import UnavailableError
from unit.embedded.endpoint import JSON, MAX_BODY, Endpoint, Everything, FailingStore, body_of, parts_of
from unit.embedded.fakes import Sender

if TYPE_CHECKING:
    from unit.embedded.fakes import MovingLoop


# bodies


@pytest.mark.parametrize("size", [1, 7, 64, 10_000])
def test_a_body_may_come_in_any_number_of_parts(endpoint: Endpoint, size: int) -> None:
    """A network may cut a body anywhere, and the stored body must be the bytes that were sent."""
    body = body_of(size=200)
    sender = Sender(*parts_of(body, size))

    endpoint.post(sender)

    (kept,) = endpoint.memory.state.events.values()
    assert sender.status == 202
    assert sender.document == {"event_id": "transactions:evt_1", "status": "accepted"}
    assert kept.stored.event.body == body
    assert endpoint.memory.standing() == ["transactions:evt_1"]
    assert endpoint.log.requests == [(202, "accepted", "transactions:evt_1")]


def test_empty_parts_change_nothing(endpoint: Endpoint) -> None:
    """ASGI servers end a body with an empty part when they learn of its end late."""
    body = body_of()
    sender = Sender(b"", body[:5], b"", body[5:], b"")

    endpoint.post(sender)

    assert sender.status == 202
    assert endpoint.stored == ["transactions:evt_1"]


def test_every_answer_is_counted_and_how_long_it_took(endpoint: Endpoint) -> None:
    """Metrics and charts are made only of these counts, so a flood that gets no lines in the log is counted too."""
    wrong = Sender(b"{}", path="/elsewhere")
    gone = Sender(b"{", then="gone")

    endpoint.post(Sender(body_of()))
    endpoint.post(Sender(body_of()), Sender(body_of(size=1)), wrong, gone)

    found = {(one.source, one.status, one.outcome): one.durations.count for one in endpoint.counts.read()}
    assert found == {
        ("transactions", 202, "accepted"): 1,
        ("transactions", 200, "duplicate"): 1,
        ("transactions", 409, "delivery_conflict"): 1,
        ("", 404, "unknown_path"): 1,
        ("transactions", 499, "sender_gone"): 1,
    }
    assert all(0 < one.durations.sum < 60 for one in endpoint.counts.read())
    assert set(endpoint.counts.last_events) == {"transactions"}


def test_an_event_that_no_route_wants_is_counted() -> None:
    """The event was accepted and is in a queue that nobody may be reading."""
    endpoint = Endpoint(rule=Everything(takes=False))

    endpoint.post(Sender(body_of()))

    assert (endpoint.counts.unmatched, endpoint.counts.unrouted) == (1, 0)


@pytest.mark.parametrize("parts", [(), (b'{"id":"evt_1"}',), (b'{"id":', b'"evt_1"}')])
def test_a_sender_that_leaves_in_mid_body_stores_nothing(endpoint: Endpoint, parts: tuple[bytes, ...]) -> None:
    """Half a body may happen to be valid JSON, and must not be stored. Nobody is left to be answered."""
    sender = Sender(*parts, then="gone")

    endpoint.post(sender)

    assert endpoint.stored == []
    assert sender.sent == []
    assert endpoint.log.requests == [(499, "sender_gone", None)]


def test_a_body_of_the_limit_is_taken_and_one_byte_more_is_not(endpoint: Endpoint) -> None:
    """The parts of the body do not matter, and the sender is answered only after it has sent."""
    fits, over = body_of("fits"), body_of("over")
    fits += b" " * (MAX_BODY - len(fits))
    over += b" " * (MAX_BODY + 1 - len(over))
    senders = [Sender(fits), Sender(*parts_of(over, 400)), Sender(over)]

    endpoint.post(*senders)

    assert [sender.status for sender in senders] == [202, 413, 413]
    assert endpoint.stored == ["transactions:fits"]
    assert senders[1].received == len(over)


def test_what_announces_itself_as_too_large_is_refused_before_it_is_held(endpoint: Endpoint) -> None:
    """A body that announces a gigabyte need not be counted before it is refused."""
    sender = Sender(b"{", b"}", headers=[JSON, (b"content-length", b"1073741824")])

    endpoint.post(sender)

    assert sender.status == 413
    assert sender.document["code"] == "body_too_large"
    assert endpoint.stored == []


@pytest.mark.parametrize("announced", [b"", b"abc", b"-1", b"1e3", b"1,2", b"0x10", b"9" * 12])
def test_an_announcement_is_no_way_to_a_fault(endpoint: Endpoint, announced: bytes) -> None:
    """Promise 4: outside input can raise nothing but a refusal, whichever HTTP parser is in front."""
    sender = Sender(body_of()[:3], body_of()[3:], headers=[JSON, (b"content-length", announced)])

    endpoint.post(sender)

    assert sender.status in (202, 413)
    assert endpoint.log.texts("error") == []


@pytest.mark.parametrize("announced", [b"\xb2", b"1\xb9", b"9" * 5000])
def test_an_odd_announcement_is_no_way_to_a_fault(endpoint: Endpoint, announced: bytes) -> None:
    """The parser refuses these, but the application must not count on that: a false length would cause a 503 and a traceback."""
    sender = Sender(body_of()[:3], body_of()[3:], headers=[JSON, (b"content-length", announced)])

    endpoint.post(sender)

    assert endpoint.log.texts("error") == []


# refusals before the body


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        ({"path": "/nowhere"}, 404),
        ({"method": "PUT"}, 405),
        ({"headers": [(b"content-type", b"text/plain")]}, 415),
        ({"headers": [JSON, (b"content-encoding", b"gzip")]}, 415),
        ({"headers": [JSON, (b"content-length", b"1001")]}, 413),
    ],
)
def test_a_refused_body_is_read_to_its_end_and_not_kept(endpoint: Endpoint, scope: dict[str, Any], status: int) -> None:
    """Most senders read the answer only after they have sent: to close immediately would reset the connection before they read it."""
    sender = Sender(*[b"x" * 100] * 50, **scope)

    endpoint.post(sender)

    assert sender.status == status
    assert sender.received == 5000
    assert endpoint.log.requests[0][0] == status


def test_a_refused_body_without_end_is_read_up_to_a_limit(endpoint: Endpoint) -> None:
    """The server reads eight mebibytes at most; then it answers and ends the connection."""
    sender = Sender(b"x" * 65536, then="more", path="/nowhere")

    endpoint.post(sender)

    assert sender.status == 404
    assert 8 * 2**20 <= sender.received <= 8 * 2**20 + 65536


def test_a_refused_sender_that_stops_sending_is_answered_soon(endpoint: Endpoint) -> None:
    """It may be waiting for the answer itself."""
    sender = Sender(b"x", path="/nowhere", then="silence")

    async def main(loop: MovingLoop) -> None:
        task = asyncio.ensure_future(endpoint.call(sender))
        await loop.advance(1)
        early = sender.status
        await loop.advance(2)
        await task
        assert early is None

    endpoint.run(main)

    assert sender.status == 404


def test_a_refused_sender_that_leaves_ends_the_reading(endpoint: Endpoint) -> None:
    """No more bytes will come."""
    sender = Sender(b"x", path="/nowhere", then="gone")

    endpoint.post(sender)

    assert endpoint.log.requests == [(404, "unknown_path", None)]


@pytest.mark.parametrize(
    "scope",
    [
        {"path": "/nowhere"},
        {"method": "PUT", "headers": [JSON, (b"expect", b"100-continue")]},
        {"headers": [(b"content-type", b"text/plain"), (b"expect", b"100-continue")]},
        {"headers": [JSON, (b"content-length", b"99999"), (b"expect", b"100-continue")]},
    ],
)
def test_a_sender_that_asks_first_is_refused_without_its_body(endpoint: Endpoint, scope: dict[str, Any]) -> None:
    """RFC 9110 section 10.1.1: reading would ask for a body that is not needed."""
    scope = {"headers": [JSON, (b"expect", b"100-continue")], **scope}
    sender = Sender(then="silence", **scope)

    endpoint.post(sender)

    assert sender.status in (404, 405, 413, 415)
    assert sender.asked == 0


def test_a_sender_that_asks_first_and_may_gets_100_continue(endpoint: Endpoint) -> None:
    """The application asks for the body, and that makes the server send 100 Continue."""
    sender = Sender(body_of(), headers=[JSON, (b"expect", b"100-continue"), (b"content-length", b"30")])

    endpoint.post(sender)

    assert sender.status == 202


# whatever comes

SENDERS = st.builds(
    lambda parts, then, scope: Sender(*parts, then=then, **scope),
    st.lists(
        st.sampled_from([body_of("a"), body_of("b"), b"", b"{", b"x" * 600, b" " * 4000, b"\xff"]),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["end", "end", "gone", "silence", "more"]),
    st.fixed_dictionaries(
        {},
        optional={
            "path": st.sampled_from(["/webhook", "/nowhere", ""]),
            "method": st.sampled_from(["POST", "GET", "HEAD", "", "\x00"]),
            "query_string": st.binary(max_size=9),
            "client": st.sampled_from([None, ("192.0.2.1", 1)]),
            "headers": st.lists(
                st.tuples(
                    st.sampled_from([b"content-type", b"content-length", b"expect", b"x"]),
                    st.sampled_from(
                        [b"application/json", b"text/plain", b"100-continue", b"17", b"99999", b"", b"\xff"]
                    ),
                ),
                max_size=4,
            ),
        },
    ),
)


@settings(max_examples=examples(150), deadline=None)
@given(senders=st.lists(SENDERS, min_size=1, max_size=6), broken_rule=st.booleans(), broken_store=st.booleans())
def test_whatever_is_sent_everybody_is_answered_and_no_room_is_lost(
    senders: list[Sender],
    broken_rule: bool,  # noqa: FBT001 -- drawn by hypothesis
    broken_store: bool,  # noqa: FBT001 -- drawn by hypothesis
) -> None:
    """Each request has one answer or a sender that has gone; afterwards the gate is empty, and nothing was stored without a 2xx."""
    endpoint = Endpoint(rule=Everything(ZeroDivisionError() if broken_rule else None))
    if broken_store:
        endpoint.store = FailingStore(UnavailableError("storage_unavailable", "full"))

    async def main(loop: MovingLoop) -> None:
        tasks = [asyncio.ensure_future(endpoint.call(sender)) for sender in senders]
        await loop.advance(3)
        for task, sender in zip(tasks, senders, strict=True):
            if sender.then in ("silence", "more") and not task.done():
                task.cancel()  # the read deadline ends such a sender
        await asyncio.gather(*tasks, return_exceptions=True)
        assert all(task.cancelled() or task.exception() is None for task in tasks)

    endpoint.run(main)

    statuses = {sender.status for sender in senders if sender.sent}
    assert statuses <= {200, 202, 400, 404, 405, 408, 409, 413, 415, 503}
    assert all(len(sender.sent) in (0, 2) for sender in senders)
    acknowledged = {sender.document["event_id"] for sender in senders if sender.status in (200, 202)}
    assert acknowledged == set(endpoint.stored)
