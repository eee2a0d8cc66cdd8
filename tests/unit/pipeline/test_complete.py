"""What hookline does after a sender's answer, and without an answer: decided once, for both homes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from contract.builders import START, event
from hookline.adapters.memory.fetches import MemoryFetches
from hookline.config import parse
from hookline.domain.fetch import FETCH, FETCHED, FetchAnswer
from hookline.domain.secret import Secret
from hookline.errors import UnavailableError
from hookline.pipeline.complete import Completed, Completer, Later, Missing, Unproved, chains_of
from hookline.ports.event_store import Attempt, StoredEvent

if TYPE_CHECKING:
    from hookline.domain.source import Source
    from hookline.pipeline.complete import Step

CONFIG = parse(
    """
[sources.mp]
verify = { scheme = "mercado-pago", secrets = ["MP_SECRET"] }
fetch = { secret = "TOKEN" }
[sources.mollie]
verify = { scheme = "mollie-classic" }
fetch = { secret = "TOKEN" }
[sources.plain]
verify = { scheme = "mercado-pago", secrets = ["MP_SECRET"] }
[queues.q]
""",
    base=Path(),
)
PATH = "/v1/payments/1"
SECOND, WEEK = timedelta(seconds=1), timedelta(days=7)
PAID = {
    "id": 1,
    "status": "approved",
    "currency_id": "BRL",
    "transaction_amount": 100,
    "transaction_amount_refunded": 0,
    "date_last_updated": "2026-01-02T03:04:05.000-04:00",
}


def answer(status: int = 200, retry_after: float | None = None, **document: object) -> FetchAnswer:
    """An answer of the API."""
    return FetchAnswer(status=status, body=json.dumps({**PAID, **document}).encode(), retry_after=retry_after)


def stored(
    name: str = "1",
    *,
    source: str = "mp",
    what: str = "payments/1",
    count: int = 0,
    seconds: float = 0,
    **metadata: str,
) -> StoredEvent:
    """An event that waits for its record since START."""
    found = event(name, source=source, received_at=START + SECOND * seconds)
    known = {"transactiontype": "payment", "transactionreference": "1", "originaltype": "payment.updated"}
    known |= {"transactionidonly": "true", FETCH: what, **({} if source == "mollie" else {"secret": "MP_SECRET"})}
    waiting = replace(found, metadata={**known, **metadata})
    return StoredEvent(
        event=waiting, attempt=Attempt(since=waiting.received_at, count=count), expires_at=None, conflicts=0
    )


class Asking:
    """A completer with the answers that it gets, and the time."""

    def __init__(self, answers: dict[str, FetchAnswer] | None = None, *, waits_as_long: bool = False) -> None:
        self.fetches = MemoryFetches(answers)
        self.now = START
        self.secret: bytes | None = b"a-token"
        self.sources: dict[str, Source] = {source.name: source for source in CONFIG.sources}
        self._completer = Completer(
            sources=lambda: self.sources, fetches=self.fetches, read=self._read, waits_as_long=waits_as_long
        )

    def _read(self, names: object) -> list[Secret]:
        if self.secret is None:
            raise UnavailableError("secrets_unavailable", f"there is no secret of {names}")
        return [Secret(name="TOKEN", value=self.secret)]

    def steps(self, *chain: StoredEvent) -> list[Step]:
        """The decision for these events now."""
        return self._completer.steps(chain, lambda: self.now)


def later(step: Step) -> timedelta:
    """How long after START the event is asked for again."""
    assert isinstance(step, Later)
    return step.until - START


def test_the_record_takes_the_place_of_what_the_event_said() -> None:
    """And no other part changes."""
    asking = Asking({PATH: answer()})

    (step,) = asking.steps(stored())

    assert isinstance(step, Completed)
    assert step.event.metadata == {
        "secret": "MP_SECRET",
        FETCH: "payments/1",
        FETCHED: "completed",
        "transactiontype": "payment",
        "transactionamount": "100.00",
        "transactioncurrency": "BRL",
        "transactionreference": "1",
        "transactionpayment": "1",
        "transactionstatus": "succeeded",
        "transactiontime": "2026-01-02T03:04:05.000-04:00",
        "originaltype": "payment",
    }
    assert replace(step.event, metadata={}) == replace(stored().event, metadata={})
    assert [(one.path, one.headers["authorization"]) for one in asking.fetches.asked] == [(PATH, "Bearer a-token")]


def test_an_answer_that_is_not_as_documented_leaves_the_event_as_it_was() -> None:
    """Another call would get the same answer; the consumer can ask by the event's id."""
    (step,) = Asking({PATH: answer(currency_id="reais")}).steps(stored())

    assert isinstance(step, Completed)
    assert step.event.metadata == {**stored().event.metadata, FETCHED: "completed"}


