"""The state of a deployed environment, as AWS reports it, and the result of the canary's event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.pipeline.checkup.finding import Finding
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = [
    "CanaryFlight",
    "alarms_firing",
    "canary_flight",
    "deployed_version",
    "log_group",
    "part",
    "recoverer_schedule",
    "secret_keys",
    "table_expiry",
    "table_recovery",
    "waiting_dead_letters",
]

_ACCEPTED = 202
_ENABLED = "ENABLED"
_SLOW_SECONDS = 10.0
"""The longest normal time from the request to the message on the queue. With a cold start of both functions it takes about three
seconds.
"""


@record
class CanaryFlight:
    """The result of one event. Times are seconds since it was sent; None means that it did not happen.

    ``answer`` is the status of the answer, and ``code`` the code of a refusal. ``is_whole``: the message has the data that was sent.
    """

    answer: int
    code: str | None = None
    accepted: float | None = None
    stored: float | None = None
    delivered: float | None = None
    is_whole: bool = True
    fault: str | None = None
    """Why the test event could not be removed afterwards."""


def part(output: str, name: str, *, value: str | None, fault: str | None) -> Finding:
    """The finding about one part of the stack."""
    if value is None:
        return Finding(check="stack", code="part_missing", text=f"{output}: there is no {name}")
    if fault is not None:
        return Finding(check="stack", code="part_inactive", text=f"{output}: {name} {fault}")
    return Finding(check="stack", text=f"{output}: {value}", facts={"output": output, "value": value})


def alarms_firing(alarms: Mapping[str, str]) -> list[Finding]:
    """The alarms that are firing, each with its description."""
    if not alarms:
        return [Finding(check="alarms", text="none is firing")]
    return [Finding(check="alarms", code="alarm_firing", text=f"{name}: {text}") for name, text in alarms.items()]


def deployed_version(found: str | None, *, own: str) -> Finding:
    """Whether the deployed version is that of this command."""
    facts = {"deployed": found, "hookline": own}
    if found == own:
        return Finding(check="version", text=f"hookline {own} is deployed", facts=facts)
    text = f"{'an older hookline' if found is None else f'hookline {found}'} is deployed, and this command is {own}"
    return Finding(check="version", code="version_differs", text=text, facts=facts)


def table_expiry(table: str, *, expires: bool) -> Finding:
    """Whether the table removes items that are past their retention."""
    if expires:
        return Finding(check="expiry", text=f"{table}: expired items are removed")
    return Finding(
        check="expiry", code="expiry_off", text=f"{table}: time to live is off, so expired items are never removed"
    )


def table_recovery(table: str, *, is_on: bool) -> Finding:
    """Whether the table can be restored to an earlier state."""
    if is_on:
        return Finding(check="recovery", text=f"{table}: point-in-time recovery is on")
    return Finding(check="recovery", code="recovery_off", text=f"{table}: point-in-time recovery is off")


def recoverer_schedule(state: str | None) -> Finding:
    """Whether a schedule runs the recoverer."""
    if state == _ENABLED:
        return Finding(check="schedule", text="the recoverer runs every minute")
    text = "the schedule of the recoverer is missing" if state is None else f"the schedule of the recoverer is {state}"
    return Finding(check="schedule", code="recoverer_off", text=text, facts={"state": state})


def waiting_dead_letters(counts: Mapping[str, int]) -> list[Finding]:
    """The dead-letter queues that have messages."""
    full = {name: count for name, count in counts.items() if count}
    if not full:
        text = f"no message on {len(counts)} dead-letter queues"
        return [Finding(check="dead letters", text=text, facts={"queues": len(counts)})]
    return [
        Finding(
            check="dead letters",
            code="dead_letters_waiting",
            text=f"{name} holds about {count} message{'' if count == 1 else 's'}",
            facts={"queue": name, "messages": count},
        )
        for name, count in full.items()
    ]


def log_group(name: str, *, days: int | None) -> Finding:
    """Whether the lines of a log are deleted at some time."""
    if days is None:
        return Finding(check="logs", code="logs_without_end", text=f"{name} never deletes its log lines")
    return Finding(
        check="logs", text=f"{name} deletes its log lines after {days} days", facts={"log_group": name, "days": days}
    )


def secret_keys(used: Mapping[str, str], granted: Collection[str], *, function: str) -> list[Finding]:
    """Whether ``function`` may decrypt with each key that encrypts one of its secrets; ``used`` has the keys by secret."""
    missing = {name: key for name, key in used.items() if key not in granted}
    if used and not missing:
        return [Finding(check="secrets", text=f"{function} may decrypt secrets that are encrypted with your own keys")]
    return [
        Finding(
            check="secrets",
            code="secret_key_not_granted",
            text=f"{name} is encrypted with {key}, with which {function} may not decrypt",
            facts={"secret": name, "key": key, "function": function},
        )
        for name, key in missing.items()
    ]


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
        text = "the event was accepted, but is not in the table"
        return Finding(check="canary", code="canary_not_stored", text=text, facts=facts)
    if flight.delivered is None:
        text = "the event is stored, but no message of it arrived on its queue in time"
        return Finding(check="canary", code="canary_not_delivered", text=text, facts=facts)
    if not flight.is_whole:
        text = "the data of the message differs from what was sent"
        return Finding(check="canary", code="canary_changed", text=text, facts=facts)
    steps = {"accepted": flight.accepted or 0, "read from the table": flight.stored, "on its queue": flight.delivered}
    text = ", ".join(f"{step} after {seconds:.2f} s" for step, seconds in steps.items())
    code = "canary_slow" if flight.delivered > _SLOW_SECONDS else None
    return Finding(check="canary", code=code, text=text, facts=facts)
