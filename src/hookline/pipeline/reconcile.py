"""Comparing the stored events with the sender's list of what it has sent: page by page, so that memory does not grow with the number."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hookline.config.units import UnusableError, duration_text
from hookline.domain.moment import moment_text
from hookline.domain.request import Headers, Request
from hookline.errors import OperatorError, Rejected, UnavailableError
from hookline.pipeline.backfill import backfilled
from hookline.pipeline.find import read_moment
from hookline.pipeline.identify import event_id
from hookline.providers.reconcile import COMPARABLE, NOT_COMPARABLE, REPORTED, sent_events
from hookline.providers.reconcile.listing import ListingError, Window
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from hookline.domain.event import Event
    from hookline.domain.sender_call import SenderAnswer, SenderCall
    from hookline.domain.source import Source
    from hookline.errors import HooklineError
    from hookline.pipeline.backfill import Take
    from hookline.ports.sender_api import SenderApi
    from hookline.providers.reconcile.listing import Page, Sent, SentEvents

__all__ = [
    "CREDENTIALS",
    "EDGE",
    "Gap",
    "Reconciliation",
    "Wanted",
    "comparison",
    "gap_document",
    "gap_row",
    "listing_of",
    "window_of",
]

EDGE: Final = timedelta(minutes=5)
"""How far the sender's clock may differ from ours, and how long an event may take to arrive: newer events are not judged yet."""

CREDENTIALS: Final[Mapping[str, str]] = MappingProxyType(
    {"github": "GITHUB_TOKEN", "paypal": "PAYPAL_CREDENTIALS", "stripe": "STRIPE_API_KEY"}
)
"""The usual environment variable, by scheme, for the credentials of a sender's API. PayPal's is ``client_id:secret``."""

_MOST_GAPS: Final = 10_000
_MOST_PAGES: Final = 10_000
_TRIES: Final = 6
_LONGEST_WAIT: Final = 300.0
_LONGEST_NUMBER: Final = 6  # digits of Retry-After
_LONGEST_MOMENT: Final = 11  # digits of seconds since 1970
_SUCCESS: Final = range(200, 300)
_TOO_MANY: Final = 429
_FORBIDDEN: Final = 403
_FAULT: Final = 500
_ACCESS: Final = frozenset({401, 403, 404})
_LATEST_REMEMBERED: Final = 10_000


@record
class Wanted:
    """What is compared: a window of time, patterns of types (none: all), and the page to continue with."""

    window: Window
    types: Sequence[str] = ()
    resume: str | None = None


@record
class Gap:
    """An event that the sender reports as sent and that is not stored.

    ``result`` is what was done about it, ``fault`` why nothing was done.
    """

    event_id: str
    sent: Sent
    result: str = ""
    fault: HooklineError | None = None

    @property
    def is_closed(self) -> bool:
        """Whether the event is stored now, or the sender was asked to send it again."""
        return bool(self.result)


def listing_of(source: Source, hook: str | None, *, has_report: bool = False) -> SentEvents:
    """The list of what the source's sender has sent.

    Raises OperatorError ``reconcile_unsupported`` where there is none, or where the request names it wrongly.
    """
    if source.scheme in REPORTED and not has_report:
        raise OperatorError("reconcile_unsupported", REPORTED[source.scheme])
    if has_report and source.scheme not in REPORTED:
        raise OperatorError("reconcile_unsupported", f"{source.scheme} has no reports: --report cannot be used")
    if source.scheme not in COMPARABLE:
        why = NOT_COMPARABLE.get(source.scheme, f"hookline knows no API of {source.scheme} that lists its deliveries")
        raise OperatorError("reconcile_unsupported", f"{why}; {', '.join(COMPARABLE)} can be compared")
    try:
        return sent_events(source.scheme, hook)
    except ListingError as error:
        raise OperatorError("reconcile_unsupported", str(error)) from None


def window_of(
    listing: SentEvents, since: str, until: str | None, now: datetime, *, undelivered: bool, kept: timedelta
) -> Window:
    """The window, from an operator's words.

    ``kept`` is how long events are stored: older ones were removed, and would seem to be missing.

    Raises UnusableError.
    """
    if undelivered and not listing.says_delivered:
        raise UnusableError("the API of this sender does not say what was delivered")
    first = read_moment(since, now)
    last = now if until is None else min(read_moment(until, now), now)
    if first < now - kept:
        raise UnusableError(f"events are kept for {duration_text(kept)}: earlier deliveries cannot be compared")
    if first >= last:
        raise UnusableError("the window is empty: --since must be before --until")
    return Window(since=first, until=last, undelivered=undelivered)


