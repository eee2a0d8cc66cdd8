"""A rule: a name, where it comes from, what it demands, and a pure function that judges."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hookline.infra.policy.graph import Graph, Resource

__all__ = ["Faults", "Finding", "Option", "Rule", "needs_input", "on_graph", "on_resource"]


class Option(StrEnum):
    """What a stack chooses; a rule that belongs to one is judged when it was chosen. Named like the stack's settings."""

    CMK = "cmk"
    WAF = "waf"
    PROTECT = "protect"
    CONCURRENCY = "concurrency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong with which resource, and how to fix it."""

    rule: str
    resource: Resource
    fix: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.resource.address}: {self.fix}"


Faults: TypeAlias = "Iterator[tuple[Resource, str]]"
"""Pairs of a resource and how to fix it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One demand. ``sources`` are the vendors' ids of it, none for hookline's own; ``kinds`` empty means that it needs the whole graph."""

    name: str
    demands: str
    sources: tuple[str, ...]
    option: Option | None
    kinds: tuple[str, ...]
    find: Callable[[Graph], Faults]

    def judge(self, graph: Graph) -> Iterator[Finding]:
        """Everything in ``graph`` that breaks the rule. hookline's own rules know only hookline's own resources."""
        for resource, fix in self.find(graph if self.sources else graph.ours):
            yield Finding(rule=self.name, resource=resource, fix=fix)


def on_resource(
    name: str, *kinds: str, demands: str, sources: tuple[str, ...] = (), option: Option | None = None
) -> Callable[[Callable[[Resource], Iterator[str]]], Rule]:
    """Makes a rule of a function that judges one resource of ``kinds`` at a time and yields how to fix it."""

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
    """Makes a rule of a function that needs several resources to judge one."""

    def rule(find: Callable[[Graph], Faults]) -> Rule:
        return Rule(name=name, demands=demands, sources=sources, option=option, kinds=(), find=find)

    return rule
