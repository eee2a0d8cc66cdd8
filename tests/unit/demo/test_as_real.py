"""One event, tried as its sender tries it, with a clock that is stepped."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hookline.demo.as_real import Story, as_real, deadline_of, followed, notes, planned
from hookline.demo.traffic import Answer
from hookline.pipeline.shown import Lines, Note, Shown
from hookline.providers import PROVIDERS
from hookline.providers.redelivery import Fate

if TYPE_CHECKING:
    from hookline.demo.as_real import Tried

ZOOM = PROVIDERS["zoom"]
TAKEN = Answer(status=200, seconds=0.0)
DOWN = Answer(fault="connection refused", seconds=0.0)


def tried(*answers: Answer, name: str = "zoom", outage: timedelta = timedelta()) -> tuple[list[Tried], list[float]]:
    """The tries, the last answer repeated, and the pauses that were waited for."""
    waited: list[float] = []
    given = iter(answers)
    tries = as_real(PROVIDERS[name], lambda _: next(given, answers[-1]), outage=outage, wait=waited.append)
    return list(tries), waited


def test_the_pauses_are_waited_for_one_by_one() -> None:
    """They are the sender's own, and nothing is waited for after the end."""
    tries, waited = tried(DOWN, DOWN, TAKEN)

    assert waited == [300, 1200]
    assert [(one.number, one.at) for one in tries] == [(1, 0), (2, 300), (3, 1500)]
    assert tries[-1].then is Fate.ARRIVED


def test_nothing_is_sent_during_the_outage() -> None:
    """The outage is simulated: the server may be healthy, and must not receive those tries."""
    sent: list[float] = []

    def post(after: float) -> Answer:
        sent.append(after)
        return TAKEN

    tries = list(as_real(ZOOM, post, outage=timedelta(hours=1), wait=lambda _: None))

    assert sent == [300 + 1200 + 3600]
    assert [one.answer is None for one in tries] == [True, True, True, False]


def test_a_server_that_stays_away_loses_the_event() -> None:
    """This comes after the last try of the schedule, and the output says so."""
    tries, _ = tried(DOWN)

    assert tries[-1].then is Fate.GIVEN_UP
    assert Story(provider=ZOOM, tries=tries).verdict() == "lost: the sender gives up after 4 tries in 1h25m"


def test_a_slow_answer_moves_the_tries_after_it() -> None:
    """A pause begins when the try has failed, not when it began."""
    tries, _ = tried(replace(DOWN, seconds=3.0), TAKEN)

    assert tries[1].at == 303


def test_a_status_that_stops_the_sender_loses_the_event_immediately() -> None:
    """A 406 makes Mailgun drop an event permanently: the reader has to see that."""
    tries, waited = tried(Answer(status=406, seconds=0.0), name="mailgun")

    assert (waited, tries[0].then) == ([], Fate.STOPPED)
    assert "stops at this status" in Story(provider=PROVIDERS["mailgun"], tries=tries).verdict()


def test_the_plan_is_what_happens() -> None:
    """A plan without a server and a real run past the same outage have the same tries."""
    outage = timedelta(hours=1)
    for name in ("zoom", "clerk", "slack", "github", "paystack"):
        done, _ = tried(TAKEN, name=name, outage=outage)
        assert [(one.at, one.then) for one in planned(PROVIDERS[name], outage)] == [(one.at, one.then) for one in done]


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("stripe", "hookline's assumption"),
        ("workos", "does not document its retries"),
        ("zoom", None),
        ("braintree", "no deadline"),
    ],
)
def test_what_is_assumed_is_said(name: str, word: str | None) -> None:
    """A number that nobody documented must not be taken for the sender's."""
    said = list(notes(PROVIDERS[name], is_stepped=False))

    assert (said == []) if word is None else any(word in line for line in said)


def test_the_deadline_is_the_senders_own() -> None:
    """Sentry gives one second, Svix fifteen, and a sender that documents nothing is given half a minute."""
    assert [deadline_of(PROVIDERS[name]) for name in ("sentry", "clerk", "braintree")] == [1, 15, 30]


def test_ctrl_c_ends_it_with_what_was_done() -> None:
    """A wait may last for hours, and the user wants to see the tries until then."""

    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    tries = as_real(ZOOM, lambda _: DOWN, outage=timedelta(), wait=interrupt)

    *parts, story = followed(ZOOM, tries, is_stepped=False)

    assert [type(part) for part in parts if not isinstance(part, Note)] == [Lines, Lines]
    assert isinstance(story, Shown)
    assert (story.interrupted, story.failed) == (True, True)
    assert story.parts == [Lines(lines=["interrupted before the sender would have stopped"])]
