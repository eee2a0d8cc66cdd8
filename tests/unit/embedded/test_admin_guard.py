"""The guard of the admin port: which callers it accepts, how much it reads of those it does not know, and what it logs."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Any  # Any: the ASGI specification's messages are dictionaries with any values

import pytest

from contract.builders import START
from hookline.domain.access import ANYONE, PRINCIPAL, AccessKey, Right
from hookline.pipeline.access import Head, KnownKey
from hookline.pipeline.access.sigv4 import canonical_request, signature, signed_by, string_to_sign
from hookline.runtimes.embedded import admin_guard
from hookline.runtimes.embedded.admin_guard import Access, AdminGuard
from hookline.sqs_api import LARGEST_BODY
from unit.embedded.fakes import LogBook

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping, Sequence

    from starlette.types import Receive, Scope, Send

SECRET = b"a-secret-of-enough-length"
KEY = KnownKey(
    key=AccessKey(id="shop", secret_name="SHOP", rights=frozenset({Right.CONSUME}), queues=frozenset({"payments"})),
    secret=SECRET,
)
STAMP = START.strftime("%Y%m%dT%H%M%SZ")


class Behind:
    """An application that remembers who called and what they sent."""

    def __init__(self) -> None:
        self.callers: list[object] = []
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.callers.append(scope[PRINCIPAL])
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.bodies.append(body)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


class Port:
    """A guarded application, asked without a network."""

    def __init__(self, *keys: KnownKey, names: Iterable[str] = ()) -> None:
        self.log = LogBook()
        self.behind = Behind()
        self.access = Access(names=names, log=self.log)
        self.access.use(keys)
        self.guard = AdminGuard(self.behind, access=self.access, now=lambda: START)
        self.read = 0
        self.challenge = b""
        """How the latest answer asks for credentials."""
        self.hangs_up = False
        """Whether callers leave before their body is whole."""

    def ask(self, *parts: bytes, path: str = "/", method: str = "POST", **headers: str) -> tuple[int, bytes] | None:
        """The status and the body of the answer; None for none."""
        return asyncio.run(self.asked(*parts, path=path, method=method, **headers))

    async def asked(
        self, *parts: bytes, path: str = "/", method: str = "POST", **headers: str
    ) -> tuple[int, bytes] | None:
        """As ``ask``, on a loop that runs."""
        left = list(parts or (b"",))
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            if not left:
                return {"type": "http.disconnect"}
            part = left.pop(0)
            self.read += len(part)
            return {"type": "http.request", "body": part, "more_body": bool(left) or self.hangs_up}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        await self.guard(self.scope(path=path, method=method, **headers), receive, send)
        if not sent:
            return None
        self.challenge = dict(sent[0]["headers"]).get(b"www-authenticate", b"")
        return sent[0]["status"], sent[1]["body"]

    @staticmethod
    def scope(*, path: str = "/", method: str = "POST", **headers: str) -> dict[str, Any]:
        """The head of a request as an application gets it."""
        fields = {"host": "localhost"} | {name.replace("_", "-"): value for name, value in headers.items()}
        return {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "scheme": "http",
            "headers": [(name.encode(), value.encode()) for name, value in fields.items()],
            "client": ("192.0.2.7", 1),
        }


def signed(body: bytes, key_id: str = "shop") -> dict[str, str]:
    """The headers of a call of SQS that is signed rightly."""
    fields = {"host": "localhost", "content-type": "application/x-amz-json-1.0", "x-amz-date": STAMP}
    start = (
        f"AWS4-HMAC-SHA256 Credential={key_id}/{STAMP[:8]}/us-east-1/sqs/aws4_request, "
        f"SignedHeaders={';'.join(sorted(fields))}, Signature="
    )
    by = signed_by(f"{start}0")
    head = Head(
        method="POST", path=b"/", query=b"", headers=[(name.encode(), value.encode()) for name, value in fields.items()]
    )
    text = string_to_sign(STAMP, by.scope, canonical_request(head, by.signed_headers, body))
    return fields | {"authorization": f"{start}{signature(SECRET, by, text)}"}


def basic(secret: bytes = SECRET) -> str:
    """An Authorization header with id and secret."""
    return f"Basic {base64.b64encode(b'shop:' + secret).decode()}"


def statuses(answers: Sequence[tuple[int, bytes] | None]) -> list[int | None]:
    """The status of each answer."""
    return [answer and answer[0] for answer in answers]


def test_without_keys_anyone_of_this_machine_calls() -> None:
    """The guard does not read the body before the application does."""
    port = Port()

    assert port.ask(b"one", b"two") == (200, b"")
    assert (port.behind.callers, port.behind.bodies) == ([ANYONE], [b"onetwo"])


def test_a_signed_call_reaches_the_application_with_its_whole_body() -> None:
    """The body has been read to compute its hash: the application must not notice that."""
    port = Port(KEY)

    assert port.ask(b'{"a"', b": 1}", **signed(b'{"a": 1}')) == (200, b"")
    assert (port.behind.callers, port.behind.bodies) == ([KEY.key.principal], [b'{"a": 1}'])


def test_a_caller_that_has_gone_gets_no_answer() -> None:
    """The application does not see half a body either."""
    port = Port(KEY)
    port.hangs_up = True

    assert port.ask(b'{"a"', **signed(b'{"a": 1}')) is None
    assert port.behind.callers == []


def test_a_stranger_s_body_is_not_read() -> None:
    """Memory is for callers that name a known key."""
    port = Port(KEY)

    answers = [port.ask(b"x" * 1000), port.ask(b"x" * 1000, **signed(b"", key_id="nobody"))]

    assert statuses(answers) == [401, 403]
    assert port.read == 0


def test_a_body_that_is_too_large_is_not_read_to_its_end() -> None:
    """The bound is that of the SQS API."""
    port = Port(KEY)
    parts = [b"x" * (LARGEST_BODY // 2 + 1)] * 4

    answer = port.ask(*parts, **signed(b""))

    assert statuses([answer]) == [413]
    assert port.read == 2 * len(parts[0])


def test_all_unproved_bodies_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller that knows an id, which is no secret, must not be able to fill the memory."""
    monkeypatch.setattr(admin_guard, "_MOST_UNPROVED", 1000)
    monkeypatch.setattr(admin_guard, "_SMALL_BODY", 0)
    port = Port(KEY)

    answers = [port.ask(b"x" * 1001, **signed(b"")), port.ask(b"x" * 900, **signed(b"x" * 900))]

    assert statuses(answers) == [503, 200], "what was refused has given its room back"


