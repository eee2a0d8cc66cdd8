"""What the program in deploy/ declares, recorded without an engine: every resource with its inputs, and the stack's outputs.

The program runs unchanged. A monitor in the engine's place takes note of each registration, and answers with the outputs that AWS
would give, as far as they can be known: names, ARNs, URLs. What cannot be known is a word in angle brackets that says whose it is.
"""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import runpy
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import pulumi
from pulumi._types import resource_types
from pulumi.runtime import mocks, rpc, settings
from pulumi.runtime.stack import run_in_stack

from archives import kept, sources_digest
from event_loops import end_loop
from hookline.infra.policy.graph import Graph, Resource
from source_positions import leave_out_source_positions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi.runtime.proto.resource_pb2 import (
        RegisterResourceOutputsRequest,
        RegisterResourceRequest,
        RegisterResourceResponse,
    )

__all__ = ["ACCOUNT", "DEPLOY", "GIVEN", "REGION", "Registered", "Stack", "declared", "graph", "record", "stack"]

DEPLOY = Path(__file__).parents[2] / "deploy"
REGION = "eu-west-1"
ACCOUNT = "123456789012"
STACK = "dev"
GIVEN: Mapping[str, str] = MappingProxyType(
    {"region": REGION, "layerArchive": "layer.zip", "functionArchive": "function.zip"}
)
"""The configuration of every recorded stack: the archives are named, and never opened, since the tests of packaging look into real ones."""
_ARNS: Mapping[str, str] = {
    "aws:cloudwatch/logGroup:LogGroup": "arn:aws:logs:{region}:{account}:log-group:{name}",
    "aws:dynamodb/table:Table": "arn:aws:dynamodb:{region}:{account}:table/{name}",
    "aws:iam/policy:Policy": "arn:aws:iam::{account}:policy/{name}",
    "aws:iam/role:Role": "arn:aws:iam::{account}:role/{name}",
    "aws:kms/key:Key": "arn:aws:kms:{region}:{account}:key/{name}",
    "aws:lambda/function:Function": "arn:aws:lambda:{region}:{account}:function:{name}",
    "aws:lambda/layerVersion:LayerVersion": "arn:aws:lambda:{region}:{account}:layer:{name}:1",
    "aws:s3/bucket:Bucket": "arn:aws:s3:::{name}",
    "aws:sns/topic:Topic": "arn:aws:sns:{region}:{account}:{name}",
    "aws:sqs/queue:Queue": "arn:aws:sqs:{region}:{account}:{name}",
    "aws:wafv2/webAcl:WebAcl": "arn:aws:wafv2:{region}:{account}:regional/webacl/{name}",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
}
_NAMES = ("name", "bucket", "layerName")
_VERSIONS = (sys.version, version("pulumi"), version("pulumi-aws"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered(Resource):
    """A resource and how it was registered: under which parent, with which provider, and whether a provider creates it."""

    parent: str = ""
    provider: str = ""
    custom: bool = True
    retained: bool = False
    ignored: tuple[str, ...] = ()
    uses: frozenset[str] = frozenset()
    """The URNs whose outputs are in the inputs; ``depends_on`` has these, and what is waited for without being used."""

    def output(self, key: str) -> str:
        """The output ``key``, which is text."""
        found = self.outputs[key]
        assert isinstance(found, str)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """All that one run of the program declared."""

    resources: tuple[Registered, ...]
    outputs: Mapping[str, object]

    @property
    def graph(self) -> Graph:
        """The resources as the rules take them."""
        return Graph(resources=self.resources)

    def of(self, kind: str) -> list[Registered]:
        """The resources of a kind such as ``sqs.Queue``, in the order of their names."""
        return sorted((made for made in self.resources if made.kind == kind), key=lambda made: made.name)

    def one(self, kind: str, name: str = "") -> Registered:
        """The only resource of this kind whose logical or physical name is ``name``, or the only one of this kind."""
        found = [made for made in self.of(kind) if not name or name in (made.name, made.text("name"))]
        assert len(found) == 1, f"{len(found)} resources {kind} {name!r}: {[made.name for made in self.of(kind)]}"
        return found[0]


class _Recorder(mocks.Mocks):
    """Answers with what AWS would in the region ``region``."""

    def __init__(self, *, region: str, preview: bool) -> None:
        self._region = region
        self._preview = preview

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, object], list[tuple[str, str]]]:
        known: dict[str, dict[str, object]] = {
            "aws:index/getCallerIdentity:getCallerIdentity": {
                "accountId": ACCOUNT,
                "arn": f"arn:aws:iam::{ACCOUNT}:user/deployer",
            },
            "aws:index/getRegion:getRegion": dict.fromkeys(("region", "name", "id"), self._region),
        }
        return known[args.token], []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, object]]:
        if self._preview:
            return "", dict(args.inputs)
        if not args.custom or args.typ.startswith("pulumi:"):
            return f"{args.name}-id", dict(args.inputs)
        return f"<{_token(args, 'id')}>", {**_declared(args, self._region), **args.inputs}


