"""The recorded graph of a stack as Terraform's JSON, by the provider's own schema.

Names and shapes come from the schema: whether something is an attribute or a block, a list or a single value. Where a program used an
output of another resource, the translation has a reference to it, and what Pulumi would wait for without using it is in
``depends_on``: the order in which Terraform works is the program's own. Two options of Pulumi's have no counterpart and are left away:
what is retained when it is removed, and which one goes first when a resource is replaced (except a deployment).

``terraform_json`` needs neither Terraform nor the provider.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from terraform.naming import input_name, snake, type_name
from terraform.schema import recorded
from terraform.too_old import TOO_OLD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from hookline.infra.policy.graph import Graph, Resource
    from terraform.schema import Attribute, Block, Schema
    from terraform.too_old import TooOld

__all__ = ["TranslationError", "address", "terraform_json", "types"]

Json: TypeAlias = "dict[str, Any]"  # Terraform's JSON, of any shape
_PROVIDER = "pulumi:providers:aws"
_WRAPPED = "4dabf18193072939515e22adb298388d"
"""The SDK's mark of a secret."""
_ARCHIVE = "archive "
_TOKEN = re.compile(r"<\w+ [^<>]+\.\w+>")
_NAMES = frozenset({"name", "bucket", "layerName", "stageName"})
"""Inputs that others take as outputs: the text that the program itself wrote, and the name of the resource."""
_PART_OF_A_NAME = r"[A-Za-z0-9_-]"
_PART_OF_A_NUMBER = "[0-9]"
_ACCOUNT = "data.aws_caller_identity.current.account_id"
_REPLACED_FIRST_MADE = frozenset({"apigateway.Deployment"})
"""A stage cannot be without a deployment: https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/api_gateway_deployment"""


class TranslationError(Exception):
    """A graph cannot be said in Terraform's words."""


def types(graph: Graph) -> frozenset[str]:
    """The provider's types of all resources in ``graph``."""
    return frozenset(type_name(resource.kind) for resource in _made(graph))


def address(resource: Resource) -> str:
    """How Terraform calls it: ``aws_sqs_queue.hookline-payments-queue``."""
    return f"{type_name(resource.kind)}.{re.sub(r'[^A-Za-z0-9_-]', '_', resource.name)}"


def terraform_json(
    graph: Graph,
    schema: Schema | None = None,
    *,
    archives: Mapping[str, Path] | None = None,
    outputs: Mapping[str, object] | None = None,
    account: str = "",
    provider: Mapping[str, object] | None = None,
    too_old: Iterable[TooOld] = TOO_OLD,
) -> Json:
    """The stack as the content of a ``.tf.json`` file.

    ``archives`` are the files behind the archives' names; ``outputs`` are the stack's. Where ``account`` is given, it is asked for instead
    of written. ``provider`` has further settings of the provider, such as endpoints. Raises TranslationError for an input that
    the schema does not know, unless ``too_old`` has it.
    """
    return _Translation(
        schema=schema or recorded(),
        made={resource.urn: resource for resource in _made(graph)},
        archives=archives or {},
        account=account,
        too_old=tuple(too_old),
    ).whole(graph, outputs or {}, provider or {})