def test_slow_large_bodies_do_not_keep_small_calls_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger holds all the room for large bodies; consumers send small calls, and those must still be checked."""
    monkeypatch.setattr(admin_guard, "_MOST_UNPROVED", 1000)
    monkeypatch.setattr(admin_guard, "_SMALL_BODY", 100)
    port = Port(KEY)

    async def asked() -> list[tuple[int, bytes] | None]:
        over = asyncio.Event()

        async def held() -> MutableMapping[str, Any]:
            if not over.is_set():
                over.set()
                return {"type": "http.request", "body": b"x" * 1100, "more_body": True}
            answers.extend(
                [
                    await port.asked(b"x" * 100, **signed(b"x" * 100)),
                    await port.asked(b"x" * 101, **signed(b"x" * 101)),
                ]
            )
            return {"type": "http.disconnect"}

        async def send(_message: MutableMapping[str, Any]) -> None:
            """Nobody reads it."""

        answers: list[tuple[int, bytes] | None] = []
        await port.guard(port.scope(**signed(b"")), held, send)
        return answers

    answers = asyncio.run(asked())

    assert statuses(answers) == [200, 503]
    assert statuses([port.ask(b"x" * 101, **signed(b"x" * 101))]) == [200], "its room is free again"


def test_health_is_for_anyone_and_no_other_method_is() -> None:
    """A POST to its path could be a call of SQS."""
    port = Port(KEY)

    answers = [port.ask(path="/health", method=method, host="a.b", origin="http://c.d") for method in ("GET", "POST")]

    assert statuses(answers) == [200, 403]
    assert port.behind.callers == [None]


def test_pages_take_a_password_and_sqs_does_not() -> None:
    """A browser sends a password along with what other pages ask for."""
    port = Port(KEY)

    answers = [
        port.ask(method="GET", path="/page", authorization=basic()),
        port.ask(method="GET", path="/page", authorization=basic(b"wrong")),
        port.ask(authorization=basic(), x_amz_target="AmazonSQS.PurgeQueue"),
        port.ask(authorization=basic(), content_type="application/x-www-form-urlencoded"),
        port.ask(authorization=basic(), content_type="application/x-amz-json-1.0; charset=utf-8"),
    ]

    assert statuses(answers) == [200, 401, 400, 400, 400]


@pytest.mark.parametrize(
    ("agent", "accept", "challenge"),
    [
        ("Wget/1.21", "*/*", b"Basic "),
        ("Mozilla/5.0 (X11)", "text/html,application/xml;q=0.9,*/*;q=0.8", b"Basic "),
        ("Mozilla/5.0 (X11)", "*/*", b"AWS4"),
        ("Mozilla/5.0 (X11)", "application/json", b"AWS4"),
    ],
)
def test_a_script_of_a_page_cannot_have_the_password_asked_for(agent: str, accept: str, challenge: bytes) -> None:
    """A stranger's page would show hookline's login dialogue in a visitor's browser. Programs that need the question get it."""
    port = Port(KEY)

    answer = port.ask(method="GET", path="/metrics", user_agent=agent, accept=accept)

    assert statuses([answer]) == [401]
    assert port.challenge.startswith(challenge)


def test_further_names_count_only_without_keys() -> None:
    """With keys a caller proves itself, under any name."""
    port = Port(names=["queues.test"])
    found = [port.ask(host="queues.test:1"), port.ask(host="others.test")]
    port.access.use([KEY])
    found += [port.ask(method="GET", host="others.test", authorization=basic())]

    assert statuses(found) == [200, 400, 200]