@dataclass(slots=True, kw_only=True)
class Reconciliation:
    """One running comparison. ``compared`` counts events; ``recent`` counts missing events that are too new to judge.

    ``resume`` is the query of the current page. ``wait`` is called to wait a number of seconds.
    """

    source: Source
    listing: SentEvents
    api: SenderApi
    now: datetime
    wait: Callable[[float], None]
    compared: int = 0
    recent: int = 0
    resume: str | None = None
    is_whole: bool = False
    _waited: float = 0.0
    _seen: dict[str, None] = field(default_factory=dict)

    def gaps(self, wanted: Wanted, known: Callable[[str], bool]) -> Iterator[Gap]:
        """The missing events, in the order of the list; ``known`` says whether an event is stored.

        Raises HooklineError, whose detail names the page to continue with.
        """
        found = 0
        for sent in self._sent(wanted):
            id_ = self._event_id(sent)
            if id_ in self._seen:
                continue
            self._remember(id_)
            self.compared += 1
            if known(id_):
                continue
            if sent.at > self.now - EDGE:
                self.recent += 1
                continue
            yield Gap(event_id=id_, sent=sent)
            found += 1
            if found >= _MOST_GAPS:
                return
        self.is_whole = True

    def nothing(self, gap: Gap) -> Gap:
        """The gap, unchanged."""
        return gap

    def backfill(self, gap: Gap, take: Take) -> Gap:
        """The gap, closed with the event from the sender's API, or with the reason why it is still open. Raises UnavailableError."""
        try:
            outcome = take(self._event(gap))
        except ListingError as error:
            return replace(gap, fault=self._wrong(error))
        except UnavailableError as error:
            raise self._with_resume(error) from error
        except (Rejected, OperatorError) as fault:
            return replace(gap, fault=fault)
        return replace(gap, result="backfilled" if outcome.is_stored else "arrived meanwhile")

    def redeliver(self, gap: Gap) -> Gap:
        """The gap, after a request to the sender to send its event again. Raises UnavailableError."""
        call = self.listing.again(gap.sent)
        if call is None:
            raise OperatorError(
                "reconcile_unsupported", f"the API of {self.source.scheme} cannot send an event again: use --backfill"
            )
        try:
            self._asked(call)
        except UnavailableError as error:
            raise self._with_resume(error) from error
        except OperatorError as fault:
            return replace(gap, fault=fault)
        return replace(gap, result="asked for again")

    def summary(self) -> dict[str, object]:
        """How much was compared, for a program."""
        return {
            "compared": self.compared,
            "too_new": self.recent,
            "whole": self.is_whole,
            "resume": None if self.is_whole else self.resume,
        }

    def _sent(self, wanted: Wanted) -> Iterator[Sent]:
        """Everything in the window, page after page."""
        edged = replace(wanted.window, since=wanted.window.since - EDGE)
        query: str | None = wanted.resume or self.listing.first(edged)
        last: str | None = None
        for _ in range(_MOST_PAGES):
            if query is None:
                return
            self.resume = query
            page = self._page(query)
            if page.next == query or (page.events and page.events[-1].key == last):
                raise self._with_resume(self._wrong(ListingError("it returns the same page again and again")))
            last = page.events[-1].key if page.events else None
            yield from (sent for sent in page.events if _is_wanted(sent, edged, wanted))
            if self.listing.newest_first and page.events and all(sent.at < edged.since for sent in page.events):
                return
            query = page.next
        raise self._with_resume(self._wrong(ListingError(f"there are more than {_MOST_PAGES} pages")))

    def _event(self, gap: Gap) -> Event:
        """The event as the sender's API returns it. Raises ListingError, Rejected and the errors of a request."""
        headers, body = self.listing.delivery(gap.sent, self._asked(self.listing.one(gap.sent)))
        event = backfilled(self._request(headers, body), self.source)
        if event.id != gap.event_id:
            raise ListingError(f"{event.id} was answered for {gap.event_id}")
        return event

    def _page(self, query: str) -> Page:
        try:
            return self.listing.read(query, self._asked(self.listing.page(query)))
        except ListingError as error:
            raise self._with_resume(self._wrong(error)) from None
        except (OperatorError, UnavailableError) as error:
            raise self._with_resume(error) from None

    def _asked(self, call: SenderCall) -> SenderAnswer:
        """The answer, once the API returns one that is neither an error nor a request to wait."""
        fault = UnavailableError("sender_api_unavailable", f"{self.api.host} refused because of too many calls")
        for number in range(_TRIES):
            pause = 2.0**number
            try:
                answer = self.api.ask(call)
            except UnavailableError as error:
                fault = error
            else:
                if answer.status in _SUCCESS:
                    return answer
                limit = _limit(answer, self.now + timedelta(seconds=self._waited))
                if answer.status < _FAULT and limit is None:
                    raise self._refused(answer.status)
                fault = UnavailableError("sender_api_unavailable", f"{self.api.host} answered {answer.status}")
                pause = max(limit or 0.0, pause)
            if pause > _LONGEST_WAIT:
                raise UnavailableError(
                    "sender_api_unavailable", f"{self.api.host} asks to wait {pause:.0f} seconds before the next call"
                )
            if number < _TRIES - 1:
                self._waited += pause
                self.wait(pause)
        raise fault

    def _refused(self, status: int) -> OperatorError:
        hint = ": check the credentials, their rights, and --hook" if status in _ACCESS else ""
        return OperatorError("sender_api_refused", f"{self.api.host} answered {status}{hint}")

    def _wrong(self, error: ListingError) -> OperatorError:
        return OperatorError("sender_api_wrong", f"{self.api.host}: {error}")

    def _with_resume(self, error: HooklineError) -> HooklineError:
        """A copy of the error that names the page to continue with."""
        return type(error)(error.code, f"{error.detail}; continue with --resume '{self.resume}'")

    def _event_id(self, sent: Sent) -> str:
        """The event's id in hookline, by the rule of its source."""
        find = self.source.find_id
        ids: list[object] = [sent.delivery_id]
        if find is not None:  # an id that is computed from the body is not in a list
            ids = [find(self._request(sent.headers, body), sent.document) for body in (b"", b"another")]
        found = ids[0]
        if not isinstance(found, str) or not found or ids[0] != ids[-1]:
            raise OperatorError(
                "reconcile_unsupported",
                f"the source {self.source.name} takes its ids from a field that the list of {self.source.scheme} does not have: see `id`",
            )
        return event_id(self.source.name, found)

    def _request(self, headers: Mapping[str, str], body: bytes) -> Request:
        fields = Headers((name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items())
        return Request(method="POST", path=self.source.path, headers=fields, body=body, received_at=self.now)

    def _remember(self, id_: str) -> None:
        """An event that was sent again is in the list several times, close together."""
        self._seen[id_] = None
        if len(self._seen) > _LATEST_REMEMBERED:
            del self._seen[next(iter(self._seen))]


def comparison(gaps: Sequence[Gap], done: Reconciliation) -> str:
    """The result in one sentence."""
    open_ = sum(not gap.is_closed for gap in gaps)
    closed = len(gaps) - open_
    words = [f"{done.compared:,} compared", f"{len(gaps):,} missing"]
    words += [f"{closed:,} of them done"] if closed else []
    words += [f"{done.recent:,} too new to judge"] if done.recent else []
    return ", ".join(words)


def gap_row(gap: Gap) -> tuple[object, ...]:
    """A gap as a row for a person: id, type, time, the sender's view of its delivery, and what was done."""
    thinks = {True: "delivered", False: "not delivered", None: None}[gap.sent.delivered]
    done = gap.result or (f"failed [{gap.fault.code}]: {gap.fault.detail}" if gap.fault else None)
    return gap.event_id, gap.sent.type, moment_text(gap.sent.at), thinks, done


def gap_document(gap: Gap) -> dict[str, object]:
    """A gap as a document for a program."""
    fault = None if gap.fault is None else {"code": gap.fault.code, "detail": gap.fault.detail}
    return {
        "event_id": gap.event_id,
        "type": gap.sent.type,
        "time": moment_text(gap.sent.at),
        "delivered": gap.sent.delivered,
        "result": gap.result or None,
        "error": fault,
    }


def _is_wanted(sent: Sent, window: Window, wanted: Wanted) -> bool:
    return (
        window.since <= sent.at < window.until
        and (not wanted.types or any(fnmatchcase(sent.type, pattern) for pattern in wanted.types))
        and not (window.undelivered and sent.delivered)
    )


def _limit(answer: SenderAnswer, now: datetime) -> float | None:
    """How many seconds a rate limit asks to wait, 0 where it does not say; None if the answer is not about a rate limit.

    GitHub sends 403 instead of 429, and its own header has the second at which its limit ends.
    """
    after = _whole(answer.headers.get("retry-after", ""), _LONGEST_NUMBER)
    is_spent = answer.headers.get("x-ratelimit-remaining") == "0"
    if answer.status != _TOO_MANY and not (answer.status == _FORBIDDEN and (is_spent or after is not None)):
        return None
    if after is not None:
        return float(after)
    ends = _whole(answer.headers.get("x-ratelimit-reset", ""), _LONGEST_MOMENT) if is_spent else None
    return 0.0 if ends is None else max(0.0, ends - now.timestamp())


def _whole(text: str, most: int) -> int | None:
    """A number with a limited count of digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= most else None
