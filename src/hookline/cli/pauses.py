"""``hookline queues pause|resume`` and ``hookline sources pause|resume``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hookline.cli.options import config_option, example, json_option
from hookline.cli.output import print_result
from hookline.cli.over_network import acts_at_url
from hookline.cli.reasons import fresh_run
from hookline.cli.targets import where_options
from hookline.cli.terminal import safe
from hookline.config import load
from hookline.domain.counted import counted
from hookline.domain.pause import Paused
from hookline.pipeline.pauses import source_warning
from hookline.runtimes.aws_lambda.wiring.queues import open_pause_actions
from hookline.runtimes.embedded.wiring.commands import pause_actions
from hookline.runtimes.remote import acts

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.cli.targets import Where

__all__ = ["pause_queue", "pause_source", "resume_queue", "resume_source"]

_PAUSED = "{0} is paused until `hookline {1}s resume {0}`: {2}"
_reason_option = click.option("--reason", help="Why: kept in the audit log.")


@click.command("pause", epilog=example("hookline queues pause payments --reason 'the ledger moves'"))
@click.argument("queue")
@_reason_option
@json_option
@where_options
@acts_at_url(acts.pause_queue)
def pause_queue(*, queue: str, reason: str | None, place: Where, as_json: bool) -> None:
    """Let QUEUE give out no messages, to consumers and forwards alike. Messages keep coming, and wait until it is resumed.

    What a consumer has already it can finish. On AWS the queue's policy denies ReceiveMessage: consumers get AccessDenied.
    """
    with place.open(pause_actions, open_pause_actions) as actions:
        actions.pause(Paused.QUEUE, queue, fresh_run(reason))
    said = _PAUSED.format(queue, "queue", "it gives out no messages")
    print_result({"queue": queue, "paused": True}, said, as_json=as_json)


@click.command("pause", epilog=example("hookline sources pause shop --hold --reason 'new routes'"))
@click.argument("source")
@click.option("--hold", is_flag=True, help="Accept events and hold them, instead of answering 503.")
@_reason_option
@json_option
@where_options
@config_option
@acts_at_url(acts.pause_source)
def pause_source(
    *, source: str, hold: bool, reason: str | None, place: Where, config_path: Path, as_json: bool
) -> None:
    """Answer 503 with Retry-After to the senders of SOURCE; with --hold accept its events, and bring none to a queue before it is resumed.

    A running server heeds it within a second, functions on AWS within ten seconds.
    """
    warning = source_warning(load(config_path), source)
    with place.open(pause_actions, open_pause_actions) as actions:
        actions.pause(Paused.SOURCE, source, fresh_run(reason), hold=hold)
    said = _PAUSED.format(source, "source", "events are held" if hold else "senders get 503")
    print_result({"source": source, "paused": True, "hold": hold}, said, as_json=as_json)
    if warning is not None and not hold:
        click.echo(f"warning: {safe(warning)}", err=True)


def _resume(kind: Paused, name: str) -> click.Command:
    """The command that ends a pause."""

    @click.command("resume", epilog=example(f"hookline {kind}s resume {name}"))
    @click.argument("name", metavar=kind.upper())
    @_reason_option
    @json_option
    @where_options
    @acts_at_url(acts.resume_queue if kind is Paused.QUEUE else acts.resume_source)
    def resume(*, name: str, reason: str | None, place: Where, as_json: bool) -> None:
        """End a pause. Events that a source held go to their queues first, in the order of their receipt."""
        with place.open(pause_actions, open_pause_actions) as actions:
            held = actions.resume(kind, name, fresh_run(reason))
        rest = f"; {counted(held, 'held event goes', 'held events go')} to their queues first" if held else ""
        document = {kind.value: name, "paused": False} | ({"held": held} if kind is Paused.SOURCE else {})
        print_result(document, f"{name} is resumed{rest}", as_json=as_json)

    return resume


resume_queue, resume_source = _resume(Paused.QUEUE, "payments"), _resume(Paused.SOURCE, "shop")
