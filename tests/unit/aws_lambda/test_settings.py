"""What the functions read from their environment."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import hookline
from hookline.adapters.aws import names
from hookline.errors import ConfigError
from hookline.runtimes.aws_lambda.settings import (
    environment_name,
    inside_lambda,
    read_recoverer,
    read_router,
    read_validator,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RIGHT = {
    names.VAR_ENVIRONMENT: "dev",
    names.VAR_TABLE: "transaction-events-dev",
    names.VAR_BUCKET: "webhook-bodies",
    names.VAR_ROUTER: "event-router-dev",
    names.VAR_QUEUE_URL_PREFIX: "https://sqs.us-east-1.amazonaws.com/123456789012/",
}
NEEDED = {
    read_validator: {names.VAR_ENVIRONMENT, names.VAR_TABLE, names.VAR_BUCKET, names.VAR_ROUTER},
    read_router: {names.VAR_ENVIRONMENT, names.VAR_TABLE, names.VAR_BUCKET, names.VAR_QUEUE_URL_PREFIX},
    read_recoverer: {names.VAR_ENVIRONMENT, names.VAR_TABLE, names.VAR_ROUTER},
}
every_function = pytest.mark.parametrize("read", NEEDED, ids=lambda read: read.__name__)


def complaints(read: Callable[[Mapping[str, str]], object], environ: Mapping[str, str]) -> dict[str, str]:
    """What is wrong, by variable."""
    with pytest.raises(ConfigError) as refused:
        read(environ)
    return {complaint.where: complaint.why for complaint in refused.value.complaints}


@every_function
def test_each_function_needs_its_own_variables_and_no_other(read: Callable[[Mapping[str, str]], object]) -> None:
    """A function cannot change by mistake what it has no name for."""
    environ = {name: RIGHT[name] for name in NEEDED[read]}  # type: ignore[index]  # the functions are its keys

    read(environ)

    for name in environ:
        assert complaints(read, environ | {name: ""}) == {name: "is not set"}


@every_function
def test_everything_that_is_missing_is_reported_together(read: Callable[[Mapping[str, str]], object]) -> None:
    """Each deployment to find the next missing variable takes minutes."""
    assert set(complaints(read, {})) == NEEDED[read]  # type: ignore[index]  # the functions are its keys


def test_values_arrive_under_their_names() -> None:
    """Nobody would find a table's name in the bucket's variable until a large body comes."""
    settings = read_validator(RIGHT)

    assert (settings.environment, settings.table) == ("dev", "transaction-events-dev")
    assert (settings.bucket, settings.router) == ("webhook-bodies", "event-router-dev")
    assert read_router(RIGHT).queue_url_prefix.endswith("/123456789012/")


def test_an_environment_that_cannot_be_one_is_refused() -> None:
    """It is part of every name, and a dimension of every metric."""
    assert complaints(read_recoverer, RIGHT | {names.VAR_ENVIRONMENT: "Dev_1"}) == {
        names.VAR_ENVIRONMENT: names.ENVIRONMENT_RULE
    }


@pytest.mark.parametrize("value", ["sqs.us-east-1.amazonaws.com/1/", "https://sqs.us-east-1.amazonaws.com/1", "/"])
def test_a_prefix_that_makes_no_queue_url_is_refused(value: str) -> None:
    """Every send would fail, one by one, each with another message."""
    assert set(complaints(read_router, RIGHT | {names.VAR_QUEUE_URL_PREFIX: value})) == {names.VAR_QUEUE_URL_PREFIX}


def test_the_configuration_is_next_to_the_package_unless_a_variable_names_another() -> None:
    """The archive has it there."""
    packaged = Path(hookline.__file__).parents[1] / names.PROJECT_FOLDER / "hookline.toml"

    assert read_validator(RIGHT).config == packaged
    assert read_router(RIGHT | {names.VAR_CONFIG: "/opt/own.toml"}).config == Path("/opt/own.toml")


def test_the_process_environment_is_read_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda sets it."""
    for name, value in RIGHT.items():
        monkeypatch.setenv(name, value)

    assert read_recoverer().table == "transaction-events-dev"
    assert environment_name() == "dev"


def test_without_an_environment_lines_are_still_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line that says what is missing needs a name for the function."""
    monkeypatch.delenv(names.VAR_ENVIRONMENT, raising=False)

    assert environment_name() == "unknown"


def test_lambda_is_known_by_what_it_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere nothing is opened on import."""
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME", raising=False)
    outside = inside_lambda()
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "webhook-validator-dev")

    assert (outside, inside_lambda()) == (False, True)


def test_nothing_else_of_the_aws_home_reads_the_environment() -> None:
    """Nobody checks a setting that is read elsewhere."""
    package = Path(hookline.__file__).parent
    folders = [package / "runtimes" / "aws_lambda", package / "adapters" / "aws"]
    readers = {
        path.name
        for folder in folders
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"}
    }

    assert readers == {"settings.py"}