def test_several_events_of_one_payment_have_one_movement_each() -> None:
    """The first event is for the payment and the last for the refund; one record would lose the payment."""
    asking = Asking({PATH: answer(transaction_amount_refunded=25)})

    steps = asking.steps(stored("1"), stored("2"), stored("3"))

    kinds = [step.event.metadata["transactiontype"] for step in steps if isinstance(step, Completed)]
    assert kinds == ["payment", "payment", "refund"]
    assert len(asking.fetches.asked) == 1


def test_the_event_that_a_payment_was_made_is_about_the_payment() -> None:
    """A later refund must not change the kind of the event."""
    (step,) = Asking({PATH: answer(transaction_amount_refunded=25)}).steps(stored(originaltype="payment.created"))

    assert isinstance(step, Completed)
    assert step.event.metadata["transactiontype"] == "payment"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (answer(404), "the API answered 404"),
        (answer(400), "the API answered 400"),
        (answer(id=2), "the API's answer is about another record"),
        (answer(id="1 "), "the API's answer is about another record"),
        (FetchAnswer(status=200, body=b"[]"), "the API's answer is about another record"),
        (FetchAnswer(status=200, body=b"{}", is_whole=False), "the API's answer is too large"),
    ],
    ids=["404", "400", "another id", "another id's text", "a list", "too large"],
)
def test_what_is_wrong_with_one_event_is_that_events_own(given: FetchAnswer, why: str) -> None:
    """Other events of the source continue."""
    asking = Asking({PATH: given, "/v1/payments/2": answer(id=2)})

    (first,), (second,) = asking.steps(stored()), asking.steps(stored("2", what="payments/2"))

    assert first == Later(until=START + 5 * SECOND, reason=why)
    assert isinstance(second, Completed)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (answer(500), "the API answered 500"),
        (answer(429), "the API answered 429"),
        (answer(401), "the API answered 401"),
        (answer(403), "the API answered 403"),
        (answer(301), "the API answered 301"),
        (FetchAnswer(status=200, body=b"<html>"), "the API's answer is not JSON"),
        (FetchAnswer(status=200, body=b"[" * 100_000), "the API's answer is not JSON"),
        (FetchAnswer(status=200, body=b'{"id": NaN}'), "the API's answer is not JSON"),
        (None, "fetch_unavailable: mercado-pago cannot be called here"),
    ],
    ids=["500", "429", "401", "403", "301", "HTML", "deep", "NaN", "no answer"],
)
def test_a_fault_of_the_api_changes_no_event(given: FetchAnswer | None, why: str) -> None:
    """Of ten thousand events that wait, one asks; the others' tries are not counted."""
    asking = Asking({} if given is None else {PATH: given})

    (first,) = asking.steps(stored())
    asking.fetches.answers["/v1/payments/2"] = answer(id=2)
    (second,) = asking.steps(stored("2", what="payments/2"))
    asking.now += 5 * SECOND
    (third,) = asking.steps(stored("3", what="payments/2"))

    assert first == Later(until=START + 5 * SECOND, reason=why)
    assert second == Later(until=START + 5 * SECOND)
    assert isinstance(third, Completed)


def test_another_source_is_not_concerned() -> None:
    """The answer of one sender's API says nothing about another's."""
    asking = Asking({"/v2/payments/tr_1": FetchAnswer(status=200, body=b'{"resource": "payment", "id": "tr_1"}')})
    asking.steps(stored())

    (step,) = asking.steps(stored(source="mollie", what="payments/tr_1"))

    assert isinstance(step, Completed)


def test_the_pauses_double_up_to_an_hour_for_an_event_and_to_a_quarter_for_its_source() -> None:
    """A lasting fault causes few calls, and its end is noticed soon."""
    own, all_ = Asking({PATH: answer(404)}), Asking({PATH: answer(503)})
    pauses = []
    for _ in range(12):
        (step,) = all_.steps(stored())
        pauses.append(later(step) - (all_.now - START))
        all_.now = START + later(step)

    assert [later(own.steps(stored(count=count))[0]).total_seconds() for count in (0, 1, 2, 9, 10, 400)] == [
        5, 10, 20, 2560, 3600, 3600,
    ]  # fmt: skip
    assert [pause.total_seconds() for pause in pauses] == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900, 900]


