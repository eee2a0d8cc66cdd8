"""IAM documents through parliament, which knows every action with its resources and conditions, offline."""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hookline.infra.policy.documents import Document

__all__ = ["DOCUMENT_SUPPRESSIONS", "DocumentSuppression", "Lint", "linted", "unsuppressed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSuppression:
    """Lifts one kind of finding of the IAM linter, in documents of ``purpose`` whose detail contains ``says`` in lower case."""

    issue: str
    purpose: str
    reason: str
    says: str = ""


DOCUMENT_SUPPRESSIONS: tuple[DocumentSuppression, ...] = (
    DocumentSuppression(
        issue="MALFORMED",
        purpose="trust",
        says="neither resource nor notresource",
        reason="A trust policy has no resource: it is the role's own.",
    ),
    DocumentSuppression(
        issue="RESOURCE_STAR",
        purpose="key",
        reason="In a key's own policy * is that key.",
    ),
    DocumentSuppression(
        issue="UNKNOWN_CONDITION_FOR_ACTION",
        purpose="key",
        says="kms:encryptioncontext:aws:logs:arn",
        reason="CloudWatch Logs names the log group in this context, and AWS's guide for encrypted log groups holds it against all five "
        "kinds of actions. DescribeKey, which has no context, is then not allowed, and not needed.",
    ),
    DocumentSuppression(
        issue="MISMATCHED_TYPE",
        purpose="key",
        says="arnlike requires a value of type arn but given string",
        reason="The same condition: an encryption context is text, which here has the shape of an ARN.",
    ),
    DocumentSuppression(
        issue="RESOURCE_MISMATCH",
        purpose="identity",
        says="logs:describeloggroups",
        reason="The linter's list is older than the service, which holds this action against arn:...:log-group:* today.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lint:
    """One finding of the linter's."""

    document: Document
    issue: str
    detail: str

    def __str__(self) -> str:
        return f"{self.document.resource.address}: {self.issue}: {self.detail}"

    def is_lifted_by(self, suppression: DocumentSuppression) -> bool:
        """Whether a suppression is about it."""
        return (
            suppression.issue == self.issue
            and suppression.purpose == self.document.purpose
            and suppression.says in self.detail.lower()
        )


def linted(document: Document) -> list[Lint]:
    """Everything that the linter has to say of a document."""
    policy = _parliament().analyze_policy_string(document.text)
    return [
        Lint(document=document, issue=finding.issue, detail=f"{finding.detail} {finding.location}")
        for finding in policy.findings
    ]


def unsuppressed(document: Document) -> list[Lint]:
    """The linter's findings that no suppression is about."""
    return [lint for lint in linted(document) if not any(map(lint.is_lifted_by, DOCUMENT_SUPPRESSIONS))]


@lru_cache(maxsize=1)
def _parliament() -> ModuleType:
    """The linter.

    It finds its data through pkg_resources, which setuptools no longer has: one function that finds a file next to a
    module replaces it while the linter is imported. It also leaves that file for Python to close.
    """
    replacement = ModuleType("pkg_resources")
    replacement.resource_filename = _next_to  # type: ignore[attr-defined]  # a module is made of what is put into it
    before = sys.modules.get("pkg_resources")
    sys.modules["pkg_resources"] = replacement
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return import_module("parliament")
    finally:
        del sys.modules["pkg_resources"]
        if before is not None:
            sys.modules["pkg_resources"] = before


def _next_to(package: str, name: str) -> str:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return str(Path(spec.origin).parent / name)
