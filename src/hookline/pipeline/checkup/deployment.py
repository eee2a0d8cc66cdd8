"""What the services say of a deployed environment, and what became of the canary's event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.pipeline.checkup.finding import Finding
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CanaryFlight", "alarms_firing", "canary_flight", "part"]

_ACCEPTED = 202
_SLOW_SECONDS = 10.0
"""From the request to the message on the queue. A cold start of both functions takes about three."""


@record
class CanaryFlight:
    """What became of one event. Times are seconds since it was sent; None is what did not happen.

    ``answer`` is the status of the answer, and ``code`` the code of a refusal. ``is_whole``: the message has the data that was sent.
    """

    answer: int
    code: str | None = None
    accepted: float | None = None
    stored: float | None = None
    delivered: float | None = None
    is_whole: bool = True
    fault: str | None = None
    """What kept it from being removed afterwards."""


def part(output: str, name: str, *, value: str | None, fault: str | None) -> Finding:
    """One part of the stack."""
    if value is None:
        return Finding(check="stack", code="part_missing", text=f"{output}: there is no {name}")
    if fault is not None:
        return Finding(check="stack", code="part_inactive", text=f"{output}: {name} {fault}")
    return Finding(check="stack", text=f"{output}: {value}", facts={"output": output, "value": value})


def alarms_firing(alarms: Mapping[str, str]) -> list[Finding]:
    """The alarms that are firing, each with what its description says."""
    if not alarms:
        return [Finding(check="alarms", text="none is firing")]
    return [Finding(check="alarms", code="alarm_firing", text=f"{name}: {text}") for name, text in alarms.items()]


def canary_flight(flight: CanaryFlight) -> list[Finding]:
    """Where the event stopped, or how long each part of its way took."""
    found = [_journey(flight)]
    if flight.fault is not None:
        found.append(Finding(check="canary", code="canary_left_behind", text=flight.fault))
    return found


def _journey(flight: CanaryFlight) -> Finding:
    times = {"accepted": flight.accepted, "stored": flight.stored, "delivered": flight.delivered}
    facts: dict[str, object] = {"answer": flight.answer, "answer_code": flight.code, "seconds": times}
    if flight.answer != _ACCEPTED:
        text = f"the endpoint answered {flight.answer}{f' {flight.code}' if flight.code else ''}"
        return Finding(check="canary", code="canary_refused", text=text, facts=facts)
    if flight.stored is None:
        text = "the event was accepted, and the table does not have it"
        return Finding(check="canary", code="canary_not_stored", text=text, facts=facts)
    if flight.delivered is None:
        text = "the event is stored, and no message of it came to its queue in time"
        return Finding(check="canary", code="canary_not_delivered", text=text, facts=facts)
    if not flight.is_whole:
        text = "the message's data is not what was sent"
        return Finding(check="canary", code="canary_changed", text=text, facts=facts)
    steps = {"accepted": flight.accepted or 0, "read from the table": flight.stored, "on its queue": flight.delivered}
    text = ", ".join(f"{step} after {seconds:.2f} s" for step, seconds in steps.items())
    code = "canary_slow" if flight.delivered > _SLOW_SECONDS else None
    return Finding(check="canary", code=code, text=text, facts=facts)
