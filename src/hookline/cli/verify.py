"""``hookline verify``: one recorded request, without a server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any  # Any: the options are the fields of a RecordedCall

import click

from hookline.cli.options import example, key_option, recorded_request_option, secret_env_option
from hookline.cli.output import shows
from hookline.cli.values import read_by
from hookline.pipeline.recorded import option_pairs
from hookline.runtimes.direct.verify import RecordedCall, verified

if TYPE_CHECKING:
    from hookline.pipeline.shown import Shown

__all__ = ["verify"]


def _moment(_context: click.Context, _option: click.Parameter, value: str | None) -> datetime:
    """Seconds since 1970, with or without a fraction; without a value, now."""
    try:
        return datetime.now(UTC) if value is None else datetime.fromtimestamp(float(value), UTC)
    except (ValueError, OverflowError, OSError):
        raise click.BadParameter(f"{value!r} is not a time in seconds since 1970") from None


@click.command(
    epilog=example(
        "hookline verify stripe --secret-env STRIPE_SECRET --request call.json --at 1700000000",
        'hookline verify hmac --secret-env S --request call.json --option header=X-Sig --option "prefix=sha256="',
    )
)
@click.argument("scheme")
@secret_env_option(required=False)
@recorded_request_option
@click.option("--at", callback=_moment, metavar="UNIX_SECONDS", help="When the request was received. [default: now]")
@click.option(
    "--option",
    "options",
    callback=read_by(option_pairs),
    metavar="KEY=VALUE",
    multiple=True,
    help="An option of verify in hookline.toml; may be repeated.",
)
@key_option
@shows
def verify(**options: Any) -> Shown:
    """Check whether a request was signed by SCHEME's sender: print ok, or the reason why not.

    It reads no hookline.toml: the scheme, its options and its secrets are given here. To find out why a source of hookline.toml refuses a
    request, use `hookline doctor SOURCE --request FILE`. The requests that a server refused are in `hookline rejected list`.

    SCHEME is a provider of `hookline providers`. The exit code is 0 for ok, 1 for a request that does not verify, and 2 when the
    command or its file is wrong.
    """
    return verified(RecordedCall(**options))
