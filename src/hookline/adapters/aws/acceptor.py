"""Asks the deployed validator to accept a rejected request, so that the deployed configuration and secrets are used."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hookline.adapters.aws.clients import opened
from hookline.adapters.aws.errors import translated
from hookline.domain.retry_invocation import RetryCall, encode_retry
from hookline.errors import Complaint, NotFoundError, OperatorError, Rejected, UnavailableError
from hookline.ports.acceptor import Accepted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.adapters.aws.clients import LazyClient
    from hookline.domain.quarantine import RejectedRequest

__all__ = ["LambdaAcceptor"]


class LambdaAcceptor:
    """Acceptor that invokes one validator function synchronously."""

    def __init__(self, client: LazyClient, *, function: str) -> None:
        self._client = opened(client)
        self._function = function

    def accept(self, rejected: RejectedRequest, *, accept_ambiguous: bool) -> Accepted:
        """Send the request to the validator and return its answer. The router chooses the queues later, so the answer has none."""
        return self._asked(RetryCall(rejected=rejected, accept_ambiguous=accept_ambiguous))

    def foresee(self, rejected: RejectedRequest, *, accept_ambiguous: bool) -> Accepted:
        """Let the validator verify the request without storing anything."""
        return self._asked(RetryCall(rejected=rejected, accept_ambiguous=accept_ambiguous, dry_run=True))

    def _asked(self, call: RetryCall) -> Accepted:
        answer = self._invoke(encode_retry(call))
        if "event_id" not in answer or "outcome" not in answer:
            raise _fault(answer)
        queues = answer.get("queues")
        return Accepted(
            event_id=answer["event_id"], outcome=answer["outcome"], queues=None if queues is None else tuple(queues)
        )

    def _invoke(self, payload: bytes) -> Mapping[str, Any]:
        with translated():
            answer = self._client().invoke(FunctionName=self._function, Payload=payload)
            with answer["Payload"] as stream:
                text = stream.read()
        if "FunctionError" in answer:
            raise UnavailableError("internal_fault", "the validator ended with an error: see its log")
        document = json.loads(text)
        return document if isinstance(document, dict) else {}


def _fault(answer: Mapping[str, Any]) -> Rejected | NotFoundError | OperatorError | UnavailableError:
    """The fault that the validator reports; an older validator answers a retry as it answers any malformed request."""
    code, detail, kind = answer.get("code"), answer.get("detail", ""), answer.get("fault")
    if kind == "rejected":
        complaints = [Complaint(where=str(where), why=str(why)) for where, why in answer.get("errors", ())]
        return Rejected(str(code), str(detail), complaints=complaints)
    if kind == "unavailable":
        return UnavailableError(str(code), str(detail))
    if kind == "not_found":
        return NotFoundError(str(detail))
    if kind == "operator":
        return OperatorError(str(code), str(detail))
    return OperatorError(
        "environment_unknown", "the deployed validator cannot retry a request: deploy this version of hookline"
    )
