"""What everything does that asks a sender's API: in memory, and over TLS with a host on this machine."""

from __future__ import annotations

import ssl
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import pytest

from hookline.adapters.local import fetches, https
from hookline.adapters.local.fetches import HttpsFetches
from hookline.adapters.memory.fetches import MemoryFetches
from hookline.domain.address import is_public
from hookline.domain.fetch import FetchAnswer, FetchQuestion
from hookline.errors import UnavailableError
from unit.local.tls_host import certified, serving

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hookline.ports.fetches import Fetches

HOST = "localhost"
QUESTION = FetchQuestion(
    provider="mercado-pago",
    place="live",
    path="/v1/payments/1",
    headers={"authorization": "Bearer a-token-of-these-tests"},
)


class Api(Protocol):
    """A sender's API with one answer, and what asks it."""

    @property
    def fetches(self) -> Fetches:
        """The part that calls a sender's API."""
        ...

    def answer(self, answer: FetchAnswer | None) -> None:
        """Give this answer from now on; None means no answer."""
        ...


class InMemory:
    """The memory adapter."""

    def __init__(self) -> None:
        self.fetches = MemoryFetches()

    def answer(self, answer: FetchAnswer | None) -> None:
        self.fetches.answers = {} if answer is None else {QUESTION.path: answer}


class OverTls:
    """The adapter that is deployed, and a host that it takes for the sender's."""

    def __init__(self) -> None:
        self.fetches = HttpsFetches()
        self.asked: list[bytes] = []
        self._answer: FetchAnswer | None = None

    def answer(self, answer: FetchAnswer | None) -> None:
        self._answer = answer

    def say(self, connection: ssl.SSLSocket, _over: threading.Event) -> None:
        """Write the answer, or close the connection."""
        if (answer := self._answer) is not None:
            wait = "" if answer.retry_after is None else f"Retry-After: {answer.retry_after:g}\r\n"
            head = f"HTTP/1.1 {answer.status} Any\r\n{wait}Content-Length: {len(answer.body)}\r\n\r\n"
            connection.sendall(head.encode() + answer.body)


@contextmanager
def _over_tls(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OverTls]:
    certificate, api = certified(folder, HOST), OverTls()
    context = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(https, "_context", lambda: context)
    monkeypatch.setattr(https, "is_public", lambda _: True)
    with serving(certificate, api.say) as host:
        monkeypatch.setattr(fetches, "_HOSTS", {("mercado-pago", "live"): f"{HOST}:{host.port}"})
        yield api


@pytest.fixture(params=["memory", "https"])
def api(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """One of each adapter."""
    if request.param == "memory":
        yield InMemory()
        return
    with _over_tls(tmp_path, monkeypatch) as api:
        yield api


@pytest.mark.parametrize(
    "answer",
    [
        FetchAnswer(status=200, body=b'{"id": 1}'),
        FetchAnswer(status=200, body=b""),
        FetchAnswer(status=302, body=b""),
        FetchAnswer(status=401, body=b'{"message": "invalid token"}'),
        FetchAnswer(status=404, body=b"{}"),
        FetchAnswer(status=429, body=b"", retry_after=120),
        FetchAnswer(status=503, body=b"busy", retry_after=5),
    ],
    ids=lambda answer: str(answer.status),
)
def test_every_answer_is_given_as_it_came(api: Api, answer: FetchAnswer) -> None:
    """The caller decides what follows from it, in the same way in every home."""
    api.answer(answer)

    assert api.fetches.fetch(QUESTION) == answer


def test_no_answer_is_a_fault_that_may_pass_and_does_not_say_the_token(api: Api) -> None:
    """The log and the event have it."""
    api.answer(None)

    with pytest.raises(UnavailableError) as caught:
        api.fetches.fetch(QUESTION)

    assert caught.value.code == "fetch_unavailable"
    assert "a-token-of-these-tests" not in f"{caught.value} {QUESTION!r}"


def _answering(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Callable[[ssl.SSLSocket, threading.Event], None]
) -> FetchAnswer:
    """The answer of a host that writes it without a library."""
    monkeypatch.setattr(OverTls, "say", lambda _, connection, over: answer(connection, over))
    with _over_tls(tmp_path, monkeypatch) as api:
        return api.fetches.fetch(QUESTION)


def test_a_huge_answer_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise it would fill the memory."""

    def endless(connection: ssl.SSLSocket, over: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not over.is_set():
            connection.sendall(b"x" * 65_536)

    answer = _answering(tmp_path, monkeypatch, endless)

    assert not answer.is_whole
    assert len(answer.body) == 512 * 1024


def test_a_dripping_answer_ends_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Single bytes in time do not make an answer in time."""
    monkeypatch.setattr(fetches, "_SECONDS", 0.5)

    def drips(connection: ssl.SSLSocket, over: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not over.wait(0.05):
            connection.sendall(b"x")

    started = time.monotonic()
    with pytest.raises(UnavailableError):
        _answering(tmp_path, monkeypatch, drips)

    assert time.monotonic() - started < 4


@pytest.mark.parametrize("value", ["soon", "-1", "1e9", "9" * 40, "Wed, 21 Oct 2026 07:28:00 GMT", ""])
def test_a_retry_after_that_is_no_number_of_seconds_counts_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """The host chooses the text."""

    def answer(connection: ssl.SSLSocket, _over: threading.Event) -> None:
        connection.sendall(f"HTTP/1.1 429 Any\r\nRetry-After: {value}\r\nContent-Length: 0\r\n\r\n".encode())

    assert _answering(tmp_path, monkeypatch, answer).retry_after is None


def test_a_private_address_is_not_connected_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host's name that leads inside of a network has been tampered with."""
    with _over_tls(tmp_path, monkeypatch) as api:
        monkeypatch.setattr(https, "is_public", is_public)
        api.answer(FetchAnswer(status=200, body=b"{}"))

        with pytest.raises(UnavailableError, match="no public address"):
            api.fetches.fetch(QUESTION)


def test_the_current_work_may_leave_less_time() -> None:
    """A function on AWS is stopped at its own end."""
    asked: list[float] = []

    def exchange(request: https.HttpsRequest, *, longest: int) -> https.HttpsAnswer:  # noqa: ARG001 -- its shape
        asked.append((request.ends_at or 0) - time.monotonic())
        return https.HttpsAnswer(status=200, headers={}, body=b"{}")

    HttpsFetches(exchange=exchange, seconds_left=lambda: 0.5).fetch(QUESTION)
    HttpsFetches(exchange=exchange, seconds_left=lambda: 60.0).fetch(QUESTION)

    assert [round(seconds, 1) for seconds in asked] == [0.5, 5.0]
