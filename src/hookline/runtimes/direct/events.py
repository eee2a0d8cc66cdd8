"""``hookline events`` on a data directory or on AWS."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hookline.domain.moment import readable
from hookline.pipeline import erasure_documents as documents
from hookline.pipeline.documents import event_document, event_fields, event_row, event_summary
from hookline.pipeline.erasure import ErasureRequest, check_erasure
from hookline.pipeline.find import scan_warning, wanted_events
from hookline.pipeline.replay import found_event
from hookline.pipeline.shown import Body, Fields, Shown, listed
from hookline.runtimes.aws_lambda.wiring.erasure import open_erasure
from hookline.runtimes.embedded.wiring.erasure import erasure_in
from hookline.runtimes.talk import Change, carry_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.pipeline.erasure import Erasure, ErasurePlan, ErasureResult
    from hookline.runtimes.opened import Where
    from hookline.runtimes.talk import Asked, Talk

__all__ = ["erase_events", "list_events", "show_event"]


def list_events(*, place: Where, limit: int, before: str | None, warn: Callable[[str], None], **words: str) -> Shown:
    """``hookline events list``; ``warn`` is called before a search that reads more than it finds. Raises UnusableError."""
    wanted = wanted_events(words, datetime.now(UTC))
    if warning := scan_warning(wanted, on_aws=place.environment is not None):
        warn(warning)
    with place.events() as stored_events:
        if before is not None:
            found_event(stored_events, before)
        found = stored_events.find(wanted, limit=limit, before=before)
    columns = ("event", "type", "status", "received", "conflicts", "reason")
    notes = [f"There may be more: --before '{found[-1].event.id}'"] if len(found) == limit else []
    return listed(columns, map(event_row, found), map(event_summary, found), notes=notes)


def show_event(*, place: Where, event_id: str) -> Shown:
    """``hookline events show``."""
    with place.events() as stored_events:
        stored = found_event(stored_events, event_id)
    second = [
        Body(
            title=f"second body, received {readable(one.received_at)}, SHA-256 {one.body_sha256.hex()}",
            body=one.body,
        )
        for one in stored.set_aside
    ]
    body = Body(title="body", body=stored.event.body)
    return Shown(document=event_document(stored), parts=[Fields(pairs=event_fields(stored)), body, *second])


def erase_events(
    talk: Talk, *, place: Where, asked: Asked, where: str, undelivered: bool, everything: bool, rewrite: bool
) -> None:
    """``hookline events erase``."""
    request = ErasureRequest(where=where, undelivered=undelivered, everything=everything, rewrite=rewrite)
    with place.open(lambda home: erasure_in(home.database), open_erasure) as erasure:
        plan = erasure.plan(request)
        change = Change(
            fields=documents.erasure_fields(plan, erasure.unreachable),
            check=lambda: check_erasure(request, plan),
            question="Erase them for good?",
            must_ask=True,
            work=lambda run, _advance: erasure.run(request, plan, run),
            result=lambda done: _erased(erasure, plan, done),
        )
        carry_out(change, asked, talk)


def _erased(erasure: Erasure, plan: ErasurePlan, done: ErasureResult | None) -> Shown:
    planned = documents.erasure_plan_document(plan, erasure.unreachable)
    if done is None:
        return Shown(document={"plan": planned, "erased": None})
    document = {"plan": planned, "erased": documents.erasure_result_document(done)}
    return Shown(document=document, parts=documents.erased_lines(done), failed=not done.is_whole)
