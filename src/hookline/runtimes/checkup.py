"""Checks a whole installation of either home."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.config import load
from hookline.domain.counted import counted
from hookline.errors import ConfigError
from hookline.pipeline.checkup import Finding, finding_document, is_sound
from hookline.pipeline.checkup.finding import Level
from hookline.pipeline.shown import Marked, Shown
from hookline.record import record
from hookline.runtimes.aws_lambda.wiring.checkup import look_at_environment
from hookline.runtimes.embedded.wiring.checkup import Installation, look_at_installation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from hookline.pipeline.shown import Growing, Part

__all__ = ["Installed", "findings", "looked_over", "summary"]

_COLORS = {Level.PROBLEM: "red", Level.WARNING: "yellow", Level.OK: "green", Level.UNKNOWN: "cyan"}


@record
class Installed:
    """The options of the command: the installation to check."""

    config_path: Path
    data_dir: Path
    env_file: Path | None
    environment: str | None
    api_endpoint: str | None
    clock_from: str | None
    backups: Path | None


def looked_over(installed: Installed) -> Growing:
    """Each finding as soon as it is known, and last the summary, which has failed where there is a problem."""
    found = []
    for finding in findings(installed):
        found.append(finding)
        yield from _parts(finding)
    sound = is_sound(found)
    document = {"sound": sound, "findings": [finding_document(finding) for finding in found]}
    yield Shown(document=document, parts=[summary(found)], failed=not sound)


def _parts(finding: Finding) -> Iterator[Part]:
    level, code = finding.severity, "" if finding.code is None else f" [{finding.code}]"
    yield Marked(mark=f"{level.value:<8}", color=_COLORS[level], text=f"{finding.check}{code}: {finding.text}")
    if finding.fix is not None:
        yield f"{'':<8}fix: {finding.fix}"


def findings(installed: Installed) -> Iterator[Finding]:
    """All findings; without a valid configuration nothing else can be checked."""
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
    text = ", ".join(counted(len(found), name) for name, found in counts)
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


def summary(found: Sequence[Finding]) -> str:
    """A line with the number of findings of each level."""
    counts = {level: sum(finding.severity is level for finding in found) for level in Level}
    named = ((Level.PROBLEM, "problem"), (Level.WARNING, "warning"))
    parts = [counted(counts[level], name) for level, name in named]
    return f"\n{counted(len(found), 'finding')}: {', '.join(parts)}, {counts[Level.UNKNOWN]} not known here"
