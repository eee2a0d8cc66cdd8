"""A project in a folder of its own, and the command line to look at it with."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from botocore.loaders import JSONFileLoader  # type: ignore[import-untyped] # botocore carries no types
from click.testing import CliRunner

from contract.aws import BUCKET, ENVIRONMENT, TABLE, create_resources, shared_cloud
from emulator.functions import archive
from emulator.server import ACCOUNT, REGION, SECRET
from hookline.adapters.aws import names
from hookline.cli import main
from hookline.domain.event import Status
from processes import running_process
from unit.cli.projects import Served, Store, event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from click.testing import Result

    from emulator.server import Emulator
    from hookline.domain.event import Event


NOTE = """
import json, os, urllib.parse, urllib.request
def handler(event, context):
    note = {"Action": "SendMessage", "MessageBody": json.dumps(event)}
    urllib.request.urlopen(os.environ["NOTES"], urllib.parse.urlencode(note).encode())
"""
"""The code of a function that writes each event it receives to a queue, with only the standard library."""


@pytest.fixture(scope="session", autouse=True)
def _models_are_read_once() -> Iterator[None]:
    """Each command makes clients of its own; to read the services' models for them again takes half of its time."""
    with pytest.MonkeyPatch.context() as patch:
        read = JSONFileLoader.load_file
        found: dict[str, object] = {}

        def load_file(loader: JSONFileLoader, path: str) -> object:
            if path not in found:
                found[path] = read(loader, path)
            return found[path]

        patch.setattr(JSONFileLoader, "load_file", load_file)
        yield


@pytest.fixture(scope="session")
def run() -> Callable[..., Result]:
    """The command line, in this process."""
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What ``hookline init`` writes, as the working folder."""
    folder = tmp_path / "project"
    assert CliRunner().invoke(main, ["init", str(folder)]).exit_code == 0
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def store(project: Path) -> Store:
    """The project's data directory, with its queues and no events."""
    store = Store(project=project)
    with store.open():
        pass
    return store


@pytest.fixture
def waiting(store: Store) -> Event:
    """An event that is stored and not routed."""
    item = event("waits")
    store.keep(item)
    return item


@pytest.fixture
def failed(store: Store) -> Event:
    """An event that routing gave up."""
    item = event("fell", status=Status.FAILED)
    store.keep(item)
    return item


@pytest.fixture
def served(project: Path) -> Iterator[Served]:
    """The project, served on free ports until the test ends; it must then stop well."""
    words = [sys.executable, "-m", "hookline", "serve", "--port", "0", "--admin-port", "0", "--log-format", "json"]
    with running_process(words, cwd=project, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            said = next(line for line in map(json.loads, process.stderr) if line["event"] == "serving")
            yield Served(process=process, url=said["url"], admin=said["admin"])
        finally:
            process.terminate()
            rest = process.stderr.read()
        assert process.wait(timeout=120) == 0, rest


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, project: Path) -> Iterator[Emulator]:  # noqa: ARG001 -- it is the working folder
    """An account with the environment's table and bucket, and the variables of a person who works in it."""
    with account(monkeypatch) as running:
        yield running


@contextmanager
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """The same for the time of a block."""
    running = shared_cloud().emulator
    create_resources(running)
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ENDPOINT_URL": running.endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    }.items():
        monkeypatch.setenv(name, value)
    running.set_time(None)
    yield running
    running.heal()


@pytest.fixture
def deployed(aws: Emulator) -> Emulator:
    """A router that writes each event it receives to a queue."""
    return with_router(aws)


def with_router(aws: Emulator) -> Emulator:
    """The account, with such a router."""
    notes = aws.client("sqs").create_queue(QueueName="notes")["QueueUrl"]
    aws.client("lambda").create_function(
        FunctionName=names.router(ENVIRONMENT),
        Runtime="python3.13",
        Role=f"arn:aws:iam::{ACCOUNT}:role/any",
        Handler="index.handler",
        Code={"ZipFile": archive(index=NOTE)},
        Environment={
            "Variables": {
                names.VAR_TABLE: TABLE,
                names.VAR_BUCKET: BUCKET,
                names.VAR_QUEUE_URL_PREFIX: aws.queue_url(""),
                "NOTES": notes,
            }
        },
        Timeout=10,
    )
    waiter = aws.client("lambda").get_waiter("function_active_v2")
    waiter.wait(FunctionName=names.router(ENVIRONMENT), WaiterConfig={"Delay": 0.05})
    return aws
