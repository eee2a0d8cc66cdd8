"""AWS on a loopback port: MiniStack in a process of its own, started in a second and gone without a trace."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import boto3  # type: ignore[import-untyped] # boto3 carries no types
from botocore.config import Config  # type: ignore[import-untyped] # botocore carries no types

from processes import start_process
from service_models import judge_hookline, judged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime, timedelta

ACCOUNT = "123456789012"
REGION = "us-east-1"
SECRET = "test"
_START_SECONDS = 30
_TESTS = Path(__file__).parents[1]
_PROGRAM = "import sys; sys.path[0] = sys.argv[1]; from emulator.main import main; main(int(sys.argv[2]), patched=sys.argv[3] == 'patched')"
"""The path is set here and not in the environment, which the functions inherit: they must not find the tests."""


class Emulator:
    """A running emulator, and what a test may do with it."""

    account = ACCOUNT
    region = REGION

    def __init__(self, endpoint: str, *, auth: bool) -> None:
        self.endpoint = endpoint
        self.auth = auth
        self._now: datetime | None = None
        self._kept: set[str] = set()
        self._clients: dict[str, Any] = {}  # boto3 makes its clients' classes at run time

    def client(self, service: str) -> Any:  # as above
        """A boto3 client with every right, one per service; it is closed with the emulator."""
        if service not in self._clients:
            self._clients[service] = self.new_client(service)
        return self._clients[service]

    def new_client(self, service: str, credentials: Mapping[str, str] | None = None) -> Any:  # as above
        """A boto3 client with ``credentials`` (STS's names; else with every right), for its caller to close.

        It refuses what the service's own model refuses, and the emulator would take.
        """
        held = credentials or {"AccessKeyId": ACCOUNT, "SecretAccessKey": SECRET}
        made = boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=held["AccessKeyId"],
            aws_secret_access_key=held["SecretAccessKey"],
            aws_session_token=held.get("SessionToken"),
            config=Config(
                retries={"mode": "standard", "total_max_attempts": 1},
                connect_timeout=5,
                read_timeout=60,
                max_pool_connections=20,
                s3={"addressing_style": "path"},
            ),
        )
        return judged(made)

    def assume(self, role_arn: str) -> Mapping[str, str]:
        """Credentials of a role that trusts this account."""
        answer: Mapping[str, str] = self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="test")[
            "Credentials"
        ]
        return answer

    def queue_url(self, queue: str) -> str:
        """Where the queue with the physical name ``queue`` is."""
        return f"{self.endpoint}/{ACCOUNT}/{queue}"

    def standing(self, queue: str) -> list[dict[str, Any]]:  # MiniStack's own shape
        """The messages that are on the queue with the physical name ``queue``, in flight or not; none is touched.

        Of each: ``MessageId Body SentTimestamp VisibleAt ReceiveCount MessageAttributes``.
        """
        url = quote(self.queue_url(queue), safe="")
        found = json.loads(self.call("GET", f"/_ministack/sqs/messages?QueueUrl={url}"))["messages"]
        return [message for regions in found.values() for queues in regions.values() for message in _flat(queues)]

    def set_time(self, moment: datetime | None) -> None:
        """Stop SQS's clock at ``moment``, so that only ``advance`` moves it; None lets it run again.

        Messages that are there keep the times they were given; every other service keeps the machine's clock.
        """
        self._now = moment
        self.call("POST", "/_hookline/clock", {"seconds": None if moment is None else moment.timestamp()})

    def advance(self, span: timedelta) -> None:
        """Move SQS's clock, which ``set_time`` has stopped."""
        assert self._now is not None, "the clock is not stopped"
        self.set_time(self._now + span)

    def fail(self, service: str, operation: str, **order: object) -> None:
        """Let ``operation`` of ``service`` fail until ``heal``, or ``times`` times.

        ``status`` and ``code`` are the error's (400 ThrottlingException); ``where`` is a name that the call must hold. With
        ``entries``, a list of positions, only those entries of a batch fail (``sender_fault``: for good). ``seconds`` delays it.
        With ``done`` the work is done and its answer lost; with an empty ``code`` there is only the delay.
        """
        self.call("POST", "/_hookline/fail", {"service": service, "operation": operation, **order})

    def move(self, *, limit: int) -> None:
        """Let every move task that runs move up to ``limit`` messages; one that finds less ends."""
        self.call("POST", "/_hookline/move", {"limit": limit})

    def heal(self) -> None:
        """No more faults."""
        self.call("POST", "/_hookline/heal", {})

    def keep(self, name: str) -> None:
        """Remember under ``name`` what is in DynamoDB, S3 and SQS now."""
        self.call("POST", "/_hookline/keep", {"name": name})
        self._kept.add(name)

    def restore(self, name: str) -> bool:
        """Put back what was kept under ``name``; False when nothing was."""
        if name not in self._kept:
            return False
        self.call("POST", "/_hookline/restore", {"name": name})
        return True

    def reset(self) -> None:
        """Forget everything: resources, messages, move tasks, functions, faults and the time. The clients stay usable."""
        self._now = None
        self.call("POST", "/_ministack/reset")

    def call(self, method: str, path: str, parameters: Mapping[str, object] | None = None) -> bytes:
        """Call the emulator itself, not a service."""
        body = None if parameters is None else json.dumps(parameters).encode()
        request = urllib.request.Request(self.endpoint + path, method=method, data=body)  # noqa: S310 -- loopback
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 -- loopback
            answer: bytes = response.read()
            return answer

    def close(self) -> None:
        """Close what was opened."""
        for client in self._clients.values():
            client.close()


@contextmanager
def emulator(*, auth: bool = False, patched: bool = True) -> Iterator[Emulator]:
    """An emulator of its own, empty; with ``auth`` it judges every call by IAM, and the functions' by their roles.

    Unless ``patched`` it is MiniStack as it is released, but for the clock. What hookline asks it is judged by the services' models.
    """
    judge_hookline()
    folder = Path(tempfile.mkdtemp(prefix="hookline-emulator-"))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        port: int = listener.getsockname()[1]
        process = _start(listener, port, folder, auth=auth, patched=patched)
    try:
        running = Emulator(f"http://127.0.0.1:{port}", auth=auth)
        _wait(running, process, folder)
        try:
            yield running
        finally:
            running.close()
    finally:
        _stop(process)
        shutil.rmtree(folder, ignore_errors=True)


def _start(listener: socket.socket, port: int, folder: Path, *, auth: bool, patched: bool) -> subprocess.Popen[bytes]:
    log = (folder / "log").open("wb")
    with log:
        return start_process(
            [
                sys.executable,
                "-c",
                _PROGRAM,
                str(_TESTS),
                str(listener.fileno()),
                "patched" if patched else "as released",
            ],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            pass_fds=[listener.fileno()],
            env=_environment(port, folder, auth=auth),
            cwd=folder,
            start_new_session=True,
        )


def _environment(port: int, folder: Path, *, auth: bool) -> dict[str, str]:
    """No setting of the tester's own: no proxy, no certificates, no AWS credentials; the functions inherit it."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "LOG_LEVEL": "INFO",
        "S3_DATA_DIR": str(folder / "s3"),
        "STATE_DIR": str(folder / "state"),
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AUTH": "true" if auth else "false",
    }


def _wait(running: Emulator, process: subprocess.Popen[bytes], folder: Path) -> None:
    """Return as soon as it answers; show its log when it does not."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            running.call("GET", "/_ministack/health")
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the emulator did not start:\n{(folder / 'log').read_text(errors='replace')[-4000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End it and the functions' processes, which are in its group; nothing in it has to be saved."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin is not None:
        process.stdin.close()


def _flat(queues: Mapping[str, list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:  # as in ``standing``
    for messages in queues.values():
        yield from messages
