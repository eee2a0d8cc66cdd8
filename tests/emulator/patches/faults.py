"""Faults on order: an operation of a service answers an error, refuses entries of a batch, or is slow, as often as a test says.

A call is judged by IAM first, as on AWS, and then fails before the service sees it; with ``done`` the service does its work, and
only the answer is lost.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ministack import app  # type: ignore[import-untyped] # MiniStack carries no types
from ministack.core import iam_actions  # type: ignore[import-untyped] # the same

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    Answer = tuple[int, dict[str, str], bytes]
    Handler = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Answer]]

__all__ = ["FAULTS", "Fault", "patch"]

_SERVICES = ("dynamodb", "lambda", "s3", "secretsmanager", "sqs", "ssm")


@dataclass(slots=True, kw_only=True)
class Fault:
    """One order. ``where`` is looked for in the path and the body of a call: a queue's, a table's or a function's name."""

    service: str
    operation: str
    where: str = ""
    times: int | None = None
    status: int = 400
    code: str = "ThrottlingException"
    seconds: float = 0.0
    entries: list[int] | None = None
    sender_fault: bool = False
    done: bool = False

    def takes(self, service: str, operation: str, call: bytes) -> bool:
        """Whether it is meant, and then it counts as used once."""
        meant = (self.service, self.operation) == (service, operation) and self.where.encode() in call
        if not meant or self.times == 0:
            return False
        if self.times is not None:
            self.times -= 1
        return True


FAULTS: list[Fault] = []


def patch() -> None:
    """Check the orders of a test before every service that hookline calls."""
    for service in _SERVICES:
        app.SERVICE_HANDLERS[service] = _guarded(service, app.SERVICE_HANDLERS[service])


def _guarded(service: str, handler: Handler) -> Handler:
    async def answer(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Answer:
        operation = _operation(service, method, path, headers, body, query)
        fault = next((fault for fault in FAULTS if fault.takes(service, operation, path.encode() + body)), None)
        if fault is None:
            return await handler(method, path, headers, body, query)
        await asyncio.sleep(fault.seconds)
        if fault.entries is not None:
            return await _without_entries(fault, handler, (method, path, headers, body, query))
        if not fault.code:
            return await handler(method, path, headers, body, query)
        if fault.done:
            await handler(method, path, headers, body, query)
        return _error(service, fault)

    return answer


def _operation(
    service: str, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
) -> str:
    """The operation's name, as boto3 has it."""
    target = headers.get("x-amz-target", "")
    if target:
        return target.rpartition(".")[2]
    return (
        str(iam_actions.extract_iam_action(service, method, path, headers, body, query))
        .rpartition(":")[2]
        .removesuffix("Function")
    )


async def _without_entries(
    fault: Fault, handler: Handler, call: tuple[str, str, dict[str, str], bytes, dict[str, Any]]
) -> Answer:
    """Hand the other entries on, and name the refused ones in ``Failed``, as a batch call of SQS does."""
    method, path, headers, body, query = call
    wanted = json.loads(body)
    refused = [entry for number, entry in enumerate(wanted["Entries"]) if number in (fault.entries or ())]
    rest = [entry for entry in wanted["Entries"] if entry not in refused]
    status, out, answered = 200, {"Content-Type": "application/x-amz-json-1.0"}, b'{"Successful": [], "Failed": []}'
    if rest:
        status, out, answered = await handler(
            method, path, headers, json.dumps(wanted | {"Entries": rest}).encode(), query
        )
    document = json.loads(answered)
    document["Failed"] = [*document.get("Failed", []), *(_failed(fault, entry["Id"]) for entry in refused)]
    return status, out, json.dumps(document).encode()


def _failed(fault: Fault, entry_id: str) -> dict[str, object]:
    return {"Id": entry_id, "Code": fault.code, "Message": "a test ordered it", "SenderFault": fault.sender_fault}


def _error(service: str, fault: Fault) -> Answer:
    """An error in the service's own protocol."""
    if service == "s3":
        body = f"<Error><Code>{fault.code}</Code><Message>a test ordered it</Message></Error>".encode()
        return fault.status, {"Content-Type": "application/xml"}, body
    body = json.dumps({"__type": fault.code, "message": "a test ordered it"}).encode()
    return fault.status, {"Content-Type": "application/x-amz-json-1.0", "x-amzn-errortype": fault.code}, body
