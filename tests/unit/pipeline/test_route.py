"""Which queues an event goes to, and what a router looks at to know."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.domain.event import Status
from hookline.domain.fifo import Fifo
from hookline.domain.queue import UNROUTED, Queue
from hookline.domain.replay import ReplayMark
from hookline.domain.route import Route, RoutedEvent
from hookline.patterns import compile_pattern
from hookline.pipeline.route import Router
from hookline.pipeline.route_decision import decide_event
from hookline.ports.event_store import Attempt, StoredEvent
from unit.builders import event, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

EVENT = event()


def rule(pattern: object, *queues: str) -> Route:
    """Events that fit ``pattern`` go to ``queues``."""
    return Route(match=compile_pattern(pattern), queues=queues)


PAYMENT = {"type": ["payment"]}
ANY = {"source": [{"prefix": "hookline/"}]}
REFUND = {"type": ["refund"]}


def test_an_event_goes_to_the_queues_of_every_route_that_matches() -> None:
    """Routes do not compete: one rule for the ledger must not take events from another for fraud."""
    router = Router([rule(PAYMENT, "payments"), rule(REFUND, "refunds"), rule(ANY, "all", "audit")])

    assert router.route(EVENT) == RoutedEvent(event=EVENT, queues=("payments", "all", "audit"), status=Status.ROUTED)


def test_each_queue_gets_one_message_in_the_order_of_the_routes() -> None:
    """Two rules that name one queue must not make a payment twice."""
    router = Router([rule(ANY, "b", "a"), rule(PAYMENT, "a", "c", "c"), rule(ANY, "b")])

    assert router.route(EVENT).queues == ("b", "a", "c")


@pytest.mark.parametrize("routes", [[], [rule(REFUND, "refunds")]])
def test_an_event_that_no_route_wants_goes_to_unrouted(routes: list[Route]) -> None:
    """No acknowledged event is dropped because a rule is missing."""
    assert Router(routes).route(EVENT) == RoutedEvent(event=EVENT, queues=(UNROUTED,), status=Status.UNMATCHED)


def test_a_route_to_unrouted_is_a_route_like_any_other() -> None:
    """An author who writes it means it, and no alarm is due."""
    assert Router([rule(ANY, UNROUTED)]).route(EVENT).status is Status.ROUTED


@dataclass
class Looker:
    """A match that reads some keys and writes down what it was shown."""

    reads: frozenset[str]
    seen: list[Mapping[str, object]]

    def matches(self, event: Mapping[str, object]) -> bool:
        """Asked once for each event."""
        self.seen.append(event)
        return True


def test_the_body_is_parsed_only_when_a_pattern_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most routes look only at the type, and reading a megabyte to throw it away is most of an event's cost."""
    parsed: list[bytes] = []
    monkeypatch.setattr("hookline.pipeline.route.parse", parsed.append)

    Router([rule(PAYMENT, "payments"), rule(ANY, "all")]).route(EVENT)
    assert parsed == []

    Router([rule(PAYMENT, "payments"), rule({"data": {"amount": [{"exists": False}]}}, "all")]).route(EVENT)
    assert parsed == [EVENT.body]


def test_patterns_see_the_event_as_its_consumers_will() -> None:
    """A rule that is written for a message in a queue must match that message."""
    keys = {"specversion", "id", "source", "type", "time", "datacontenttype", "bodysha256", "data", "subject"}
    looker = Looker(frozenset(keys), [])

    Router([Route(match=looker, queues=("all",))]).route(EVENT)

    assert looker.seen == [
        {
            "specversion": "1.0",
            "id": "transactions:evt_1",
            "source": "hookline/transactions",
            "type": "payment",
            "time": "2026-01-02T03:04:05Z",
            "datacontenttype": "application/json",
            "bodysha256": EVENT.body_sha256.hex(),
            "data": {"amount": 1.1},
        }
    ]


def test_patterns_see_the_attributes_of_a_transaction() -> None:
    """A key that is absent matches nothing but `exists: false`, and must be absent for that."""
    paid = replace(EVENT, metadata={"secret": "A", "transactiontype": "payment", "originaltype": "AUTHORISATION"})
    looker = Looker(frozenset({"transactiontype", "transactionamount", "secret"}), [])

    Router([Route(match=looker, queues=("all",))]).route(paid)
    Router([Route(match=looker, queues=("all",))]).route(EVENT)

    assert looker.seen == [{"transactiontype": "payment"}, {}]


def test_patterns_are_shown_only_what_any_of_them_reads() -> None:
    """The digest of an event is computed only for a pattern that reads it."""
    looker = Looker(frozenset({"type"}), [])

    Router([Route(match=looker, queues=("all",)), rule({"id": ["x"]}, "x")]).route(EVENT)

    assert looker.seen == [{"type": "payment", "id": "transactions:evt_1"}]


def test_a_body_of_another_type_has_no_data() -> None:
    """A form is not JSON: a key that is absent matches nothing but `exists: false`."""
    form = event(b"amount=1", content_type="application/x-www-form-urlencoded")
    present = rule({"data": {"amount": [{"exists": True}]}}, "present")
    absent = rule({"data": {"amount": [{"exists": False}]}}, "absent")

    assert Router([present, absent]).route(form).queues == ("absent",)
    assert Router([present, absent]).route(EVENT).queues == ("present",)


