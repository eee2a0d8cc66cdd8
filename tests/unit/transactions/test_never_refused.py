"""An event whose transaction cannot be read is still accepted, without a record."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from hookline.domain.message import message_of
from hookline.domain.reads import Reads
from hookline.domain.transaction import ATTRIBUTES
from hookline.pipeline.receive import accept
from hookline.providers.transactions import MAPPED, mapper_of
from unit.builders import request, source
from unit.transactions.samples import every_type, mapper, sample

if TYPE_CHECKING:
    from hookline.domain.event import Json

NAMED = sorted((provider, name) for provider in MAPPED for name in every_type(provider))
ODD: list[Any] = [
    None, True, [], {}, [[[]]], "", "1e400", "-0", "\ud800", "\x00", "\ufffe", "٣", "9" * 30, 10**30, 2**63, -(2**63), 1e308, 0.1,
    "10.99", "0001-01-01T00:00:00Z", "9999-12-31T23:59:60Z", "2026-02-30T00:00:00Z", {"a": {"b": None}}, ["a", {"amount": 1}],
]  # fmt: skip
SURPRISING = st.recursive(
    st.sampled_from(ODD) | st.integers() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Every container of the document with each of its keys."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        found.append((value, key))
        places(item, found)
    return found


def message(provider: str, body: bytes) -> dict[str, Any]:
    """The message that a consumer gets of a verified body."""
    finder = replace(source(), find_transaction=mapper_of(provider), reads=Reads())
    made: dict[str, Any] = json.loads(message_of(accept(request(body), finder, [])).body)
    return made


@settings(max_examples=examples(300), deadline=None)
@given(data=st.data())
def test_a_body_with_surprising_values_is_accepted(data: st.DataObject) -> None:
    """A verified event that is refused for its amount is lost; without a record it still reaches a person."""
    provider, name = data.draw(st.sampled_from(NAMED))
    document = json.loads(sample(provider, name))
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(places(document, [])))
        container[key] = deepcopy(data.draw(SURPRISING))

    made = message(provider, json.dumps(document).encode())

    assert made["type"]
    assert all(isinstance(made[key], str) for key in ATTRIBUTES if key in made)


@pytest.mark.parametrize(("provider", "name"), NAMED)
def test_a_member_that_occurs_twice_alike_is_accepted(provider: str, name: str) -> None:
    """The check for repeated members runs the mapper with another kind of object."""
    body = sample(provider, name).rstrip()
    repeated = b'{"again": 1, "again": 1,' + body[1:]

    assert message(provider, repeated)["type"]


@pytest.mark.parametrize("fault", [KeyError("a"), ZeroDivisionError(), RecursionError(), TypeError(), ValueError()])
def test_a_fault_in_a_mapping_costs_the_record_and_not_the_event(fault: Exception) -> None:
    """A defect of hookline would be answered 503 at every attempt, until the sender gives up."""

    def raises(document: Json) -> Json:  # noqa: ARG001 -- the shape of Mapper.item
        raise fault

    broken = replace(mapper("stripe"), item=raises)

    event = accept(request(sample("stripe", "charge.succeeded")), replace(source(), find_transaction=broken), [])

    assert ATTRIBUTES[0] not in event.metadata
    with pytest.raises(type(fault)):
        broken.read({})
