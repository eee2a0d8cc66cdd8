"""Adyen, by a report: https://docs.adyen.com/reporting/invoice-reconciliation/payment-accounting-report.

Its API lists no notifications. The payment accounting report has a line for each step of a payment. Only for an authorisation it is certain
that a notification with the same reference was sent. Captures, refunds and disputes are not compared, because the report does not say which
of them were notified, or with which reference.
"""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hookline.domain.sender_call import SenderCall
from hookline.providers.reconcile.listing import ListingError, Page, Sent, as_text
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hookline.domain.sender_call import SenderAnswer
    from hookline.providers.reconcile.listing import Window

__all__ = ["of"]

_REFERENCE: Final = re.compile(r"[A-Za-z0-9]{1,40}")
_SUCCESS: Final[Mapping[str, str]] = MappingProxyType({"Authorised": "true", "Refused": "false", "Error": "false"})
"""The ``success`` of the notification AUTHORISATION, by record type."""
_COLUMNS: Final = ("Psp Reference", "Booking Date", "TimeZone", "Record Type")
_WRITTEN: Final = "%Y-%m-%d %H:%M:%S"
_HOURS: Final[Mapping[str, float]] = MappingProxyType(
    {
        **dict.fromkeys(("UTC", "GMT", "WET"), 0),
        **dict.fromkeys(("CET", "BST", "WEST", "WAT"), 1),
        **dict.fromkeys(("CEST", "EET", "SAST", "CAT"), 2),
        **dict.fromkeys(("EEST", "MSK", "EAT", "TRT"), 3),
        "GST": 4,
        "PKT": 5,
        "IST": 5.5,
        "ICT": 7,
        "WIB": 7,
        **dict.fromkeys(("SGT", "HKT", "MYT", "PHT", "AWST"), 8),
        "JST": 9,
        "KST": 9,
        "ACST": 9.5,
        "AEST": 10,
        "AEDT": 11,
        "NZST": 12,
        "NZDT": 13,
        "BRT": -3,
        "ART": -3,
        "CLT": -4,
        "EDT": -4,
        "EST": -5,
        "CDT": -5,
        "CST": -6,
        "MDT": -6,
        "MST": -7,
        "PDT": -7,
        "PST": -8,
    }
)
"""Hours before UTC, by the code in the report."""


@record
class _AdyenReport:
    says_delivered: bool = False
    newest_first: bool = False
    has_events: bool = False
    note: str = "Only the authorisations of Adyen's report are compared: for other entries it does not say whether a notification was sent"

    def first(self, window: Window) -> str:  # noqa: ARG002 -- a report is read from its beginning
        return "0"

    def page(self, query: str) -> SenderCall:
        return SenderCall(path=query)

    def read(self, query: str, answer: SenderAnswer) -> Page:
        try:
            rows = csv.DictReader(answer.body.decode("utf-8-sig").splitlines(), strict=True)
            if missing := [name for name in _COLUMNS if name not in (rows.fieldnames or ())]:
                raise ListingError(f"the report has no column {missing[0]}")
            events = list(_authorisations(rows, query))
        except (UnicodeDecodeError, csv.Error):
            raise ListingError("the report is not CSV in UTF-8") from None
        return Page(events=events, next=answer.headers.get("next"))

    def one(self, sent: Sent) -> SenderCall:
        raise ListingError(f"the report does not have the notification of {sent.key}")

    def delivery(self, sent: Sent, answer: SenderAnswer) -> tuple[Mapping[str, str], bytes]:  # noqa: ARG002 -- as for other senders
        raise ListingError(f"the report does not have the notification of {sent.key}")

    def again(self, sent: Sent) -> SenderCall | None:  # noqa: ARG002 -- as for other senders
        """None: only the Customer Area can do it."""
        return None


def of(hook: str | None) -> _AdyenReport:
    """A report, which covers a whole account."""
    if hook is not None:
        raise ListingError("Adyen's report is for a whole account: --hook cannot be used")
    return _AdyenReport()


def _authorisations(rows: csv.DictReader[str], query: str) -> Iterator[Sent]:
    for number, row in enumerate(rows):
        success = _SUCCESS.get(row["Record Type"] or "")
        if success is None:
            continue
        reference = as_text(row["Psp Reference"], "a Psp Reference")
        if not _REFERENCE.fullmatch(reference):
            raise ListingError("a Psp Reference does not have Adyen's form")
        item = {"pspReference": reference, "eventCode": "AUTHORISATION", "success": success}
        yield Sent(
            key=f"{query}:{number}",
            type="AUTHORISATION",
            at=_booked(row["Booking Date"] or "", row["TimeZone"] or ""),
            delivery_id=f"{reference}:AUTHORISATION:{success}",
            document={"notificationItems": [{"NotificationRequestItem": item}]},
        )


def _booked(written: str, zone: str) -> datetime:
    if zone not in _HOURS:
        raise ListingError("the TimeZone of a line is not known: choose UTC for the report")
    try:
        return datetime.strptime(written, _WRITTEN).replace(tzinfo=UTC) - timedelta(hours=_HOURS[zone])
    except (ValueError, OverflowError):
        raise ListingError("the Booking Date of a line is not a time") from None
