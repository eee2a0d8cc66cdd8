"""``hookline rejected``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hookline.cli.options import config_option, env_file_beside, env_file_option, example, json_option, limit_option
from hookline.cli.output import progress_bar, show, shows
from hookline.cli.over_network import acts_at_url, looks_at_url
from hookline.cli.reasons import fresh_run
from hookline.cli.targets import where_options
from hookline.config import load
from hookline.pipeline.documents import rejected_document, rejected_summary, retried_document
from hookline.pipeline.rejected_rows import rejected_fields, rejected_row, retried_row
from hookline.pipeline.retry import kept_page, kept_request, retry_subject
from hookline.pipeline.shown import Body, Fields, Shown, listed
from hookline.runtimes.aws_lambda.wiring.commands import open_quarantine, open_retry
from hookline.runtimes.embedded.wiring.commands import open_retry_here
from hookline.runtimes.remote import acts, looks

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from hookline.cli.targets import Where
    from hookline.ports.quarantine import Quarantine

__all__ = ["rejected"]

_source_option = click.option("--source", help="Only requests to this source.")


@click.group(
    epilog=example("hookline rejected list", "hookline rejected show 17", "hookline rejected retry --source shop")
)
def rejected() -> None:
    """List requests that were refused, and try them again, with or without a server running, or on AWS.

    `hookline doctor --rejected ID` finds the reason why one was refused, by the sources and secrets of hookline.toml. `hookline verify`
    checks a request that was saved to a file, without hookline.toml.
    """


@rejected.command(
    name="list",
    epilog=example("hookline rejected list --source shop --limit 50", "hookline rejected list --target aws:prod"),
)
@shows
@where_options
@_source_option
@limit_option(20)
@click.option("--before", metavar="ID", type=int, help="Go on after a page that ended with this request.")
@looks_at_url(looks.list_rejected)
def list_rejected(*, place: Where, source: str | None, limit: int, before: int | None) -> Shown:
    """List refused requests that are kept, the newest first."""
    with _opened(place) as quarantine:
        page, more = kept_page(quarantine, source=source, limit=limit, before=before)
    columns = ("id", "source", "code", "received", "bytes")
    notes = [f"There are more: --before {page[-1].id}"] if page and more else []
    return listed(columns, map(rejected_row, page), map(rejected_summary, page), notes=notes)


@rejected.command(
    name="show",
    epilog=example("hookline rejected show 17", "hookline rejected show 17 --json > request.json"),
)
@click.argument("number", metavar="ID", type=int)
@shows
@where_options
@looks_at_url(looks.show_rejected)
def show_rejected(*, number: int, place: Where) -> Shown:
    """Show one refused request as it came: headers, signature and body. With --json it is a file for doctor and verify."""
    with _opened(place) as quarantine:
        kept = kept_request(quarantine, number)
    body = Body(title="body", body=kept.rejected.request.body)
    return Shown(document=rejected_document(kept), parts=[Fields(pairs=rejected_fields(kept)), body])


@rejected.command(
    name="retry",
    epilog=example(
        "hookline rejected retry 17 18",
        "hookline rejected retry --source shop --dry-run",
        "hookline rejected retry --source shop --reason 'the secret is right now'",
    ),
)
@click.argument("numbers", metavar="[ID...]", type=int, nargs=-1)
@_source_option
@click.option(
    "--accept-ambiguous",
    is_flag=True,
    help="Take requests in which something that is read stands twice (body_ambiguous).",
)
@click.option("--reason", help="Why: kept in the audit log.")
@click.option("--dry-run", is_flag=True, help="Only say what would become of each; nothing is stored.")
@where_options
@config_option
@env_file_option
@json_option
@acts_at_url(acts.retry)
def retry_rejected(
    *,
    numbers: tuple[int, ...],
    source: str | None,
    accept_ambiguous: bool,
    reason: str | None,
    dry_run: bool,
    place: Where,
    config_path: Path,
    env_file: Path | None,
    as_json: bool,
) -> None:
    """Try refused requests again, all of them unless some are named, in the order in which they came.

    Each is verified at the time when it was received, by the configuration and the secrets of now. What is accepted is stored
    and put on its queues, and is no longer kept here; what is refused again stays. `hookline audit` says who did it, why, and how many
    were accepted. With --dry-run each is only verified and routed.

    A body in which a name stands twice, with different values, can be read in two ways (body_ambiguous). Look at it first
    (`hookline rejected show`); with --accept-ambiguous it is taken as it is. hookline reads the last member of that name in JSON and
    the first field in a form; its consumers may read the other one.

    With --target the validator of the environment does it, by the configuration and the secrets that are deployed: neither has to be at
    hand here. What it accepts is handed to the router.
    """
    if numbers and source is not None:
        raise click.UsageError("name requests or a source, not both")
    if place.environment is not None:
        retrying = open_retry(place.environment, accept_ambiguous=accept_ambiguous)
    else:
        env = env_file_beside(config_path, env_file)
        retrying = open_retry_here(place.data_dir, load(config_path), env, source, accept_ambiguous=accept_ambiguous)
    with retrying as (retry, log):
        wanted = sorted(set(numbers)) or retry.quarantine.ids(source=source)
        if dry_run:
            results = [retry.foreseen(number) for number in wanted]
        else:
            subject = retry_subject(numbers=sorted(set(numbers)), source=source)
            with progress_bar(len(wanted), "trying again") as advance:
                results = retry.all(wanted, log, fresh_run(reason), subject=subject, advance=advance)
    columns = ("id", "result", "event", "queues")
    failed = any(result.fault for result in results)
    show(listed(columns, map(retried_row, results), map(retried_document, results), failed=failed), as_json=as_json)


def _opened(place: Where) -> AbstractContextManager[Quarantine]:
    """The rejected requests there."""
    return place.open(lambda home: home.quarantine, open_quarantine)