def test_a_stored_body_that_is_no_json_is_a_permanent_fault() -> None:
    """`accept` allows no such body, so a person must look at a damaged one."""
    reads_data = Router([rule({"data": {"amount": [1]}}, "all")])

    assert refusal(lambda: reads_data.route(replace(EVENT, body=b"{"))) == "body_not_json"


@given(st.lists(st.tuples(st.sampled_from([PAYMENT, REFUND, ANY]), st.lists(st.sampled_from("abc"), min_size=1))))
def test_no_event_is_left_without_a_queue_and_none_is_named_twice(rules: list[tuple[object, list[str]]]) -> None:
    """A stored event always reaches its queue, once."""
    routed = Router([rule(pattern, *queues) for pattern, queues in rules]).route(EVENT)

    wanted = [queue for pattern, queues in rules if pattern is not REFUND for queue in queues]
    assert list(routed.queues) == (list(dict.fromkeys(wanted)) or [UNROUTED])
    assert routed.status is (Status.ROUTED if wanted else Status.UNMATCHED)


MANY = [
    *(rule({"type": [name]}, f"by-type-{name}", "all") for name in ["payment", "refund", *map(str, range(50))]),
    *(rule({"data": {"amount": [number]}}, f"of-{number}", "amounts") for number in range(20)),
    rule({"data": {"amount": [{"numeric": [">", 5]}]}}, "large", "all"),
    *(rule({"type": [{"prefix": name}]}, f"begins-{name}") for name in ("p", "r", "pay", "ref", "x", "y")),
    rule({"$or": [{"type": ["refund"]}, {"data": {"amount": [7]}}]}, "either", "by-type-payment"),
    *(
        rule({"source": ["hookline/transactions"], "type": [name]}, f"both-{name}")
        for name in ("payment", *map(str, range(9)))
    ),
]


@given(
    st.permutations(MANY),
    st.sampled_from(["payment", "refund", "7", "other"]),
    st.sampled_from(
        [b'{"amount":7}', b'{"amount":[1,7.0]}', b'{"amount":"7"}', b'{"amount":true}', b'{"amount":{}}', b"[]"]
    ),
)
def test_many_routes_send_an_event_where_testing_each_of_them_would(
    rules: list[Route], type_: str, body: bytes
) -> None:
    """What the control room explains rule by rule is what happens, in the same order of queues."""
    one = replace(event(body), type=type_)

    assert Router(rules).route(one).queues == decide_event(one, rules).queues


def fifo(name: str, group: str) -> Queue:
    """A FIFO queue."""
    return Queue(name=name, fifo=Fifo(group=group))


def test_an_event_has_a_group_on_each_fifo_queue() -> None:
    """Each queue keeps an order of its own; a standard queue keeps none."""
    paid = event(body=b'{"customer": "c-7", "shop": {"id": "s-1"}}')
    queues = [fifo("payments", "data.customer"), fifo("audit", "data.shop.id"), Queue(name="all")]
    router = Router([rule(PAYMENT, "payments", "audit", "all")], queues)

    routed = router.route(paid)

    assert routed.queues == ("payments", "audit", "all")
    assert routed.groups == {"payments": "c-7", "audit": "s-1"}


def test_an_event_without_its_group_is_a_group_of_one() -> None:
    """It must wait for no other, and no other for it."""
    router = Router([rule(PAYMENT, "payments")], [fifo("payments", "data.customer")])

    assert router.route(event(body=b'{"customer": 7}')).groups == {"payments": EVENT.id}
    assert router.route(replace(EVENT, content_type="text/plain")).groups == {"payments": EVENT.id}


def test_a_group_can_be_an_attribute_of_the_event() -> None:
    """A payment's messages stay in order, whichever sender sent them."""
    about = replace(EVENT, metadata={"transactionreference": "r", "transactionpayment": "pi_1"})
    router = Router([rule(PAYMENT, "payments")], [fifo("payments", "transactionpayment || source")])

    assert router.route(about).groups == {"payments": "pi_1"}
    assert router.route(EVENT).groups == {"payments": f"hookline/{EVENT.source}"}


def test_unrouted_events_and_replays_have_groups_too() -> None:
    """A message keeps its order, whichever way it reached its queue."""
    router = Router([], [fifo(UNROUTED, "type"), fifo("payments", "source")])
    mark = ReplayMark(id="r1", queue="payments")
    replayed = StoredEvent(event=EVENT, attempt=Attempt(), expires_at=None, conflicts=0, replay=mark)

    assert router.route(EVENT).groups == {UNROUTED: "payment"}
    assert router.route_stored(replayed).groups == {"payments": f"hookline/{EVENT.source}"}


def test_where_no_queue_of_an_event_is_fifo_nothing_is_looked_for() -> None:
    """Work for FIFO queues must not slow standard queues."""
    router = Router([rule(PAYMENT, "all")], [fifo("payments", "data.customer"), Queue(name="all")])

    assert router.route(event(body=b"not read at all")).groups is None