def _made(graph: Graph) -> Iterator[Resource]:
    """The resources that the provider makes: not components, not the provider."""
    return (resource for resource in graph.resources if resource.type.startswith("aws:"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Translation:
    """One graph while it is translated."""

    schema: Schema
    made: Mapping[str, Resource]
    archives: Mapping[str, Path]
    account: str
    too_old: tuple[TooOld, ...]
    _values: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def whole(self, graph: Graph, outputs: Mapping[str, object], provider: Mapping[str, object]) -> Json:
        resources: dict[str, Json] = {}
        for resource in self.made.values():
            kind, _, name = address(resource).partition(".")
            named = resources.setdefault(kind, {})
            if name in named:
                raise TranslationError(f"two resources are called {kind}.{name}")
            named[name] = self._resource(resource)
        written: Json = {
            "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}},
            "provider": {"aws": _provider(graph) | dict(provider)},
        }
        if resources:
            written["resource"] = resources
        if self.account:
            written["data"] = {"aws_caller_identity": {"current": {}}}
        if outputs:
            everything = _Text(self._referable(self.made), self.account)
            written["output"] = {key: {"value": everything.translated(value)} for key, value in outputs.items()}
        return written

    def _resource(self, resource: Resource) -> Json:
        """One resource, with what it waits for."""
        wanted = type_name(resource.kind)
        block = self.schema.resources.get(wanted)
        if block is None:
            raise TranslationError(f"{resource.address}: the provider's schema has no {wanted}")
        text = _Text(self._referable(_used(resource)), self.account)
        try:
            body = self._block(resource, dict(resource.inputs), block, text, ())
        except TranslationError as error:
            raise TranslationError(f"{resource.address}: {error}") from None
        if "filename" in body and "source_code_hash" in block.attributes:
            body["source_code_hash"] = f'${{filebase64sha256("{body["filename"]}")}}'
        waits = sorted({address(self.made[urn]) for urn in resource.depends_on if urn in self.made} - text.references)
        if waits:
            body["depends_on"] = waits
        return body | _lifecycle(resource)

    def _block(self, resource: Resource, inputs: Json, block: Block, text: _Text, path: tuple[str, ...]) -> Json:
        """The inputs of a resource, or of a block inside it at ``path``."""
        for entry in self.too_old:
            if (entry.kind, entry.within) == (resource.kind, path) and entry.key in inputs:
                inputs = entry.change(inputs)
        known = {name for name, attribute in block.attributes.items() if attribute.can_be_set} | set(block.blocks)
        body: Json = {}
        for key, value in inputs.items():
            name = input_name(resource.kind, key, known, nested=bool(path))
            if name is None:
                raise TranslationError(f"{'.'.join((*path, key))} is not in the provider's schema")
            if name in block.attributes:
                body[name] = _shaped(self._value(value, text), block.attributes[name])
            else:
                inner = block.blocks[name]
                parts = value if isinstance(value, list) else [value]
                body[name] = [self._block(resource, dict(part), inner, text, (*path, key)) for part in parts]
        return body

    def _value(self, value: object, text: _Text) -> Any:  # JSON
        """The value of an attribute: secrets unwrapped, archives as files, outputs of others as references."""
        if isinstance(value, Mapping) and _WRAPPED in value:
            value = value["value"]
        if isinstance(value, str) and value.startswith(_ARCHIVE):
            name = value.removeprefix(_ARCHIVE)
            return str(self.archives.get(name, name))
        return text.translated(value)

    def _referable(self, urns: Iterable[str]) -> list[tuple[str, str]]:
        """The known outputs of these resources with the references to them, longest first: an ARN before the name in it."""
        found = [pair for urn in urns if urn in self.made for pair in self._values_of(urn)]
        return sorted(found, key=lambda pair: -len(pair[0]))

    def _values_of(self, urn: str) -> list[tuple[str, str]]:
        if urn not in self._values:
            resource = self.made[urn]
            block = self.schema.resources.get(type_name(resource.kind))
            known = block.attributes if block else {}
            self._values[urn] = [
                (value, f"{address(resource)}.{name}")
                for key, value in resource.outputs.items()
                if isinstance(value, str)
                and value
                and (key in _NAMES or key not in resource.inputs)
                and key != "region"
                if (name := input_name(resource.kind, key, known)) is not None
            ]
        return self._values[urn]


class _Text:
    """Text with references in the place of what is known of other resources. ``references`` has whom it found."""

    def __init__(self, values: Sequence[tuple[str, str]], account: str) -> None:
        self._references = dict(reversed([*values, *([(account, _ACCOUNT)] if account else [])]))
        self.references: set[str] = set()
        longest_first = sorted(self._references, key=len, reverse=True)
        self._known = re.compile("|".join(map(_single, longest_first))) if longest_first else None

    def translated(self, value: object) -> Any:  # JSON
        """``value`` with references; the keys of maps stay as they are."""
        if isinstance(value, Mapping):
            return {key: self.translated(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.translated(inner) for inner in value]
        return self._said(value) if isinstance(value, str) else value

    def _said(self, text: str) -> str:
        if self._known is None:
            return _literal(text)
        parts, end = [], 0
        for match in self._known.finditer(text):
            reference = self._references[match.group()]
            self.references.add(reference.rpartition(".")[0])
            parts += [_literal(text[end : match.start()]), f"${{{reference}}}"]
            end = match.end()
        return "".join([*parts, _literal(text[end:])])


def _single(value: str) -> str:
    """A pattern for ``value``, unless it is a part of a longer name or number. A token cannot be."""
    pattern = re.escape(value)
    if value.startswith("<"):
        return pattern
    longer = _PART_OF_A_NUMBER if value.isdecimal() else _PART_OF_A_NAME
    return f"(?<!{longer}){pattern}(?!{longer})"


def _literal(text: str) -> str:
    """Text that Terraform takes as it is."""
    token = _TOKEN.search(text)
    if token:
        raise TranslationError(f"{token.group()} is an output of a resource that was not declared as used")
    return text.replace("${", "$${").replace("%{", "%%{")


def _used(resource: Resource) -> Iterable[str]:
    """The resources whose outputs may be in the inputs."""
    uses: frozenset[str] = getattr(resource, "uses", frozenset())
    return uses or resource.depends_on


def _shaped(value: Any, attribute: Attribute) -> Any:  # JSON
    """pulumi-aws takes a list that can have one value as that value."""
    is_list = attribute.type.startswith(("list(", "set("))
    return [value] if is_list and not isinstance(value, list) else value


def _lifecycle(resource: Resource) -> Json:
    said: Json = {}
    if resource.kind in _REPLACED_FIRST_MADE and not resource.delete_before_replace:
        said["create_before_destroy"] = True
    if resource.protect:
        said["prevent_destroy"] = True
    ignored: tuple[str, ...] = getattr(resource, "ignored", ())
    if ignored:
        said["ignore_changes"] = [snake(key) for key in ignored]
    return {"lifecycle": said} if said else {}


def _provider(graph: Graph) -> Json:
    """The settings of the program's provider, whose inputs come as text."""
    inputs = next((resource.inputs for resource in graph.resources if resource.type == _PROVIDER), {})
    tags = json.loads(str(inputs.get("defaultTags", "{}")))
    found: Json = {"region": inputs.get("region")} if "region" in inputs else {}
    return found | ({"default_tags": [{"tags": tags["tags"]}]} if tags.get("tags") else {})
