"""``hookline send``: a body, signed as its real sender signs it, posted once or many times."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any  # Any: the options are the fields of a Sending

import click

from hookline.cli.options import config_option, env_file_option, example
from hookline.cli.output import progress_bar, shows
from hookline.cli.values import FiniteRange, duration_option, read_by
from hookline.demo.more_headers import more_headers
from hookline.demo.sending import Sending, sent

if TYPE_CHECKING:
    from hookline.pipeline.shown import Growing, Shown

__all__ = ["send"]


@click.command(
    epilog=example(
        "hookline send transactions samples/payment.json",
        "hookline send transactions samples/payment.json --count 1000 --rate 200",
        "hookline send stripe --type charge.refunded",
        "hookline send stripe --as-real --outage 1h --fast",
    )
)
@click.argument("source")
@click.argument("file", type=click.File("rb", lazy=True), required=False)
@click.option("--type", "kind", help="Without FILE: send the sender's sample of this type.")
@click.option(
    "--url",
    help="The full URL to send to, or a base URL to which the source's path is added. [default: the server of the configuration]",
)
@config_option
@env_file_option
@click.option(
    "--header",
    "headers",
    multiple=True,
    callback=read_by(more_headers),
    metavar="NAME:VALUE",
    help="One more header; may be repeated.",
)
@click.option(
    "--count", type=click.IntRange(1), default=1, show_default=True, help="How many events to send, each with a new id."
)
@click.option("--duplicates", is_flag=True, help="Send the same event every time: twice, or --count times.")
@click.option("--tamper", is_flag=True, help="Change the body after it was signed: the server must refuse it.")
@click.option("--stale", is_flag=True, help="Sign with a time that is too old: the server must refuse it.")
@click.option(
    "--private-key-env",
    metavar="NAME",
    help="The environment variable that holds your private key for this test, for senders that sign with a private key.",
)
@click.option(
    "--rate",
    type=FiniteRange(0, min_open=True),
    help="Start this many requests a second, even if answers are late; latency counts from the planned start. "
    "[default: as fast as answers come]",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 2048),
    default=32,
    show_default=True,
    help="The largest number of requests at the same time.",
)
@click.option("--as-real", is_flag=True, help="Retry as the real sender does, until it would give up.")
@duration_option(
    "--outage",
    usual="0s",
    longest=timedelta(days=30),
    what="With --as-real: send nothing for this long at the beginning, as if no server answered.",
)
@click.option("--fast", is_flag=True, help="With --as-real: step the clock instead of waiting.")
@click.option("--dry-run", is_flag=True, help="With --as-real: send nothing, only print the tries.")
@shows
def send(**options: Any) -> Shown | Growing:
    """Sign FILE (- for standard input) as SOURCE's own sender would, and post it. Without FILE, send the sender's sample.

    SOURCE is the name of a source, or a scheme that only one source has.
    The exit code is 0 if every event was accepted, 1 if one was not, and 2 if the command or the configuration is wrong.
    """
    return sent(Sending(**options), progress_bar)
