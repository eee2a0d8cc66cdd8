"""``hookline queues``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any  # Any: the bounds are the options of a RedriveRequest

import click

from hookline.cli.error_codes import CommandFailedError
from hookline.cli.homes import HomeOption
from hookline.cli.options import example, json_option, limit_option
from hookline.cli.output import print_fields, print_json, progress_bar, show, shows
from hookline.cli.over_network import acts_at_url, looks_at_url, not_at_url
from hookline.cli.pauses import pause_queue, resume_queue
from hookline.cli.reasons import fresh_run, reason_options
from hookline.cli.targets import where_options
from hookline.cli.terminal import safe
from hookline.cli.values import FiniteRange, duration_option
from hookline.dashboard.actions.pace import redrive_at
from hookline.domain.counted import counted
from hookline.pipeline.documents import message_document, queue_document, queue_row
from hookline.pipeline.message_lines import message_lines
from hookline.pipeline.queue_changes import acknowledge, move_all, move_document, move_text, purge
from hookline.pipeline.redrive import RedriveRequest, has_dead_letters
from hookline.pipeline.redrive_plan import (
    purge_document,
    purge_fields,
    redrive_document,
    redrive_fields,
    redriven_lines,
)
from hookline.pipeline.shown import Shown, listed
from hookline.runtimes.aws_lambda.wiring.commands import open_queue_listing
from hookline.runtimes.aws_lambda.wiring.queues import open_queue_actions
from hookline.runtimes.embedded.wiring.commands import queue_actions
from hookline.runtimes.remote import acts, looks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from hookline.cli.reasons import Asked
    from hookline.cli.targets import Where
    from hookline.domain.message import Delivery
    from hookline.runtimes.queue_actions import QueueActions

__all__ = ["queues"]


@click.group(
    epilog=example("hookline queues list", "hookline queues peek payments", "hookline queues receive payments --ack")
)
def queues() -> None:
    """Look at queues and consume from them, with or without a server running.

    QUEUE is a queue of hookline.toml, a dead-letter queue such as payments-dlq, or unrouted.
    """


queues.add_command(pause_queue)
queues.add_command(resume_queue)


@queues.command(name="list", epilog=example("hookline queues list", "hookline queues list --json"))
@shows
@where_options
@looks_at_url(looks.list_queues)
def list_queues(*, place: Where) -> Shown:
    """List the queues and what stands on each.

    Visible messages wait; those in flight are in consumers' hands; delayed ones were sent to be received later; dead letters are what
    could not be consumed.
    A queue that has left hookline.toml is listed, with a warning, as long as it has messages.
    """
    with place.open(lambda home: home.queue_listing, open_queue_listing) as listing:
        found = listing.listed()
    columns = ("queue", "visible", "in flight", "delayed", "oldest", "dead letters", "paused")
    advice = "consume its messages or move them (`hookline queues move`), or they expire"
    lost = [one.queue.name for one in found if not one.configured]
    notes = [f"warning: {name} is not in hookline.toml; {advice}" for name in lost]
    return listed(columns, map(queue_row, found), map(queue_document, found), notes=notes)


@queues.command(
    name="peek", epilog=example("hookline queues peek payments", "hookline queues peek payments-dlq --target aws:prod")
)
@click.argument("queue")
@click.option(
    "--counts-as-receive",
    is_flag=True,
    cls=HomeOption,
    home="aws",
    why="a look at a queue changes nothing in the embedded home",
    help="On AWS: look at a queue that is not a dead-letter queue.",
)
@shows
@where_options
@limit_option(10)
@looks_at_url(looks.peek_queue)
def peek_queue(*, queue: str, counts_as_receive: bool, place: Where, limit: int) -> Shown:
    """Show the oldest messages, and why dead letters died; nothing changes.

    On AWS each look is a receive: it increases the count of receives, and consumers do not get the shown messages for a moment. So only
    dead-letter queues are shown there, and event-router-failures, unless --counts-as-receive says that this is meant.
    """
    with _opened(place, queue) as actions:
        if place.environment and not (counts_as_receive or has_dead_letters(queue, actions.whole)):
            raise click.UsageError(f"on AWS a look at {queue} counts as a receive: add --counts-as-receive")
        return _messages(actions.peek(queue, limit))


@queues.command(
    name="redrive",
    epilog=example(
        "hookline queues redrive payments --dry-run",
        "hookline queues redrive payments --max 100 --rate 10 --reason 'the ledger works again'",
    ),
)
@click.argument("queue")
@click.option("--max", "most", type=click.IntRange(min=1), help="The largest number of results.")
@click.option("--rate", type=FiniteRange(0.1, 1e6), help="At most so many a second.")
@click.option("--where", metavar="PATTERN", help="Only messages that this event pattern (JSON) matches.")
@reason_options
@where_options
@json_option
@acts_at_url(acts.redrive)
def redrive_queue(*, queue: str, place: Where, as_json: bool, asked: Asked, **bounds: Any) -> None:
    """Put the dead letters of QUEUE back on it: those that are there now. Other queues of their events get nothing.

    On AWS SQS moves them itself, unless --max or --where is given. event-router-failures stands for what the router could not finish: it
    gets the same payloads again.
    """
    with _opened(place, queue) as actions:
        request = RedriveRequest.of(queue, whole=actions.whole, **bounds)
        plan = actions.redrive.plan(request)
        if not as_json:
            print_fields(redrive_fields(request, plan))
        run = asked.run("Put them back?", as_json=as_json)
        with progress_bar(plan.matched if run else 0, "moving") as advance:
            done = None if run is None else redrive_at(actions.redrive, request, run, advance)
    if as_json:
        print_json(redrive_document(request, plan, done))
    elif done is not None:
        click.echo("\n".join(redriven_lines(request, done)))


@queues.command(
    name="purge",
    epilog=example(
        "hookline queues purge refunds-dlq --dry-run", "hookline queues purge refunds-dlq --reason 'tests' --yes"
    ),
)
@click.argument("queue")
@reason_options
@where_options
@json_option
@acts_at_url(acts.purge)
def purge_queue(*, queue: str, place: Where, as_json: bool, asked: Asked) -> None:
    """Remove every message of QUEUE, also those in consumers' hands. Their events stay, and can be replayed."""
    with _opened(place, queue) as actions:
        depth = actions.queues.depth(queue)
        if not as_json:
            print_fields(purge_fields(queue, depth))
        run = asked.run("Remove them all?", as_json=as_json, must_ask=True)
        removed = None if run is None else purge(actions.queues, actions.audit, queue, run)
    if as_json:
        print_json({"plan": purge_document(queue, depth), "removed": removed})
    elif removed is not None:
        click.echo(f"removed {counted(removed, 'message')} from {queue}")


