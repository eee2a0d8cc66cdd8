"""What Terraform's AWS provider knows of the types that hookline uses: their attributes and blocks, as the provider itself lists them.

``schema.json`` holds it, so that the translation needs no provider. It is written by ``make terraform-schema`` from
``terraform providers schema -json``, without descriptions, and with equal blocks stored once: a web ACL repeats its statements
thousands of times.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["FILE", "PROVIDER", "Attribute", "Block", "Schema", "recorded", "reduced", "written"]

FILE = Path(__file__).with_name("schema.json")
PROVIDER = "registry.terraform.io/hashicorp/aws"
_DIGITS = 12
Json: TypeAlias = "dict[str, Any]"  # what the provider says, of any shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One value. ``type`` is as Terraform writes it: ``string``, ``set(string)``."""

    type: str
    required: bool = False
    computed: bool = False
    optional: bool = False
    deprecated: bool = False

    @property
    def can_be_set(self) -> bool:
        """Whether a configuration may give it."""
        return self.required or self.optional


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A group of attributes and of further blocks. ``nesting`` is ``single``, ``list`` or ``set``; empty for a whole resource."""

    attributes: Mapping[str, Attribute]
    blocks: Mapping[str, Block]
    nesting: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A provider's resources and data sources by their names."""

    version: str
    resources: Mapping[str, Block]


@cache
def recorded() -> Schema:
    """The schema that was written to ``schema.json``."""
    found = json.loads(FILE.read_text("utf-8"))
    parts = found["blocks"]

    @cache
    def block(digest: str, nesting: str = "") -> Block:
        part = parts[digest]
        return Block(
            attributes={name: _attribute(said) for name, said in part["attributes"].items()},
            blocks={name: block(*reversed(said.split())) for name, said in part.get("blocks", {}).items()},
            nesting=nesting,
        )

    return Schema(version=found["version"], resources={name: block(digest) for name, digest in found["types"].items()})


def _attribute(said: str) -> Attribute:
    kind, *flags = said.split()
    return Attribute(type=kind, **dict.fromkeys(flags, True))


def reduced(whole: Json, version: str, types: Collection[str]) -> Json:
    """What ``schema.json`` is to hold of the answer ``whole`` of ``terraform providers schema -json``."""
    resources = whole["provider_schemas"][PROVIDER]["resource_schemas"]
    parts: dict[str, Json] = {}
    return {
        "provider": PROVIDER,
        "version": version,
        "types": {name: _stored(resources[name]["block"], parts) for name in sorted(types)},
        "blocks": dict(sorted(parts.items())),
    }


def _stored(block: Json, parts: dict[str, Json]) -> str:
    """Put a block and all that it holds into ``parts``, and return the digest that it is called by there."""
    attributes = {name: _described(said) for name, said in sorted(block.get("attributes", {}).items())}
    part: Json = {"attributes": attributes}
    inner = {
        name: f"{said['nesting_mode']} {_stored(said['block'], parts)}"
        for name, said in sorted(block.get("block_types", {}).items())
    }
    if inner:
        part["blocks"] = inner
    digest = hashlib.sha256(json.dumps(part, sort_keys=True).encode()).hexdigest()[:_DIGITS]
    parts[digest] = part
    return digest


def _described(said: Json) -> str:
    flags = [flag for flag in ("required", "optional", "computed", "deprecated") if said.get(flag)]
    return " ".join([_type(said["type"]), *flags])


def _type(said: Any) -> str:  # a word, or a list of a word and what it holds
    if isinstance(said, str):
        return said
    outer, inner = said
    return f"{outer}({_type(inner)})" if outer != "object" else outer


def written(found: Json) -> str:
    """The text of ``schema.json``: one line for each attribute, so that a new version of the provider can be read as a difference."""
    return json.dumps(found, indent=1, sort_keys=True) + "\n"
