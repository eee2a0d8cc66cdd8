"""When senders try again: the record, and the table of what each documents."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.config.redelivery_text import schedule_text
from hookline.providers import PROVIDERS
from hookline.providers.redeliveries import REDELIVERIES
from hookline.providers.redelivery import LONGEST, UNKNOWN, Fate, Redelivery, foreseen

TWICE = Redelivery(waits=(10, 20), disables="the webhook is disabled")
every_sender = pytest.mark.parametrize("name", list(REDELIVERIES))


def test_a_success_ends_it() -> None:
    """An event that arrived is not sent again, whatever was planned."""
    assert TWICE.then(204, tries=1, elapsed=0) is Fate.ARRIVED


def test_only_the_named_statuses_are_success_where_a_sender_names_them() -> None:
    """A 202 is a failure for a sender that wants 200: it would send the event again."""
    strict = Redelivery(waits=(10,), success=frozenset({200}))

    assert strict.then(202, tries=1, elapsed=0) == 10
    assert strict.then(200, tries=1, elapsed=0) is Fate.ARRIVED


@pytest.mark.parametrize("status", [None, 302, 404, 503])
def test_everything_else_is_tried_again(status: int | None) -> None:
    """A missing answer, a redirect and a refusal are tried again too, unless the sender says otherwise."""
    assert TWICE.then(status, tries=1, elapsed=0) == 10
    assert TWICE.then(status, tries=2, elapsed=10) == 20
    assert TWICE.then(status, tries=3, elapsed=30) is Fate.GIVEN_UP


def test_a_status_that_stops_it_stops_it_at_the_first_try() -> None:
    """Mailgun drops an event at the status 406, even at the first try."""
    stopping = Redelivery(waits=(10,), stops=frozenset({406}))

    assert stopping.then(406, tries=1, elapsed=0) is Fate.STOPPED
    assert stopping.then(405, tries=1, elapsed=0) == 10


def test_the_sender_stops_altogether_by_its_own_rule() -> None:
    """By a status, by a number of failures, or after the last try."""
    by_status = Redelivery(waits=(10,), disables_on=frozenset({410}))
    by_number = Redelivery(waits=(10, 10, 10), disables_after=2)
    at_end = Redelivery(waits=(10,), disables_at_end=True)

    assert by_status.then(410, tries=1, elapsed=0) is Fate.DISABLED
    assert by_number.then(500, tries=2, elapsed=10) is Fate.DISABLED
    assert at_end.then(500, tries=2, elapsed=10) is Fate.DISABLED


def test_the_last_pause_is_repeated_until_the_total() -> None:
    """A try after the total is not made, but one exactly at the total is."""
    hourly = Redelivery(waits=(60,), every=3600, total=60 + 2 * 3600)

    assert [hourly.pause(tries, at) for tries, at in ((1, 0), (2, 60), (3, 3660), (4, 7260))] == [60, 3600, 3600, None]


@pytest.mark.parametrize(
    ("schedule", "text"),
    [
        (
            Redelivery(waits=(60, 120, 3600), every=7200, total=600),
            "tries again after 1m, 2m, within 10m of the first try",
        ),
        (
            Redelivery(waits=(60,), every=120, total=180),
            "tries again after 1m, then every 2m, within 3m of the first try",
        ),
        (Redelivery(waits=(60,), every=120, total=179), "tries again after 1m, within 2m59s of the first try"),
        (Redelivery(every=300, total=3600), "tries again every 5m, within 1h of the first try"),
        (
            Redelivery(waits=(5,), documented=False),
            "pauses are not documented; hookline assumes that it tries again after 5s",
        ),
    ],
)
def test_a_written_schedule_has_only_pauses_that_end_in_a_try(schedule: Redelivery, text: str) -> None:
    """An operator who reads of a try after two hours waits for it, although the sender has given up after ten minutes."""
    assert schedule_text(schedule) == text


def test_a_schedule_without_an_end_is_followed_for_thirty_days() -> None:
    """The simulation must end, also where a sender tries for as long as it takes."""
    endless = Redelivery(every=86_400)

    tries = [one.at for one in foreseen(endless, LONGEST * 2)]

    assert tries[-1] == LONGEST


def test_an_outage_is_over_at_its_end() -> None:
    """The first try at or after the end arrives; one a second earlier does not."""
    at, before = list(foreseen(TWICE, 10)), list(foreseen(TWICE, 11))

    assert [(one.at, one.then) for one in at] == [(0, 10), (10, Fate.ARRIVED)]
    assert [one.at for one in before] == [0, 10, 30]


@given(
    waits=st.lists(st.floats(0, 1e6), max_size=12),
    every=st.none() | st.floats(60, 1e6),
    total=st.none() | st.floats(0, 1e7),
    outage=st.floats(0, 1e7),
)
def test_tries_never_go_back_in_time_and_always_end(
    waits: list[float], every: float | None, total: float | None, outage: float
) -> None:
    """Every schedule ends with its last try, and the event arrives only after the outage."""
    tries = list(foreseen(Redelivery(waits=tuple(waits), every=every, total=total), outage))

    assert [one.number for one in tries] == list(range(1, len(tries) + 1))
    assert all(one.at <= later.at for one, later in pairwise(tries))
    assert [isinstance(one.then, Fate) for one in tries] == [*([False] * (len(tries) - 1)), True]
    assert (tries[-1].then is Fate.ARRIVED) == (tries[-1].at >= outage)


def test_every_schedule_belongs_to_a_sender() -> None:
    """A name that is misspelt in the table would leave its sender without a schedule, and nobody would notice."""
    assert [name for name in REDELIVERIES if name not in PROVIDERS] == []


def test_every_sender_that_says_how_it_retries_has_a_schedule() -> None:
    """Otherwise the page would say that it documents nothing, and an outage would look worse than it is."""
    assert [name for name in PROVIDERS if PROVIDERS[name].retries and name not in REDELIVERIES] == []


@every_sender
def test_a_documented_schedule_names_its_page(name: str) -> None:
    """Numbers without a source cannot be checked when the sender changes them."""
    one = REDELIVERIES[name]

    assert one.source.startswith("https://") or not one.documented
    assert all(wait >= 0 for wait in one.waits)
    assert one.disables or not (one.disables_on or one.disables_after or one.disables_at_end)


@every_sender
def test_a_deadline_is_written_in_one_place_only(name: str) -> None:
    """Two copies of a deadline could differ."""
    assert not (REDELIVERIES[name].deadline and PROVIDERS[name].deadline)


@every_sender
def test_an_answer_that_hookline_gives_is_success_to_the_sender(name: str) -> None:
    """Otherwise every accepted event would come again and again."""
    provider = PROVIDERS[name]
    status = 202 if provider.answer is None else provider.answer.status

    assert REDELIVERIES[name].takes(status)


def test_a_sender_that_documents_nothing_is_assumed_never_to_try_again() -> None:
    """Of all assumptions, this one promises least."""
    assert PROVIDERS["workos"].redelivery is None
    assert [one.then for one in foreseen(UNKNOWN, 1)] == [Fate.GIVEN_UP]
