"""Reads a function's settings from its environment variables and reports all problems together. No other module reads them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from hookline.adapters.aws.names import (
    ENVIRONMENT_RULE,
    PROJECT_FOLDER,
    VAR_BUCKET,
    VAR_CANARY,
    VAR_CANARY_QUEUE_URL,
    VAR_CANARY_URL,
    VAR_CONFIG,
    VAR_ENVIRONMENT,
    VAR_QUEUE_URL_PREFIX,
    VAR_ROUTER,
    VAR_TABLE,
    is_environment,
)
from hookline.errors import Complaint, ConfigError
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "CanarySettings",
    "RecovererSettings",
    "RouterSettings",
    "ValidatorSettings",
    "environment_name",
    "inside_lambda",
    "named_value",
    "operator_region",
    "read_canary",
    "read_recoverer",
    "read_router",
    "read_validator",
    "starts_from_snapshot",
]

_SET_BY_LAMBDA = "AWS_LAMBDA_FUNCTION_NAME"
_INITIALIZED_BY = "AWS_LAMBDA_INITIALIZATION_TYPE"
_PROJECT = Path(__file__).parents[3] / PROJECT_FOLDER / "hookline.toml"
"""The project folder, next to the package in the function's archive."""


@record
class ValidatorSettings:
    """The settings of the validator; ``router`` is the function's name or ARN. ``queue_url_prefix`` is empty where no queue is FIFO."""

    environment: str
    table: str
    bucket: str
    router: str
    queue_url_prefix: str
    config: Path
    has_canary: bool = False


@record
class RouterSettings:
    """The settings of the router."""

    environment: str
    table: str
    bucket: str
    queue_url_prefix: str
    config: Path
    has_canary: bool = False


@record
class RecovererSettings:
    """The settings of the recoverer."""

    environment: str
    table: str
    router: str
    config: Path


@record
class CanarySettings:
    """The settings of the canary: the URL that its events are posted to, and the queue on which they arrive."""

    environment: str
    url: str
    queue_url: str
    config: Path


def read_validator(environ: Mapping[str, str] | None = None) -> ValidatorSettings:
    """The validator's settings, by default from this process's environment. Raises ConfigError with all problems."""
    found = _Found(environ)
    settings = ValidatorSettings(
        environment=found.environment(),
        table=found.text(VAR_TABLE),
        bucket=found.text(VAR_BUCKET),
        router=found.text(VAR_ROUTER),
        queue_url_prefix=found.url_prefix(required=False),
        config=found.config(),
        has_canary=found.canary(),
    )
    found.check()
    return settings


def read_router(environ: Mapping[str, str] | None = None) -> RouterSettings:
    """The router's settings, as ``read_validator`` reads its own."""
    found = _Found(environ)
    settings = RouterSettings(
        environment=found.environment(),
        table=found.text(VAR_TABLE),
        bucket=found.text(VAR_BUCKET),
        queue_url_prefix=found.url_prefix(),
        config=found.config(),
        has_canary=found.canary(),
    )
    found.check()
    return settings


def read_recoverer(environ: Mapping[str, str] | None = None) -> RecovererSettings:
    """The recoverer's settings, as ``read_validator`` reads its own."""
    found = _Found(environ)
    settings = RecovererSettings(
        environment=found.environment(),
        table=found.text(VAR_TABLE),
        router=found.text(VAR_ROUTER),
        config=found.config(),
    )
    found.check()
    return settings


def read_canary(environ: Mapping[str, str] | None = None) -> CanarySettings:
    """The canary's settings, as ``read_validator`` reads its own."""
    found = _Found(environ)
    settings = CanarySettings(
        environment=found.environment(),
        url=found.text(VAR_CANARY_URL),
        queue_url=found.text(VAR_CANARY_QUEUE_URL),
        config=found.config(),
    )
    found.check()
    return settings


def environment_name() -> str:
    """The environment's name for metrics, even when the name is not valid."""
    return os.environ.get(VAR_ENVIRONMENT) or "unknown"


def inside_lambda() -> bool:
    """Whether Lambda runs this process."""
    return _SET_BY_LAMBDA in os.environ


def starts_from_snapshot() -> bool:
    """Whether Lambda saves this process as a snapshot and starts other processes from it (SnapStart)."""
    return os.environ.get(_INITIALIZED_BY) == "snap-start"


def operator_region() -> str | None:
    """The region for commands; None leaves it to the profile.

    The AWS CLI knows both variables; botocore knows only the second.
    """
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or None


def named_value(variable: str) -> bytes | None:
    """The value of the variable, None when it is not set."""
    value = os.environ.get(variable)
    return None if value is None else value.encode("utf-8", "surrogateescape")


class _Found:
    """Reads variables one by one, and collects the problems."""

    def __init__(self, environ: Mapping[str, str] | None) -> None:
        self._environ = os.environ if environ is None else environ
        self._complaints: list[Complaint] = []

    def text(self, name: str) -> str:
        value = self._environ.get(name, "")
        if not value:
            self._complain(name, "is not set")
        return value

    def environment(self) -> str:
        value = self.text(VAR_ENVIRONMENT)
        if value and not is_environment(value):
            self._complain(VAR_ENVIRONMENT, ENVIRONMENT_RULE)
        return value

    def url_prefix(self, *, required: bool = True) -> str:
        value = self.text(VAR_QUEUE_URL_PREFIX) if required else self._environ.get(VAR_QUEUE_URL_PREFIX, "")
        if value and not (value.startswith(("https://", "http://")) and value.endswith("/")):
            self._complain(VAR_QUEUE_URL_PREFIX, "must be a queue's URL up to its last slash, with that slash")
        return value

    def config(self) -> Path:
        value = self._environ.get(VAR_CONFIG)
        return Path(value) if value else _PROJECT

    def canary(self) -> bool:
        return self._environ.get(VAR_CANARY) == "true"

    def check(self) -> None:
        """Raise ConfigError if there was any problem."""
        if self._complaints:
            raise ConfigError(self._complaints)

    def _complain(self, name: str, why: str) -> None:
        self._complaints.append(Complaint(where=name, why=why))
