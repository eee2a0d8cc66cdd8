"""The inputs of a pipeline: an environment's settings and the hookline.toml that they name, checked together."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hookline.config import load
from hookline.config.canary import with_canary, with_wanted_canary
from hookline.errors import ConfigError
from hookline.infra import service_limits
from hookline.infra.settings import DEFAULT_PROJECT, Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

    from hookline.config import Config
    from hookline.errors import Complaint

__all__ = ["PipelineArgs"]

_SOME_ENVIRONMENT = "dev"


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineArgs:
    """One environment's settings and its hookline.toml. Raises ConfigError with all problems for which AWS would refuse it.

    Where the settings name no archives, they are packaged into ``build``.
    """

    settings: Settings
    build: Path = Path(".build")
    config: Config = field(init=False, repr=False)

    def __post_init__(self) -> None:
        config = with_wanted_canary(load(self.settings.project))
        if self.settings.canary and config.canary is None:
            config = with_canary(config)
        if complaints := service_limits.complaints(config, self.settings):
            raise ConfigError(complaints)
        object.__setattr__(self, "config", config)

    @property
    def has_canary(self) -> bool:
        """Whether the environment has the canary's source and queue: for operators' commands, or also for a function that sends."""
        return self.settings.canary or self.config.canary is not None

    @classmethod
    def read(cls, written: Mapping[str, str], *, stack: str) -> Self:
        """The arguments from a stack's configuration, as ``read_settings`` reads it.

        Raises ConfigError with all problems of the settings and of the project together.
        """
        try:
            settings = read_settings(written, stack=stack)
        except ConfigError as error:
            project = Path(written.get("project") or DEFAULT_PROJECT)
            raise ConfigError([*error.complaints, *cls._complaints(project)]) from None
        return cls(settings=settings)

    @classmethod
    def _complaints(cls, project: Path) -> Sequence[Complaint]:
        """The problems of the project in an example environment, used when the real settings are not valid."""
        try:
            cls(settings=Settings(environment=_SOME_ENVIRONMENT, project=project))
        except ConfigError as error:
            return error.complaints
        return ()
