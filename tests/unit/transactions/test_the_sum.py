"""The lifetime of a payment, event by event: the last amounts add up to what the merchant got.

Each file in ``lives`` has the calls of one sender, put together in the shapes of its documentation: no recorded traffic. It says where
and when that was read, the story in words, and what the merchant received in the end, which follows from it. ``times`` are those of
the events whose sender writes them into a header.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.domain.message import message_of
from hookline.domain.source import Verified
from hookline.domain.transaction import ATTRIBUTES
from hookline.pipeline.identify import identify
from hookline.providers.transactions import MAPPED, mapper_of
from unit.builders import request, source

LIVES = sorted(path.stem for path in (Path(__file__).parent / "lives").glob("*.json"))
SIGN = {"payment": 1, "refund": -1, "dispute": -1}
ADDED_SEPARATELY = {"payout": "paid_out", "fee": "fees"}
COUNTED = {"succeeded", "opened", "lost"}


@cache
def life(name: str) -> dict[str, Any]:
    """The lifetime of a payment."""
    found: dict[str, Any] = json.loads((Path(__file__).parent / "lives" / f"{name}.json").read_text())
    return found


@cache
def messages(name: str) -> list[dict[str, str]]:
    """The message of each event, as a consumer gets it, without those that have no record."""
    recorded = life(name)
    finder = replace(source(), find_transaction=mapper_of(recorded["provider"], recorded["choices"]))
    made = []
    times = recorded.get("times", [None] * len(recorded["events"]))
    for event, time in zip(recorded["events"], times, strict=True):
        body = orjson.dumps(event)
        dated = finder if time is None else replace(finder, find_time=lambda *_, time=time: time)
        accepted = identify(
            request(body), dated, document=orjson.loads(body), verified=Verified(), content_type="application/json"
        )
        made.append(json.loads(message_of(accepted).body))
    return [{key: message[key] for key in ATTRIBUTES if key in message} for message in made if ATTRIBUTES[0] in message]


def when(message: dict[str, str]) -> datetime:
    """The time that says which is the last; some senders write it with an offset."""
    return datetime.fromisoformat(message["transactiontime"])


def last_of_each(arrived: list[dict[str, str]]) -> dict[tuple[str, str], dict[str, str]]:
    """By type and reference, what the last message says; one without an amount leaves the amount before it."""
    last: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for message in sorted(arrived, key=when):
        last[message["transactiontype"], message["transactionreference"]].update(message)
    return last


def summed(arrived: list[dict[str, str]], amounts: dict[str, str]) -> dict[str, Decimal]:
    """What the merchant got, by currency. ``amounts`` are those that the sender's events do not carry."""
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for (kind, reference), message in last_of_each(arrived).items():
        if kind in ADDED_SEPARATELY:
            continue
        if amounts:
            counts = message["transactionstatus"] in COUNTED
            totals["GBP"] += SIGN[kind] * Decimal(amounts[reference]) * counts
        elif "transactionamount" in message:
            totals[message["transactioncurrency"]] += SIGN[kind] * Decimal(message["transactionamount"])
    return dict(totals)


def added_separately(arrived: list[dict[str, str]], kind: str) -> dict[str, Decimal]:
    """What was paid out, or taken as fees, by currency."""
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for (of, _), message in last_of_each(arrived).items():
        if of == kind and "transactionamount" in message:
            totals[message["transactioncurrency"]] += Decimal(message["transactionamount"])
    return dict(totals)


def test_every_mapped_sender_has_a_life() -> None:
    """Every type of a sender could be wrong if nobody checked its sum."""
    assert {life(name)["provider"] for name in LIVES} == MAPPED
    assert all(life(name)["sources"] and date.fromisoformat(life(name)["date"]) for name in LIVES)


@pytest.mark.parametrize("name", LIVES)
def test_the_last_amounts_add_up_to_what_the_merchant_got(name: str) -> None:
    """The books consist of these amounts."""
    expected = {currency: Decimal(amount) for currency, amount in life(name)["got"].items()}

    assert summed(messages(name), life(name).get("amounts", {})) == expected


@pytest.mark.parametrize("kind", ADDED_SEPARATELY)
@pytest.mark.parametrize("name", LIVES)
def test_payouts_and_fees_add_up_separately_from_the_payments(name: str, kind: str) -> None:
    """They are compared with the bank's statement: one that fails later must count nothing."""
    expected = {currency: Decimal(amount) for currency, amount in life(name).get(ADDED_SEPARATELY[kind], {}).items()}

    assert added_separately(messages(name), kind) == expected


@pytest.mark.parametrize("name", LIVES)
def test_each_movement_has_one_name(name: str) -> None:
    """Two names for one movement count it twice, and one name for two loses one of them."""
    found = defaultdict(set)
    for message in messages(name):
        found[message["transactiontype"]].add(message["transactionreference"])

    assert found == {kind: set(references) for kind, references in life(name)["movements"].items()}


@pytest.mark.parametrize("name", [name for name in LIVES if life(name)["payment"]])
def test_every_movement_says_which_payment_it_belongs_to(name: str) -> None:
    """Captures, refunds and disputes are found by the payment; where an event does not name it, another of the movement does."""
    found = {
        message["transactionpayment"]
        for (kind, _), message in last_of_each(messages(name)).items()
        if kind not in ADDED_SEPARATELY
    }

    assert found == {life(name)["payment"]}


@pytest.mark.parametrize("name", LIVES)
def test_a_dispute_ends_with_its_outcome(name: str) -> None:
    """A consumer acts differently on a dispute that was won."""
    found = {
        reference: message.get("transactionstatus")
        for (kind, reference), message in last_of_each(messages(name)).items()
        if kind == "dispute"
    }

    assert found == life(name)["outcomes"]


@given(data=st.data())
def test_the_order_of_arrival_and_repeats_do_not_change_the_sum(data: st.DataObject) -> None:
    """Delivery is at-least-once and unordered, and a consumer that keeps the latest event is right."""
    name = data.draw(st.sampled_from(LIVES))
    once = data.draw(st.permutations(messages(name)))
    again = data.draw(st.lists(st.sampled_from(messages(name)), max_size=5)) if messages(name) else []

    assert summed([*once, *again], life(name).get("amounts", {})) == summed(
        messages(name), life(name).get("amounts", {})
    )


def test_amounts_are_exact_text() -> None:
    """A float would make an amount wrong by a cent."""
    for name in LIVES:
        for message in messages(name):
            assert all(isinstance(value, str) for value in message.values())
