"""What ``hookline doctor`` prints of an installation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hookline.cli.output import print_json
from hookline.cli.terminal import safe
from hookline.config import load
from hookline.errors import ConfigError
from hookline.pipeline.checkup import Finding, finding_document, is_sound
from hookline.pipeline.checkup.finding import Level
from hookline.record import record
from hookline.runtimes.aws_lambda.wiring.checkup import look_at_environment
from hookline.runtimes.embedded.wiring.checkup import Installation, look_at_installation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Installed", "print_checkup"]

_COLORS = {Level.PROBLEM: "red", Level.WARNING: "yellow", Level.OK: "green", Level.UNKNOWN: "cyan"}


@record
class Installed:
    """Which installation is looked at, as the options of the command name it."""

    config_path: Path
    data_dir: Path
    env_file: Path | None
    environment: str | None
    api_endpoint: str | None
    clock_from: str | None
    backups: Path | None


def print_checkup(installed: Installed, *, as_json: bool) -> bool:
    """Look, print each finding as it is found, and whether no problem was among them."""
    found = []
    for finding in _findings(installed):
        found.append(finding)
        if not as_json:
            _print(finding)
    sound = is_sound(found)
    if as_json:
        print_json({"sound": sound, "findings": [finding_document(finding) for finding in found]})
    else:
        click.echo(_summary(found))
    return sound


def _findings(installed: Installed) -> Iterator[Finding]:
    """What is found; without a configuration nothing else can be judged."""
    if not installed.config_path.exists():
        text = f"there is no file {installed.config_path}"
        yield Finding(check="configuration", code="configuration_missing", text=text)
        return
    try:
        config = load(installed.config_path)
    except ConfigError as error:
        for one in error.complaints:
            yield Finding(check="configuration", code="configuration_invalid", text=str(one))
        return
    counts = (("source", config.sources), ("queue", config.queues), ("route", config.routes))
    text = ", ".join(_counted(len(found), name) for name, found in counts)
    yield Finding(check="configuration", text=f"{installed.config_path}: {text}")
    if installed.environment is not None:
        yield from look_at_environment(installed.environment, config, api_endpoint=installed.api_endpoint)
        return
    yield from look_at_installation(
        Installation(
            config=config,
            data_dir=installed.data_dir,
            env_file=installed.env_file,
            clock_from=installed.clock_from,
            backups=installed.backups,
        )
    )


def _print(finding: Finding) -> None:
    level = click.style(f"{finding.severity.value:<8}", fg=_COLORS[finding.severity])
    code = "" if finding.code is None else f" [{finding.code}]"
    click.echo(f"{level}{finding.check}{code}: {safe(finding.text)}")
    if finding.fix is not None:
        click.echo(f"{'':<8}fix: {finding.fix}")


def _summary(found: list[Finding]) -> str:
    counts = {level: sum(finding.severity is level for finding in found) for level in Level}
    named = ((Level.PROBLEM, "problem"), (Level.WARNING, "warning"))
    parts = [_counted(counts[level], name) for level, name in named]
    return f"\n{_counted(len(found), 'finding')}: {', '.join(parts)}, {counts[Level.UNKNOWN]} not known here"


def _counted(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}"