@pytest.mark.parametrize(("asked", "seconds"), [(120, 120), (1, 5), (999_999_999, 3600)])
def test_the_api_says_how_long_it_wants_no_calls(asked: float, seconds: float) -> None:
    """Up to an hour: a hostile answer must not stop records without an end."""
    asking = Asking({PATH: answer(429, retry_after=asked)})

    steps = [*asking.steps(stored()), *asking.steps(stored("2", what="payments/2"))]

    assert [later(step).total_seconds() for step in steps] == [seconds, seconds]


def test_those_behind_the_first_wait_as_long_as_it_does() -> None:
    """None may be delivered before the first."""
    asking = Asking({PATH: answer(404)})

    steps = asking.steps(stored("1", count=3), stored("2"), stored("3"))

    assert [later(step).total_seconds() for step in steps] == [40, 40, 40]
    assert [step.reason is None for step in steps if isinstance(step, Later)] == [False, True, True]


def test_a_secret_that_is_missing_is_like_an_api_that_is_down() -> None:
    """The next deployment may add it."""
    asking = Asking({PATH: answer()})
    asking.secret = None

    (step,) = asking.steps(stored())

    assert isinstance(step, Later)
    assert step.reason is not None
    assert step.reason.startswith("secrets_unavailable")
    assert asking.fetches.asked == []


def test_the_last_try_is_after_seven_days_and_no_later() -> None:
    """The limit holds also where the next pause would be longer."""
    asking = Asking({PATH: answer(404)})
    asking.now = START + WEEK - SECOND

    (step,) = asking.steps(stored(count=400))
    asking.now = START + later(step)
    (last,) = asking.steps(stored(count=401))

    assert later(step) == WEEK + SECOND
    assert isinstance(last, Missing)
    assert (last.reason, last.event.metadata[FETCHED]) == ("the API answered 404", "missing")
    assert last.event.metadata["transactionidonly"] == "true"


def test_seven_days_end_while_nothing_is_asked_too() -> None:
    """An API that is always down must not keep events forever."""
    asking = Asking()
    asking.steps(stored("other", what="payments/2"))
    waits = stored()
    asking.now = START + WEEK + SECOND
    asking.steps(stored("another", what="payments/3", seconds=600_000))

    (step,) = asking.steps(waits)

    assert isinstance(step, Missing)


def test_an_unsigned_event_is_never_routed_without_a_record() -> None:
    """Anyone could have posted an unsigned event."""
    asking = Asking()
    asking.now = START + WEEK + SECOND

    (step,) = asking.steps(stored(source="mollie", what="payments/tr_1"))

    assert isinstance(step, Unproved)


def test_an_unsigned_event_that_its_sender_does_not_know_ends_after_six_tries() -> None:
    """A stranger must not make hookline call for a week."""
    asking = Asking({"/v2/payments/tr_1": answer(404)})
    chain = [stored(name, source="mollie", what="payments/tr_1", count=4) for name in "ab"]

    five = asking.steps(*chain)
    six = asking.steps(*(replace(one, attempt=replace(one.attempt, count=5)) for one in chain))

    assert isinstance(five[0], Later)
    assert isinstance(six[0], Unproved)
    assert isinstance(six[1], Later)


@pytest.mark.parametrize("source", ["plain", "gone"])
def test_a_source_that_fetches_no_more_lets_its_events_go(source: str) -> None:
    """Nothing would ever complete them."""
    (step,) = Asking({PATH: answer()}).steps(stored(source=source))

    assert isinstance(step, Missing)
    assert step.reason == "the source no longer has `fetch`"


def test_where_many_ask_each_event_waits_as_long_as_it_has() -> None:
    """A process that has just started does not know how long the API has been down."""
    for waited, until in ((60, 120), (600, 1200), (7200, 7200 + 900)):
        asking = Asking(waits_as_long=True)
        asking.now = START + SECOND * waited

        steps = asking.steps(stored("1"), stored("2"))

        assert [later(step).total_seconds() for step in steps] == [until, until]


def test_events_that_wait_for_the_same_thing_are_one_chain_in_their_order() -> None:
    """The order in which they are found does not matter."""
    found = [
        stored("b", seconds=2),
        stored("other", what="payments/2"),
        stored("a", seconds=1),
        stored("elsewhere", source="plain"),
    ]

    chains = [[one.event.id for one in chain] for chain in chains_of(found)]

    assert sorted(chains) == [["mp:a", "mp:b"], ["mp:other"], ["plain:elsewhere"]]
