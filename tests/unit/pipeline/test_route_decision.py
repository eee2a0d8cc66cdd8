"""What each rule says of an event, for the person who asks why it is not where it was expected."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.domain.route import Route
from hookline.errors import Rejected
from hookline.patterns import compile_pattern
from hookline.pipeline.route import Router
from hookline.pipeline.route_decision import decide_event, decision_document, decision_lines, tried_event
from unit.builders import Finds, event, source

if TYPE_CHECKING:
    from hookline.domain.event import Event

AT = datetime(2026, 3, 1, tzinfo=UTC)


def typed(type_: str, body: bytes = b"{}") -> Event:
    """An event of this type."""
    return replace(event(body), type=type_)


def rule(pattern: object, *queues: str) -> Route:
    """A route to these queues."""
    return Route(match=compile_pattern(pattern), queues=queues)


ROUTES = [
    rule({"type": ["payment"], "data": {"amount": [{"numeric": [">", 100]}]}}, "large", "payments"),
    rule({"type": ["payment", "refund"]}, "payments"),
    rule({"type": ["dispute"]}, "disputes"),
]


def test_every_rule_says_why() -> None:
    """The answer to "why is it not on that queue" is in the rule that was expected to match, not in the one that did."""
    decision = decide_event(typed("payment", b'{"amount": 40}'), ROUTES)

    assert decision_lines(decision) == [
        "the event goes to payments",
        "rule 1 did not match: data.amount is 40, wanted a number that is > 100",
        'rule 2 matched because type is "payment"',
        'rule 3 did not match: type is "payment", wanted "dispute"',
    ]


def test_an_event_that_no_rule_wants_is_said_to_go_to_unrouted() -> None:
    """An answer without a queue would look like a lost event."""
    decision = decide_event(typed("chargeback"), ROUTES)

    assert decision.is_unmatched
    assert decision_lines(decision)[0] == "no rule matched: the event goes to unrouted"


@given(
    type_=st.sampled_from(["payment", "refund", "dispute", "other"]),
    amount=st.none() | st.integers(90, 110) | st.text(max_size=3),
)
def test_the_queues_are_those_that_the_router_gives(type_: str, amount: object) -> None:
    """An explanation that named other queues would be worse than no explanation."""
    one = typed(type_, json.dumps({"amount": amount}).encode())

    assert decide_event(one, ROUTES).queues == Router(ROUTES).route(one).queues


def test_values_that_a_viewer_may_not_see_are_left_out() -> None:
    """The reason of a rule quotes the event: it must not show a masked field."""
    one = typed("payment", b'{"amount": 4000}')

    document = decision_document(decide_event(one, ROUTES, hides=lambda path: path == ("data", "amount")))

    assert "4000" not in str(document)
    assert "data.amount is hidden from you, and matches: the pattern wants a number that is > 100" in str(document)


def test_a_tried_body_becomes_the_event_that_its_source_would_make() -> None:
    """The trial is right only when it finds the type where the source finds it."""
    tried = tried_event(source(find_type=Finds("refund")), b'{"amount": 1}', at=AT)

    assert (tried.type, tried.source) == ("refund", source().name)
    assert decide_event(tried, ROUTES).queues == ("payments",)
    assert tried_event(source(find_type=Finds("refund")), b"{}", at=AT, type_="dispute").type == "dispute"


def test_a_tried_body_of_a_form_is_not_parsed() -> None:
    """Routes see no data in a form, and trying one must say the same."""
    form = replace(source(), media_types=frozenset({"application/x-www-form-urlencoded"}))

    assert decide_event(tried_event(form, b"a=b", at=AT), [rule({"data": {"a": ["b"]}}, "q")]).is_unmatched


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_a_tried_body_that_is_no_json_is_refused_as_a_sender_would_be(body: bytes) -> None:
    """A user may paste any text into the box."""
    with pytest.raises(Rejected):
        tried_event(source(), body, at=AT)
