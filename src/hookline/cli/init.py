"""``hookline init``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hookline.cli.options import example, template_folder
from hookline.cli.output import shows
from hookline.cli.values import FOLDER
from hookline.runtimes.direct.init import write_project

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.pipeline.shown import Shown

__all__ = ["init"]


@click.command(epilog=example("hookline init payments-hooks"))
@click.argument("directory", metavar="DIR", type=FOLDER)
@shows
def init(*, directory: Path) -> Shown:
    """Write a project into DIR that is ready to run: configuration, schema, samples, and a fresh secret in .env.

    No existing file is overwritten: if one of the files exists, none is written.
    """
    return write_project(directory, template_folder())
