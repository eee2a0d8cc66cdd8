"""What to do after an attempt to deliver a message to an HTTP endpoint."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.domain.forward import LONGEST_DELAY, Forward
from hookline.errors import UnavailableError
from hookline.pipeline.forward import Delivered, Retry, Stop, backoff, next_step, retry_after
from hookline.ports.forward_endpoint import EndpointAnswer
from unit.builders import NOW

SECOND = timedelta(seconds=1)
FORWARD = Forward(
    queue="payments",
    url="https://ledger.example.com/hooks",
    secret_names=("LEDGER_SECRET",),
    min_backoff=timedelta(seconds=4),
    max_backoff=timedelta(seconds=60),
)


def after(
    result: EndpointAnswer | UnavailableError, *, attempt: int = 1, chance: float = 1.0
) -> Delivered | Retry | Stop:
    """The next step."""
    return next_step(result, attempt=attempt, forward=FORWARD, now=NOW, chance=chance)


def retried(status: int, header: str | None = None, *, attempt: int = 1, chance: float = 1.0) -> Retry:
    """The retry that must follow."""
    step = after(
        EndpointAnswer(status=status, retry_after=header, excerpt="no such merchant"), attempt=attempt, chance=chance
    )
    assert isinstance(step, Retry)
    return step


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_deletes(status: int) -> None:
    """Standard Webhooks calls each 2xx a success, and endpoints use different ones."""
    assert after(EndpointAnswer(status=status)) == Delivered(status=status)


@pytest.mark.parametrize("status", [100, 199, 300, 301, 307, 308, 400, 401, 404, 409, 422, 429, 500, 502, 503, 599])
def test_anything_else_is_tried_again(status: int) -> None:
    """A redirection to elsewhere is no delivery, and a 400 may be a deployment that is fixed in an hour."""
    step = retried(status)

    assert (step.status, step.after) == (status, 4 * SECOND)


def test_410_stops() -> None:
    """With 410 an endpoint asks for no more calls, as Standard Webhooks says."""
    step = after(EndpointAnswer(status=410, excerpt="moved away"))

    assert step == Stop(status=410, why="the endpoint answered 410", detail="the endpoint answered 410: moved away")


def test_the_reason_for_the_log_has_no_part_of_the_answer_and_the_record_has() -> None:
    """An endpoint may repeat what it was sent: that belongs to the message's record, not into a log."""
    step = retried(422)

    assert (step.why, step.detail) == ("the endpoint answered 422", "the endpoint answered 422: no such merchant")
    assert "redirections are not followed" in retried(302).why


def test_no_answer_is_tried_again_with_its_reason() -> None:
    """A person who looks at the dead letter needs the reason."""
    step = after(UnavailableError("forward_unreachable", "connection refused"))

    assert step == Retry(after=4 * SECOND, status=None, why="connection refused", detail="connection refused")


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(0, 4), (1, 4), (2, 8), (3, 16), (4, 32), (5, 60), (6, 60), (10**9, 60)]
)
def test_pauses_double_up_to_the_longest(attempt: int, seconds: int) -> None:
    """A short outage ends soon, and a long one must not get worse."""
    assert backoff(FORWARD, attempt, 1.0) == seconds * SECOND


@given(st.integers(1, 100), st.floats(0, 1))
def test_half_of_a_pause_is_left_to_chance(attempt: int, chance: float) -> None:
    """Messages that failed together must not all be tried again in the same moment."""
    longest = backoff(FORWARD, attempt, 1.0)

    assert longest / 2 <= backoff(FORWARD, attempt, chance) <= longest


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", timedelta(minutes=2)),
        (" 7 ", timedelta(seconds=7)),
        ("0", timedelta(0)),
        ("999999999999999999", LONGEST_DELAY),
        (format_datetime(NOW + timedelta(minutes=3), usegmt=True), timedelta(minutes=3)),
        ("Fri, 02 Jan 2026 03:05:05 +0000", timedelta(minutes=1)),
        ("Friday, 02-Jan-26 03:05:05 GMT", timedelta(minutes=1)),
        (format_datetime(NOW - timedelta(days=3), usegmt=True), timedelta(0)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_DELAY),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("Fri, 99 Foo 2026 99:99:99 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, wait: timedelta | None) -> None:
    """RFC 9110 section 10.2.3; a value that cannot be read counts as missing."""
    assert retry_after(header, NOW) == wait


@given(st.text(max_size=40))
def test_no_header_can_make_the_next_step_fail(header: str) -> None:
    """The endpoint belongs to others: a message whose answer cannot be read must not be stuck."""
    wait = retry_after(header, NOW)

    assert wait is None or timedelta(0) <= wait <= LONGEST_DELAY


def test_the_endpoints_own_time_replaces_the_backoff() -> None:
    """The endpoint knows when it can accept the message, and an earlier attempt costs a receive."""
    assert retried(503, "100", attempt=9, chance=0).after == 100 * SECOND
    assert retried(400, "0").after >= FORWARD.min_backoff
    assert retried(503, "999999").after == LONGEST_DELAY


@pytest.mark.parametrize(("status", "rests"), [(429, True), (503, True), (500, False), (404, False)])
def test_only_429_and_503_ask_for_rest_for_the_whole_endpoint(status: int, *, rests: bool) -> None:
    """Each message that is sent meanwhile would only lose a receive; other statuses may be about one message."""
    assert retried(status, "100").rest == (100 * SECOND if rests else None)
