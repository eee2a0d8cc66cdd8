"""A graph with one thing changed: what a program with that fault would have declared."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from hookline.infra.policy.graph import Graph, Resource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["EVERY_OPTION", "Change", "document", "having", "put", "registered", "without"]

EVERY_OPTION = {
    "cmk": "true",
    "waf": "true",
    "protect": "true",
    "validatorConcurrency": "100",
    "routerConcurrency": "50",
    "manageApiGatewayAccount": "true",
    "alarmEmail": "operators@example.com",
    "snapStart": "true",
    "secretKeys": "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
}
"""A stack's configuration under which every rule is judged."""

Change: TypeAlias = "Callable[[Graph], Graph]"


def put(kind: str, path: str, value: object, *, name: str = "") -> Change:
    """The first resource of ``kind`` (called ``name``) has ``value`` at the dotted ``path`` of its inputs; None takes it away."""

    def change(resource: Resource) -> Resource:
        inputs = deepcopy(dict(resource.inputs))
        place: object = inputs
        *way, last = path.split(".")
        for step in way:
            place = place[int(step)] if isinstance(place, list) else _inside(place, step)
        assert isinstance(place, dict)
        place[last] = value
        if value is None:
            del place[last]
        return replace(resource, inputs=inputs)

    return _one(kind, name, change)


def document(kind: str, key: str, change: Callable[[dict[str, object]], object], *, name: str = "") -> Change:
    """The first statement of a resource's JSON document is changed in place."""

    def changed(resource: Resource) -> Resource:
        text = resource.at(key)
        assert isinstance(text, str)
        whole = json.loads(text)
        change(whole["Statement"][0])
        return replace(resource, inputs={**resource.inputs, key: json.dumps(whole)})

    return _one(kind, name, changed)


def registered(
    kind: str,
    *,
    name: str = "",
    protect: bool | None = None,
    delete_before_replace: bool | None = None,
    depends_on: tuple[str, ...] | None = None,
) -> Change:
    """The first resource of ``kind`` was registered with other options."""

    def change(resource: Resource) -> Resource:
        return replace(
            resource,
            protect=resource.protect if protect is None else protect,
            delete_before_replace=delete_before_replace is True,
            depends_on=resource.depends_on if depends_on is None else depends_on,
        )

    return _one(kind, name, change)


def without(kind: str, *, name: str = "") -> Change:
    """There is no resource of ``kind``, or none called ``name``."""

    def change(graph: Graph) -> Graph:
        left = tuple(one for one in graph.resources if not _fits(one, kind, name))
        assert len(left) < len(graph.resources), f"there is no {kind} {name}"
        return Graph(resources=left)

    return change


def having(kind: str, inputs: Mapping[str, object]) -> Change:
    """There is one resource more."""
    service, _, word = kind.partition(".")
    more = Resource(type=f"aws:{service}/{word[0].lower()}{word[1:]}:{word}", name="more", inputs=inputs)
    return lambda graph: Graph(resources=(*graph.resources, more))


def _one(kind: str, name: str, change: Callable[[Resource], Resource]) -> Change:
    def changed(graph: Graph) -> Graph:
        found = next(one for one in graph.resources if _fits(one, kind, name))
        return Graph(resources=tuple(change(one) if one is found else one for one in graph.resources))

    return changed


def _fits(resource: Resource, kind: str, name: str) -> bool:
    return resource.kind == kind and name in resource.name


def _inside(place: object, step: str) -> object:
    assert isinstance(place, dict)
    return place.setdefault(step, {})
