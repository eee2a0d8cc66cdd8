"""Takes the place of the engine's resource monitor: creates what the SDK registers, and keeps what it saw."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

import pulumi
from google.protobuf import empty_pb2  # type: ignore[import-untyped] # its types are a package of their own
from pulumi import _types
from pulumi.runtime import mocks, rpc
from pulumi.runtime.proto import resource_pb2

from e2e.creators import CREATORS
from e2e.inputs import Inputs, plain
from hookline.infra.policy.graph import Resource

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Mapping

    from e2e.creators.creator import Aws

__all__ = ["AppliedError", "Monitor", "Registered", "create"]


_T = TypeVar("_T")


class AppliedError(Exception):
    """A program that cannot be applied, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """One resource as the program registered it, and whether it is AWS's or a component."""

    resource: Resource
    parent: str
    custom: bool


class _NoMocks(mocks.Mocks):
    """The SDK asks for some; the monitor does their work."""

    def call(self, args: mocks.MockCallArgs) -> Any:  # the SDK's signature
        raise NotImplementedError(args.token)

    def new_resource(self, args: mocks.MockResourceArgs) -> Any:  # the SDK's signature
        raise NotImplementedError(args.typ)


class Monitor(mocks.MockMonitor):
    """Creates what is registered, one resource after the other: the SDK calls it from several threads."""

    def __init__(self, aws: Aws, change: Callable[[Resource], Resource | None], left_out: Collection[str] = ()) -> None:
        super().__init__(_NoMocks())
        self._aws, self._change, self._left_out = aws, change, left_out
        self._later: list[Resource] = []
        self._turn = threading.Lock()
        self.registered: list[Registered] = []
        self.outputs: Mapping[str, Any] = {}  # as in Applied
        self.fault: Exception | None = None

    def catch_up(self) -> None:
        """Create what was left out until now."""
        for resource in self._later:
            self._attempt(resource.address, partial(create, self._aws, resource))

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 -- the protocol's name, and its messages have no types
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == "pulumi:pulumi:Stack":
            return resource_pb2.RegisterResourceResponse(urn=urn)
        found = self._attempt(_named(request), lambda: self._register(urn, request))
        made, outputs = found or (request.name, _unknown(request.type, ()))
        return resource_pb2.RegisterResourceResponse(urn=urn, id=made, object=_written(outputs))

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 -- as above
        self._attempt(_named(request), _refuse_to_read)
        urn = self.make_urn(request.parent, request.type, request.name)
        return resource_pb2.ReadResourceResponse(urn=urn, properties=_written(_unknown(request.type, ())))

    def Invoke(self, request: Any) -> Any:  # noqa: N802 -- as above
        answer = self._attempt(request.tok, lambda: _answer(self._aws, request.tok)) or {}
        return resource_pb2.ResourceInvokeResponse(**{"failures": None, "return": _written(answer)})

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 -- as above
        def read() -> Mapping[str, Any]:  # outputs are of any shape
            return dict(plain(rpc.deserialize_properties(request.outputs, keep_unknowns=True)))

        if request.urn.split("::")[2] == "pulumi:pulumi:Stack":
            self.outputs = self._attempt("the stack's outputs", read) or {}
        return empty_pb2.Empty()

    def _attempt(self, what: str, work: Callable[[], _T]) -> _T | None:
        """What comes of ``work``, or None where it or something before it has failed: then nothing more is created.

        The program continues to its end, and ``apply`` raises the first fault, which is the cause of those that would follow.
        """
        with self._turn:
            try:
                return work() if self.fault is None else None
            except Exception as error:  # noqa: BLE001 -- whatever a creator may meet
                self.fault = AppliedError(f"{what}: {error}")
                self.fault.__cause__ = error
                return None

    def _register(self, urn: str, request: Any) -> tuple[str, Mapping[str, object]]:  # as above
        if any(each.resource.urn == urn for each in self.registered):
            raise ValueError("there is one of this type and name already")
        inputs = plain(rpc.deserialize_properties(request.object, keep_unknowns=True))
        resource = Resource(
            type=request.type,
            name=request.name,
            inputs=inputs,
            urn=urn,
            depends_on=tuple(request.dependencies),
            protect=request.protect,
            delete_before_replace=request.deleteBeforeReplace,
        )
        if not request.custom or request.type.startswith("pulumi:providers:"):
            return self._keep(resource, request, f"{request.name}-id" if request.custom else "", {})
        changed = self._change(resource)
        if changed is None:
            return request.name, _unknown(request.type, ())
        if changed.kind in self._left_out:
            self._later.append(changed)
            return self._keep(changed, request, changed.name, {})
        made, outputs = create(self._aws, changed)
        return self._keep(changed, request, made, outputs)

    def _keep(
        self,
        resource: Resource,
        request: Any,
        made: str,
        outputs: Mapping[str, object],  # as above
    ) -> tuple[str, Mapping[str, object]]:
        kept = replace(resource, outputs={"id": made, **outputs})
        self.registered.append(Registered(resource=kept, parent=request.parent, custom=request.custom))
        state = {**resource.inputs, **outputs}
        return made, {**state, **(_unknown(request.type, state) if request.custom else {})}


def _named(request: Any) -> str:  # a message of the protocol
    return f"{request.type} {request.name!r}"


def _refuse_to_read() -> None:
    raise NotImplementedError("it reads a resource that the program does not create")


def _written(outputs: Mapping[str, object]) -> Any:  # a protobuf Struct
    """The outputs as they are sent over the wire. The SDK's way needs a loop, and this thread has none."""
    return asyncio.run(rpc.serialize_properties(dict(outputs), {}))


def create(aws: Aws, resource: Resource) -> tuple[str, Mapping[str, object]]:
    """Create it, and see that every input was used."""
    creator = CREATORS.get(resource.type)
    if creator is None:
        raise NotImplementedError("no creator for this type")
    given = Inputs(resource.inputs)
    made, outputs = creator(aws, given)
    if untaken := given.untaken():
        raise NotImplementedError(f"inputs that its creator does not use: {', '.join(untaken)}")
    return made, outputs


def _unknown(type_token: str, known: Container[str]) -> dict[str, object]:
    """Every output that the type has and nobody knows: if it were missing it would be null, and a program would use that."""
    if not type_token.startswith("aws:"):
        return {}
    _, module, name = type_token.split(":")
    package = module.partition("/")[0]
    found = import_module(f"pulumi_aws.{ {'lambda': 'lambda_'}.get(package, package) }")
    outputs = set(_types.resource_types(getattr(found, name)))
    return {each: pulumi.output.UNKNOWN for each in outputs if each not in known}


def _answer(aws: Aws, token: str) -> dict[str, object]:
    """The provider's functions that a program may ask."""
    match token:
        case "aws:index/getCallerIdentity:getCallerIdentity":
            arn = aws.arn("iam", "root", region="")
            return {"accountId": aws.account, "arn": arn, "id": aws.account, "userId": aws.account}
        case "aws:index/getRegion:getRegion":
            return {"region": aws.region, "name": aws.region, "id": aws.region, "description": "", "endpoint": ""}
    raise NotImplementedError("no answer to this function")
