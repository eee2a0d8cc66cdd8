"""Reads a stored rejected request of either home as a case for the doctor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.pipeline.doctor.case import case_of, spelled_case
from hookline.runtimes.aws_lambda.wiring.commands import kept_with_secrets
from hookline.runtimes.embedded.settings import find_secrets
from hookline.runtimes.embedded.wiring.commands import kept_beside_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hookline.config import Config
    from hookline.pipeline.doctor.case import Case

__all__ = ["kept_case"]


def kept_case(
    config: Config, source: str | None, number: int, environment: str | None, data_dir: Path, env_file: Path | None
) -> tuple[Case, Mapping[str, bytes]]:
    """The case of a rejected request, from the data directory or an environment on AWS, with the secrets of that home."""
    if environment is not None:
        kept, secrets = kept_with_secrets(environment, config, number)
        return spelled_case(case_of(config, secrets, source or kept.source, kept.request)), secrets
    found = find_secrets(config, env_file)
    kept = kept_beside_secrets(config, data_dir, number, found)
    return case_of(config, found, source or kept.source, kept.request), found
