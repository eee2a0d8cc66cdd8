"""``hookline sources try``."""

from __future__ import annotations

from typing import IO

import click

from hookline.cli.exit_codes import FAILED
from hookline.cli.options import example, json_option, recorded_request_option, secret_env_option
from hookline.cli.output import print_json
from hookline.cli.terminal import safe
from hookline.config.keys import NAME, NAME_RULE
from hookline.domain.secret import Secret
from hookline.pipeline.proposals import propose
from hookline.pipeline.proposals.words import proposals_document, proposals_lines
from hookline.pipeline.request_file import recorded
from hookline.runtimes.embedded.settings import environment_values

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
@json_option
@click.pass_context
def try_source(
    ctx: click.Context, *, name: str, file: IO[bytes], names: tuple[str, ...], url: str | None, as_json: bool
) -> None:
    """Propose the configuration of a source NAME that verifies a genuine request, the strongest first.

    The request is tried by every sender of `hookline providers`, then by the options of the general schemes: which parts of it are
    signed, in which order, with which key. Each proposal was loaded and has verified the request. The exit code is 1 when nothing fits.
    No secret is printed. One request cannot tell everything: try a second one with `hookline verify` before you rely on it.
    """
    if not NAME.fullmatch(name):
        raise click.BadParameter(NAME_RULE, ctx, param_hint="NAME")
    request, called, _ = recorded(file.read(), name=getattr(file, "name", "standard input"))
    secrets = [Secret(name=one, value=value) for one, value in environment_values(names).items()]
    proposals = propose(request, secrets, url=url or called, name=name)
    if as_json:
        print_json(proposals_document(name, proposals))
    else:
        for line in proposals_lines(proposals):
            click.echo(safe(line))
    if not proposals.found:
        ctx.exit(FAILED)
