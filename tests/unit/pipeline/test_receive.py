"""A request's journey: the order of its checks, and its possible results."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from hookline.config import parse as parse_config
from hookline.domain.event import Event, Status
from hookline.domain.request import Headers, Request
from hookline.domain.secret import Secret
from hookline.error_codes import CODES
from hookline.errors import Complaint, Rejected
from hookline.pipeline.receive import accept, check_head, check_size, find_source
from unit.builders import NOW, Finds, attempt, refusal, request, source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.event import Json
    from hookline.domain.source import Source, Verified

KEY = b"0123456789abcdef0123456789abcdef"
CONFIG = parse_config(
    """
    [sources.signed]
    verify = { scheme = "standard-webhooks", secrets = ["A"] }
    schema = "transaction.schema.json"
    id = "event_id"
    type = "transaction_type"
    time = "timestamp"

    [sources.svix]
    verify = { scheme = "standard-webhooks", secrets = ["A"] }

    [sources.hashed]
    verify = { scheme = "hmac", secrets = ["A"], header = "X-Signature", timestamp_header = "X-Timestamp" }
    id = "header:X-Id"
    type = "join('.', values(@)[*].to_string(@))"
    time = "to_number(time)"
    media_types = ["application/json", "application/x-www-form-urlencoded"]

    [sources.open]
    verify = { scheme = "none" }
    id = "id"
    type = "max_by(items, &n).n"
    time = "time"

    [queues.all]
    """,
    base=Path(__file__).parents[3] / "examples" / "transactions",
)
BY_PATH = {one.path: one for one in CONFIG.sources}
SOURCES = {one.name: one for one in CONFIG.sources}
PAYMENT = (Path(__file__).parents[3] / "examples" / "transactions" / "samples" / "payment.json").read_bytes()


class Spy:
    """Verifier, schema and extractor in one: writes down in which order each was asked."""

    def __init__(self, refuse: str | None = None) -> None:
        self.asked: list[str] = []
        self.refuse = refuse

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Asked whether the sender is who it says."""
        self._note("verify")
        return source().verifier.verify(request, secrets)

    def parse(self, body: bytes) -> tuple[Json, bytes | None]:  # noqa: ARG002 -- the shape of parse_any
        """Asked what the body says."""
        self.asked.append("parse")
        return {}, None

    def complaints(self, document: Json, body: bytes | None = None) -> Sequence[Complaint]:  # noqa: ARG002 -- the BodySchema protocol's shape
        """Asked whether the body fits."""
        self.asked.append("schema")
        return [Complaint(where="/amount", why="is missing")] if self.refuse == "schema" else []

    def __call__(self, request: Request, document: Json) -> object:  # noqa: ARG002 -- the Extractor protocol's shape
        """Asked for an id, a type or a time."""
        self.asked.append("extract")
        return "1"

    def _note(self, name: str) -> None:
        self.asked.append(name)
        if self.refuse == name:
            raise Rejected("signature_mismatch", "no")


def spied(spy: Spy, **changes: object) -> Source:
    """A source whose every part is the spy."""
    watched = replace(source(), verifier=spy, schema=spy, find_id=spy, find_type=spy, find_time=spy, max_body=8)
    return replace(watched, **changes)  # type: ignore[arg-type]  # the fields of the dataclass, by name


def test_the_event_is_what_was_sent() -> None:
    """The payload that comes out is the payload that went in, and everything known about it came from one call."""
    body = b' {"event_id": "evt_1", "transaction_type": "payment", "amount": 1.10} '
    shop = replace(SOURCES["signed"], schema=None, find_time=None)
    signed = CONFIG.schemes["signed"].sign(body, secret=KEY, delivery_id="msg_1", at=NOW)
    sent = request(body, signed | {"Content-Type": "Application/JSON; charset=utf-8"})

    event = accept(sent, shop, [Secret(name="OLD", value=KEY[::-1]), Secret(name="NEW", value=KEY)])

    assert event == Event(
        id="signed:evt_1",
        source="signed",
        type="payment",
        time="2026-01-02T03:04:05Z",
        received_at=NOW,
        content_type="application/json",
        body=body,
        body_sha256=hashlib.sha256(body).digest(),
        metadata={"secret": "NEW"},
        status=Status.RECEIVED,
    )
    assert event.body is body


def test_the_example_project_is_accepted() -> None:
    """The files of `hookline init` work together."""
    signed = CONFIG.schemes["signed"].sign(PAYMENT, secret=KEY, delivery_id="msg_1", at=NOW)

    event = accept(request(PAYMENT, signed), SOURCES["signed"], [Secret(name="A", value=KEY)])

    assert (event.type, event.id) == ("payment", f"signed:{json.loads(PAYMENT)['event_id']}")


