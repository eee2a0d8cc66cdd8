"""``hookline check``: the whole configuration, its secrets, what is stored beyond it, and where one body would go."""

from __future__ import annotations

import tomllib
from dataclasses import asdict
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

from hookline.config import load
from hookline.config.units import UnusableError
from hookline.pipeline.route_decision import decide_event, decision_document, decision_lines, tried_event
from hookline.pipeline.shown import Lines, Shown, complaint_lines, separated
from hookline.pipeline.topology import topology
from hookline.pipeline.topology_tables import topology_tables
from hookline.record import record
from hookline.runtimes.embedded.settings import read_secrets
from hookline.runtimes.embedded.weak_secrets import weak_secrets
from hookline.runtimes.env_file import env_file_beside
from hookline.runtimes.opened import stored_differences

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from hookline.config import Config
    from hookline.domain.source import Source
    from hookline.errors import Complaint
    from hookline.pipeline.shown import Part
    from hookline.pipeline.stored_state import Difference

__all__ = ["Check", "checked"]


@record
class Check:
    """The options of the command: what to check. Raises UnusableError for options that exclude each other."""

    config_path: Path
    tried: IO[bytes] | None
    source: str | None
    secrets: bool
    env_file: Path | None
    data_dir: Path | None
    environment: str | None

    def __post_init__(self) -> None:
        if self.data_dir is not None and self.environment is not None:
            raise UnusableError("--data-dir and --target cannot be used together")
        if self.env_file is not None and not self.secrets:
            raise UnusableError("--env-file is read only with --secrets")
        if self.tried is None and self.source is not None:
            raise UnusableError("--source is used only with --try")


def checked(check: Check, aws_warnings: Callable[[Config], Sequence[Complaint]]) -> Shown:
    """The configuration with every default, and the results of the chosen checks. Raises ConfigError with every complaint."""
    config = load(check.config_path)
    if check.tried is not None:
        return _decision(config, _source(config, check.source), check.tried.read())
    secrets, weak = _secrets(check, config)
    shape, on_aws = topology(config, tomllib.loads(check.config_path.read_text("utf-8"))), aws_warnings(config)
    compared = stored_differences(config, check.data_dir, check.environment)
    document = {
        **asdict(shape),
        "secrets_checked": None if secrets is None else sorted(secrets),
        "stored": None if compared is None else [{**asdict(one), "facts": dict(one.facts)} for one in compared],
        "on_aws": [asdict(one) for one in on_aws],
    }
    parts: list[Part] = [*separated(topology_tables(shape)), Lines(lines=[f"note: {note}" for note in shape.notes])]
    if secrets is not None:
        parts.append(f"secrets: {len(secrets)} of {len(config.local_secret_names)} there and usable")
    parts += [*_stored(compared), *complaint_lines("on AWS", on_aws)]
    return Shown(document=document, parts=parts, warnings=[f"Warning: {one}" for one in weak])


def _secrets(check: Check, config: Config) -> tuple[Mapping[str, bytes] | None, Sequence[Complaint]]:
    """The values of the secrets, and why some are weak; None where they are not checked."""
    if not check.secrets:
        return None, []
    env = env_file_beside(check.config_path, check.env_file)
    found = read_secrets(config, env, serving=True)
    return found, weak_secrets(config, found, env)


def _source(config: Config, name: str | None) -> Source:
    """The source of this name, or the only one. Raises UnusableError."""
    found = [one for one in config.sources if name in (None, one.name)]
    if len(found) == 1:
        return found[0]
    raise UnusableError(f"name one of the sources with --source: {', '.join(one.name for one in config.sources)}")


def _decision(config: Config, source: Source, body: bytes) -> Shown:
    event = tried_event(source, body, at=datetime.now(UTC))
    decision = decide_event(event, config.routes)
    document = {"source": source.name, "type": event.type, **decision_document(decision)}
    return Shown(document=document, parts=[Lines(lines=[f"type: {event.type}", *decision_lines(decision)])])


def _stored(compared: Sequence[Difference] | None) -> list[Part]:
    if compared is None:
        return []
    if not compared:
        return ["", "stored: everything that is stored has a place in this configuration"]
    return ["", Lines(lines=[f"warning [{one.code}]: {one}" for one in compared])]