def _declared(args: mocks.MockResourceArgs, region: str) -> dict[str, object]:
    """Every output that the resource declares as text: its value where that is known, or a word that names the resource."""
    package, module, kind = args.typ.split(":")
    folder = {"lambda": "lambda_"}.get(module.partition("/")[0], module.partition("/")[0])
    outputs = resource_types(getattr(import_module(f"pulumi_{package}.{folder}"), kind))
    known = _known(args, region)
    return {key: known.get(key, f"<{_token(args, key)}>") for key, of in outputs.items() if of is str}


def _token(args: mocks.MockResourceArgs, output: str) -> str:
    return f"{args.typ.rpartition(':')[2]} {args.name}.{output}"


def _known(args: mocks.MockResourceArgs, region: str) -> dict[str, object]:
    name = str(next((args.inputs[key] for key in _NAMES if key in args.inputs), args.name))
    arn = _ARNS.get(args.typ, f"<{_token(args, 'arn')}>").format(region=region, account=ACCOUNT, name=name)
    return {
        "name": name,
        "arn": arn,
        "region": region,
        "url": f"https://sqs.{region}.amazonaws.com/{ACCOUNT}/{name}",
        "invokeArn": f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations",
        "executionArn": f"arn:aws:execute-api:{region}:{ACCOUNT}:<{_token(args, 'id')}>",
        "invokeUrl": f"https://<api>.execute-api.{region}.amazonaws.com/{args.inputs.get('stageName')}",
    }


class _Monitor(mocks.MockMonitor):
    """Takes note of what the mocks do not record."""

    def __init__(self, *, region: str, preview: bool) -> None:
        super().__init__(_Recorder(region=region, preview=preview))
        self.registered: list[Registered] = []
        self.outputs: Mapping[str, object] = {}

    def RegisterResource(self, request: RegisterResourceRequest) -> RegisterResourceResponse:  # noqa: N802 -- the engine's protocol
        answer: RegisterResourceResponse = super().RegisterResource(request)  # type: ignore[no-untyped-call]  # the SDK's own
        if request.type != "pulumi:pulumi:Stack":
            outputs = _plain(rpc.deserialize_properties(answer.object))
            inputs = _plain(rpc.deserialize_properties(request.object))
            assert isinstance(outputs, dict)
            assert isinstance(inputs, dict)
            self.registered.append(
                Registered(
                    type=request.type,
                    name=request.name,
                    urn=answer.urn,
                    inputs=inputs,
                    outputs={**outputs, "id": answer.id},
                    depends_on=tuple(request.dependencies),
                    protect=request.protect,
                    retained=request.retainOnDelete,
                    delete_before_replace=request.deleteBeforeReplace,
                    parent=request.parent,
                    provider=request.provider or next(iter(request.providers.values()), ""),
                    custom=request.custom,
                    ignored=tuple(request.ignoreChanges),
                    uses=frozenset(urn for used in request.propertyDependencies.values() for urn in used.urns),
                )
            )
        return answer

    def RegisterResourceOutputs(self, request: RegisterResourceOutputsRequest) -> object:  # noqa: N802 -- the same
        if request.urn.split("::")[2] == "pulumi:pulumi:Stack":
            outputs = _plain(rpc.deserialize_properties(request.outputs))
            assert isinstance(outputs, dict)
            self.outputs = outputs
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]  # the SDK's own


