"""``hookline doctor``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any  # Any: the options are the fields of a Question

import click

from hookline.cli.homes import HomeOption
from hookline.cli.options import config_option, data_dir_option, env_file_option, example, key_option
from hookline.cli.output import shows
from hookline.cli.targets import target_option
from hookline.cli.values import FOLDER
from hookline.domain.moment import LATEST_SECOND
from hookline.runtimes.direct.doctor import Question, answered

if TYPE_CHECKING:
    from hookline.pipeline.shown import Growing, Shown

__all__ = ["doctor"]


@click.command(
    epilog=example(
        "hookline doctor",
        "hookline doctor --target aws:prod --json",
        "hookline doctor --rejected 17",
        "hookline doctor --rejected 1796000000000000 --target aws:prod",
        "hookline doctor shop --request request.json",
        "hookline doctor shop --request -",
    )
)
@click.argument("source", required=False)
@click.option(
    "--request",
    "file",
    type=click.File("rb"),
    metavar="FILE",
    help="A request as JSON with method, url, headers and body or form; - is standard input.",
)
@click.option(
    "--rejected", "number", metavar="ID", type=int, help="The id of a stored rejected request, instead of a file."
)
@click.option(
    "--at",
    type=click.IntRange(0, LATEST_SECOND - 1),
    metavar="UNIX_SECONDS",
    help="When the file's request was received. [default: `now` in the file, else the signed time]",
)
@key_option
@click.option(
    "--clock-from",
    metavar="URL",
    cls=HomeOption,
    home="embedded",
    why="AWS sets the clock of the functions",
    help="Without a request: compare the clock with that of this host, such as https://example.com.",
)
@click.option(
    "--backups",
    type=FOLDER,
    cls=HomeOption,
    home="embedded",
    why="DynamoDB stores the backups of its table itself, not in a folder",
    help="Without a request: the folder of the backups, to see how old the newest is.",
)
@config_option
@data_dir_option
@env_file_option
@target_option
@click.option(
    "--api-endpoint",
    metavar="URL",
    cls=HomeOption,
    home="aws",
    why="hookline.toml says where the server of the embedded home listens",
    help="With --target: the API's URL, the stack's output api_endpoint. [default: looked up in API Gateway]",
)
@shows
def doctor(**options: Any) -> Shown | Growing:
    """Check an installation: what is wrong with it, and how to fix it. With a request, find why its signature does not fit.

    Without --request and --rejected it checks the configuration, the secrets, the machine and the running server; with --target it checks
    the deployment, and sends an event of hookline's own if the stack has the canary. Exit code 1 when it found a problem.

    With a request to SOURCE it finds the first cause that explains the refusal. Nothing is stored or changed, and no secret and
    no signature is printed. A sender's public key is fetched if the scheme uses one. With --target the rejected request and the secrets
    are those of an environment on AWS, and you need the right to read them.

    `hookline rejected` lists the requests that were refused, and tries them again once the cause is fixed. `hookline verify` checks a
    recorded request by one scheme, without hookline.toml.
    """
    return answered(Question(**options))
