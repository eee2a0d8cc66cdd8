"""``hookline secrets``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from hookline.cli.options import config_option, example
from hookline.cli.output import shows
from hookline.cli.over_network import looking
from hookline.cli.targets import aws_option
from hookline.cli.values import written_env_file_option
from hookline.config.secret_values import LONGEST_VALUE
from hookline.runtimes.aws_lambda.settings import named_value
from hookline.runtimes.direct import secrets as direct
from hookline.runtimes.remote import looks

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.pipeline.shown import Shown

__all__ = ["secrets"]

_SET = "hookline secrets set TRANSACTIONS_SECRET --target aws:prod"


@click.group(
    epilog=example(
        f"{_SET} < secret.txt",
        "hookline secrets list --target aws:prod",
        "hookline secrets status",
    )
)
def secrets() -> None:
    """Store signing secrets on AWS, encrypted, and see which are in use. A server reads its secrets from the environment or from .env."""


@secrets.command(
    name="set",
    context_settings={"allow_extra_args": True},
    epilog=example(
        f"{_SET} < secret.txt", f"{_SET} --value-env NEW_SECRET", f"{_SET} --key alias/payments < secret.txt"
    ),
)
@click.argument("name")
@aws_option
@click.option("--value-env", metavar="VAR", help="The variable that holds the value. [default: standard input]")
@click.option(
    "--key",
    metavar="KEY",
    help="The KMS key that encrypts it: ARN, id or alias. [default: the key in use now, else the account's default key]",
)
@config_option
@shows
@click.pass_context
def set_secret(
    ctx: click.Context, *, name: str, environment: str, value_env: str | None, key: str | None, config_path: Path
) -> Shown:
    """Write the secret that hookline.toml calls NAME, in place of an existing value. Running functions read it within minutes.

    The value is read from standard input, asked for at a terminal, or taken from a variable; never from the command line,
    where other users and the shell's history see it. It is checked as its sources' schemes will use it.
    """
    if ctx.args:
        raise click.UsageError("no value on the command line: the shell's history would keep it")
    return direct.set_secret(config_path, environment, name, lambda: _value(value_env), key=key)


@secrets.command(
    name="fresh",
    epilog=example("hookline secrets fresh", "hookline secrets fresh --config examples/senders/hookline.toml"),
)
@config_option
@written_env_file_option
@shows
def fresh(*, config_path: Path, env_file: Path | None) -> Shown:
    """Write a fresh random value into .env for each secret that hookline.toml names and .env does not have.

    Only the owner can read the file (mode 0600). For a real sender, replace the value with the secret that the sender shows; if the
    sender lets you choose the secret, give it this one. No value is printed, and no existing value is changed.
    """
    return direct.write_fresh(config_path, env_file or config_path.with_name(".env"))


@secrets.command(
    name="list",
    epilog=example("hookline secrets list --target aws:prod", "hookline secrets list --target aws:prod --json"),
)
@aws_option
@config_option
@shows
def list_secrets(*, environment: str, config_path: Path) -> Shown:
    """List the secrets that hookline.toml names, where each is stored, and whether it exists. No value is read."""
    return direct.list_secrets(config_path, environment)


@secrets.command(
    name="status",
    epilog=example("hookline secrets status", "hookline secrets status --target aws:prod --json"),
)
@config_option
@looking(direct.list_uses, looks.list_secret_uses)
def secrets_status() -> None:
    """Show when each secret last verified an event, by source. A secret that the sender no longer signs with can be removed.

    It reads all stored events, and no value of a secret.
    """


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
