"""``hookline sources try``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any  # Any: the options are passed on

import click

from hookline.cli.options import example, recorded_request_option, secret_env_option
from hookline.cli.output import shows
from hookline.runtimes.direct.verify import proposed

if TYPE_CHECKING:
    from hookline.pipeline.shown import Shown

__all__ = ["try_source"]


@click.command(
    "try",
    epilog=example(
        "hookline sources try shop --request request.json --secret-env SHOP_SECRET",
        "hookline sources try shop --request - --secret-env SHOP_SECRET --url https://hooks.example.com/webhook/shop",
    ),
)
@click.argument("name")
@secret_env_option(required=True)
@recorded_request_option
@click.option("--url", metavar="URL", help="The public URL that the sender calls. [default: url in the file]")
@shows
def try_source(**given: Any) -> Shown:
    """Propose the configuration of a source NAME that verifies a genuine request, the strongest first.

    The request is tried by every sender of `hookline providers`, then by the options of the general schemes: which parts of it are
    signed, in which order, with which key. Each proposal was loaded and has verified the request. The exit code is 1 when nothing fits.
    No secret is printed. One request cannot show everything: try a second one with `hookline verify` before you rely on it.
    """
    return proposed(**given)
