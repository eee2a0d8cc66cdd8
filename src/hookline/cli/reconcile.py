"""``hookline reconcile``."""

from __future__ import annotations

from pathlib import Path

import click

from hookline.cli.options import config_option, env_file_option, example
from hookline.cli.over_network import acting, acts_at_url
from hookline.runtimes import reconciling

__all__ = ["reconcile"]


@click.command(
    epilog=example(
        "hookline reconcile stripe --since 24h --type 'charge.*'",
        "hookline reconcile github --since 2d --hook repos/acme/shop/hooks/42 --redeliver --reason 'outage of Monday'",
        "hookline reconcile stripe --since 24h --undelivered --backfill --reason 'outage of Monday'",
    )
)
@click.argument("source")
@click.option(
    "--since", metavar="TIME", required=True, help="From this time on: a time, a day, or how long ago, such as 2h."
)
@click.option("--until", metavar="TIME", help="Before this time. [default: now]")
@click.option("--type", "types", multiple=True, help="Only this type; * matches any text; may be repeated.")
@click.option("--undelivered", is_flag=True, help="Only events that the sender itself counts as not delivered.")
@click.option("--hook", metavar="PATH", help="GitHub: the webhook, as repos/OWNER/REPO/hooks/ID or orgs/ORG/hooks/ID.")
@click.option(
    "--report",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Adyen: its payment accounting report, as CSV.",
)
@click.option("--credentials-env", metavar="NAME", help="The variable with the credentials of the sender's API.")
@click.option("--backfill", is_flag=True, help="Accept and store the missing events, as the sender's API returns them.")
@click.option("--redeliver", is_flag=True, help="Ask the sender to send the missing events again (GitHub, PayPal).")
@click.option("--reason", help="The reason, which is stored in the audit log. Needed to change anything.")
@click.option("--resume", metavar="PAGE", help="Continue at the page that an error named.")
@config_option
@env_file_option
@acting(reconciling.reconcile, acts_at_url(reconciling.reconcile_remote))
def reconcile() -> None:
    """Compare what arrived at SOURCE with what its sender's API says it has sent, and list the missing events.

    Stripe, GitHub and PayPal have an API for this. For Adyen the command reads a report file. The exit code is 0 if nothing is missing, or
    if everything that was missing was stored or requested again, and 1 otherwise. Events of the last 5 minutes are left out: they may
    still arrive.
    """
