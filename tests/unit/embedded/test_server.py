"""Two HTTP servers in one process, from their sockets to a whole hookline."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import random
import signal
import socket
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: JSON documents, and the ASGI specification's messages

import pytest
from starlette.routing import Route

from hookline.config import parse
from hookline.errors import ConfigError, DataDirectoryError, UnavailableError
from hookline.ports.event_store import EventFilter
from hookline.runtimes.embedded.admin import admin_app
from hookline.runtimes.embedded.health import Health
from hookline.runtimes.embedded.protocol import Limits, with_limits
from hookline.runtimes.embedded.server import AdminThread, WebhookServer, listen
from hookline.runtimes.embedded.settings import Settings
from hookline.runtimes.embedded.signals import Signals
from hookline.runtimes.embedded.wiring.commands import open_home
from hookline.runtimes.embedded.wiring.serve import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableMapping

    from hookline.config import Config


_OURS = signal.SIG_DFL


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """The signal handlers of a process that only runs hookline."""
    before = signal.signal(signal.SIGTERM, _OURS)
    yield
    signal.signal(signal.SIGTERM, before)


async def hello(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
    """Answer anything with its path."""
    await receive()
    body = scope["path"].encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _port(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


def _call(port: int, path: str, body: bytes = b"", method: str = "POST", **headers: str) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, fields)
        answer = connection.getresponse()
        return answer.status, answer.read()


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


# sockets


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])  # noqa: S104 -- every interface is a choice
def test_a_port_is_open_as_soon_as_it_is_listened_on(host: str) -> None:
    """A sender that comes while the server still starts waits in the backlog, instead of being refused."""
    with listen(host, 0) as listener, socket.create_connection(("127.0.0.1", _port(listener)), timeout=60) as sender:
        assert sender.getpeername()[1] == _port(listener)


def test_an_address_of_version_six_is_listened_on() -> None:
    """An address with colons is one of version 6."""
    try:
        listener = listen("::1", 0)
    except ConfigError:
        pytest.skip("this machine has no IPv6")

    with listener:
        assert listener.family == socket.AF_INET6


def test_a_port_in_use_is_reported_with_its_address() -> None:
    """Immediately, before anything else is opened, and in words."""
    with listen("127.0.0.1", 0) as taken:
        port = _port(taken)

        with pytest.raises(ConfigError) as caught:
            listen("127.0.0.1", port)

    (complaint,) = caught.value.complaints
    assert complaint.where == f"127.0.0.1:{port}"
    assert complaint.why == "cannot be listened on: Address already in use"


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_that_is_not_ours_is_reported(host: str) -> None:
    """An operator may mistype ``host``."""
    with pytest.raises(ConfigError) as caught:
        listen(host, 0)

    assert f"{host}:0: cannot be listened on" in str(caught.value)


def test_a_port_that_was_just_used_can_be_used_again() -> None:
    """A restart must not wait until the system forgets the connections of the last run."""
    with listen("127.0.0.1", 0) as listener:
        port = _port(listener)
        sender = socket.create_connection(("127.0.0.1", port), timeout=60)
        accepted, _ = listener.accept()
        accepted.close()
        sender.close()

    with listen("127.0.0.1", port) as again:
        assert _port(again) == port


# the admin port


def test_the_admin_thread_serves_in_parallel_and_stops() -> None:
    """A consumer's long wait must not delay a sender's answer, and a stop must end each thread."""
    listener = listen("127.0.0.1", 0)
    port = _port(listener)
    admin = AdminThread(hello, listener, protocol=with_limits(Limits()))
    admin.start()
    answer = _call(port, "/ready")
    started = time.monotonic()

    admin.stop()

    took = time.monotonic() - started
    listener.close()
    assert answer == (200, b"/ready")
    assert took < 30
    assert not [thread for thread in threading.enumerate() if thread.name == "hookline-admin"]
    with pytest.raises(ConnectionRefusedError):
        _call(port, "/ready")


@pytest.mark.parametrize(
    ("stopping", "reason"), [(False, "SQLite: FullError: database or disk is full"), (True, "the server is stopping")]
)
def test_the_admin_port_says_why_it_is_not_ready(stopping: bool, reason: str) -> None:  # noqa: FBT001 -- a parameter of the test
    """The load balancer uses the status, the operator the reason; the process itself is alive."""
    health = Health()
    if stopping:
        health.stop()
    else:
        health.storage_failed(UnavailableError("storage_unavailable", reason))
    listener = listen("127.0.0.1", 0)
    admin = AdminThread(
        admin_app(health=health, sqs=hello, bodies=Route("/bodies", hello), room=hello),
        listener,
        protocol=with_limits(Limits()),
    )
    admin.start()

    status, body = _call(_port(listener), "/ready", method="GET")
    alive, _ = _call(_port(listener), "/health", method="GET")

    admin.stop()
    listener.close()
    assert (status, alive) == (503, 200)
    assert json.loads(body) == {"status": "not ready", "reason": reason}


def test_an_admin_application_that_fails_is_answered_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Without an answer the consumer would wait until its own timeout."""

    async def broken(*_asgi: Any) -> None:
        raise ZeroDivisionError

    listener = listen("127.0.0.1", 0)
    admin = AdminThread(broken, listener, protocol=with_limits(Limits()))
    admin.start()

    status, body = _call(_port(listener), "/", method="GET")

    admin.stop()
    listener.close()
    assert (status, json.loads(body)["code"]) == (503, "internal_fault")
    assert "ZeroDivisionError" in caplog.text


