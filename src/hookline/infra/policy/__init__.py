"""What a deployment is held to: rules over its graph of resources, in tests and as a policy pack."""

from hookline.infra.policy.controls import controls_table
from hookline.infra.policy.documents import Document, documents
from hookline.infra.policy.graph import Graph, Resource
from hookline.infra.policy.judging import RULES, judge
from hookline.infra.policy.rule import Finding, Option, Rule
from hookline.infra.policy.suppressions import DOCUMENT_SUPPRESSIONS, SUPPRESSIONS, DocumentSuppression, Suppression

__all__ = [
    "DOCUMENT_SUPPRESSIONS",
    "RULES",
    "SUPPRESSIONS",
    "Document",
    "DocumentSuppression",
    "Finding",
    "Graph",
    "Option",
    "Resource",
    "Rule",
    "Suppression",
    "controls_table",
    "documents",
    "judge",
]
