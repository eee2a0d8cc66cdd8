"""What the admin port refuses: in a problem document with a stable code, or as an SDK reads it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3  # type: ignore[import-untyped] # boto3 carries no types
import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped] # as boto3

from acceptance.sender import send_raw
from acceptance.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

FOREIGN = [
    "evil.example.com",
    "hooks.example.com:8081",
    "127.0.0.1.example.com",
    "localhost.example.com",
    "127.0.0.2",
    "[::2]",
    "",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the whole file."""
    with Server(tmp_path_factory.mktemp("admin")) as server:
        yield server


@pytest.mark.parametrize("host", FOREIGN)
@pytest.mark.parametrize("path", ["/", "/metrics", "/000000000000/payments"])
def test_a_foreign_host_is_refused_with_a_stable_code(server: Server, host: str, path: str) -> None:
    """A web page may give its own name the address 127.0.0.1; programs read the code, and plain text has none."""
    raw = f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"

    (answer,) = send_raw(server.admin_port, raw.encode())

    assert (answer.status, answer.code) == (400, "host_unknown")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "remedy" in answer.json()


def test_http_1_0_without_a_host_is_refused(server: Server) -> None:
    """The request does not say which server it is meant for."""
    (answer,) = send_raw(server.admin_port, b"GET /metrics HTTP/1.0\r\n\r\n")

    assert (answer.status, answer.code) == (400, "host_unknown")


@pytest.mark.parametrize(
    "more", ["Host: 10.0.0.7:8081", "Host: localhost\r\nX-Forwarded-For: 10.0.0.7", "Host: a.b\r\nOrigin: http://c.d"]
)
@pytest.mark.parametrize(("path", "bare"), [("/health", {"status": "ok"}), ("/ready", {"status": "ready"})])
def test_health_is_answered_for_anyone_without_details(
    server: Server, path: str, bare: dict[str, str], more: str
) -> None:
    """A kubelet asks by the pod's address, a sidecar forwards, and neither has credentials."""
    (answer,) = send_raw(server.admin_port, f"GET {path} HTTP/1.1\r\n{more}\r\n\r\n".encode())

    assert (answer.status, answer.json()) == (200, bare)


@pytest.mark.parametrize(
    "header",
    [
        "Forwarded: for=192.0.2.7",
        "X-Forwarded-For: 192.0.2.7",
        "X-Forwarded-Proto: https",
        "x-forwarded-host: a",
        "Via: 1.1 proxy",
        "X-Real-IP: 192.0.2.7",
    ],
)
@pytest.mark.parametrize("path", ["/", "/000000000000/payments"])
def test_without_a_login_a_forwarded_request_is_refused(server: Server, path: str, header: str) -> None:
    """Behind a proxy every caller comes from 127.0.0.1: strangers would read and delete messages."""
    (answer,) = send_raw(
        server.admin_port, f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{header}\r\nContent-Length: 0\r\n\r\n".encode()
    )

    assert (answer.status, answer.code) == (403, "request_forwarded")


@pytest.mark.parametrize(
    "headers",
    [
        "Origin: http://localhost:3000",
        "Origin: null",
        "Origin: https://evil.example.com",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
        "Origin: http://localhost\r\nSec-Fetch-Site: cross-site",
    ],
)
def test_a_page_of_another_origin_is_refused(server: Server, headers: str) -> None:
    """Any page can send requests to loopback through the browser of anyone who looks at it, simple GETs and forms too."""
    for method in ("GET", "POST", "OPTIONS"):
        raw = f"{method} /metrics HTTP/1.1\r\nHost: localhost\r\n{headers}\r\nContent-Length: 0\r\n\r\n"

        (answer,) = send_raw(server.admin_port, raw.encode())

        assert (answer.status, answer.code) == (403, "request_cross_site")
        assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("body", ["application/x-amz-json-1.0", "application/x-www-form-urlencoded"])
def test_an_sqs_call_of_a_page_is_refused_in_sqs_s_words(server: Server, body: str) -> None:
    """A form needs no permission of the browser to be sent."""
    raw = (
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example.com\r\nSec-Fetch-Site: cross-site\r\n"
        f"Content-Type: {body}\r\nContent-Length: 0\r\n\r\n"
    )

    (answer,) = send_raw(server.admin_port, raw.encode())

    assert answer.status == 403
    if body.endswith("json-1.0"):
        assert answer.headers["x-amzn-query-error"] == "AccessDenied;Sender"
    else:
        assert b"<Code>AccessDenied</Code>" in answer.body


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8081", "localhost", "LocalHost:1", "[::1]", "[::1]:8081", "localhost:"]
)
def test_every_loopback_name_is_taken(server: Server, host: str) -> None:
    """With and without a port, which a tunnel may change."""
    (answer,) = send_raw(server.admin_port, f"GET /health HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())

    assert answer.status == 200


def test_an_sdk_under_a_foreign_host_shows_a_clear_error(server: Server) -> None:
    """Behind a proxy that keeps the Host, a consumer's developer reads what to change."""
    client = boto3.client(
        "sqs", endpoint_url=server.admin, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )

    def rename(request: Any, **_rest: Any) -> None:  # botocore's request, which has no type
        request.headers["Host"] = "queues.example.com"

    client.meta.events.register("before-send.sqs", rename)

    with pytest.raises(ClientError, match="localhost") as refused:
        client.receive_message(QueueUrl=f"{server.admin}/000000000000/payments")

    assert refused.value.response["Error"]["Code"] == "AccessDenied"


@pytest.mark.parametrize("target", ["/a%0Ab", "*"])
def test_a_path_that_is_none_is_404(server: Server, target: str) -> None:
    """Some paths reach neither the queues nor the checks."""
    raw = f"OPTIONS {target} HTTP/1.1\r\nHost: localhost\r\n\r\n"

    (answer,) = send_raw(server.admin_port, raw.encode())

    assert answer.status == 404
    assert json.loads(answer.body).get("code") == "no_such_path"


def test_a_mistyped_page_is_a_page_with_the_navigation_and_other_callers_get_a_problem(server: Server) -> None:
    """A person continues from there; a program reads the code; a client of SQS gets what it knows; no part of the address is run."""
    asked = "GET {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n"

    def answer(path: str, *headers: str) -> Any:
        (found,) = send_raw(server.admin_port, asked.format(path, "".join(f"{one}\r\n" for one in headers)).encode())
        return found

    page = answer("/evnts/<script>alert(1)</script>", "Accept: text/html")
    program = answer("/evnts", "Accept: */*")
    sdk = answer("/evnts", "Accept: text/html", "X-Amz-Target: AmazonSQS.ListQueues")
    queue = answer("/000000000000/payments")

    assert (page.status, program.status, sdk.status, queue.status) == (404, 404, 405, 405)
    assert b'href="/events"' in page.body
    assert b"no_such_path" in page.body
    assert b"<script>alert" not in page.body
    assert "frame-ancestors 'none'" in dict(page.headers)["content-security-policy"]
    assert json.loads(program.body)["code"] == "no_such_path"
    assert "__type" in json.loads(sdk.body)
