"""``hookline queues pause|resume`` and ``hookline sources pause|resume``."""

from __future__ import annotations

import click

from hookline.cli.options import config_option, example
from hookline.cli.over_network import acting, acts_at_url
from hookline.cli.values import reason_option
from hookline.runtimes.direct import pauses
from hookline.runtimes.remote import acts

__all__ = ["pause_queue", "pause_source", "resume_queue", "resume_source"]

_RESUME = "End a pause. Events that a source held go to their queues first, in the order of their receipt."


@click.command("pause", epilog=example("hookline queues pause payments --reason 'the ledger moves'"))
@click.argument("queue")
@reason_option
@acting(pauses.pause_queue, acts_at_url(acts.pause_queue))
def pause_queue() -> None:
    """Stop giving out messages of QUEUE, to consumers and to forwards. New messages still arrive, and wait until it is resumed.

    A consumer can finish what it has already received. On AWS the queue's policy denies ReceiveMessage: consumers get AccessDenied.
    """


@click.command("pause", epilog=example("hookline sources pause shop --hold --reason 'new routes'"))
@click.argument("source")
@click.option("--hold", is_flag=True, help="Accept events and hold them, instead of answering 503.")
@reason_option
@config_option
@acting(pauses.pause_source, acts_at_url(acts.pause_source))
def pause_source() -> None:
    """Answer 503 with Retry-After to the senders of SOURCE; with --hold accept its events, but put none on a queue until it is resumed.

    A running server follows within a second, functions on AWS within ten seconds.
    """


@click.command("resume", help=_RESUME, epilog=example("hookline queues resume payments"))
@click.argument("name", metavar="QUEUE")
@reason_option
@acting(pauses.resume_queue, acts_at_url(acts.resume_queue))
def resume_queue() -> None:
    """End the pause of a queue."""


@click.command("resume", help=_RESUME, epilog=example("hookline sources resume shop"))
@click.argument("name", metavar="SOURCE")
@reason_option
@acting(pauses.resume_source, acts_at_url(acts.resume_source))
def resume_source() -> None:
    """End the pause of a source."""
