"""Every IAM document is one that AWS takes, with actions, resources and conditions that belong together."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from hookline.infra.policy.documents import documents
from hookline.infra.policy.graph import Graph, Resource
from infra.changing import EVERY_OPTION
from infra.graph import graph
from infra.linting import DOCUMENT_SUPPRESSIONS, linted, unsuppressed

if TYPE_CHECKING:
    from hookline.infra.policy.documents import Document
    from infra.linting import DocumentSuppression

CONFIGS: dict[str, dict[str, str]] = {
    "as it comes": {},
    "with every option": EVERY_OPTION,
}


def all_documents() -> list[Document]:
    """Those of every configuration."""
    return [document for config in CONFIGS.values() for document in documents(graph(config))]


def policy(**statement: object) -> Document:
    """A role's policy of one statement."""
    text = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})
    made = Resource(type="aws:iam/rolePolicy:RolePolicy", name="made-up", inputs={"policy": text})
    (found,) = documents(Graph(resources=(made,)))
    return found


@pytest.mark.parametrize("config", CONFIGS)
def test_the_linter_has_nothing_to_say_but_what_is_suppressed(config: str) -> None:
    """AWS accepts an action that does not exist without an error, and then denies what it was meant to allow."""
    found = list(documents(graph(CONFIGS[config])))

    lints = [str(lint) for document in found for lint in unsuppressed(document)]

    assert lints == []
    assert {document.purpose for document in found} == {"trust", "identity", "resource", "key"}


@pytest.mark.parametrize("suppression", DOCUMENT_SUPPRESSIONS, ids=lambda suppression: suppression.issue)
def test_a_suppression_of_the_linters_findings_is_needed(suppression: DocumentSuppression) -> None:
    """An unneeded suppression would hide the next finding of its kind."""
    lifted = [lint for document in all_documents() for lint in linted(document) if lint.is_lifted_by(suppression)]

    assert lifted
    assert suppression.reason


@pytest.mark.parametrize(
    ("issue", "statement"),
    [
        (
            "UNKNOWN_ACTION",
            {"Action": "dynamodb:PutItems", "Resource": "arn:aws:dynamodb:eu-west-1:123456789012:table/t"},
        ),
        (
            "RESOURCE_MISMATCH",
            {"Action": "sqs:SendMessage", "Resource": "arn:aws:dynamodb:eu-west-1:123456789012:table/t"},
        ),
        ("RESOURCE_STAR", {"Action": "dynamodb:PutItem", "Resource": "*"}),
        ("INVALID_ARN", {"Action": "sqs:SendMessage", "Resource": "payments-queue"}),
        (
            "UNKNOWN_CONDITION_FOR_ACTION",
            {
                "Action": "sqs:SendMessage",
                "Resource": "arn:aws:sqs:eu-west-1:123456789012:q",
                "Condition": {"StringEquals": {"s3:prefix": "x"}},
            },
        ),
    ],
    ids=["misspelt action", "another service's resource", "any resource", "a name for an ARN", "a stray condition"],
)
def test_the_linter_finds_what_it_is_there_for(issue: str, statement: dict[str, object]) -> None:
    """It comes from another project and is loaded in a special way: it must still find faults."""
    lints = unsuppressed(policy(**statement))

    assert issue in {lint.issue for lint in lints}


def test_every_document_is_among_those_that_are_linted() -> None:
    """A new kind of resource with a document of its own must be added to the linter's list."""
    read = {document.resource.urn for document in all_documents()}

    holders = {
        resource.urn
        for config in CONFIGS.values()
        for resource in graph(config).resources
        for value in resource.inputs.values()
        if isinstance(value, str) and '"Statement"' in value
    }

    assert holders == read
