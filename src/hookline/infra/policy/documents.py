"""Reads IAM documents into statements."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.infra.policy.graph import Graph, Resource

__all__ = ["DOCUMENTS", "Document", "Statement", "documents", "read", "refuses_plain_http"]

DOCUMENTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "iam.Role": ("assumeRolePolicy", "trust"),
        "iam.RolePolicy": ("policy", "identity"),
        "iam.Policy": ("policy", "identity"),
        "sqs.QueuePolicy": ("policy", "resource"),
        "sns.TopicPolicy": ("policy", "resource"),
        "s3.BucketPolicy": ("policy", "resource"),
        "kms.Key": ("policy", "key"),
        "kms.KeyPolicy": ("policy", "key"),
    }
)
"""The input that has the document of each kind of resource, and the purpose of the document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement, with lists also where IAM allows one text for a list of one."""

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]]
    negated: bool

    @property
    def allows(self) -> bool:
        """Whether it allows (and does not deny)."""
        return self.effect == "Allow"

    def condition(self, key: str) -> tuple[str, ...]:
        """Every value that ``key`` is compared with, by any operator; keys are case-insensitive."""
        return tuple(
            value
            for keys in self.conditions.values()
            for name, values in keys.items()
            if name.lower() == key.lower()
            for value in values
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document with the resource that holds it. ``purpose`` is trust, identity, resource or key."""

    resource: Resource
    purpose: str
    text: str
    statements: tuple[Statement, ...]


def documents(graph: Graph, *kinds: str) -> Iterator[Document]:
    """Every document in ``graph``, or only those of these kinds of resources. An unreadable one has no statements."""
    for resource in graph.of(*(kinds or DOCUMENTS)):
        where, purpose = DOCUMENTS[resource.kind]
        text = _text(resource.at(where))
        yield Document(resource=resource, purpose=purpose, text=text, statements=read(text))


def read(text: str) -> tuple[Statement, ...]:
    """The statements of a document; empty when it cannot be read."""
    try:
        whole = json.loads(text)
    except ValueError:
        return ()
    statements = whole.get("Statement", ()) if isinstance(whole, Mapping) else ()
    many = statements if isinstance(statements, list) else [statements]
    return tuple(_statement(one) for one in many if isinstance(one, Mapping))


def refuses_plain_http(statements: tuple[Statement, ...], *actions: str) -> bool:
    """Whether it denies one of ``actions`` to everyone without TLS."""
    return any(
        statement.effect == "Deny"
        and "*" in statement.principals
        and not set(statement.actions).isdisjoint(actions)
        and statement.condition("aws:SecureTransport") == ("false",)
        for statement in statements
    )


def _text(document: object) -> str:
    """A document as a map: the provider accepts it as text or as a map."""
    return document if isinstance(document, str) else json.dumps(document, default=str)


def _statement(one: Mapping[str, object]) -> Statement:
    conditions = one.get("Condition")
    return Statement(
        effect=str(one.get("Effect", "")),
        actions=_many(one.get("Action")) or _many(one.get("NotAction")),
        resources=_many(one.get("Resource")) or _many(one.get("NotResource")),
        principals=_principals(one.get("Principal")) or _principals(one.get("NotPrincipal")),
        conditions={
            operator: {key: _many(values) for key, values in keys.items()}
            for operator, keys in (conditions.items() if isinstance(conditions, Mapping) else ())
            if isinstance(keys, Mapping)
        },
        negated=any(key in one for key in ("NotAction", "NotResource", "NotPrincipal")),
    )


def _many(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(item) for item in value) if isinstance(value, list) else (str(value),)


def _principals(value: object) -> tuple[str, ...]:
    """The principals: service names, ARNs, account numbers, or ``*``."""
    if isinstance(value, Mapping):
        return tuple(name for names in value.values() for name in _many(names))
    return _many(value)