@queues.command(
    name="move",
    epilog=example(
        "hookline queues move refunds payments",
        "hookline queues move refunds-dlq payments --yes --reason 'wrong route' --target aws:prod",
    ),
)
@click.argument("queue")
@click.argument("to")
@where_options
@click.option("--yes", is_flag=True, help="Move them. Without it the command only says what it would do.")
@click.option("--reason", help="Why: needed with --yes, and kept in the audit log.")
@json_option
@acts_at_url(acts.move)
def move_messages(*, queue: str, to: str, place: Where, yes: bool, reason: str | None, as_json: bool) -> None:
    """Move the messages of QUEUE to the queue TO, such as those of a queue that has left hookline.toml.

    Each keeps its age and is counted as never received. What is in a consumer's hands stays, and so does what is older than TO
    keeps its messages. Without --yes nothing is moved. On AWS each becomes a new message, with a new id and age.
    """
    if queue == to:
        raise click.UsageError("QUEUE and TO are the same queue")
    if yes and not reason:
        raise click.UsageError("--reason is needed to move messages: it is kept in the audit log")
    with _opened(place, queue, to) as actions:
        plan = actions.moves.movable(queue, to)
        moved = move_all(actions.moves, actions.audit, queue, to, fresh_run(reason)) if yes else 0
    done = moved if yes else None
    notes = [] if yes else ["nothing was moved: add --yes and a --reason to move them"]
    document, text = move_document(queue, to, plan, done), move_text(queue, to, plan, done)
    show(Shown(document=document, parts=[text], notes=notes), as_json=as_json)


@queues.command(
    name="receive",
    epilog=example(
        "hookline queues receive payments --wait 10s", "hookline queues receive payments --max 1 --ack --json"
    ),
)
@click.argument("queue")
@where_options
@click.option(
    "--max", "most", type=click.IntRange(1, 1000), default=10, show_default=True, help="The largest number of results."
)
@duration_option("--wait", usual="0s", longest=timedelta(hours=1), what="How long to wait for the first message.")
@duration_option(
    "--visibility", usual="30s", longest=timedelta(hours=12), what="How long nobody else sees what was received."
)
@click.option("--ack", is_flag=True, help="Delete what was printed, once it has left this process.")
@json_option
@not_at_url(
    "a consumer elsewhere speaks SQS: give its client, such as `aws sqs receive-message`, the admin port as its endpoint URL. "
    "To look without receiving: `hookline queues peek`"
)
def receive_messages(
    *, queue: str, place: Where, most: int, wait: timedelta, visibility: timedelta, ack: bool, as_json: bool
) -> None:
    """Receive messages as a consumer does.

    Each receive counts: after a queue's max_receives a message goes to its dead-letter queue. What was received comes
    again after --visibility unless --ack deletes it.
    """
    with _opened(place, queue) as actions:
        found = actions.queues.receive(queue, max_messages=most, visibility_timeout=visibility, wait=wait)
        show(_messages(found), as_json=as_json)
        late = acknowledge(actions.queues, queue, found) if ack else 0  # printing has raised if its reader has gone
    if late:
        said = f"{late} of {len(found)} messages were no longer this command's to delete"
        raise CommandFailedError("acknowledged_too_late", said)


def _opened(place: Where, *handled: str) -> AbstractContextManager[QueueActions]:
    """What is done to queues there."""
    return place.open(queue_actions, lambda name: open_queue_actions(name, *handled))


def _messages(found: Sequence[Delivery]) -> Shown:
    lines = [line for one in found for line in (*map(safe, message_lines(one)), f"  {one.body}")]
    notes = [] if found else ["no messages"]
    return Shown(document=[message_document(one) for one in found], parts=lines, notes=notes)
