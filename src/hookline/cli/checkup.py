"""What ``hookline doctor`` prints of an installation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hookline.cli.output import print_json
from hookline.cli.terminal import safe
from hookline.pipeline.checkup import finding_document, is_sound
from hookline.pipeline.checkup.finding import Level
from hookline.runtimes.checkup import findings, summary

if TYPE_CHECKING:
    from hookline.pipeline.checkup import Finding
    from hookline.runtimes.checkup import Installed

__all__ = ["print_checkup"]

_COLORS = {Level.PROBLEM: "red", Level.WARNING: "yellow", Level.OK: "green", Level.UNKNOWN: "cyan"}


def print_checkup(installed: Installed, *, as_json: bool) -> bool:
    """Look, print each finding as it is found, and whether no problem was among them."""
    found = []
    for finding in findings(installed):
        found.append(finding)
        if not as_json:
            _print(finding)
    sound = is_sound(found)
    if as_json:
        print_json({"sound": sound, "findings": [finding_document(finding) for finding in found]})
    else:
        click.echo(summary(found))
    return sound


def _print(finding: Finding) -> None:
    level = click.style(f"{finding.severity.value:<8}", fg=_COLORS[finding.severity])
    code = "" if finding.code is None else f" [{finding.code}]"
    click.echo(f"{level}{finding.check}{code}: {safe(finding.text)}")
    if finding.fix is not None:
        click.echo(f"{'':<8}fix: {finding.fix}")
