"""The time: when the sender signed, as it states itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hookline.domain.source import Verified
from hookline.errors import Rejected
from hookline.pipeline.moments import TIME_CODES, moments_in

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from hookline.pipeline.doctor.case import Case

__all__ = ["apart", "at_signed_time"]

_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def at_signed_time(case: Case) -> Case:
    """The case of the request as if it had been received when it was signed, if only its timestamp is wrong.

    Every moment in a header or in the body is tried, so that no scheme has to say where its time is.
    """
    if not _is_late(case):
        return case
    fresh = [moved for moment in moments_in(case.request) if not _is_late(moved := _received_at(case, moment))]
    fitting = (moved for moved in fresh if isinstance(moved.verified(), Verified))
    return next(fitting, fresh[0] if fresh else case)


def apart(length: timedelta) -> str:
    """A length of time in its two largest units, such as ``2 hours 5 minutes``."""
    left, parts = round(abs(length.total_seconds())), []
    for name, seconds in _UNITS:
        count, left = divmod(left, seconds)
        parts += [f"{count} {name}{'' if count == 1 else 's'}"] if count else []
    return " ".join(parts[:2]) or "0 seconds"


def _is_late(case: Case) -> bool:
    said: object = case.verified()
    if isinstance(said, Verified) and case.source.max_age is not None:
        said = case.refusal()
    return isinstance(said, Rejected) and said.code in TIME_CODES


def _received_at(case: Case, moment: datetime) -> Case:
    return replace(case, request=replace(case.request, received_at=moment))