def test_the_id_is_the_signed_one_where_the_source_names_none() -> None:
    """Svix's senders write svix-id: the id is the one that was verified, under whichever name it came."""
    body = b'{"type":"invoice.paid","timestamp":"2026-01-02T03:04:05+01:00"}'
    signed = CONFIG.schemes["svix"].sign(body, secret=KEY, delivery_id="msg_1", at=NOW)
    sent = request(body, {name.replace("webhook", "svix"): value for name, value in signed.items()})

    event = accept(sent, SOURCES["svix"], [Secret(name="A", value=KEY)])

    assert (event.id, event.type, event.time) == ("svix:msg_1", "invoice.paid", "2026-01-02T03:04:05+01:00")


def test_faults_are_reported_in_the_order_of_their_cost() -> None:
    """404, 405, 415, 413, 401, 400: what costs little is checked first, and only the true sender learns what is wrong with a body."""
    everything_wrong = request(b"not JSON at all", {"content-type": "text/plain"}, method="GET", path="/elsewhere")
    codes = []

    codes.append(refusal(lambda: find_source(everything_wrong.path, BY_PATH)))
    for better in (
        everything_wrong,
        replace(everything_wrong, method="POST"),
        request(b"not JSON at all"),
        request(b"not JSON"),
    ):
        codes.append(refusal(partial(accept, better, spied(Spy("verify")), [])))  # noqa: PERF401 -- one list, in order
    codes.append(refusal(lambda: accept(request(b"not JSON"), spied(Spy()), [])))
    codes.append(refusal(lambda: accept(request(b"{}"), spied(Spy("schema")), [])))
    codes.append(refusal(lambda: accept(request(b"{}"), spied(Spy(), find_id=Finds(None)), [])))

    assert codes == [
        "unknown_path",
        "method_not_allowed",
        "unsupported_media_type",
        "body_too_large",
        "signature_mismatch",
        "body_not_json",
        "schema_mismatch",
        "delivery_id_missing",
    ]
    statuses = [CODES[code].status for code in codes]
    assert statuses == [404, 405, 415, 413, 401, 400, 400, 400]


def test_nothing_is_parsed_before_the_signature_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger must not be able to reach the parser."""
    spy = Spy("verify")
    monkeypatch.setattr("hookline.pipeline.receive._parsed", spy.parse)

    assert refusal(lambda: accept(request(b"{}"), spied(spy), [])) == "signature_mismatch"
    assert spy.asked == ["verify"]

    spy.refuse = None
    accept(request(b"{}"), spied(spy), [])
    assert spy.asked == ["verify", "verify", "parse", "schema", "extract", "extract", "extract"]


def test_a_body_that_does_not_fit_is_never_named() -> None:
    """An id is extracted only from a body that the schema has accepted."""
    spy = Spy("schema")

    assert refusal(lambda: accept(request(b"{}"), spied(spy), [])) == "schema_mismatch"
    assert spy.asked == ["verify", "schema"]


@pytest.mark.parametrize(
    "path", ["/", "", "/webhook/", "/webhook/signed//", "//", "/WEBHOOK/SIGNED", "/webhook/signed?x=1"]
)
def test_paths_are_compared_exactly(path: str) -> None:
    """A path that nearly fits belongs to no source, so that no other source's secret is tried."""
    assert refusal(lambda: find_source(path, BY_PATH)) == "unknown_path"
    assert find_source("/webhook/signed", BY_PATH).name == "signed"


def test_one_slash_at_the_end_is_the_same_path() -> None:
    """API Gateway treats both paths as one, and both homes must accept the same calls."""
    assert find_source("/webhook/signed/", BY_PATH).name == "signed"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "post", "", "POST "])
def test_only_post_is_answered(method: str) -> None:
    """Methods are case-sensitive (RFC 9110 section 9.1)."""
    assert refusal(lambda: check_head(request(method=method), source())) == "method_not_allowed"


@pytest.mark.parametrize(
    ("value", "media_type"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("application/json", "application/json"),
        ("APPLICATION/JSON", "application/json"),
        (" application/json ; charset=UTF-8", "application/json"),
        ("application/cloudevents+json;x=y", "application/cloudevents+json"),
    ],
)
def test_the_media_type_is_read_without_case_and_parameters(value: str | None, media_type: str) -> None:
    """Senders write charset and case differently, and some send no such header."""
    taken = replace(source(), media_types=frozenset({"application/json", "application/cloudevents+json"}))
    headers = {} if value is None else {"Content-Type": value}

    assert check_head(request(headers=headers), taken) == media_type


@pytest.mark.parametrize(
    "value", ["text/plain", "application/jsonp", "json", ";", "application/json, text/plain", "\xff"]
)
def test_another_media_type_is_refused(value: str) -> None:
    """A body of another type would be parsed as something that it is not."""
    assert refusal(lambda: check_head(request(headers={"content-type": value}), source())) == ("unsupported_media_type")


