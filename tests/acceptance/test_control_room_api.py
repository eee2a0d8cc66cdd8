"""The control room's API on a real server: what operators' programs rely on."""

from __future__ import annotations

import csv
import json
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any  # Any: JSON documents
from urllib.parse import quote, urlsplit

import pytest

from acceptance.sender import sign, transaction
from acceptance.server import Server, until
from hookline.dashboard.views.tail import MOST_OF_ONE

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that has received three payments."""
    with Server(tmp_path_factory.mktemp("api")) as running:
        with running.sender() as sender:
            for number in range(3):
                body = transaction(f"evt_{number}")
                assert sender.post(body, headers=sign(body, delivery=f"msg_{number}")).status == 202
        yield running


def raw(server: Server, path: str) -> bytes:
    """The whole answer, which has to be 200 and to end properly: one that is cut short raises IncompleteRead."""
    address = urlsplit(server.admin)
    assert address.hostname
    connection = HTTPConnection(address.hostname, address.port, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    assert answer.status == 200
    return content


def ask(server: Server, path: str, *, method: str = "GET", headers: dict[str, str] | None = None) -> tuple[int, Any]:
    """Status and document."""
    address = urlsplit(server.admin)
    assert address.hostname
    connection = HTTPConnection(address.hostname, address.port, timeout=30)
    connection.request(method, path, headers=headers or {})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, json.loads(text) if text else None


def test_events_are_listed_page_by_page_the_newest_first(server: Server) -> None:
    """An operator's program reads all of them, each once."""
    status, page = ask(server, "/api/events?limit=2")
    assert status == 200, (page, server.lines[-5:])
    pages = [page]
    while (before := pages[-1]["next"]) is not None:
        pages.append(ask(server, f"/api/events?limit=2&before={quote(before)}")[1])

    ids = [one["id"] for page in pages for one in page["events"]]
    assert ids[-3:] == [f"transactions:evt_{number}" for number in (2, 1, 0)]  # other tests send later events
    assert len(set(ids)) == len(ids)
    assert {len(page["events"]) for page in pages[:-1]} == {2}


def test_one_event_is_shown_with_its_body(server: Server) -> None:
    """The body is what was received, as text."""
    status, event = ask(server, "/api/events/transactions:evt_1")

    assert (status, event["status"]) == (200, "routed")
    assert json.loads(event["body"])["event_id"] == "evt_1"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/events/nothing%2Fof%20this", 404, "not_found"),
        ("/api/nothing", 404, "no_such_path"),
        ("/api/events?limit=0", 400, "parameter_invalid"),
        ("/api/events?colour=red", 400, "parameter_invalid"),
        ("/api/events?since=never", 400, "parameter_invalid"),
        ("/api/events/%ff", 400, "parameter_invalid"),
    ],
)
def test_what_cannot_be_answered_is_a_problem_with_a_stable_code(
    server: Server, path: str, status: int, code: str
) -> None:
    """A program decides by the code."""
    found, document = ask(server, path)

    assert (found, document["code"]) == (status, code)


def test_an_export_has_every_event_once_and_ends_properly(server: Server) -> None:
    """A file that is cut short and looks whole would be a wrong report."""
    lines = raw(server, "/api/events.jsonl").splitlines()
    rows = [*csv.reader(raw(server, "/api/events.csv").decode().splitlines())]

    assert [json.loads(line)["id"] for line in lines] == [row[0] for row in rows[1:]]
    assert {json.loads(json.loads(line)["body"])["event_id"] for line in lines} >= {"evt_0", "evt_1", "evt_2"}
    assert rows[0][0] == "id"


def test_no_cell_of_an_export_is_a_formula(server: Server) -> None:
    """A sender chooses these texts, and a spreadsheet would run them for the operator who opens the file."""
    body = transaction('=HYPERLINK("https://elsewhere.example")')
    with server.sender() as sender:
        assert sender.post(body, headers=sign(body, delivery="@SUM(1)")).status == 202

    cells = [cell for row in csv.reader(raw(server, "/api/events.csv").decode().splitlines()) for cell in row]

    assert [cell for cell in cells if cell.startswith(("=", "+", "@", "-"))] == []


def test_the_tail_sends_an_event_as_it_comes_and_ends_in_time(server: Server) -> None:
    """A person who watches sees it within a moment, and the connection ends as it was asked to."""
    address = urlsplit(server.admin)
    assert address.hostname
    connection = HTTPConnection(address.hostname, address.port, timeout=30)
    connection.request("GET", "/api/tail?seconds=5&rejected=true")
    answer = connection.getresponse()
    assert answer.readline() == b": waiting\n"
    body = transaction("evt_watched")
    with server.sender() as sender:
        assert sender.post(body, headers=sign(body, delivery="msg_watched")).status == 202
        assert sender.post(body, headers=sign(body, key=b"wrong")).status == 401

    lines = [
        json.loads(line.removeprefix(b"data:")) for line in answer.read().split(b"\n") if line.startswith(b"data:")
    ]
    connection.close()

    assert ("event", "transactions:evt_watched") in [(line["kind"], line.get("id")) for line in lines]
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "rejected" in {line["kind"] for line in lines}


def watched(server: Server) -> int:
    """The status for one who watches for a second."""
    address = urlsplit(server.admin)
    assert address.hostname
    connection = HTTPConnection(address.hostname, address.port, timeout=30)
    connection.request("GET", "/api/tail?seconds=1")
    status = connection.getresponse().status
    connection.close()
    return status


def test_one_caller_does_not_take_every_place(server: Server) -> None:
    """Each watcher is a look into the storage twice a second: one who opens a hundred must leave some to the others."""
    address = urlsplit(server.admin)
    assert address.hostname
    connections = [HTTPConnection(address.hostname, address.port, timeout=30) for _ in range(MOST_OF_ONE)]
    for connection in connections:
        connection.request("GET", "/api/tail")
        assert connection.getresponse().status == 200

    status, document = ask(server, "/api/tail")
    for connection in connections:
        connection.close()

    assert (status, document["code"]) == (503, "overloaded")
    until(lambda: watched(server) == 200)


def test_the_api_describes_itself(server: Server) -> None:
    """Clients are generated from this document."""
    status, document = ask(server, "/api/openapi.json")

    assert (status, document["openapi"]) == (200, "3.1.0")
    assert {"/api/events", "/api/events/{event_id}"} <= document["paths"].keys()


def test_a_page_of_another_site_is_refused(server: Server) -> None:
    """Without a login any page that an operator opens could otherwise read what is stored."""
    status, document = ask(server, "/api/events", headers={"Origin": "https://elsewhere.example"})

    assert (status, document["code"]) == (403, "request_cross_site")
