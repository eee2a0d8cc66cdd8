"""Sources that are paused on AWS: what senders get, what is held, and how the source resumes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from contract.builders import event
from hookline.adapters.memory.audit import MemoryAuditLog
from hookline.domain.event import Status
from hookline.domain.pause import Pause, Paused, PauseState
from hookline.errors import UnavailableError
from hookline.pipeline.audited import Run
from hookline.pipeline.pauses import PauseActions
from unit.aws_lambda.fakes import AT, Home, Invocation, body_of
from unit.aws_lambda.test_validator import payment

TEN_SECONDS = timedelta(seconds=10)


def pause(home: Home, state: PauseState) -> None:
    """Pause the source, and let the time pass after which every function knows."""
    one = Pause(kind=Paused.SOURCE, name="transactions", state=state, since=AT, actor="ann@desk")
    home.pauses.put(one)
    home.clock.advance(TEN_SECONDS)


def test_senders_of_a_paused_source_get_503_and_come_again() -> None:
    """Nothing is stored, and nothing was lost: the sender still has the event."""
    home = Home()
    pause(home, PauseState.PAUSED)
    answer = home.post(payment())
    assert answer["statusCode"] == 503
    assert answer["headers"]["retry-after"] == "60"
    assert body_of(answer)["code"] == "source_paused"
    assert home.events.count()[Status.RECEIVED] == 0


def test_the_flag_is_read_once_in_ten_seconds() -> None:
    """Most calls need no read."""
    home = Home()
    home.post(payment(1))
    pause(home, PauseState.PAUSED)
    home.clock.advance(-timedelta(seconds=1))
    assert home.post(payment(2))["statusCode"] == 202
    home.clock.advance(timedelta(seconds=1))
    assert home.post(payment(3))["statusCode"] == 503


def test_a_flag_that_cannot_be_read_stays_as_it_was() -> None:
    """An outage of one read must neither open a paused source nor close an open one."""
    home = Home()
    pause(home, PauseState.PAUSED)
    assert home.post(payment())["statusCode"] == 503

    def away() -> list[Pause]:
        raise UnavailableError("storage_unavailable", "GetItem")

    home.pauses.all = away  # type: ignore[method-assign]  # the pauses of this test only
    home.clock.advance(TEN_SECONDS)
    assert home.post(payment())["statusCode"] == 503


def test_held_events_are_accepted_and_handed_to_nobody() -> None:
    """The sender gets its success, and no consumer gets the event; the recoverer does not take it either."""
    home = Home()
    pause(home, PauseState.HOLDING)
    assert home.post(payment())["statusCode"] == 202
    assert home.dispatcher.take() == []
    home.clock.advance(timedelta(hours=1))
    assert home.recoverer({}, Invocation()) == {"recovered": 0, "failed": 0}
    assert home.dispatcher.take() == []
    assert home.held.count("transactions") == 1


def test_what_was_held_goes_in_order_once_the_source_is_resumed() -> None:
    """The recoverer passes the held events on; events that functions still hold are passed on with the next runs."""
    home = Home()
    pause(home, PauseState.HOLDING)
    for number in range(3):
        assert home.post(payment(number))["statusCode"] == 202
        home.clock.advance(timedelta(seconds=1))
    actions = PauseActions(pauses=home.pauses, held=home.held, audit=MemoryAuditLog(home.state))
    assert actions.resume(Paused.SOURCE, "transactions", Run(id="r", actor="ann@desk", at=home.clock.now())) == 3

    home.recoverer({}, Invocation())
    assert home.post(payment(3))["statusCode"] == 202  # it read seconds ago that events are held
    home.pass_on()
    assert [id_.partition(":")[2] for id_ in home.standing()] == ["evt_0", "evt_1", "evt_2"]
    assert home.pauses.all()[0].state is PauseState.RELEASED

    home.recoverer({}, Invocation())
    home.pass_on()
    assert home.standing()[-1] == "transactions:evt_3"

    home.clock.advance(TEN_SECONDS)
    assert home.post(payment(4))["statusCode"] == 202
    home.pass_on()
    assert home.standing()[-1] == "transactions:evt_4"
    home.clock.advance(timedelta(hours=2))
    home.recoverer({}, Invocation())
    assert home.pauses.all() == []


def test_a_lot_is_passed_on_when_the_one_before_is_on_its_queues() -> None:
    """Lambda runs invocations in parallel: two lots at the same time would be mixed."""
    home = Home()
    home.events.add(
        [
            replace(event(f"h{number:03}", received_at=AT + number * timedelta(seconds=1)), held=True)
            for number in range(150)
        ]
    )
    one = Pause(kind=Paused.SOURCE, name="transactions", state=PauseState.RELEASING, since=AT, actor="ann@desk")
    home.pauses.put(one)
    handed: list[int] = []

    def look(_seconds: float) -> None:
        lots = home.dispatcher.take()
        handed.extend(len(payload["ids"]) for payload in lots if isinstance(payload, dict))
        for payload in lots:
            home.router(payload, Invocation())

    home.recoverer = home.recoverer_over(home.dispatcher, pause=look)
    home.recoverer({}, Invocation())
    assert handed == [100, 50]
    assert home.standing() == [f"transactions:h{number:03}" for number in range(150)]


def test_a_lot_that_cannot_be_sent_is_waited_for_a_while_only() -> None:
    """Recovery handles it then; the others must not wait for it without an end."""
    home = Home()
    home.events.add([replace(event("a"), held=True)])
    one = Pause(kind=Paused.SOURCE, name="transactions", state=PauseState.RELEASING, since=AT, actor="ann@desk")
    home.pauses.put(one)
    home.recoverer({}, Invocation())
    assert sum(home.pauses_taken) == 10
    assert home.held.count("transactions") == 0
    home.pass_on()
    assert home.standing() == [event("a").id]