def test_a_body_of_another_type_is_kept_as_bytes() -> None:
    """Forms are stored and queued without being read; their id has to be in a header."""
    body = b"a=1&a=2&text=%E9"
    shop = replace(SOURCES["hashed"], find_type=None)
    signed = CONFIG.schemes["hashed"].sign(body, secret=KEY, delivery_id="", at=NOW)
    sent = request(body, signed | {"X-Id": "7", "Content-Type": "application/x-www-form-urlencoded"})

    event = accept(sent, shop, [Secret(name="A", value=KEY)])

    assert (event.id, event.type, event.body) == ("hashed:7", "webhook", body)
    assert event.content_type == "application/x-www-form-urlencoded"


def test_the_limit_of_a_body_is_in_bytes_and_itself_inside() -> None:
    """A body over the limit is refused, never cut: cut, it would look like a forgery."""
    limited = replace(source(), max_body=4)

    check_size(4, limited)
    assert refusal(lambda: check_size(5, limited)) == "body_too_large"
    assert refusal(lambda: accept(request('"é€"'.encode()), limited, [])) == "body_too_large"
    assert accept(request(b'"ab"'), limited, []).body == b'"ab"'


def test_no_refusal_repeats_what_was_sent() -> None:
    """Refusals are logged and shown to strangers: neither a body nor a signature belongs there."""
    private = "4242-4242-4242-4242"
    schema = SOURCES["signed"].schema
    for name, body in (
        ("signed", json.dumps({"event_id": "1", "card": private, "amount": private}).encode()),
        ("open", f'{{"id": "{private * 20}"}}'.encode()),
        ("open", f'{{"id": "{private}\\n"}}'.encode()),
        ("open", f'{{"id": 1, "items": [{{"n": "{private}\\n"}}]}}'.encode()),
        ("open", f'"{private}'.encode()),
    ):
        shop = replace(SOURCES[name], verifier=source().verifier, schema=schema if name == "signed" else None)
        with pytest.raises(Rejected) as refused:
            accept(request(body, {"webhook-signature": f"v1,{private}"}), shop, [])
        assert private not in f"{refused.value} {refused.value.complaints}"
    with pytest.raises(Rejected) as refused:
        accept(request(b"{}", {"webhook-id": private, "webhook-signature": private}), SOURCES["svix"], [])
    assert private not in str(refused.value)


json_text = st.recursive(
    st.sampled_from(["1", "-0", "1.5", "1e400", "9" * 30, "true", "null", '""', '"x"', '"\\u0000"', '"\\ud800"', "NaN"])
    | st.text(max_size=5).map(json.dumps),
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda items: f"[{','.join(items)}]")
        | st.lists(
            st.tuples(
                st.sampled_from(["event_id", "transaction_type", "timestamp", "id", "type", "time", "items", "n"]),
                inner,
            ),
            max_size=5,
        ).map(lambda pairs: "{" + ",".join(f'"{name}":{value}' for name, value in pairs) + "}")
    ),
    max_leaves=15,
)
bodies = json_text.map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=60)
fields = st.lists(
    st.tuples(
        st.sampled_from(
            [b"content-type", b"x-id", b"webhook-id", b"webhook-signature", b"x-signature", b"x-timestamp"]
        ),
        st.sampled_from([b"application/json", b"application/x-www-form-urlencoded", b"1", b"v1,AAAA"]) | st.binary(),
    ),
    max_size=5,
)


@given(
    name=st.sampled_from(sorted(SOURCES)),
    method=st.sampled_from(["POST", "POST", "POST", "GET"]) | st.text(max_size=5),
    body=bodies,
    extra=fields,
    signs=st.booleans(),
    delivery_id=st.text(st.characters(codec="latin-1"), max_size=300),
    at=st.just(NOW) | st.datetimes(datetime(1971, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 -- the strategy asks for naive bounds
    offset=st.integers(-400, 400),
)
@settings(max_examples=examples(500))
def test_whatever_is_sent_an_event_or_rejected_comes_out(
    name: str,
    method: str,
    body: bytes,
    extra: list[tuple[bytes, bytes]],
    signs: bool,  # noqa: FBT001 -- drawn
    delivery_id: str,
    at: datetime,
    offset: int,
) -> None:
    """Outside input can raise nothing but Rejected, however a source is configured, signed or not."""
    signed = CONFIG.schemes[name].sign(body, secret=KEY, delivery_id=delivery_id, at=at) if signs else {}
    wire = [(key.encode(), value.encode("latin-1")) for key, value in signed.items()] + extra
    received = at + timedelta(seconds=offset)
    sent = Request(method=method, path="/", headers=Headers(wire), body=body, received_at=received)

    event = attempt(lambda: accept(sent, SOURCES[name], [Secret(name="A", value=KEY)]))

    if isinstance(event, Rejected):
        assert 400 <= event.status < 500
    else:
        assert event.body is body
        assert event.id.isprintable() or not any(character < " " for character in event.id)
        assert 0 < len(event.id) - len(f"{name}:") <= 256
        assert 0 < len(event.type) <= 256
        event.id.encode()
        event.type.encode()