# the webhook port


class _Parallel:
    """What happens on another thread while the server has this one; what goes wrong there fails the test."""

    def __init__(self, what: Callable[[], None], stop: Callable[[], None]) -> None:
        self._what = what
        self._stop = stop
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self._what()
        except BaseException as fault:  # noqa: BLE001 -- raised by join
            self._fault = fault
        finally:
            self._stop()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self) -> None:
        """Wait for the end."""
        self._thread.join(60)
        if self._fault is not None:
            raise self._fault


def _terminate() -> None:
    """Ask the server in this process to stop, once it listens for that: before, the signal would be for the tests themselves."""
    _until(lambda: signal.getsignal(signal.SIGTERM) is not _OURS)
    os.kill(os.getpid(), signal.SIGTERM)


def _served(
    what: Callable[[int, WebhookServer], None],
    app: Any = hello,
    *,
    limits: Limits | None = None,
    stop: Callable[[], None] | None = None,
) -> list[str]:
    """Do ``what`` with a server's port, then stop it; what happened around it, in order."""
    with Signals.held() as signals:
        server = WebhookServer(app, protocol=with_limits(limits or Limits()), drain_seconds=30, signals=signals)
        return _steps(server, what, stop)


def _steps(
    server: WebhookServer, what: Callable[[int, WebhookServer], None], stop: Callable[[], None] | None
) -> list[str]:
    steps: list[str] = []

    async def after() -> None:
        steps.append("after")

    def leave() -> None:
        server.should_exit = True

    with listen("127.0.0.1", 0) as listener:
        port = _port(listener)
        parallel = _Parallel(lambda: what(port, server), stop or leave)

        def before() -> None:
            steps.append("before")
            parallel.start()

        server.run_on(listener, before=before, after=after)
        parallel.join()
    return steps


def test_the_server_serves_between_before_and_after_and_ends_by_signal() -> None:
    """The committer starts before the first request and drains after the last; the process ends with exit code 0."""
    answers: list[tuple[int, bytes]] = []

    steps = _served(lambda port, _: answers.append(_call(port, "/webhook")), stop=_terminate)

    assert answers == [(200, b"/webhook")]
    assert steps == ["before", "after"]


def test_the_signals_are_given_back() -> None:
    """Ctrl-C must work again in a program that runs the server in its own process."""
    before = signal.getsignal(signal.SIGINT)

    _served(lambda _port, _server: None)

    assert signal.getsignal(signal.SIGINT) is before


def test_what_is_in_flight_at_the_signal_is_finished() -> None:
    """The answer has ``Connection: close``, so the sender opens its next connection elsewhere."""
    release = threading.Event()
    answers: list[tuple[int, str | None]] = []
    asked = threading.Event()

    async def slow(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        asked.set()
        await asyncio.to_thread(release.wait, 60)
        await hello(scope, receive, send)

    def what(port: int, _: WebhookServer) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            connection.request("POST", "/slow")
            asked.wait(60)
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.2)
            release.set()
            answer = connection.getresponse()
            answers.append((answer.status, answer.headers["connection"]))

    _served(what, slow)

    assert answers == [(200, "close")]


def test_a_second_signal_does_not_wait() -> None:
    """An operator who sends a second signal wants the server to end now."""
    forced: list[tuple[bool, bool]] = []

    def what(_: int, server: WebhookServer) -> None:
        server.stop()
        forced.append((server.should_exit, server.force_exit))
        server.stop()
        forced.append((server.should_exit, server.force_exit))

    _served(what)

    assert forced == [(True, False), (True, True)]


