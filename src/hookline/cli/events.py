"""``hookline events``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hookline.cli.options import data_dir_option, example, json_option, limit_option
from hookline.cli.output import print_body, print_fields, print_json, print_list, readable
from hookline.cli.targets import opened_events, target_option
from hookline.cli.terminal import safe_lines
from hookline.domain.event import Status
from hookline.pipeline.documents import event_document, event_summary
from hookline.pipeline.replay import found_event
from hookline.ports.event_store import EventFilter

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.ports.event_store import StoredEvent

__all__ = ["events"]


@click.group(epilog=example("hookline events list --status failed", "hookline events show transactions:evt_1"))
def events() -> None:
    """Look at stored events, with or without a server running, here or on AWS."""


@events.command(
    name="list",
    epilog=example(
        "hookline events list --status failed --limit 50", "hookline events list --target aws:prod --status failed"
    ),
)
@target_option
@data_dir_option
@click.option("--status", type=click.Choice([status.value for status in Status]), help="Only events that stand there.")
@click.option("--source", help="Only events of this source.")
@click.option("--type", "event_type", help="Only events of this type.")
@limit_option(20)
@click.option("--before", metavar="EVENT_ID", help="Go on after a page that ended with this event.")
@json_option
def list_events(
    *,
    environment: str | None,
    data_dir: Path,
    status: str | None,
    source: str | None,
    event_type: str | None,
    limit: int,
    before: str | None,
    as_json: bool,
) -> None:
    """List events, the newest first."""
    wanted = EventFilter(status=Status(status) if status else None, source=source, type=event_type)
    with opened_events(data_dir, environment) as stored_events:
        if before is not None:
            found_event(stored_events, before)
        found = stored_events.find(wanted, limit=limit, before=before)
    columns = ("event", "type", "status", "received", "conflicts", "reason")
    print_list(columns, map(_row, found), map(event_summary, found), as_json=as_json)
    if not as_json and len(found) == limit:
        click.echo(f"There may be more: --before '{safe_lines(found[-1].event.id)}'", err=True)


@events.command(
    name="show",
    epilog=example(
        "hookline events show transactions:evt_1", "hookline events show transactions:evt_1 --json | jq -j .body"
    ),
)
@click.argument("event_id")
@target_option
@data_dir_option
@json_option
def show_event(*, event_id: str, environment: str | None, data_dir: Path, as_json: bool) -> None:
    """Show one event: all that is known about it, its body, and second bodies that came under its id."""
    with opened_events(data_dir, environment) as stored_events:
        stored = found_event(stored_events, event_id)
    if as_json:
        print_json(event_document(stored))
        return
    print_fields(_fields(stored))
    print_body("body", stored.event.body)
    for aside in stored.set_aside:
        print_body(f"set aside {readable(aside.received_at)}, SHA-256 {aside.body_sha256.hex()}", aside.body)


def _row(stored: StoredEvent) -> tuple[object, ...]:
    event = stored.event
    return (
        event.id,
        event.type,
        event.status,
        readable(event.received_at),
        stored.conflicts or None,
        stored.attempt.reason,
    )


def _fields(stored: StoredEvent) -> list[tuple[str, object]]:
    event, attempt = stored.event, stored.attempt
    fields: list[tuple[str, object]] = [
        ("event", event.id),
        ("type", event.type),
        ("time", event.time),
        ("received", readable(event.received_at)),
        ("status", event.status),
        ("content type", event.content_type),
        ("SHA-256", event.body_sha256.hex()),
        *event.metadata.items(),
        ("failed tries", attempt.count or None),
        ("next try", readable(attempt.next_at)),
        ("reason", attempt.reason),
        ("expires", readable(stored.expires_at)),
        ("conflicts", stored.conflicts or None),
    ]
    return [(name, value) for name, value in fields if value not in (None, "")]
