"""``hookline reconcile``."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: what an option takes is its own affair

import click

from hookline.cli.exit_codes import FAILED
from hookline.cli.options import config_option, env_file_beside, env_file_option, example, json_option
from hookline.cli.output import print_json, print_table
from hookline.cli.over_network import at_url
from hookline.cli.reasons import fresh_run
from hookline.cli.targets import where_options
from hookline.cli.terminal import safe
from hookline.cli.values import refused_as_usage
from hookline.config import load
from hookline.pipeline.backfill import Intake
from hookline.pipeline.reconcile import comparison, gap_document, gap_row
from hookline.runtimes.aws_lambda.wiring import commands as aws
from hookline.runtimes.embedded.wiring import commands as embedded
from hookline.runtimes.reconciling import AskedComparison, Comparison

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from hookline.cli.targets import Where
    from hookline.config import Config
    from hookline.runtimes.control_room_api import Api

__all__ = ["reconcile"]


def _there(api: Api, *, place: Where, **given: Any) -> None:  # noqa: ARG001 -- it is not for --url
    """With ``--url``: the events are looked up there."""
    if given["backfill"]:
        raise click.UsageError("--backfill is not for --url: run it where the data directory is, or with --target")
    _compare(lambda _: nullcontext(Intake(known=api.has_event)), **given)


@click.command(
    epilog=example(
        "hookline reconcile stripe --since 24h --type 'charge.*'",
        "hookline reconcile github --since 2d --hook repos/acme/shop/hooks/42 --redeliver --reason 'outage of Monday'",
        "hookline reconcile stripe --since 24h --undelivered --backfill --reason 'outage of Monday'",
    )
)
@click.argument("source")
@click.option(
    "--since", metavar="TIME", required=True, help="From then on: a time, a day, or how long ago, such as 2h."
)
@click.option("--until", metavar="TIME", help="Before then. [default: now]")
@click.option("--type", "types", multiple=True, help="Only this type; * stands for anything; may be repeated.")
@click.option("--undelivered", is_flag=True, help="Only what the sender itself counts as not delivered.")
@click.option("--hook", metavar="PATH", help="GitHub: the webhook, as repos/OWNER/REPO/hooks/ID or orgs/ORG/hooks/ID.")
@click.option(
    "--report",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Adyen: its payment accounting report, as CSV.",
)
@click.option("--credentials-env", metavar="NAME", help="The variable with the credentials of the sender's API.")
@click.option("--backfill", is_flag=True, help="Take in what is missing, as the sender's API has it.")
@click.option("--redeliver", is_flag=True, help="Ask the sender to send what is missing again (GitHub, PayPal).")
@click.option("--reason", help="Why: needed to change anything, and kept in the audit log.")
@click.option("--resume", metavar="PAGE", help="Go on at the page that an error named.")
@where_options
@config_option
@env_file_option
@json_option
@at_url(_there)
def reconcile(*, place: Where, **given: Any) -> None:
    """Compare what arrived at SOURCE with what its sender's API says it has sent, and list what is missing.

    Stripe, GitHub and PayPal can be asked, and a report of Adyen can be read. The exit code is 0 when nothing is missing or all of it was
    taken in or asked for again, 1 when something is missing. What is younger than 5 minutes is not judged: it may be under way.
    """

    def opened(config: Config) -> AbstractContextManager[Intake]:
        if place.environment is not None:
            return aws.open_intake(place.environment, config)
        return embedded.open_intake(place.data_dir, config)

    _compare(opened, **given)


def _compare(
    opened: Callable[[Config], AbstractContextManager[Intake]],
    *,
    config_path: Path,
    env_file: Path | None,
    as_json: bool,
    **asked: Any,
) -> None:
    config = load(config_path)
    with refused_as_usage():
        run, env = fresh_run(asked["reason"]), env_file_beside(config_path, env_file)
        found = Comparison(config, AskedComparison(**asked), run, env)
    if found.note and not as_json:
        click.echo(found.note, err=True)
    try:
        with opened(config) as intake:
            found.look(intake)
    finally:  # what was found is printed although the rest could not be asked for
        if as_json:
            print_json({**found.done.summary(), "missing": [gap_document(gap) for gap in found.gaps]})
        else:
            _print(found)
    if not found.is_closed:
        raise click.exceptions.Exit(FAILED)


def _print(found: Comparison) -> None:
    if found.gaps:
        print_table(("missing", "type", "sent", "the sender thinks", "done"), map(gap_row, found.gaps))
    click.echo(comparison(found.gaps, found.done))
    if not found.done.is_whole and found.done.resume:
        click.echo(safe(f"not all was compared: go on with --resume '{found.done.resume}'"), err=True)
