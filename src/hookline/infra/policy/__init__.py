"""What a deployment is held to: rules over its graph of resources, in tests and as a policy pack."""

from hookline.infra.policy.controls import controls_table
from hookline.infra.policy.documents import Document, documents
from hookline.infra.policy.graph import Graph, Resource
from hookline.infra.policy.judging import RULES, judge
from hookline.infra.policy.rule import Finding, Option, Rule
from hookline.infra.policy.suppressions import DOCUMENT_WAIVERS, WAIVERS, DocumentWaiver, Waiver

__all__ = [
    "DOCUMENT_WAIVERS",
    "RULES",
    "WAIVERS",
    "Document",
    "DocumentWaiver",
    "Finding",
    "Graph",
    "Option",
    "Resource",
    "Rule",
    "Waiver",
    "controls_table",
    "documents",
    "judge",
]
