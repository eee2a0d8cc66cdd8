"""``dashboard``: the control room of an environment on AWS, for the person who opened it and nobody else on the machine."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any  # Any: JSON documents
from urllib.parse import urlsplit

import jsonschema_rs
import pytest
from click.testing import CliRunner

from contract.aws import BUCKET, ENVIRONMENT, TABLE, shared_cloud
from contract.builders import event
from hookline.adapters.aws.bodies import S3Bodies
from hookline.adapters.aws.event_store import DynamoEventStore
from hookline.adapters.local import SystemClock
from hookline.cli import main
from hookline.dashboard.api.table import OPERATIONS
from hookline.dashboard.pages.table import PAGES
from processes import running_process
from unit.cli.conftest import account, with_router

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from http.client import HTTPResponse
    from pathlib import Path

    from click.testing import Result

TARGET = f"aws:{ENVIRONMENT}"


class Room:
    """A running control room, as clients see it."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process = process
        self.address = urlsplit(address)
        self.token = self.address.query.removeprefix("token=")

    def ask(
        self, path: str, headers: Mapping[str, str] | None = None, *, method: str = "GET"
    ) -> tuple[HTTPResponse, bytes]:
        """The answer and its body."""
        connection = HTTPConnection(self.address.hostname or "", self.address.port, timeout=60)
        connection.request(method, path, headers={"Host": self.address.netloc, **(headers or {})})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer, body

    def read(self, path: str) -> tuple[int, Any]:
        """Status and document, for a program that has the token."""
        answer, body = self.ask(path, {"Authorization": f"Bearer {self.token}"})
        return answer.status, json.loads(body)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The project of an environment with two events, and in this process the variables of a person who works in it."""
    folder = tmp_path_factory.mktemp("room") / "project"
    assert CliRunner().invoke(main, ["init", str(folder)]).exit_code == 0
    with pytest.MonkeyPatch.context() as patch, account(patch) as aws:
        with_router(aws)
        _store_two()
        yield folder


@pytest.fixture(scope="module")
def room(environment: Path) -> Iterator[Room]:
    """The control room, for all tests that look at it."""
    with _opened(environment, "--json") as room:
        yield room


def _store_two() -> None:
    clients = shared_cloud().clients
    store = DynamoEventStore(
        clients.dynamodb(),
        table=TABLE,
        bodies=S3Bodies(clients.s3, bucket=BUCKET),
        clock=SystemClock(),
        event_retention=timedelta(days=30),
    )
    now = datetime.now(UTC)
    store.add([event("a", b'{"n":1.10}', received_at=now), event("b", received_at=now)])


@contextmanager
def _opened(project: Path, *more: str) -> Iterator[Room]:
    """The control room that the command opens."""
    words = [sys.executable, "-m", "hookline", "dashboard", "--target", TARGET, "--port", "0", *more]
    with running_process(words, cwd=project, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            first = process.stdout.readline()
            yield Room(process, json.loads(first)["url"] if "--json" in more else first.split()[-1])
        finally:
            process.terminate()


def test_only_the_printed_address_opens_it(room: Room) -> None:
    """Every user of a shared machine reaches its loopback address, and would act with another one's credentials."""
    refused, body = room.ask("/api/events")
    wrong, _ = room.ask("/?token=" + "x" * 43)
    other, _ = room.ask("/api/events", {"Authorization": "Bearer x"})
    assert [refused.status, wrong.status, other.status] == [401, 401, 401]
    assert json.loads(body)["code"] == "credentials_missing"

    entered, _ = room.ask(f"/?token={room.token}")
    assert (entered.status, entered.headers["location"], entered.headers["cache-control"]) == (303, "/", "no-store")
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert room.token not in cookie

    session = {"Cookie": cookie.partition(";")[0]}
    assert room.ask("/api/events", session)[0].status == 200
    foreign = [{"Host": "evil.example.com"}, {"Origin": "https://evil.example.com"}, {"Sec-Fetch-Site": "cross-site"}]
    assert {room.ask("/api/events", session | more)[0].status for more in foreign} <= {400, 403}


def test_the_api_reads_an_environment_as_it_reads_a_file(room: Room) -> None:
    """One page has to answer for both homes; what AWS does not know may be left out, and nothing may fail."""
    status, listed = room.read("/api/events")
    _, shown = room.read("/api/events/transactions:a")
    readable = [
        one.path for one in OPERATIONS if one.method == "GET" and "{" not in one.path and "tail" not in one.path
    ]
    statuses = {path: room.ask(path, {"Authorization": f"Bearer {room.token}"})[0].status for path in readable}

    assert (status, {one["id"] for one in listed["events"]}) == (200, {"transactions:a", "transactions:b"})
    assert shown["body"] == '{"n":1.10}'
    assert {path: status for path, status in statuses.items() if status not in (200, 404)} == {}


def test_every_page_is_drawn_over_aws(room: Room) -> None:
    """An operator at three in the morning opens whichever page may have the answer, and no form of it works for another site."""
    person = {"Authorization": f"Bearer {room.token}", "Accept": "text/html"}
    paths = [
        page.path.replace("{event_id:path}", "transactions:a")
        for page in PAGES
        if "{" not in page.path.replace("{event_id:path}", "")
    ]

    answers = {path: room.ask(path, person)[0] for path in paths}
    posted, _ = room.ask("/events/transactions:a/replay", person | {"Sec-Fetch-Site": "same-origin"}, method="POST")

    assert {path: answer.status for path, answer in answers.items()} == dict.fromkeys(paths, 200)
    assert {answer.headers["content-security-policy"].partition(";")[0] for answer in answers.values()} == {
        "default-src 'none'"
    }
    assert posted.status == 403


def test_each_document_is_that_of_the_embedded_home(room: Room) -> None:
    """A client that was made from the OpenAPI document works with either home: an unknown value is null, and not missing."""
    schemas = {name: schema for one in OPERATIONS for name, schema in one.schemas.items()}
    named = {"{event_id}": "transactions:a", "{queue}": "payments-dlq", "{source}": "transactions"}
    wrong = {}
    for one in OPERATIONS:
        path = one.path
        for name, value in named.items():
            path = path.replace(name, value)
        if one.method != "GET" or "{" in path or one.media_type != "application/json":
            continue
        status, document = room.read(path)
        validator = jsonschema_rs.validator_for({**one.answer, "components": {"schemas": schemas}})
        if status != 404 and (status != 200 or not validator.is_valid(document)):
            wrong[path] = [status, *(error.message for error in validator.iter_errors(document))]

    assert wrong == {}


def test_it_ends_as_it_is_asked_to(environment: Path) -> None:
    """A terminal that is closed must leave no open port."""
    with _opened(environment) as room:
        room.process.send_signal(signal.SIGTERM)

        assert room.process.wait(timeout=120) == 0


def test_the_embedded_home_has_its_room_elsewhere(project: Path, run: Callable[..., Result]) -> None:
    """A person who leaves --target out reads where to look."""
    assert project.is_dir()
    result = run("dashboard")

    assert result.exit_code == 2
    assert "admin port" in result.stderr
