"""Processes that continue from one snapshot of the packaged validator: each has numbers, secrets and connections of its own."""

from __future__ import annotations

import importlib.util
import json
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any  # Any: what a script prints as JSON

import pytest

from acceptance.sender import SECRET, sign, transaction
from hookline.adapters.aws import names
from infra.packaged import EXAMPLE, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator

INSIDE = Path(__file__).parent / "snapshot_inside.py"
MODULE = names.HANDLERS["validator"].rpartition(".")[0]
PARAMETERS, STORED, INVOKED = "GetParameters", "PutItem", "invocations"


@dataclass(slots=True)
class Asked:
    """What the endpoint was asked: operation, the caller's port, and the SDK's own id of the call."""

    calls: list[tuple[str, int, str]] = field(default_factory=list)


@contextmanager
def endpoint() -> Iterator[str]:
    """AWS as far as the validator calls it. Credentials end in five minutes, so that botocore has to ask for new ones at each use."""
    asked = Asked()

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path == "/asked":
                return self._say(200, json.dumps(asked.calls).encode())
            asked.calls.append(("credentials", self.client_address[1], ""))
            ends = (datetime.now(UTC) + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
            given = {"AccessKeyId": "key", "SecretAccessKey": "x", "Token": "t", "Expiration": ends}
            return self._say(200, json.dumps(given).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            operation = self.headers.get("X-Amz-Target", self.path).rpartition(".")[2].rpartition("/")[2]
            asked.calls.append((operation, self.client_address[1], self.headers.get("amz-sdk-invocation-id", "")))
            if operation == PARAMETERS:
                found = [{"Name": name, "Value": SECRET} for name in json.loads(body)["Names"]]
                return self._say(200, json.dumps({"Parameters": found, "InvalidParameters": []}).encode())
            return self._say(202, b"") if operation == INVOKED else self._say(200, b"{}")

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def proxy_event() -> dict[str, object]:
    """A signed transaction as API Gateway hands it over."""
    body = transaction("restored")
    headers = sign(body)
    return {
        "resource": "/webhook",
        "path": "/webhook",
        "httpMethod": "POST",
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "multiValueQueryStringParameters": None,
        "requestContext": {"requestId": "gateway", "stage": "prod"},
        "body": body.decode(),
        "isBase64Encoded": False,
    }


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Any:  # as above
    """What one snapshot and its two copies say of themselves."""
    runtime = tmp_path_factory.mktemp("runtime")
    module = importlib.util.find_spec("snapshot_restore_py")
    assert module is not None
    assert module.origin is not None
    shutil.copy(module.origin, runtime)
    script = f"import sys\nsys.path.append({str(runtime)!r})\n{INSIDE.read_text().replace('from __future__ import annotations', '')}"
    with endpoint() as url:
        return unpacked().run(script, url, MODULE, str(EXAMPLE), json.dumps(proxy_event()), SECRET)


def operations(calls: list[list[str]]) -> list[str]:
    """What was asked for, in order, credentials apart."""
    return [operation for operation, *_ in calls if operation != "credentials"]


def test_a_snapshot_holds_no_secret_and_no_connection(said: Any) -> None:
    """It is on AWS for months, and a secret that was withdrawn would still be in it."""
    assert operations(said["saved"]["asked"]) == []
    assert (said["saved"]["secrets"], said["saved"]["sockets"]) == (0, 0)


def test_each_copy_reads_the_secrets_before_its_first_call(said: Any) -> None:
    """A secret that was changed since the deployment must be in force, and no sender waits while it is read."""
    assert [operations(copy["restored"]) for copy in said["copies"]] == [[PARAMETERS], [PARAMETERS]]
    assert [copy["status"] for copy in said["copies"]] == [202, 202]
    assert all(PARAMETERS not in operations(copy["answered"]) for copy in said["copies"])
    assert all(copy["secrets"] for copy in said["copies"])


def test_each_copy_draws_other_numbers(said: Any) -> None:
    """With the same numbers, all would wait equally long after a refusal, and ask again at the same moment."""
    drawn = [copy["drawn"] for copy in said["copies"]]

    assert all(one != other for one, other in zip(*drawn, strict=True))


def test_each_copy_has_connections_and_ids_of_its_own(said: Any) -> None:
    """A connection of the snapshot is dead on every machine, and an id of a call that comes twice is taken for a retry."""
    calls = [[*copy["restored"], *copy["answered"]] for copy in said["copies"]]

    ports, ids = ([{call[place] for call in one if call[2]} for one in calls] for place in (1, 2))

    assert ports[0].isdisjoint(ports[1])
    assert ports[0].isdisjoint({port for _, port, _ in said["saved"]["asked"]})
    assert ids[0].isdisjoint(ids[1])
    assert sum(map(len, ids)) == sum(bool(call[2]) for one in calls for call in one)


def test_each_copy_asks_for_new_credentials_when_those_of_the_snapshot_end(said: Any) -> None:
    """A snapshot is older than any credentials: Lambda keeps them behind an address, and botocore asks there again."""
    assert all("credentials" in [call[0] for call in copy["restored"]] for copy in said["copies"])


def test_the_first_call_finds_its_modules_in_the_snapshot(said: Any) -> None:
    """A module that is imported after the restore is imported while a sender waits: the snapshot exists to avoid that."""
    assert [module for copy in said["copies"] for module in copy["late"]] == []
