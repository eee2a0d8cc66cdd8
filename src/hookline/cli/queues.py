"""``hookline queues``."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from hookline.cli.error_codes import CommandFailedError
from hookline.cli.options import data_dir_option, example, json_option, limit_option
from hookline.cli.output import print_json, print_list, readable
from hookline.cli.terminal import safe, safe_lines
from hookline.cli.values import duration_option
from hookline.config.units import duration_text
from hookline.pipeline.documents import message_document, queue_document
from hookline.runtimes.embedded.wiring.commands import open_home

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hookline.domain.message import Delivery
    from hookline.domain.queue import Queue
    from hookline.ports.queues import MovableQueues, Queues

__all__ = ["queues"]

_STEP = 500
"""Messages that are moved in one transaction."""


@click.group(
    epilog=example("hookline queues list", "hookline queues peek payments", "hookline queues receive payments --ack")
)
def queues() -> None:
    """Look at queues and consume from them, with or without a server running.

    QUEUE is a queue of hookline.toml, a dead-letter queue such as payments-dlq, or unrouted.
    """


@queues.command(name="list", epilog=example("hookline queues list", "hookline queues list --json"))
@data_dir_option
@json_option
def list_queues(*, data_dir: Path, as_json: bool) -> None:
    """List the queues and what stands on each.

    Visible messages wait; those in flight are in consumers' hands; dead letters are what could not be consumed.
    A queue that has left hookline.toml is listed, with a warning, as long as it has messages.
    """
    with open_home(data_dir) as home:
        table = home.database.queues
        found = [_depths(home.queues, queue) for queue in table.settings()]
        old = [_depths(home.queues, queue, configured=False) for queue in table.settings(declared=False)]
        found += [row for row in old if row["visible"] or row["in_flight"] or row["dead_letters"]]
    rows = [
        (row["name"], row["visible"], row["in_flight"], _age(row["oldest_age_seconds"]), row["dead_letters"])
        for row in found
    ]
    print_list(("queue", "visible", "in flight", "oldest", "dead letters"), rows, found, as_json=as_json)
    for row in () if as_json else found:
        if not row["configured"]:
            click.echo(
                f"warning: {safe(str(row['name']))} is not in hookline.toml; "
                "consume its messages or move them (`hookline queues move`), or they expire",
                err=True,
            )


@queues.command(
    name="peek", epilog=example("hookline queues peek payments", "hookline queues peek payments-dlq --limit 1 --json")
)
@click.argument("queue")
@data_dir_option
@limit_option(10)
@json_option
def peek_queue(*, queue: str, data_dir: Path, limit: int, as_json: bool) -> None:
    """Show the oldest messages; nothing changes."""
    with open_home(data_dir) as home:
        found = home.queues.peek(queue, limit=limit)
    _print_messages(found, as_json=as_json)


@queues.command(
    name="move",
    epilog=example("hookline queues move refunds payments", "hookline queues move refunds-dlq payments --yes"),
)
@click.argument("queue")
@click.argument("to")
@data_dir_option
@click.option("--yes", is_flag=True, help="Move them. Without it the command only says what it would do.")
@json_option
def move_messages(*, queue: str, to: str, data_dir: Path, yes: bool, as_json: bool) -> None:
    """Move the messages of QUEUE to the queue TO, such as those of a queue that has left hookline.toml.

    Each keeps its age and is counted as never received. What is in a consumer's hands stays, and so does what is older than TO
    keeps its messages. Without --yes nothing is moved.
    """
    if queue == to:
        raise click.UsageError("QUEUE and TO are the same queue")
    with open_home(data_dir) as home:
        plan = home.queues.movable(queue, to)
        moved = _moved(home.queues, queue, to) if yes else 0
    if as_json:
        print_json({"queue": queue, "to": to, **asdict(plan), "moved": moved if yes else None})
        return
    verb = f"moved {moved}" if yes else f"would move {plan.ready}"
    click.echo(
        f"{verb} messages from {queue} to {to}; {plan.in_flight} in flight and {plan.too_old} older than {to} keeps them stay"
    )
    if not yes:
        click.echo("nothing was moved: add --yes to move them", err=True)


@queues.command(
    name="receive",
    epilog=example(
        "hookline queues receive payments --wait 10s", "hookline queues receive payments --max 1 --ack --json"
    ),
)
@click.argument("queue")
@data_dir_option
@click.option("--max", "most", type=click.IntRange(1, 1000), default=10, show_default=True, help="At most so many.")
@duration_option("--wait", usual="0s", longest=timedelta(hours=1), what="How long to wait for the first message.")
@duration_option(
    "--visibility", usual="30s", longest=timedelta(hours=12), what="How long nobody else sees what was received."
)
@click.option("--ack", is_flag=True, help="Delete what was printed, once it has left this process.")
@json_option
def receive_messages(
    *, queue: str, data_dir: Path, most: int, wait: timedelta, visibility: timedelta, ack: bool, as_json: bool
) -> None:
    """Receive messages as a consumer does.

    Each receive counts: after a queue's max_receives a message goes to its dead-letter queue. What was received comes
    again after --visibility unless --ack deletes it.
    """
    with open_home(data_dir) as home:
        found = home.queues.receive(queue, max_messages=most, visibility_timeout=visibility, wait=wait)
        _print_messages(found, as_json=as_json)
        if ack:
            _acknowledge(home.queues, queue, found)


def _acknowledge(queues: Queues, queue: str, printed: Sequence[Delivery]) -> None:
    """Delete what was printed. Printing flushes: when its reader has gone, it has raised before this."""
    deleted = queues.delete(queue, [delivery.receipt for delivery in printed])
    if late := deleted.count(False):
        raise CommandFailedError(
            "acknowledged_too_late", f"{late} of {len(printed)} messages were no longer this command's to delete"
        )


def _depths(queues: Queues, queue: Queue, *, configured: bool = True) -> dict[str, object]:
    own, dead = queues.depth(queue.name), queues.depth(queue.dead_letter_name)
    return queue_document(queue, own, dead, configured=configured)


def _moved(queues: MovableQueues, queue: str, to: str) -> int:
    """Move everything in steps, so that a server that runs beside never waits for long."""
    moved = 0
    while step := queues.move(queue, to, limit=_STEP):
        moved += step
    return moved


def _age(seconds: object) -> str | None:
    return duration_text(timedelta(seconds=seconds)) if isinstance(seconds, float) else None


def _print_messages(found: Sequence[Delivery], *, as_json: bool) -> None:
    if as_json:
        print_json([message_document(delivery) for delivery in found])
        return
    if not found:
        click.echo("no messages", err=True)
    click.echo("\n".join(map(_block, found)), nl=bool(found))


def _block(delivery: Delivery) -> str:
    """A line about the message, and its body."""
    receives = {0: "never received", 1: "received once"}.get(delivery.receives, f"received {delivery.receives} times")
    attributes = " ".join(f"{name}={value}" for name, value in delivery.attributes.items())
    head = f"{delivery.message_id} {delivery.event_id} {attributes} sent {readable(delivery.sent_at)} {receives}"
    return f"{safe(head)}\n  {safe_lines(delivery.body)}"
