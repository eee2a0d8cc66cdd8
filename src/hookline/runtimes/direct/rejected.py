"""``hookline rejected`` on a data directory or on AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any  # Any: arguments that are only passed on

from hookline.config import load
from hookline.config.units import UnusableError
from hookline.pipeline.documents import rejected_document, rejected_summary, retried_document
from hookline.pipeline.rejected_rows import rejected_fields, rejected_row, retried_row
from hookline.pipeline.retry import kept_page, kept_request, retry_subject
from hookline.pipeline.shown import Body, Fields, Shown, listed
from hookline.runtimes.aws_lambda.wiring.commands import open_quarantine, open_retry
from hookline.runtimes.embedded.wiring.commands import open_retry_here
from hookline.runtimes.env_file import env_file_beside
from hookline.runtimes.operator import fresh_run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from hookline.pipeline.retry import Retry
    from hookline.ports.audit import AuditLog
    from hookline.ports.quarantine import Quarantine
    from hookline.runtimes.opened import Where
    from hookline.runtimes.talk import Talk

__all__ = ["list_rejected", "retry_rejected", "show_rejected"]


def list_rejected(*, place: Where, source: str | None, limit: int, before: int | None) -> Shown:
    """``hookline rejected list``."""
    with _opened(place) as quarantine:
        page, more = kept_page(quarantine, source=source, limit=limit, before=before)
    columns = ("id", "source", "code", "received", "bytes")
    notes = [f"There are more: --before {page[-1].id}"] if page and more else []
    return listed(columns, map(rejected_row, page), map(rejected_summary, page), notes=notes)


def show_rejected(*, place: Where, number: int) -> Shown:
    """``hookline rejected show``."""
    with _opened(place) as quarantine:
        kept = kept_request(quarantine, number)
    body = Body(title="body", body=kept.rejected.request.body)
    return Shown(document=rejected_document(kept), parts=[Fields(pairs=rejected_fields(kept)), body])


def retry_rejected(
    talk: Talk,
    *,
    place: Where,
    numbers: Sequence[int],
    source: str | None,
    reason: str | None,
    dry_run: bool,
    **how: Any,
) -> None:
    """``hookline rejected retry``; ``how`` is what ``_opened_retry`` takes. Raises UnusableError."""
    if numbers and source is not None:
        raise UnusableError("name requests or a source, not both")
    with _opened_retry(place, source, **how) as (retry, log):
        wanted = sorted(set(numbers)) or retry.quarantine.ids(source=source)
        if dry_run:
            results = [retry.foreseen(number) for number in wanted]
        else:
            subject = retry_subject(numbers=sorted(set(numbers)), source=source)
            with talk.progress(len(wanted), "trying again") as advance:
                results = retry.all(wanted, log, fresh_run(reason), subject=subject, advance=advance)
    columns = ("id", "result", "event", "queues")
    failed = any(result.fault for result in results)
    talk.show(listed(columns, map(retried_row, results), map(retried_document, results), failed=failed))


def _opened_retry(
    place: Where, source: str | None, *, accept_ambiguous: bool, config_path: Path, env_file: Path | None
) -> AbstractContextManager[tuple[Retry, AuditLog]]:
    """The service that retries requests. On AWS it uses the deployed configuration and secrets, and needs none here."""
    if place.environment is not None:
        return open_retry(place.environment, accept_ambiguous=accept_ambiguous)
    config, env = load(config_path), env_file_beside(config_path, env_file)
    return open_retry_here(place.data_dir, config, env, source, accept_ambiguous=accept_ambiguous)


def _opened(place: Where) -> AbstractContextManager[Quarantine]:
    """The rejected requests of this place."""
    return place.open(lambda home: home.quarantine, open_quarantine)
