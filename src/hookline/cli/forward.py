"""``hookline forward``."""

from __future__ import annotations

from datetime import timedelta
from typing import Any  # Any: the options are the fields of a Forward

import click

from hookline.cli.options import env_file_option, example, json_option
from hookline.cli.targets import where_options
from hookline.cli.values import duration_option, read_by
from hookline.config.secret_names import secret_name
from hookline.runtimes.direct.forward import forward_queue

__all__ = ["forward"]

_USE = "hookline forward payments https://ledger.example.com/hooks --secret LEDGER_SECRET"
_names = read_by(lambda names: tuple(map(secret_name, names)))
_SECRET = "The name of a secret to sign with; may be repeated."  # noqa: S105 -- a help text
_CONCURRENCY = "The largest number of requests at the same time."


@click.command(epilog=example(_USE, f"{_USE} --target aws:prod"))
@click.argument("queue")
@click.argument("url")
@click.option("--secret", "secret_names", metavar="NAME", multiple=True, required=True, callback=_names, help=_SECRET)
@click.option("--concurrency", type=click.IntRange(1, 256), default=8, show_default=True, help=_CONCURRENCY)
@duration_option("--timeout", usual="15s", longest=timedelta(minutes=5), what="How long an attempt may take.")
@click.option("--allow-private", is_flag=True, help="Allow an endpoint in your own network, and http:// there.")
@where_options
@env_file_option
@json_option
def forward(**given: Any) -> None:
    """Deliver the messages of QUEUE to URL until Ctrl-C or SIGTERM: signed by Standard Webhooks, and deleted after a 2xx answer.

    After any other answer it tries again, with growing pauses; after max_receives of the queue a message goes to the dead-letter queue.
    410 ends the command, and the messages stay. On AWS an idle forward queries SQS once a second: 2.6 million requests a month.
    """
    forward_queue(**given)
