"""``hookline package``."""

from __future__ import annotations

from pathlib import Path

import click

from hookline.cli.options import example, json_option, project_option
from hookline.cli.output import print_json, print_table
from hookline.cli.terminal import safe
from hookline.infra.packaging import ARCHITECTURES, PYTHONS, SIZE_LIMIT, build

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
@json_option
def package(
    *, out: Path, config_path: Path, arch: str, python: str, bytecode: str | None, wheels: Path | None, as_json: bool
) -> None:
    """Build the two archives that the functions on AWS run from, the same bytes from the same inputs.

    layer.zip holds other people's packages, each pinned by its hash; function.zip holds hookline, hookline.toml and the
    schemas it names. A deployment builds them by itself.
    """
    archives = build(config_path, out, architecture=arch, python=python, bytecode=bytecode, wheels=wheels)
    for warning in archives.warnings:
        click.echo(f"warning: {warning}", err=True)
    if as_json:
        print_json(archives.as_document())
        return
    print_table(
        ("archive", "zipped", "unzipped", "sha256"),
        [
            (safe(str(archive.path)), f"{archive.size:,}", f"{archive.unzipped:,}", archive.sha256)
            for archive in (archives.layer, archives.function)
        ],
    )
    click.echo(
        f"\n{archives.target.architecture}, Python {archives.target.python}, bytecode: {archives.bytecode or 'none'}; "
        f"unzipped {archives.unzipped / _MEBIBYTE:.1f} MiB of the {SIZE_LIMIT / _MEBIBYTE:.0f} MiB that Lambda allows"
    )
