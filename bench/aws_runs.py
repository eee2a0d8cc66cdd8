"""Functions run from their archives, and the handler written by hand, each in a process of its own against a stub of AWS."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import py_compile
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore  # type: ignore[import-untyped] # botocore carries no types

from bench.faults import BenchError
from bench.traffic import SECRET, signed
from hookline.adapters.aws.names import HANDLERS
from hookline.domain.event import Event
from hookline.domain.invocation import encode_event
from hookline.infra.packaging import build, host_target
from processes import run_process, running_process

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hookline.infra.packaging import Archives

__all__ = ["Bench", "Function", "Run", "bench", "invocations", "proxy_events"]

_ROOT = Path(__file__).parent.parent
_PROJECT = _ROOT / "examples" / "transactions" / "hookline.toml"
_INSIDE = Path(__file__).parent / "aws_inside.py"
_REQUEST_ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
_ACCEPTED = 202

_PLAIN_FILE = Path(__file__).parent / "aws_plain.py"
_DEPLOYED, _SOURCES = "archives", "archives-without-bytecode"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one process reported. Seconds; ``calls`` to AWS for each warm invocation."""

    import_wall: float
    import_cpu: float
    first_wall: float
    first_cpu: float
    warm_cpu: Sequence[float]
    calls: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A handler's module, where it is found, and the Python that runs it."""

    module: str
    paths: Sequence[Path]
    executable: str = sys.executable


class Bench:
    """The unpacked archives, and a stub of AWS that runs."""

    def __init__(self, directory: Path, archives: Archives, endpoint: str) -> None:
        self.archives = archives
        self._directory = directory
        self._endpoint = endpoint

    def validator(self) -> Function:
        """The validator as it is deployed."""
        return self._packaged("validator", _DEPLOYED)

    def validator_on(self, release: str, executable: str) -> Function:
        """The validator as it is deployed for another Python, compiled by that release."""
        python = release.rpartition(".")[0]
        place = self._directory / f"archives-{release}"
        archives = build(
            _PROJECT,
            self._directory / f"zips-{release}",
            architecture=host_target().architecture,
            python=python,
            bytecode=release,
        )
        for archive, name in ((archives.function, "function"), (archives.layer, "layer")):
            with zipfile.ZipFile(archive.path) as file:
                file.extractall(place / name)
        function = self._packaged("validator", place.name)
        return Function(module=function.module, paths=function.paths, executable=executable)

    def router(self) -> Function:
        """The router as it is deployed."""
        return self._packaged("router", _DEPLOYED)

    def uncompiled_validator(self) -> Function:
        """The validator as it would be without bytecode in its archives."""
        return self._packaged("validator", _SOURCES)

    def plain(self) -> Function:
        """The handler written by hand, with boto3 as it is installed here."""
        return Function(module="bench.aws_plain", paths=[_ROOT, Path(botocore.__file__).parents[1]])

    def run(self, function: Function, calls: Sequence[Mapping[str, Any]]) -> Run:
        """Import the function in a fresh process, and call it with ``calls``, one after the other."""
        path = self._directory / "calls.jsonl"
        path.write_text("\n".join(map(json.dumps, calls)), "utf-8")
        paths = os.pathsep.join(map(str, function.paths))
        done = run_process(
            [function.executable, "-I", "-S", "-B", str(_INSIDE), paths, function.module, str(path)],
            env=self._environment,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise BenchError(f"{function.module} failed: {done.stderr}")
        return _read(json.loads(done.stderr))

    def _packaged(self, name: str, folder: str) -> Function:
        module, place = HANDLERS[name].rpartition(".")[0], self._directory / folder
        return Function(module=module, paths=[place / "function", place / "layer" / "python"])

    @property
    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL": self._endpoint,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_LAMBDA_FUNCTION_NAME": "bench",
            "HOOKLINE_ENVIRONMENT": "bench",
            "HOOKLINE_TABLE": "events",
            "HOOKLINE_BUCKET": "bodies",
            "HOOKLINE_ROUTER": "router",
            "HOOKLINE_QUEUE_URL_PREFIX": f"{self._endpoint}/123456789012/",
            "TABLE_NAME": "events",
            "ROUTER_NAME": "router",
            "WEBHOOK_SECRET": SECRET,
        }


@contextmanager
def bench(directory: Path) -> Iterator[Bench]:
    """Package the example for this machine, unpack it as Lambda does, and start the stub."""
    target = host_target()
    archives = build(
        _PROJECT,
        directory / "zips",
        architecture=target.architecture,
        python=target.python,
        bytecode=platform.python_version(),
    )
    for archive, name in ((archives.function, "function"), (archives.layer, "layer")):
        with zipfile.ZipFile(archive.path) as file:
            file.extractall(directory / _DEPLOYED / name)
            file.extractall(
                directory / _SOURCES / name, [each for each in file.namelist() if not each.endswith(".pyc")]
            )
    py_compile.compile(str(_PLAIN_FILE))
    command = [sys.executable, "-m", "bench.aws_stub", SECRET]
    with running_process(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as stub:
        try:
            yield Bench(directory, archives, stub.stdout.readline().strip() if stub.stdout else "")
        finally:
            stub.terminate()


def proxy_events(count: int) -> list[Mapping[str, Any]]:
    """Fresh signed transactions as API Gateway hands them to a function."""
    return [_proxy_event(request.wire) for request in signed(count)]


def invocations(count: int) -> list[Mapping[str, Any]]:
    """The same kind of transactions as the validator hands them to the router."""
    return [json.loads(encode_event(_event(request.id, request.wire))) for request in signed(count)]


def _read(report: Mapping[str, Any]) -> Run:
    """The report, once it is sure that every call was answered well."""
    wrong = [one for one in (report["answer"], *report["answers"]) if not _is_good(one)]
    if wrong:
        raise BenchError(f"a function answered {wrong[0]}")
    made = sum(report["after"].values()) - sum(report["before"].values())
    return Run(
        import_wall=report["import"],
        import_cpu=report["import_cpu"],
        first_wall=report["first"],
        first_cpu=report["first_cpu"],
        warm_cpu=report["warm_cpu"],
        calls=made / len(report["warm_cpu"]) if report["warm_cpu"] else 0.0,
    )


def _is_good(answer: Mapping[str, Any]) -> bool:
    return answer.get("statusCode") == _ACCEPTED or answer == {"routed": 1, "failed": 0}


def _proxy_event(wire: bytes) -> Mapping[str, Any]:
    head, _, body = wire.partition(b"\r\n\r\n")
    lines = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
    headers = {
        **dict(lines),
        "Host": "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
        "User-Agent": "Payments-Webhooks/1.4",
        "X-Amzn-Trace-Id": "Root=1-69573375-0a1b2c3d4e5f60718293a4b5",
        "X-Forwarded-For": "198.51.100.23",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    return {
        "resource": "/webhook",
        "path": "/webhook",
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {"requestId": _REQUEST_ID, "stage": "prod", "resourcePath": "/webhook"},
        "body": body.decode(),
        "isBase64Encoded": False,
    }


def _event(delivery_id: str, wire: bytes) -> Event:
    body = wire.partition(b"\r\n\r\n")[2]
    return Event(
        id=f"transactions:{delivery_id}",
        source="transactions",
        type=json.loads(body)["transaction_type"],
        time="2025-07-03T09:41:27.318Z",
        received_at=datetime.now(UTC),
        content_type="application/json",
        body=body,
        body_sha256=hashlib.sha256(body).digest(),
        metadata={"secret": "TRANSACTIONS_SECRET"},
    )
