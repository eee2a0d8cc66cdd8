"""Where a command works: on a data directory, or on an environment on AWS (``--target aws:ENV``)."""

from __future__ import annotations

import click

from hookline.runtimes.opened import opened, opened_events

__all__ = ["aws_option", "opened", "opened_events", "target_option"]

_AWS = "aws:"


def _environment(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    if not value.startswith(_AWS) or value == _AWS:
        raise click.BadParameter("must be aws: and the name of an environment, such as aws:prod")
    return value.removeprefix(_AWS)


target_option = click.option(
    "--target",
    "environment",
    metavar="aws:ENV",
    callback=_environment,
    help="An environment on AWS, instead of the data directory.",
)
"""As ``environment``: that of AWS, or None for the data directory."""

aws_option = click.option(
    "--target", "environment", metavar="aws:ENV", callback=_environment, required=True, help="The environment on AWS."
)
"""The same for commands that only AWS has."""