def test_refusals_are_logged_and_a_flood_of_them_is_counted() -> None:
    """An operator sees the address of the caller; no caller can fill the disk with lines."""
    port = Port(KEY)

    for _ in range(50):
        port.ask(method="GET", path="/page", authorization=basic(b"wrong-and-not-logged"))

    first = port.log.lines[0]
    assert (first.level, first.text) == ("warning", "a call to the admin port was refused")
    assert first.fields == {
        "code": "credentials_mismatch",
        "client": "192.0.2.7",
        "path": "/page",
        "not_logged_before": 0,
    }
    assert 5 <= len(port.log.lines) < 30
    assert "wrong-and-not-logged" not in str([line.fields for line in port.log.lines])


def test_of_a_flood_of_strangers_nothing_is_read_and_nobody_reaches_a_page() -> None:
    """Without credentials a page is a redirection and a call a short refusal: no view runs, no template, and no hash of a body."""
    port = Port(KEY)
    unknown = signed(b"body", "nobody")

    pages = [port.ask(path="/events", method="GET", accept="text/html") for _ in range(300)]
    calls = [port.ask(b"body" * 1000, path="/api/replay", **unknown) for _ in range(300)]

    assert {*statuses(pages), *statuses(calls)} == {303, 401}
    assert max(len(answer[1]) for answer in (*pages, *calls) if answer) < 500
    assert (port.behind.callers, port.read) == ([], 0)


@pytest.mark.parametrize("name", ["Forwarded", "X-Forwarded-For", "x-forwarded-anything", "Via", "X-Real-IP"])
def test_a_forwarded_request_is_refused_until_callers_prove_themselves(name: str) -> None:
    """Behind a proxy every caller comes from this machine."""
    port = Port()
    header = {name.lower(): "192.0.2.7"}
    before = port.ask(method="GET", path="/page", **header)
    port.access.use([KEY])

    after = port.ask(method="GET", path="/page", authorization=basic(), **header)

    assert statuses([before, after]) == [403, 200]


# the token of metrics

TOKEN = b"a-token-that-only-prometheus-has"


def scrape(port: Port, authorization: str | None = f"Bearer {TOKEN.decode()}", **more: str) -> int | None:
    """The status of a scrape."""
    fields = {} if authorization is None else {"authorization": authorization}
    answer = port.ask(path=more.pop("path", "/metrics"), method=more.pop("method", "GET"), **fields, **more)
    return None if answer is None else answer[0]


@pytest.mark.parametrize("keys", [(), (KEY,)], ids=["without keys", "with a key"])
def test_the_token_of_metrics_opens_metrics_and_nothing_else(keys: tuple[KnownKey, ...]) -> None:
    """It is in the configuration of another program: a reader of that file must not reach messages."""
    port = Port(*keys)
    port.access.use(keys, metrics_token=TOKEN)

    assert scrape(port) == 200
    assert scrape(port, f"bearer {TOKEN.decode()}", host="hookline.internal:8081") == 200
    assert [str(caller) for caller in port.behind.callers] == ["metrics_token"] * 2
    assert not any(caller.may(Right.CONSUME) for caller in port.behind.callers)  # type: ignore[attr-defined]  # principals
    others = [scrape(port, path=path) for path in ("/metrics/", "/", "/api/events", "/bodies/a:b")]
    assert [status for status in others if status == 200] == ([] if keys else [200] * 4)
    assert [str(caller) for caller in port.behind.callers[2:]] == ([] if keys else ["anyone"] * 4)
    assert scrape(port, method="POST") == (401 if keys else 200)


@pytest.mark.parametrize(
    "authorization",
    [None, "Bearer", "Bearer ", "Bearer wrong", f"Bearer {TOKEN.decode()}x", "Basic eDp5", "Bearer \xe9"],
)
def test_without_the_token_metrics_are_refused_once_there_is_one(authorization: str | None) -> None:
    """Also on loopback: as soon as there are credentials, every caller proves itself."""
    port = Port()
    port.access.use([], metrics_token=TOKEN)

    assert scrape(port, authorization) in (400, 401, 403)
    assert port.behind.callers == []


def test_an_access_key_reads_metrics_too() -> None:
    """A person with a browser has a key, and not the token."""
    port = Port(KEY)
    port.access.use([KEY], metrics_token=TOKEN)

    assert scrape(port, basic()) == 200
    assert scrape(port, basic(b"wrong")) == 401
    assert scrape(port, None) == 401


def test_the_token_is_of_no_use_to_a_page_of_another_site() -> None:
    """A page can make a browser send anything."""
    port = Port()
    port.access.use([], metrics_token=TOKEN)

    assert scrape(port, origin="https://evil.example.com") == 403


def test_a_caller_is_accepted_for_as_long_as_its_key_is_unchanged() -> None:
    """A long answer asks again and again: a key that a reload removes, or changes, must end what it watches."""
    access = Access()
    anyone = access.admission(ANYONE, None)
    access.use([KEY])
    by_key = access.admission(KEY.key.principal, None)
    assert (anyone(), by_key()) == (False, True)

    access.use([replace(KEY, secret=b"another-secret-of-enough-length")])
    assert by_key() is False

    access.use([])
    assert (anyone(), by_key()) == (True, False)
