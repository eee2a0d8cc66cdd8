"""``hookline rejected``."""

from __future__ import annotations

import click

from hookline.cli.options import config_option, env_file_option, example, limit_option
from hookline.cli.over_network import acting, acts_at_url, looking
from hookline.cli.values import reason_option
from hookline.runtimes.direct import rejected as direct
from hookline.runtimes.remote import acts, looks

__all__ = ["rejected"]

_source_option = click.option("--source", help="Only requests to this source.")


@click.group(
    epilog=example("hookline rejected list", "hookline rejected show 17", "hookline rejected retry --source shop")
)
def rejected() -> None:
    """List requests that were refused, and try them again, with or without a server running, or on AWS.

    `hookline doctor --rejected ID` finds the reason why one was refused, by the sources and secrets of hookline.toml. `hookline verify`
    checks a request that was saved to a file, without hookline.toml.
    """


@rejected.command(
    name="list",
    epilog=example("hookline rejected list --source shop --limit 50", "hookline rejected list --target aws:prod"),
)
@_source_option
@limit_option(20)
@click.option("--before", metavar="ID", type=int, help="Continue after a page that ended with this request.")
@looking(direct.list_rejected, looks.list_rejected)
def list_rejected() -> None:
    """List refused requests that are kept, the newest first."""


@rejected.command(
    name="show",
    epilog=example("hookline rejected show 17", "hookline rejected show 17 --json > request.json"),
)
@click.argument("number", metavar="ID", type=int)
@looking(direct.show_rejected, looks.show_rejected)
def show_rejected() -> None:
    """Show one refused request as it was received: headers, signature and body. With --json it is a file for doctor and verify."""


@rejected.command(
    name="retry",
    epilog=example(
        "hookline rejected retry 17 18",
        "hookline rejected retry --source shop --dry-run",
        "hookline rejected retry --source shop --reason 'the secret is right now'",
    ),
)
@click.argument("numbers", metavar="[ID...]", type=int, nargs=-1)
@_source_option
@click.option(
    "--accept-ambiguous",
    is_flag=True,
    help="Accept requests in which hookline reads a name that occurs twice (body_ambiguous).",
)
@reason_option
@click.option("--dry-run", is_flag=True, help="Only say what would happen to each; nothing is stored.")
@config_option
@env_file_option
@acting(direct.retry_rejected, acts_at_url(acts.retry))
def retry_rejected() -> None:
    """Try refused requests again, all of them unless some are named, in the order of their receipt.

    Each is verified at the time when it was received, by the current configuration and secrets. What is accepted is stored
    and put on its queues, and is no longer kept here; what is refused again stays. `hookline audit` says who did it, why, and how many
    were accepted. With --dry-run each is only verified and routed.

    A body in which a name occurs twice, with different values, can be read in two ways (body_ambiguous). Look at it first
    (`hookline rejected show`); with --accept-ambiguous it is accepted as it is. hookline reads the last member of that name in JSON and
    the first field in a form; its consumers may read the other one.

    With --target the validator of the environment does it, by the configuration and the secrets that are deployed: neither is needed
    here. What it accepts is passed to the router.
    """
