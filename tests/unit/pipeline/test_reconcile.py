"""Comparing with what a sender has sent: how long its API is waited for, and what ends the comparison."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hookline.config import parse
from hookline.domain.sender_call import SenderAnswer
from hookline.errors import HooklineError, OperatorError, UnavailableError
from hookline.pipeline.reconcile import Reconciliation, Wanted, listing_of
from hookline.providers.reconcile.listing import Window
from sent_events import stripe_event

if TYPE_CHECKING:
    from hookline.domain.sender_call import SenderCall
    from hookline.pipeline.reconcile import Gap

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CONFIG = parse('[sources.stripe]\nverify = { scheme = "stripe", secrets = ["S"] }\n[queues.q]\n', base=Path())
SOURCE = CONFIG.sources[0]
WANTED = Wanted(window=Window(since=NOW - timedelta(days=1), until=NOW))
EMPTY = SenderAnswer(status=200, body=b'{"has_more": false, "data": []}')


class Scripted:
    """A sender's API that answers as it is written; the last answer is repeated."""

    host = "api.example.com"

    def __init__(self, *answers: SenderAnswer | HooklineError) -> None:
        self.answers = list(answers)
        self.asked: list[SenderCall] = []

    def ask(self, call: SenderCall) -> SenderAnswer:
        """The next answer."""
        self.asked.append(call)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, HooklineError):
            raise answer
        return answer


def compared(*answers: SenderAnswer | HooklineError) -> tuple[list[Gap], list[float], Reconciliation]:
    """The gaps, and how long was waited each time."""
    waited: list[float] = []
    done = Reconciliation(
        source=SOURCE, listing=listing_of(SOURCE, None), api=Scripted(*answers), now=NOW, wait=waited.append
    )
    return list(done.gaps(WANTED, lambda _: False)), waited, done


def refused(status: int, **headers: str) -> SenderAnswer:
    """An answer that reports a failure."""
    return SenderAnswer(
        status=status, body=b"{}", headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def page(*numbers: int, more: bool = False) -> SenderAnswer:
    """A page of events, each as many minutes old as its number."""
    events = [stripe_event(number, NOW - timedelta(minutes=number)) for number in numbers]
    return SenderAnswer(status=200, body=json.dumps({"has_more": more, "data": events}).encode())


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (refused(429, retry_after="17"), 17),
        (refused(429), 1),
        (refused(429, retry_after="0"), 1),
        (refused(429, retry_after="Wed, 21 Oct 2026 07:28:00 GMT"), 1),
        (refused(429, retry_after="-5"), 1),
        (refused(429, retry_after="9" * 400), 1),
        (refused(403, retry_after="30"), 30),
        (refused(403, x_ratelimit_remaining="0", x_ratelimit_reset=str(int(NOW.timestamp()) + 42)), 42),
        (refused(403, x_ratelimit_remaining="0", x_ratelimit_reset="soon"), 1),
        (refused(403, x_ratelimit_remaining="0", x_ratelimit_reset="5"), 1),
        (refused(503), 1),
        (UnavailableError("sender_api_unavailable", "no answer"), 1),
    ],
)
def test_a_limit_and_a_fault_are_waited_for(answer: SenderAnswer | HooklineError, wait: float) -> None:
    """As long as the API says, where its answer is plausible."""
    gaps, waited, _ = compared(answer, EMPTY)

    assert (gaps, waited) == ([], [wait])


def test_faults_are_waited_for_longer_each_time_and_not_without_end() -> None:
    """The command does not overload an API that is down, and it ends."""
    with pytest.raises(UnavailableError) as raised:
        compared(refused(500))

    assert raised.value.code == "sender_api_unavailable"
    assert "--resume" in raised.value.detail


def test_a_limit_of_an_hour_is_not_waited_for() -> None:
    """A person starts the command again, and it continues where it stopped."""
    with pytest.raises(UnavailableError) as raised:
        compared(refused(429, retry_after="3600"))

    assert "3600 seconds" in raised.value.detail
    assert "--resume 'limit=100" in raised.value.detail


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 410])
def test_a_refusal_is_not_tried_again(status: int) -> None:
    """A retry does not correct wrong credentials."""
    with pytest.raises(OperatorError) as raised:
        compared(refused(status), EMPTY)

    assert raised.value.code == "sender_api_refused"


def test_events_at_the_edges_of_the_window() -> None:
    """The sender's clock may be five minutes off: the window begins that much earlier, and younger events are not judged."""
    day = 24 * 60
    gaps, _, done = compared(page(0, 4, 6, day, day + 4, day + 6))

    ages = [round((NOW - gap.sent.at).total_seconds() / 60) for gap in gaps]
    assert ages == [6, day, day + 4]
    assert (done.compared, done.recent, done.is_whole) == (4, 1, True)


def test_too_many_gaps_end_it_with_the_page_to_continue_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of gaps is in memory, so its length is limited."""
    monkeypatch.setattr("hookline.pipeline.reconcile._MOST_GAPS", 2)
    gaps, _, done = compared(page(10, 11, 12))

    assert (len(gaps), done.is_whole) == (2, False)
    assert str(done.summary()["resume"]).startswith("limit=100")


def test_pages_without_an_end_end() -> None:
    """The same page again and again is no progress, whatever it says about more pages."""
    with pytest.raises(OperatorError) as raised:
        compared(page(10, 11, more=True))

    assert raised.value.code == "sender_api_wrong"


def test_an_unknown_source_of_ids_is_no_gap() -> None:
    """Otherwise each event would be reported as missing."""
    config = parse(
        '[sources.stripe]\nid = "nowhere"\nverify = { scheme = "stripe", secrets = ["S"] }\n[queues.q]\n', base=Path()
    )
    source = config.sources[0]
    done = Reconciliation(
        source=source, listing=listing_of(source, None), api=Scripted(page(10)), now=NOW, wait=lambda _: None
    )
    with pytest.raises(OperatorError) as raised:
        list(done.gaps(WANTED, lambda _: False))

    assert raised.value.code == "reconcile_unsupported"
