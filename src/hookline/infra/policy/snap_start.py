"""Rules for functions with SnapStart: a published version, an alias for callers, and no option that Lambda refuses with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hookline.infra.policy.rule import on_graph

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hookline.infra.policy.graph import Graph, Resource
    from hookline.infra.policy.rule import Faults, Rule

__all__ = ["SNAP_START_RULES", "called_arns"]

_FUNCTION, _ALIAS, _PERMISSION = "lambda.Function", "lambda.Alias", "lambda.Permission"
_PUBLISHED = "PublishedVersions"
_FIRST_PYTHON = 12
_MOST_STORAGE = 512


def called_arns(graph: Graph, function: Resource) -> set[str]:
    """The resource that API Gateway may invoke: the alias if ``function`` starts from snapshots, otherwise the function."""
    if not _is_snapped(function):
        return {function.given("invokeArn")}
    return {alias.given("invokeArn") for alias in _aliases(graph, function)}


@on_graph(
    "snap-start-live",
    demands="a function with SnapStart is called through an alias of a published version: only such a version has a snapshot",
)
def _live(graph: Graph) -> Faults:
    for function in graph.of(_FUNCTION):
        aliases = list(_aliases(graph, function))
        if _is_snapped(function):
            yield from ((function, fix) for fix in _unpublished(function, aliases))
        for alias in aliases:
            if alias.text("functionVersion") != function.given("version"):
                yield alias, "set function_version to the version of its function"
        called = {alias.given("name") for alias in aliases} if _is_snapped(function) else {""}
        for permission in graph.of(_PERMISSION):
            if function.is_called(permission.at("function")) and permission.text("qualifier") not in called:
                yield permission, "set qualifier to the alias of a function with SnapStart, and to none otherwise"


@on_graph(
    "snap-start-unsupported",
    demands="a function with SnapStart has no option that Lambda refuses together with it: provisioned concurrency, a file system, "
    f"more than {_MOST_STORAGE} MB of storage, a Python before 3.{_FIRST_PYTHON}",
)
def _alone(graph: Graph) -> Faults:
    for function in filter(_is_snapped, graph.of(_FUNCTION)):
        yield from ((function, fix) for fix in _refused(function))
        for reserved in graph.of("lambda.ProvisionedConcurrencyConfig"):
            if function.is_called(reserved.at("functionName")):
                yield reserved, "remove it, or remove snap_start from its function"


def _unpublished(function: Resource, aliases: Sequence[Resource]) -> Iterator[str]:
    if function.at("publish") is not True:
        yield "set publish, so that each deployment creates a version"
    if not aliases:
        yield "give it an alias"


def _refused(function: Resource) -> Iterator[str]:
    """https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html#snapstart-runtimes."""
    python = re.fullmatch(r"python3\.(\d+)", function.text("runtime"))
    if python is None or int(python[1]) < _FIRST_PYTHON:
        yield f"set runtime to python3.{_FIRST_PYTHON} or later"
    if function.at("fileSystemConfig") is not None:
        yield "remove file_system_config"
    if (function.number("ephemeralStorage", "size") or 0) > _MOST_STORAGE:
        yield f"set ephemeral_storage.size to {_MOST_STORAGE} or less"


def _is_snapped(function: Resource) -> bool:
    return function.at("snapStart", "applyOn") == _PUBLISHED


def _aliases(graph: Graph, function: Resource) -> Iterator[Resource]:
    return (alias for alias in graph.of(_ALIAS) if function.is_called(alias.at("functionName")))


SNAP_START_RULES: tuple[Rule, ...] = (_live, _alone)
