"""A graph in the form of ``terraform show -json plan``, which is what checkov reads best: it opens policies, which are text elsewhere."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeAlias

from terraform.translate import terraform_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.infra.policy.graph import Graph

__all__ = ["Json", "plan"]

Json: TypeAlias = "dict[str, Any]"  # Terraform's JSON, of any shape
_PROVIDER = "registry.terraform.io/hashicorp/aws"
_REFERENCE = re.compile(r"\$\{([\w.-]+)\}")
_NOT_OF_THE_SERVICE = frozenset({"depends_on", "lifecycle"})


def plan(graph: Graph, *, more: Mapping[str, Json] | None = None) -> Json:
    """The plan to create ``graph``. ``more`` are resources by their addresses, in Terraform's words.

    Values keep their references to other resources, which a real plan would have next to them.
    """
    found = {
        f"{kind}.{name}": {key: value for key, value in body.items() if key not in _NOT_OF_THE_SERVICE}
        for kind, named in terraform_json(graph)["resource"].items()
        for name, body in named.items()
    } | dict(more or {})
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.0",
        "planned_values": {"root_module": {"resources": [_planned(address, found[address]) for address in found]}},
        "resource_changes": [_changed(address, found[address]) for address in found],
        "configuration": {"root_module": {"resources": [_configured(address, found[address]) for address in found]}},
    }


def _named(address: str) -> Json:
    kind, _, name = address.partition(".")
    return {"address": address, "mode": "managed", "type": kind, "name": name}


def _planned(address: str, values: Json) -> Json:
    return _named(address) | {"provider_name": _PROVIDER, "schema_version": 0, "values": values}


def _changed(address: str, values: Json) -> Json:
    change = {"actions": ["create"], "before": None, "after": values, "after_unknown": {}}
    return _named(address) | {"change": change}


def _configured(address: str, values: Json) -> Json:
    """What refers to what: ``aws_kms_key.k.arn`` names the attribute, and then the resource."""
    references = {
        key: [part for found in _REFERENCE.findall(json.dumps(value)) for part in (found, found.rpartition(".")[0])]
        for key, value in values.items()
    }
    return _named(address) | {"expressions": {key: {"references": found} for key, found in references.items() if found}}
