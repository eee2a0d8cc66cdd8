"""Handles an operator's retry of a rejected request, which comes as a direct invocation of the validator."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from hookline.domain.retry_invocation import decode_retry
from hookline.errors import NotFoundError, OperatorError, Rejected
from hookline.pipeline.rejected import accept_again, refuse_reused, unconfirmed
from hookline.runtimes.aws_lambda.redaction import clean, described
from hookline.runtimes.aws_lambda.validator import Line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.domain.event import Event, Outcome
    from hookline.domain.retry_invocation import RetryCall
    from hookline.errors import HooklineError
    from hookline.runtimes.aws_lambda.context import Context
    from hookline.runtimes.aws_lambda.validator import Validator

__all__ = ["retried"]


def retried(validator: Validator, payload: Mapping[str, object], context: Context) -> dict[str, object]:
    """The event of the request, its outcome, and its queues where they are known; or the fault for which it is refused."""
    line = Line()
    fields: dict[str, object] = {"request_id": context.aws_request_id}
    try:
        call = decode_retry(payload)
        fields["source"] = call.rejected.source
        event, outcome = _accepted(validator, call, line)
    except Exception as fault:  # noqa: BLE001 -- the operator reads what is safe to know, as a sender does
        answer = _fault_document(clean(fault))
        validator.record("tried again", line, {**fields, **described(fault)}, level="warning")
        return answer
    word = "" if outcome is None else outcome.value
    validator.record("tried again", line, {**fields, "event_id": event.id, "outcome": word}, level="info")
    return {"event_id": event.id, "outcome": word, "queues": line.fields.get("queues")}


def _accepted(validator: Validator, call: RetryCall, line: Line) -> tuple[Event, Outcome | None]:
    """The event, and its outcome if it was stored."""
    find = partial(accept_again, accept_ambiguous=call.accept_ambiguous)
    if call.dry_run:
        return validator.found_again(call.rejected, find, unconfirmed), None
    event, outcome = validator.accept_again(call.rejected, find, line)
    refuse_reused(outcome)
    return event, outcome


def _fault_document(fault: HooklineError) -> dict[str, object]:
    """The fault as the operator's command reads it: its kind, its code and sentence, and its details."""
    document: dict[str, object] = {"fault": _kind(fault), "code": fault.code, "detail": fault.detail}
    if isinstance(fault, Rejected) and fault.complaints:
        document["errors"] = [[complaint.where, complaint.why] for complaint in fault.complaints]
    return document


def _kind(fault: HooklineError) -> str:
    if isinstance(fault, Rejected):
        return "rejected"
    if isinstance(fault, NotFoundError):
        return "not_found"
    return "operator" if isinstance(fault, OperatorError) else "unavailable"
