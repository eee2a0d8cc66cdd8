"""``hookline queues``."""

from __future__ import annotations

from datetime import timedelta

import click

from hookline.cli.homes import HomeOption
from hookline.cli.options import example, limit_option
from hookline.cli.over_network import acting, acts_at_url, looking, not_at_url
from hookline.cli.pauses import pause_queue, resume_queue
from hookline.cli.reasons import reason_options
from hookline.cli.values import duration_option, rate_option
from hookline.runtimes.direct import queues as direct
from hookline.runtimes.remote import acts, looks

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


@queues.command(
    name="list", epilog=example("hookline queues list", "hookline queues list --queue payments --queue refunds --json")
)
@click.option(
    "--queue", "names", metavar="NAME", multiple=True, help="Only this queue, with its dead letters; may be repeated."
)
@looking(direct.list_queues, looks.list_queues)
def list_queues() -> None:
    """List the queues, with the number of messages on each.

    Visible messages wait. Those in flight have been received by consumers that have not deleted them yet. Delayed ones were sent to be
    received later. Dead letters are messages that could not be consumed.
    A queue that was removed from hookline.toml is listed, with a warning, for as long as it has messages.
    """


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
@limit_option(10)
@looking(direct.peek_queue, looks.peek_queue)
def peek_queue() -> None:
    """Show the oldest messages, and why dead letters are there. It changes nothing.

    On AWS each look is a receive: it increases the count of receives, and consumers do not get the shown messages for a moment. So only
    dead-letter queues are shown there, and event-router-failures, unless --counts-as-receive says that this is meant.
    """


@queues.command(
    name="redrive",
    epilog=example(
        "hookline queues redrive payments --dry-run",
        "hookline queues redrive payments --max 100 --rate 10 --reason 'the ledger works again'",
    ),
)
@click.argument("queue")
@click.option("--max", "most", type=click.IntRange(min=1), help="The largest number of messages.")
@rate_option("messages")
@click.option("--where", metavar="PATTERN", help="Only messages that this event pattern (JSON) matches.")
@reason_options
@acting(direct.redrive_queue, acts_at_url(acts.redrive))
def redrive_queue() -> None:
    """Put the dead letters of QUEUE back on it: those that are there now. No other queue of their events gets a message.

    On AWS SQS moves them itself, unless --max or --where is given. event-router-failures has the invocations that the router could not
    finish: the router gets the same payloads again.
    """


@queues.command(
    name="purge",
    epilog=example(
        "hookline queues purge refunds-dlq --dry-run", "hookline queues purge refunds-dlq --reason 'tests' --yes"
    ),
)
@click.argument("queue")
@reason_options
@acting(direct.purge_queue, acts_at_url(acts.purge))
def purge_queue() -> None:
    """Remove every message of QUEUE, also those in flight. Their events stay, and can be replayed."""


@queues.command(
    name="move",
    epilog=example(
        "hookline queues move refunds payments",
        "hookline queues move refunds-dlq payments --yes --reason 'wrong route' --target aws:prod",
    ),
)
@click.argument("queue")
@click.argument("to")
@click.option("--yes", is_flag=True, help="Move them. Without it the command only says what it would do.")
@click.option("--reason", help="The reason, which is stored in the audit log. Needed with --yes.")
@acting(direct.move_messages, acts_at_url(acts.move))
def move_messages() -> None:
    """Move the messages of QUEUE to the queue TO, such as those of a queue that was removed from hookline.toml.

    Each keeps its age and is counted as never received. Messages in flight stay, and so do messages that are older than the time for
    which TO keeps messages. Without --yes nothing is moved. On AWS each becomes a new message, with a new id and age.
    """


@queues.command(
    name="receive",
    epilog=example(
        "hookline queues receive payments --wait 10s", "hookline queues receive payments --max 1 --ack --json"
    ),
)
@click.argument("queue")
@click.option(
    "--max", "most", type=click.IntRange(1, 1000), default=10, show_default=True, help="The largest number of messages."
)
@duration_option("--wait", usual="0s", longest=timedelta(hours=1), what="How long to wait for the first message.")
@duration_option(
    "--visibility",
    usual="30s",
    longest=timedelta(hours=12),
    what="How long other consumers do not see the received messages.",
)
@click.option("--ack", is_flag=True, help="Delete the messages after they have been written to the output.")
@acting(
    direct.receive_messages,
    not_at_url(
        "a consumer on another machine uses SQS: give its client, such as `aws sqs receive-message`, the admin port as its endpoint URL. "
        "To look without receiving: `hookline queues peek`"
    ),
)
def receive_messages() -> None:
    """Receive messages as a consumer does.

    Each receive counts: after a queue's max_receives a message goes to its dead-letter queue. A message that was received comes
    again after --visibility unless --ack deletes it.
    """