def _plain(value: object) -> object:
    """Values from the wire as plain values: whole numbers whole, and archives as their paths."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, pulumi.FileArchive):
        return f"archive {Path(value.path).name}"
    return value


def record(
    program: Callable[[], None],
    config: Mapping[str, str] = MappingProxyType({}),
    *,
    stack: str = STACK,
    preview: bool = False,
) -> Stack:
    """What ``program`` declares under the configuration ``config``, whose keys have their namespace (``hookline:region``).

    In a preview nothing exists yet, so that nothing is known of outputs.
    """
    leave_out_source_positions()
    monitor = _Monitor(region=config.get("hookline:region", REGION), preview=preview)
    with _loop() as loop:
        pulumi.runtime.set_all_config(dict(config))
        mocks.set_mocks(
            monitor.mocks,
            project="hookline",
            stack=stack,
            preview=preview,
            monitor=monitor,
            logger=logging.getLogger("pulumi"),
        )
        settings.set_root_resource(None)  # type: ignore[arg-type]  # what a fresh process has
        settings.SETTINGS.rpc_manager.clear()
        settings.SETTINGS.outputs.clear()
        loop.run_until_complete(run_in_stack(program))
    urns = [made.urn for made in monitor.registered]
    assert len(urns) == len(set(urns)), "two resources of one type and parent share a name"
    return Stack(resources=tuple(monitor.registered), outputs=monitor.outputs)


def stack(config: Mapping[str, str] = MappingProxyType({}), *, project: Path | None = None, name: str = STACK) -> Stack:
    """The unchanged program in deploy/ under the keys ``config``, without their ``hookline:``; each is run once for the same code."""
    return _stack(tuple(sorted(config.items())), project, name)


def graph(config: Mapping[str, str] = MappingProxyType({}), *, project: Path | None = None) -> Graph:
    """The graph of ``stack(config)``."""
    return stack(config, project=project).graph


@lru_cache(maxsize=64)
def _stack(config: tuple[tuple[str, str], ...], project: Path | None, name: str) -> Stack:
    """A run takes a second, so that its result is kept for all processes and sessions with the same code and the same project."""
    own = () if project is None else sorted(path for path in project.parent.rglob("*") if path.is_file())
    with kept("graphs", sources_digest(Path(__file__), *own), repr(config), name, *_VERSIONS) as place:
        file = place / "stack"
        if not file.exists():
            file.write_bytes(pickle.dumps(declared(dict(config), project=project, name=name)))
        found: Stack = pickle.loads(file.read_bytes())  # noqa: S301 -- written by these tests
        return found


def declared(
    config: Mapping[str, str] = MappingProxyType({}),
    *,
    project: Path | None = None,
    name: str = STACK,
    preview: bool = False,
) -> Stack:
    """The same as ``stack``, run again: for previews, and for tests that change the code in between."""
    written = {**GIVEN, **config, **({} if project is None else {"project": str(project)})}
    with _in(DEPLOY):
        return record(
            _deploy,
            {f"hookline:{key}": text for key, text in written.items()},
            stack=name,
            preview=preview,
        )


def _deploy() -> None:
    runpy.run_path("__main__.py", run_name="__main__")


@contextmanager
def _loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop with one extra thread, where registrations run one at a time, so that their order is always the same.

    That thread needs a loop of its own, which Pulumi would otherwise make and leave open.
    """
    with (
        closing(asyncio.new_event_loop()) as inner,
        ThreadPoolExecutor(max_workers=1, initializer=asyncio.set_event_loop, initargs=(inner,)) as threads,
    ):
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        loop.set_default_executor(threads)
        try:
            yield loop
        finally:
            asyncio.set_event_loop(None)
            end_loop(loop)


@contextmanager
def _in(folder: Path) -> Iterator[None]:
    """Pulumi runs a program in its own folder, so that paths are relative to it."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
