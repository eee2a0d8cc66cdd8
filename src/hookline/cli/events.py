"""``hookline events``."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any  # Any: what options take is their own affair

import click

from hookline.cli.exit_codes import FAILED
from hookline.cli.homes import HomeOption
from hookline.cli.options import example, json_option, limit_option
from hookline.cli.output import print_fields, print_json, readable, shows, warn
from hookline.cli.over_network import acts_at_url, looks_at_url
from hookline.cli.reasons import reason_options
from hookline.cli.targets import where_options
from hookline.cli.values import refused_as_usage, search_options
from hookline.pipeline import erasure_documents as documents
from hookline.pipeline.documents import event_document, event_fields, event_row, event_summary
from hookline.pipeline.erasure import ErasureRequest, check_erasure
from hookline.pipeline.find import scan_warning, wanted_events
from hookline.pipeline.replay import found_event
from hookline.pipeline.shown import Body, Fields, Shown, listed
from hookline.runtimes.aws_lambda.wiring.erasure import open_erasure
from hookline.runtimes.embedded.wiring.erasure import erasure_in
from hookline.runtimes.remote import acts, looks

if TYPE_CHECKING:
    from hookline.cli.reasons import Asked
    from hookline.cli.targets import Where

__all__ = ["events"]


@click.group(epilog=example("hookline events list --status failed", "hookline events show transactions:evt_1"))
def events() -> None:
    """Look at stored events, with or without a server running, here or on AWS."""


@events.command(
    name="list",
    epilog=example("hookline events list --status failed", "hookline events list --since 2h --reference pi_123"),
)
@shows
@where_options
@search_options
@click.option("--reference", help="Only events of the transaction with this reference.")
@click.option("--amount", help="Only events whose transaction has this amount, such as 12.50.")
@click.option("--id", "id_part", metavar="TEXT", help="Only events with this text in their id.")
@click.option("--text", help="Only events with this text in their body; needs --since.")
@limit_option(20)
@click.option("--before", metavar="EVENT_ID", help="Go on after a page that ended with this event.")
@looks_at_url(looks.list_events)
def list_events(*, place: Where, limit: int, before: str | None, **words: Any) -> Shown:
    """List events, those that were received last first."""
    with refused_as_usage():
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


@events.command(
    name="show",
    epilog=example(
        "hookline events show transactions:evt_1", "hookline events show transactions:evt_1 --json | jq -j .body"
    ),
)
@click.argument("event_id")
@shows
@where_options
@looks_at_url(looks.show_event)
def show_event(*, event_id: str, place: Where) -> Shown:
    """Show one event: all that is known about it, its body, and second bodies that came under its id."""
    with place.events() as stored_events:
        stored = found_event(stored_events, event_id)
    second = [
        Body(title=f"set aside {readable(aside.received_at)}, SHA-256 {aside.body_sha256.hex()}", body=aside.body)
        for aside in stored.set_aside
    ]
    body = Body(title="body", body=stored.event.body)
    return Shown(document=event_document(stored), parts=[Fields(pairs=event_fields(stored)), body, *second])


def _from_input(_context: click.Context, _option: click.Parameter, given: str) -> str:
    return sys.stdin.read() if given == "-" else given


@events.command(
    name="erase",
    epilog=example(
        """hookline events erase --where '{"data": {"email": ["a@example.com"]}}' --dry-run""",
        """hookline events erase --where '{"data": {"email": ["a@example.com"]}}' --reason 'request 17'""",
    ),
)
@click.option(
    "--where",
    metavar="PATTERN",
    required=True,
    callback=_from_input,
    help="What to erase: an event pattern (JSON); - reads it from standard input.",
)
@click.option("--undelivered", is_flag=True, help="Also events that no queue has got yet: then none gets them.")
@click.option("--everything", is_flag=True, help="Although the pattern matches every event.")
@click.option(
    "--rewrite",
    is_flag=True,
    cls=HomeOption,
    home="embedded",
    why="there is no file that keeps gaps with old bytes",
    help="Write also a large file anew, while senders are answered 503.",
)
@reason_options
@where_options
@json_option
@acts_at_url(acts.erase)
def erase_events(*, place: Where, as_json: bool, asked: Asked, **words: Any) -> None:
    """Erase the content of events for good: bodies, second bodies, messages, and rejected requests that the pattern matches.

    Id, type, times, status and digests stay, so that a second delivery is known and keeps no body. The plan says what
    cannot be reached. An erasure that was killed is finished by the same command.
    """
    request = ErasureRequest(**words)
    with place.open(lambda home: erasure_in(home.database), open_erasure) as erasure:
        plan = erasure.plan(request)
        if not as_json:
            print_fields(documents.erasure_fields(plan, erasure.unreachable))
        if not asked.dry_run:
            check_erasure(request, plan)
        run = asked.run("Erase them for good?", as_json=as_json, must_ask=True)
        done = None if run is None else erasure.run(request, plan, run)
        planned = documents.erasure_plan_document(plan, erasure.unreachable)
    if as_json:
        print_json({"plan": planned, "erased": done and documents.erasure_result_document(done)})
    elif done is not None:
        click.echo("\n".join(documents.erased_lines(done)))
    if done is not None and not done.is_whole:
        raise click.exceptions.Exit(FAILED)
