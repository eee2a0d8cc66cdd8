"""``hookline package``."""

from __future__ import annotations

from pathlib import Path

import click

from hookline.cli.options import example, project_option
from hookline.cli.output import shows
from hookline.infra.packaging import ARCHITECTURES, PYTHONS, SIZE_LIMIT, build
from hookline.pipeline.shown import Shown, Table

__all__ = ["package"]

_MEBIBYTE = 1024 * 1024


@click.command(
    epilog=example("hookline package --out dist", "hookline package --out dist --bytecode 3.13.5 --wheels wheels")
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Where layer.zip and function.zip go; made if it is not there.",
)
@project_option
@click.option(
    "--arch", type=click.Choice(ARCHITECTURES), default="arm64", show_default=True, help="The functions' processor."
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
    help="Take the layer's wheels from this folder and nowhere else. [default: the cache, else pip]",
)
@shows
def package(
    *, out: Path, config_path: Path, arch: str, python: str, bytecode: str | None, wheels: Path | None
) -> Shown:
    """Build the two archives that the functions on AWS run from, the same bytes from the same inputs.

    layer.zip holds other people's packages, each pinned by its hash; function.zip holds hookline, hookline.toml and the
    schemas it names. A deployment builds them by itself.
    """
    archives = build(config_path, out, architecture=arch, python=python, bytecode=bytecode, wheels=wheels)
    rows = [
        (str(archive.path), f"{archive.size:,}", f"{archive.unzipped:,}", archive.sha256)
        for archive in (archives.layer, archives.function)
    ]
    said = (
        f"\n{archives.target.architecture}, Python {archives.target.python}, bytecode: {archives.bytecode or 'none'}; "
        f"unzipped {archives.unzipped / _MEBIBYTE:.1f} MiB of the {SIZE_LIMIT / _MEBIBYTE:.0f} MiB that Lambda allows"
    )
    table = Table(columns=("archive", "zipped", "unzipped", "sha256"), rows=rows)
    warnings = [f"warning: {one}" for one in archives.warnings]
    return Shown(document=archives.as_document(), parts=[table, said], warnings=warnings)
