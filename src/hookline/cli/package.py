"""``hookline package``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: the options are arguments of ``build``

import click

from hookline.cli.options import example, project_option
from hookline.cli.output import shows
from hookline.cli.values import FOLDER
from hookline.infra.packaging import ARCHITECTURES, PYTHONS, build
from hookline.infra.packaging.report import archives_shown

if TYPE_CHECKING:
    from hookline.pipeline.shown import Shown

__all__ = ["package"]


@click.command(
    epilog=example("hookline package --out dist", "hookline package --out dist --bytecode 3.13.5 --wheels wheels")
)
@click.option(
    "--out", type=FOLDER, required=True, help="The folder for layer.zip and function.zip; created if it does not exist."
)
@project_option
@click.option(
    "--arch",
    "architecture",
    type=click.Choice(ARCHITECTURES),
    default="arm64",
    show_default=True,
    help="The functions' processor.",
)
@click.option("--python", type=click.Choice(PYTHONS), default="3.13", show_default=True, help="The functions' Python.")
@click.option(
    "--bytecode",
    metavar="RELEASE",
    help="The exact release of CPython that compiles the archives (3.13.5), or none. [default: none, with a warning]",
)
@click.option(
    "--wheels",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Take the layer's wheels only from this folder. [default: the cache, else pip]",
)
@shows
def package(*, config_path: Path, **options: Any) -> Shown:
    """Build the two archives that the functions on AWS run from. The same inputs give the same bytes.

    layer.zip holds other people's packages, each pinned by its hash; function.zip holds hookline, hookline.toml and the
    schemas it names. A deployment builds both itself.
    """
    return archives_shown(build(config_path, **options))
