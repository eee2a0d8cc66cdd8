"""``hookline forward``."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: the options are the fields of a Forward

import click

from hookline.cli.options import env_file_beside, env_file_option, example, json_option
from hookline.cli.targets import where_options
from hookline.cli.values import duration_option, read_by
from hookline.config.secret_names import secret_name
from hookline.domain.forward import Forward
from hookline.runtimes.aws_lambda.wiring.queues import open_forward_source
from hookline.runtimes.embedded.settings import find_values
from hookline.runtimes.embedded.wiring.forwards import run_forward
from hookline.runtimes.forward_attempt import ForwardSource

if TYPE_CHECKING:
    from hookline.cli.targets import Where

__all__ = ["forward"]

_USE = "hookline forward payments https://ledger.example.com/hooks --secret LEDGER_SECRET"
_names = read_by(lambda names: tuple(map(secret_name, names)))
_HELP = "The name of a secret to sign with; may be repeated."


@click.command(epilog=example(_USE, f"{_USE} --target aws:prod"))
@click.argument("queue")
@click.argument("url")
@click.option("--secret", "secret_names", metavar="NAME", multiple=True, required=True, callback=_names, help=_HELP)
@click.option(
    "--concurrency", type=click.IntRange(1, 256), default=8, show_default=True, help="At most so many at once."
)
@duration_option("--timeout", usual="15s", longest=timedelta(minutes=5), what="How long an attempt may take.")
@click.option("--allow-private", is_flag=True, help="Allow an endpoint in your own network, and http:// there.")
@where_options
@env_file_option
@json_option
def forward(*, place: Where, env_file: Path | None, as_json: bool, **options: Any) -> None:
    """Deliver the messages of QUEUE to URL until Ctrl-C or SIGTERM: signed by Standard Webhooks, and deleted after a 2xx answer.

    Any other answer is tried again, with growing pauses; after max_receives of the queue a message goes to the dead-letter queue. 410
    ends the command, and the messages stay. On AWS an idle forward asks SQS once a second: 2.6 million requests a month.
    """
    wanted = Forward(**options)
    values = find_values(wanted.secret_names, env_file_beside(Path("hookline.toml"), env_file))
    with place.open(
        lambda home: ForwardSource(queues=home.queues, is_fifo=home.database.queues.is_fifo(wanted.queue)),
        lambda name: open_forward_source(name, wanted.queue),
    ) as source:
        run_forward(wanted, source, values, log_format="json" if as_json else "auto")
