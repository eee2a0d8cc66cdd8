"""``hookline secrets``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hookline.cli.options import config_option, example
from hookline.cli.output import shows
from hookline.cli.over_network import looks_at_url
from hookline.cli.targets import aws_option, where_options
from hookline.config import load
from hookline.config.secret_values import LONGEST_VALUE, check_is_named, usable_value
from hookline.pipeline.secret_uses import used_secrets
from hookline.pipeline.shown import Shown, listed
from hookline.runtimes.aws_lambda.settings import named_value
from hookline.runtimes.aws_lambda.wiring.commands import open_secrets
from hookline.runtimes.embedded.fresh_secrets import fresh_secrets, write_secrets
from hookline.runtimes.embedded.settings import read_env_file
from hookline.runtimes.remote import looks

if TYPE_CHECKING:
    from hookline.cli.targets import Where

__all__ = ["secrets"]


@click.group(
    epilog=example(
        "hookline secrets set TRANSACTIONS_SECRET --target aws:prod < secret.txt",
        "hookline secrets list --target aws:prod",
        "hookline secrets status",
    )
)
def secrets() -> None:
    """Keep signing secrets on AWS, encrypted (here they stay in your environment or in .env), and see which are in use."""


@secrets.command(
    name="set",
    context_settings={"allow_extra_args": True},
    epilog=example(
        "hookline secrets set TRANSACTIONS_SECRET --target aws:prod < secret.txt",
        "hookline secrets set TRANSACTIONS_SECRET --target aws:prod --value-env NEW_SECRET",
        "hookline secrets set TRANSACTIONS_SECRET --target aws:prod --key alias/payments < secret.txt",
    ),
)
@click.argument("name")
@aws_option
@click.option("--value-env", metavar="VAR", help="The variable that holds the value. [default: standard input]")
@click.option(
    "--key",
    metavar="KEY",
    help="The KMS key that encrypts it: ARN, id or alias. [default: as it is now, else the account's]",
)
@config_option
@shows
@click.pass_context
def set_secret(
    ctx: click.Context,
    *,
    name: str,
    environment: str,
    value_env: str | None,
    key: str | None,
    config_path: Path,
) -> Shown:
    """Write the secret that hookline.toml calls NAME, over what is there. The functions take it up within minutes.

    The value is read from standard input, asked for at a terminal, or taken from a variable; never from the command line,
    where other users and the shell's history see it. It is checked as its sources' schemes will use it.
    """
    if ctx.args:
        raise click.UsageError("no value on the command line: it would stand in the shell's history")
    config = load(config_path)
    check_is_named(config, name)
    value = usable_value(config, name, _value(value_env))
    with open_secrets(environment) as store:
        written = store.put(name, value, key=key)
    encrypted = f", encrypted with {written.key}" if written.key else ""
    said = (
        f"{name} is written to {written.place}{encrypted}. Functions that run take it up within five minutes, "
        "or at the first signature that needs it."
    )
    if written.needs_grant:
        said += "\nFunctions may read it only where hookline:secretKeys of the stack has the ARN of this key."
    document = {"name": name, "place": written.place, "key": written.key, "needs_grant": written.needs_grant}
    return Shown(document=document, parts=[said])


@secrets.command(
    name="fresh",
    epilog=example("hookline secrets fresh", "hookline secrets fresh --config examples/senders/hookline.toml"),
)
@config_option
@click.option(
    "--env-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write. [default: .env beside the configuration]",
)
@shows
def fresh(*, config_path: Path, env_file: Path | None) -> Shown:
    """Write a fresh random value into .env for each secret that hookline.toml names and that is not there yet.

    The file is made for its owner only (mode 0600). For a real sender, put the secret that the sender shows in its place; for one that
    lets you choose, give it this one. No value is printed, and none that is there is changed.
    """
    config, file = load(config_path), env_file or config_path.with_name(".env")
    made = fresh_secrets(config, read_env_file(file) if file.exists() else ())
    if made:
        write_secrets(file, made)
    said = f"{file}: wrote {', '.join(made)}" if made else f"{file} has every secret already"
    return Shown(document={"file": str(file), "wrote": list(made)}, parts=[said])


@secrets.command(
    name="list",
    epilog=example("hookline secrets list --target aws:prod", "hookline secrets list --target aws:prod --json"),
)
@aws_option
@config_option
@shows
def list_secrets(*, environment: str, config_path: Path) -> Shown:
    """List the secrets that hookline.toml names, where each is kept, and whether it is there. No value is read."""
    config = load(config_path)
    with open_secrets(environment) as store:
        found = [store.look(name) for name in config.aws_secret_names]
    rows, documents = (one.as_row() for one in found), (one.as_document() for one in found)
    return listed(("secret", "place", "written"), rows, documents)


@secrets.command(
    name="status",
    epilog=example("hookline secrets status", "hookline secrets status --target aws:prod --json"),
)
@shows
@where_options
@config_option
@looks_at_url(looks.list_secret_uses)
def secrets_status(*, place: Where, config_path: Path) -> Shown:
    """Say when each secret last proved an event, by source: one that the sender no longer signs with can go.

    It goes by the events that are kept, all of which are looked at. No value is read.
    """
    config = load(config_path)
    with place.events() as events:
        found = used_secrets(config, events.secret_uses())
    rows, documents = (one.as_row() for one in found), (one.as_document() for one in found)
    return listed(("source", "secret", "last used", "events", ""), rows, documents)


def _value(variable: str | None) -> bytes:
    if variable is not None:
        value = named_value(variable)
        if value is None:
            raise click.UsageError(f"the variable {variable} is not set")
        return value
    if sys.stdin.isatty():
        typed: str = click.prompt("Value", hide_input=True, err=True)
        return typed.encode("utf-8", "surrogateescape")
    piped = sys.stdin.buffer.read(LONGEST_VALUE + 3)
    return piped.removesuffix(b"\n").removesuffix(b"\r")
