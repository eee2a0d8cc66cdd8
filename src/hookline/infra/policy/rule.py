"""A rule: a name, its sources, a demand, and a pure function that checks it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hookline.infra.policy.graph import Graph, Resource

__all__ = ["Faults", "Finding", "Option", "Rule", "needs_input", "on_graph", "on_resource"]


class Option(StrEnum):
    """The options of a stack, named like its settings; a rule of an option is checked only when the option is on."""

    CMK = "cmk"
    WAF = "waf"
    PROTECT = "protect"
    CONCURRENCY = "concurrency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A violation of a rule: the resource and how to fix it."""

    rule: str
    resource: Resource
    fix: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.resource.address}: {self.fix}"


Faults: TypeAlias = "Iterator[tuple[Resource, str]]"
"""Pairs of a resource and how to fix it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One demand. ``sources`` are its ids in vendors' rules, empty for hookline's own; with empty ``kinds`` it needs the whole graph."""

    name: str
    demands: str
    sources: tuple[str, ...]
    option: Option | None
    kinds: tuple[str, ...]
    find: Callable[[Graph], Faults]

    def judge(self, graph: Graph) -> Iterator[Finding]:
        """Every violation of the rule in ``graph``. hookline's own rules check only hookline's own resources."""
        for resource, fix in self.find(graph if self.sources else graph.ours):
            yield Finding(rule=self.name, resource=resource, fix=fix)


def on_resource(
    name: str, *kinds: str, demands: str, sources: tuple[str, ...] = (), option: Option | None = None
) -> Callable[[Callable[[Resource], Iterator[str]]], Rule]:
    """Makes a rule from a function that checks one resource of ``kinds`` at a time and yields how to fix it."""

    def rule(find_in: Callable[[Resource], Iterator[str]]) -> Rule:
        def find(graph: Graph) -> Faults:
            return ((resource, fix) for resource in graph.of(*kinds) for fix in find_in(resource))

        return Rule(name=name, demands=demands, sources=sources, option=option, kinds=kinds, find=find)

    return rule


def needs_input(
    name: str,
    kind: str,
    path: str,
    *,
    demands: str,
    fix: str,
    value: object = None,
    sources: tuple[str, ...] = (),
    option: Option | None = None,
) -> Rule:
    """A rule that every resource of ``kind`` sets the input at ``path`` (keys with dots between): to ``value``, or else to anything."""

    def find_in(resource: Resource) -> Iterator[str]:
        found = resource.at(*path.split("."))
        if (not found) if value is None else found != value:
            yield fix

    return on_resource(name, kind, demands=demands, sources=sources, option=option)(find_in)


def on_graph(
    name: str, *, demands: str, sources: tuple[str, ...] = (), option: Option | None = None
) -> Callable[[Callable[[Graph], Faults]], Rule]:
    """Makes a rule from a function that needs several resources for a check."""

    def rule(find: Callable[[Graph], Faults]) -> Rule:
        return Rule(name=name, demands=demands, sources=sources, option=option, kinds=(), find=find)

    return rule
