"""A sender that shares no code with hookline: it signs on its own, and writes its own HTTP, well or badly."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import io
import json
import select
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "SECRET",
    "Answer",
    "Sender",
    "answers",
    "connect",
    "head",
    "read_answer",
    "send_raw",
    "sign",
    "transaction",
]

SECRET = "whsec_" + base64.b64encode(bytes(range(24))).decode()
_KEY = bytes(range(24))


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. Header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:  # an answer is any JSON
        """The document."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The stable code of a problem document."""
        return str(self.json()["code"])


def transaction(event_id: str = "evt_1", *, kind: str = "payment", **more: object) -> bytes:
    """A body that fits the example's schema."""
    document = {
        "event_id": event_id,
        "transaction_type": kind,
        "timestamp": "2026-01-02T03:04:05Z",
        "amount": "1.10",
        "currency": "EUR",
        "merchant_id": "m_1",
        "original_event_id": "evt_0",
        **more,
    }
    return json.dumps(document).encode()


def sign(body: bytes, *, delivery: str = "msg_1", at: float | None = None, key: bytes = _KEY) -> dict[str, str]:
    """The headers of Standard Webhooks, made from its specification with the standard library only."""
    moment = str(int(time.time() if at is None else at))
    signed = f"{delivery}.{moment}.".encode() + body
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "Content-Type": "application/json",
        "webhook-id": delivery,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{signature}",
    }


class Sender:
    """One connection to a loopback port, kept alive between requests."""

    def __init__(self, port: int, *, timeout: float = 10.0) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._connection.close()

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer to any request."""
        self._connection.request(method, path, body=body, headers=dict(headers or {}))
        response = self._connection.getresponse()
        fields = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, fields, response.read())

    def post(self, body: bytes, *, path: str = "/webhook", headers: Mapping[str, str] | None = None) -> Answer:
        """The answer to ``body``, signed unless ``headers`` are given."""
        return self.request("POST", path, body, sign(body) if headers is None else headers)

    def sqs(self, action: str, /, **parameters: object) -> dict[str, Any]:  # the service's answers are plain JSON
        """The answer of the SQS API, in its JSON protocol."""
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"AmazonSQS.{action}"}
        answer = self.request("POST", "/", json.dumps(parameters).encode(), headers)
        assert answer.status == 200, answer
        document: dict[str, Any] = answer.json() if answer.body else {}
        return document


def head(
    headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    *,
    method: str = "POST",
    target: str = "/webhook",
    version: str = "1.1",
) -> bytes:
    """The head of a request, byte for byte as given, with a Host."""
    fields = headers.items() if hasattr(headers, "items") else headers
    lines = [f"{method} {target} HTTP/{version}", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in fields)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def connect(port: int, *, timeout: float = 10.0) -> socket.socket:
    """A connection to a loopback port."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=timeout)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def send_raw(
    port: int,
    data: bytes,
    *,
    timeout: float = 10.0,
    half_close: bool = False,
    patience: float = 0.3,
) -> list[Answer]:
    """Every answer to ``data``, until the server closes. Fails when it neither answers nor closes within ``timeout``.

    Once nothing has come for ``patience`` seconds the sender ends its half, or immediately with ``half_close``.
    """
    received = bytearray()
    with connect(port, timeout=timeout) as connection:
        with suppress(ConnectionResetError, BrokenPipeError):  # it may have answered and closed before all was sent
            connection.sendall(data)
            while not half_close and select.select([connection], [], [], patience)[0]:
                if not (part := connection.recv(65536)):
                    break
                received += part
        with suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionResetError):
            while part := connection.recv(65536):
                received += part
    return _answers(io.BytesIO(received))


def answers(connection: socket.socket) -> list[Answer]:
    """All that comes until the end of the connection, as whole answers: a truncated one is an error."""
    with connection.makefile("rb") as stream:
        return _answers(stream)


def _answers(stream: IO[bytes]) -> list[Answer]:
    found = []
    while (answer := read_answer(stream)) is not None:
        found.append(answer)
    return found


def read_answer(stream: IO[bytes]) -> Answer | None:
    """The next answer of a stream, None at its end; interim answers (1xx) are answers too."""
    try:
        line = stream.readline()
    except ConnectionResetError:
        return None
    if not line:
        return None
    version, status = line.split()[:2]
    assert version == b"HTTP/1.1", line
    headers: dict[str, str] = {}
    while (field := stream.readline()) not in (b"\r\n", b""):
        name, _, value = field.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    assert field == b"\r\n", "the head of an answer was cut short"
    size = int(headers.get("content-length", "0"))
    body = stream.read(size)
    assert len(body) == size, "the body of an answer was cut short"
    return Answer(int(status), headers, body)
