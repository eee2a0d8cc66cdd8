"""``hookline check``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any  # Any: the options are the fields of a Check

import click

from hookline.cli.options import config_option, env_file_option, example
from hookline.cli.output import shows
from hookline.cli.targets import target_option
from hookline.cli.values import FOLDER
from hookline.infra.aws_warnings import aws_warnings
from hookline.runtimes.direct.check import Check, checked

if TYPE_CHECKING:
    from hookline.pipeline.shown import Shown

__all__ = ["check"]


@click.command(
    epilog=example(
        "hookline check",
        "hookline check --secrets --env-file .env",
        "hookline check --data-dir data",
        "hookline check --target aws:prod --json",
        "hookline check --try payment.json --source shop",
    )
)
@config_option
@click.option(
    "--try", "tried", type=click.File("rb"), metavar="FILE", help="Show which queues a body would go to, and why."
)
@click.option(
    "--source",
    metavar="NAME",
    help="With --try: the source that the body is sent to. Not needed if there is only one source.",
)
@click.option("--secrets", is_flag=True, help="Also check that each secret has a value, and that it can be used.")
@env_file_option
@click.option(
    "--data-dir",
    type=FOLDER,
    help="Compare the configuration with what is stored in this folder, with or without a server running.",
)
@target_option
@shows
def check(**options: Any) -> Shown:
    """Print the whole configuration with every default filled in, or every error in it.

    With --data-dir or --target, also report what is stored there although the configuration no longer names it (queues with their
    messages, sources, secrets), and which messages lower limits would remove. The last part lists the sources of which AWS accepts less.

    With --try, print instead what each route decides about a webhook's body: which rules match it, which do not, and why.
    """
    return checked(Check(**options), aws_warnings)