def test_slow_connections_are_looked_at_while_nothing_happens() -> None:
    """No byte arrives that would make the server look at them."""
    ended: list[bytes] = []

    def what(port: int, _: WebhookServer) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as sender:
            sender.sendall(b"POST / HTTP/1.1\r\n")
            ended.append(sender.recv(65536))

    _served(what, limits=Limits(read_timeout=0.5))

    assert ended[0].startswith(b"HTTP/1.1 408 ")


# a whole hookline

TOML = """
[server]
port = {port}
admin_port = {admin_port}

[sources.shop]
verify = {{ scheme = "none" }}
id = "id"
type = "kind"

[queues.orders]

[[routes]]
match = {{ type = ["order"] }}
queues = ["orders"]
"""


def _free_ports() -> tuple[int, int]:
    """Two free ports below those that the system assigns, which another test may get a moment later."""
    found: list[int] = []
    while len(found) < 2:
        port = random.SystemRandom().randrange(16_384, 32_768)
        with suppress(ConfigError), listen("127.0.0.1", port):
            found.append(port)
    return found[0], found[1]


@pytest.fixture
def config() -> Config:
    """One source, one queue, on free ports."""
    port, admin_port = _free_ports()
    return parse(TOML.format(port=port, admin_port=admin_port), base=Path())


def _sqs(port: int, action: str, **parameters: object) -> dict[str, Any]:
    target = f"AmazonSQS.{action}"
    url = f"http://127.0.0.1:{port}/000000000000/orders"
    body = json.dumps({"QueueUrl": url, **parameters}).encode()
    _, answer = _call(port, "/", body, content_type="application/x-amz-json-1.0", x_amz_target=target)
    document: dict[str, Any] = json.loads(answer or b"{}")
    return document


@pytest.mark.parametrize("log_format", ["json", "pretty"])
def test_a_whole_hookline_takes_an_event_and_leaves_it_durable(
    config: Config, tmp_path: Path, log_format: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """One process takes an event at its socket and stores it in the file that the next start opens."""
    settings = Settings(data_dir=tmp_path / "data", server=config.server, log_format=log_format)
    port, admin_port = config.server.port, config.server.admin_port
    seen: dict[str, object] = {}

    def what() -> None:
        _until(lambda: _answers(admin_port))
        seen["accepted"] = _call(port, "/webhook/shop", b'{"id":"A-1","kind":"order"}', content_type="application/json")
        seen["ready"] = _call(admin_port, "/ready", method="GET")[0]
        seen["health"] = _call(admin_port, "/health", method="GET")[0]
        seen["messages"] = _sqs(admin_port, "ReceiveMessage")["Messages"]

    parallel = _Parallel(what, _terminate)
    parallel.start()
    serve(settings, lambda: (config, {}))
    parallel.join()

    assert seen["accepted"] == (202, b'{"event_id":"shop:A-1","status":"accepted"}')
    assert (seen["ready"], seen["health"]) == (200, 200)
    assert isinstance(seen["messages"], list)
    assert len(seen["messages"]) == 1
    with open_home(tmp_path / "data") as home:
        assert [stored.event.id for stored in home.events.find(EventFilter(), limit=9)] == ["shop:A-1"]
        assert home.queues.depth("orders").in_flight == 1
    log = capfd.readouterr().err
    assert "shop:A-1" in log
    assert "stopped" in log.splitlines()[-1]
    assert log.startswith("{") == (log_format == "json")


def _answers(port: int) -> bool:
    with suppress(OSError):
        return _call(port, "/health", method="GET")[0] == 200
    return False


def test_a_server_that_cannot_start_leaves_the_folder_to_others(config: Config, tmp_path: Path) -> None:
    """The port is freed and the start tried again: the failed start must leave no lock and create nothing in the folder."""
    settings = Settings(data_dir=tmp_path / "data", server=config.server)
    with listen("127.0.0.1", config.server.port):
        tries = [_refused(lambda: serve(settings, lambda: (config, {}))) for _ in range(2)]

    assert all("Address already in use" in why for why in tries)
    assert not (tmp_path / "data" / "hookline.db").exists()


def _refused(call: Callable[[], None]) -> str:
    with pytest.raises(ConfigError) as caught:
        call()
    return str(caught.value)


def test_commands_on_a_folder_without_a_hookline_are_refused(tmp_path: Path) -> None:
    """They would answer from an empty database, and the user would believe them."""
    with pytest.raises(DataDirectoryError), open_home(tmp_path):
        pass

    assert list(tmp_path.iterdir()) == []
