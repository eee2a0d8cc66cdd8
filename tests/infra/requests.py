"""The requests by which a graph's resources would be created, judged by the services' own models: no emulator and no network is needed.

The creators of the end-to-end tests turn inputs into requests; here they call services that answer everything and do nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import botocore.session  # type: ignore[import-untyped] # botocore carries no types
import pulumi
from botocore import xform_name
from botocore.validate import ParamValidator  # type: ignore[import-untyped] # as above

from e2e.creators.creator import Aws
from e2e.monitor import create
from infra.graph import ACCOUNT, REGION
from service_models import faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.infra.policy.graph import Graph, Resource

__all__ = ["Request", "requests", "unsound"]

Request = tuple[str, str, Mapping[str, Any]]
"""A service, its operation, and what the operation is asked with."""

_UNKNOWN = re.compile(r"<(?P<type>\w+) (?P<name>[^<>]+)\.(?P<output>\w+)>")
_FORMS = {
    ("Alias", "arn"): f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:name:live",
    ("Bucket", "id"): "a-bucket",
    ("Deployment", "id"): "{:.6}",
    ("Function", "version"): "1",
    ("Policy", "arn"): f"arn:aws:iam::{ACCOUNT}:policy/name",
    ("Key", "keyId"): "12345678-90ab-cdef-1234-567890abcdef",
    ("RequestValidator", "id"): "{:.6}",
    ("Resource", "id"): "{:.6}",
    ("RestApi", "id"): "{:.10}",
    ("RestApi", "rootResourceId"): "{:.10}",
    ("Stage", "arn"): f"arn:aws:apigateway:{REGION}::/restapis/a1b2c3d4e5/stages/prod",
}
"""The value that AWS would give for an output that the recorded graph has only a word for; each resource has other digits."""


class _Account(Aws):
    """An account whose services keep what they are asked."""

    def __init__(self, said: list[Request]) -> None:
        self.endpoint, self.region, self.account = "https://aws.invalid", REGION, ACCOUNT
        self.client = partial(_Client, said)


class _Client:
    """A service that answers each operation in the form of its model."""

    def __init__(self, said: list[Request], service: str) -> None:
        self._said, self._service = said, service

    def __getattr__(self, name: str) -> Any:  # boto3's methods
        operations = _operations(self._service)
        if name not in operations:
            raise AttributeError(name)

        def ask(**params: object) -> Any:  # an operation's output
            self._said.append((self._service, operations[name], params))
            return _answer(_model(self._service).operation_model(operations[name]).output_shape)

        return ask

    def get_waiter(self, _name: str) -> _Waiter:
        """A waiter that does not wait."""
        return _Waiter()


class _Waiter:
    def wait(self, **_: object) -> None:
        """It is there."""


@cache
def _model(service: str) -> Any:  # botocore's
    return _session().get_service_model(service)


@cache
def _session() -> Any:  # as above
    return botocore.session.Session()


@cache
def _operations(service: str) -> Mapping[str, str]:
    return {xform_name(name): name for name in _model(service).operation_names}


def _answer(shape: Any, depth: int = 3) -> Any:  # botocore's shape, and values of any
    match shape.type_name if shape else "nothing":
        case "structure":
            return {name: _answer(member, depth - 1) for name, member in shape.members.items()} if depth else {}
        case "list":
            return [_answer(shape.member, depth - 1)]
        case "string":
            return "answer"
        case "integer" | "long":
            return 1
    return None


def requests(resource: Resource) -> list[Request]:
    """The call that creates ``resource`` at AWS."""
    said: list[Request] = []
    inputs = {key: _known(key, value) for key, value in resource.inputs.items()}
    create(_Account(said), type(resource)(type=resource.type, name=resource.name, inputs=inputs))
    return said


def _known(key: str, value: object) -> Any:  # inputs are of any shape
    """The input with an id for each that is known only after the deployment, and with an archive that has nothing in it."""
    if isinstance(value, str) and key == "code":
        return pulumi.AssetArchive({})
    if isinstance(value, str):
        return _UNKNOWN.sub(_given, value)
    if isinstance(value, Mapping):
        return {name: _known("", each) for name, each in value.items()}
    return [_known("", each) for each in value] if isinstance(value, list) else value


def _given(unknown: re.Match[str]) -> str:
    digits = hashlib.sha256(unknown["name"].encode()).hexdigest()
    return _FORMS[unknown["type"], unknown["output"]].format(digits)


def unsound(graph: Graph) -> Iterator[str]:
    """Every part of a request for a resource of AWS's in ``graph`` that its service's model does not allow."""
    for resource in graph.resources:
        if resource.type.startswith("aws:"):
            for service, operation, params in requests(resource):
                shape = _model(service).operation_model(operation).input_shape
                report = ParamValidator().validate(dict(params), shape)
                found = [report.generate_report()] if report.has_errors() else list(faults(shape, params))
                yield from (f"{resource.address}: {service} {operation}: {fault}" for fault in found)
