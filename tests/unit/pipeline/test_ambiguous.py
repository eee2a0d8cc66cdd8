"""Requests that can be read in two ways: refused once their sender is proved, and only where the two readings matter."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.adapters.local.secrets import LoadedSecrets
from hookline.adapters.memory.keys import MemoryKeys
from hookline.config import parse
from hookline.domain.quarantine import QUARANTINED, RejectedRequest
from hookline.domain.reads import EACH, EVERYTHING, members_of
from hookline.domain.request import Headers
from hookline.domain.secret import Secret
from hookline.errors import Rejected
from hookline.pipeline.ambiguous import AMBIGUOUS, may_repeat, repeated_member, repeated_names
from hookline.pipeline.handshake import answer_handshake, find_handshake
from hookline.pipeline.receive import accept
from hookline.pipeline.rejected import accept_again
from hookline.providers.scheme import SignsInside
from unit.builders import NOW, request

if TYPE_CHECKING:
    from hookline.config import Config
    from hookline.domain.event import Event
    from hookline.domain.request import Request

OPEN = parse(
    """
    [sources.shop]
    verify = { scheme = "none" }
    id = "id"
    type = "data.kind || 'other'"
    [sources.forms]
    verify = { scheme = "none" }
    id = "form:id || header:X-Id"
    media_types = ["application/x-www-form-urlencoded", "text/plain"]
    [queues.all]
    [[routes]]
    match = { source = ["hookline/shop"], data = { lines = { sku = ["a"] } } }
    queues = ["all"]
    """,
    base=Path(),
)
SECRET = b"a-secret-of-some-length"


def taken(body: bytes, source: str = "shop", **headers: str) -> Event:
    """The event of an unsigned request."""
    fields = [(name.replace("_", "-"), value) for name, value in headers.items()]
    (known,) = (one for one in OPEN.sources if one.name == source)
    return accept(request(body, fields), known, [])


def refused(body: bytes, source: str = "shop", **headers: str) -> Rejected:
    """Its refusal."""
    with pytest.raises(Rejected) as caught:
        taken(body, source, **headers)
    return caught.value


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b'{"id": "a", "id": "b"}', "/id"),
        (b'{"id": "a", "\\u0069d": "b"}', "/id"),
        (b'{"id": "a", "\\u0069\\u0064": "b", "x": "\\u0022id\\u0022"}', "/id"),
        (b'{"id": 1, "id": 1.0}', "/id"),
        (b'{"id": 1, "id": "1"}', "/id"),
        (b'{"id": 1, "data": {"kind": 1}, "data": {"kind": 2}}', "/data"),
        (b'{"id": 1, "data": {"kind": "a", "kind": "b"}}', "/data/kind"),
        (b'{"id": 1, "data": [{"kind": "a"}, {"kind": "c", "kind": "b"}]}', "/data/kind"),
        (b'{"id": 1, "lines": [{"sku": "a"}, {"sku": "a", "sku": "b"}]}', "/lines/sku"),
        (b'{"id": 1, "x": {"id": 2, "id": 3}, "id": 1, "id": 4}', "/id"),
        (b'\xef\xbb\xbf{"id": 1, "id": 2}', "/id"),
        (b'{"id": 1, "x": "\\ud800", "id": 2}', "/id"),
        (b'{"id": 1e400, "id": 2e400}', "/id"),
        (b'{"id": 1, "x": ' + b"[" * 3000 + b"]" * 3000 + b', "id": 2}', "/id"),
    ],
)
def test_a_repeated_member_that_is_read_is_refused(body: bytes, where: str) -> None:
    """A consumer may read the first one where hookline reads the last: another id, another amount."""
    refusal = refused(body)

    assert (refusal.code, refusal.status) == (AMBIGUOUS, 400)
    assert [complaint.where for complaint in refusal.complaints] == [where]


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": "a", "id": "a"}',
        b'{"id": 1, "data": {"kind": 1}, "data": {"kind": 1}}',
        b'{"id": 1, "other": 1, "other": 2}',
        b'{"id": 1, "data": {"x": 1, "x": 2}}',
        b'{"id": 1, "x": {"id": 2, "id": 3}}',
        b'{"id": 1, "ID": 2}',
        b'{"id": 1, "text": "\\"id\\": 2, \\u0022id\\u0022: 3"}',
        b'{"id": 1, "lines": {"sku": [{"sku": 1, "sku": 2}]}, "a\\\\": 1}',
    ],
)
def test_what_is_repeated_elsewhere_or_alike_is_taken(body: bytes) -> None:
    """A refusal of a genuine event loses the event: only repeated members that are read, and that differ, justify it."""
    assert taken(body).body == body


def test_repeated_fields_of_a_form_are_refused_where_they_are_read() -> None:
    """The first of them counts for hookline, the last for most frameworks; ``%69d`` is ``id`` too."""
    form = {"content_type": "application/x-www-form-urlencoded"}

    assert refused(b"id=a&id=b", "forms", **form).code == AMBIGUOUS
    assert refused(b"id=a&%69d=b", "forms", **form).complaints[0].where == "id of the form"
    assert taken(b"id=a&id=a&x=1&x=2", "forms", **form).id == "forms:a"


def test_fields_of_a_form_are_looked_at_under_any_media_type() -> None:
    """No signature covers Content-Type, and the fields are read in any case."""
    assert refused(b"id=a&id=b", "forms", content_type="text/plain").code == AMBIGUOUS
    assert taken(b"id=a", "forms", content_type="text/plain").id == "forms:a"


def test_repeated_headers_are_refused_where_one_names_the_event() -> None:
    """One reader joins them and another keeps one, so the same call would have two ids."""
    form, source = ("content-type", "application/x-www-form-urlencoded"), OPEN.sources[1]
    repeats = [("y", "1"), ("y", "2")]

    with pytest.raises(Rejected) as caught:
        accept(request(b"x=1", [form, ("x-id", "a"), ("x-id", "b")]), source, [])

    assert caught.value.code == AMBIGUOUS
    assert accept(request(b"x=1", [form, ("x-id", "a"), *repeats]), source, []).id == "forms:a"


def test_a_header_that_occurs_twice_alike_gives_the_id_that_it_gives_once() -> None:
    """A proxy that repeats a header would make another event of each delivery: no delivery has the id "a, a"."""
    form, source = ("content-type", "text/plain"), OPEN.sources[1]

    assert accept(request(b"x=1", [form, ("x-id", "a"), ("X-Id", "a")]), source, []).id == "forms:a"


def project(scheme: str, more: str = "") -> Config:
    """One source of a named sender."""
    return parse(
        f'[sources.shop]\nverify = {{ scheme = "{scheme}", secrets = ["S"] }}\n{more}\n[queues.all]\n', base=Path()
    )


def sent(config: Config, body: bytes, secret: bytes, media_type: str = "application/json") -> Request:
    """A call that this sender signed, with its body unchanged."""
    scheme = config.schemes["shop"]
    signed = scheme.signed_body(body, secret=secret, at=NOW) if isinstance(scheme, SignsInside) else body
    headers = scheme.sign(signed, secret=secret, delivery_id="d", at=NOW)
    return request(signed, {"content-type": media_type, **headers})


ADYEN_KEY = b"44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"
ITEM = {
    "pspReference": "7914073381342284",
    "merchantAccountCode": "Shop",
    "merchantReference": "order-1",
    "amount": {"currency": "EUR", "value": 1130},
    "eventCode": "AUTHORISATION",
    "eventDate": "2026-01-01T00:00:00Z",
    "success": "true",
}


def adyen(change: tuple[bytes, bytes]) -> Rejected | Event:
    """What becomes of a signed Adyen call of which a part was written otherwise: hookline's reader sees the signed one last."""
    config = project("adyen")
    body = json.dumps({"notificationItems": [{"NotificationRequestItem": ITEM}]}).encode()
    signed = sent(config, body, ADYEN_KEY)
    changed = signed.body.replace(*change)
    assert changed != signed.body
    try:
        return accept(replace(signed, body=changed), config.sources[0], [Secret(name="S", value=ADYEN_KEY)])
    except Rejected as refusal:
        return refusal


@pytest.mark.parametrize(
    "change",
    [
        (b'"amount"', b'"amount": {"currency": "EUR", "value": 999999}, "amount"'),
        (b'"amount"', b'"amou\\u006et": {"currency": "EUR", "value": 999999}, "amount"'),
        (b'"value": 1130', b'"value": 999999, "value": 1130'),
        (b'"success"', b'"success": "false", "success"'),
        (b'"NotificationRequestItem"', b'"NotificationRequestItem": {"amount": 1}, "NotificationRequestItem"'),
        (b'"notificationItems"', b'"notificationItems": [], "notificationItems"'),
    ],
)
def test_what_a_field_signature_covers_occurs_once(change: tuple[bytes, bytes]) -> None:
    """One overheard Adyen call could give an unsigned amount to a consumer that reads the first value."""
    outcome = adyen(change)

    assert isinstance(outcome, Rejected)
    assert outcome.code == AMBIGUOUS


def test_a_repeated_name_that_a_field_signature_does_not_cover_is_taken() -> None:
    """It proves nothing about them anyway, repeated or not."""
    change = (b'"eventDate"', b'"reason": "a", "reason": "b", "eventDate"')

    assert not isinstance(adyen(change), Rejected)


def test_what_a_mapper_reads_occurs_once() -> None:
    """A payment's amount is passed on in the transaction's own attributes: it must be the one that the consumer reads in the body."""
    config = project("stripe")
    body = (
        b'{"id": "evt_1", "type": "payment_intent.succeeded", "created": 1767225600, "data": {"object": {"id": "pi_1",'
        b' "amount_received": 100, "amount_received": 999999, "currency": "eur", "x": 1, "x": 2}}}'
    )
    call = sent(config, body, SECRET)

    with pytest.raises(Rejected) as caught:
        accept(call, config.sources[0], [Secret(name="S", value=SECRET)])

    assert caught.value.complaints[0].where == "/data/object/amount_received"


def test_forms_with_signed_fields_have_each_of_them_once() -> None:
    """The signature of Braintree covers one payload: a second one would be accepted with it."""
    config, key = project("braintree"), b"public|a-private-key"
    form = "application/x-www-form-urlencoded"
    call = sent(config, b"<notification/>", key, form)
    other = urlencode({"bt_payload": base64.b64encode(b"<other/>").decode()}).encode()

    for body in (call.body + b"&" + other, call.body + b"&" + other.replace(b"bt_", b"bt%5F")):
        with pytest.raises(Rejected) as caught:
            accept(replace(call, body=body), config.sources[0], [Secret(name="S", value=key)])
        assert caught.value.code == AMBIGUOUS


def test_a_form_that_is_signed_in_order_of_its_names_has_each_of_them_once() -> None:
    """Twilio signs the values of one name sorted: the two can change places without a trace."""
    config = project("twilio", 'public_url = "https://shop.example/hook"')
    form = "application/x-www-form-urlencoded"
    secrets = [Secret(name="S", value=SECRET)]

    with pytest.raises(Rejected) as caught:
        accept(sent(config, b"From=1&To=2&To=3", SECRET, form), config.sources[0], secrets)

    assert caught.value.code == AMBIGUOUS
    assert accept(sent(config, b"From=1&To=2&To=2", SECRET, form), config.sources[0], secrets).source == "shop"


def test_an_id_in_the_url_occurs_once() -> None:
    """Mercado Pago signs the ``data.id`` of the URL: hookline reads the first."""
    config = project("mercado-pago")
    call = replace(sent(config, b'{"id": 1, "data": {"id": "9"}}', SECRET), query="data.id=9&data.id=8")

    with pytest.raises(Rejected) as caught:
        accept(call, config.sources[0], [Secret(name="S", value=SECRET)])

    assert caught.value.complaints[0].where == "data.id of the query"


def test_a_handshake_that_could_be_read_as_an_event_is_not_answered() -> None:
    """A handshake with two types could lose what other readers take for an event."""
    config = project("slack")
    body = b'{"type": "event_callback", "event_id": "E1", "type": "url_verification", "challenge": "abc"}'
    call, source = sent(config, body, SECRET), config.sources[0]
    assert find_handshake(call, source) == source.handshakes[0]

    with pytest.raises(Rejected) as caught:
        answer_handshake(call, source, source.handshakes[0], lambda _: [Secret(name="S", value=SECRET)])

    assert caught.value.code == AMBIGUOUS


def test_a_handshake_that_proves_nothing_is_only_wrong() -> None:
    """Anyone can send one, so it must raise no alarm and must not be stored."""
    source = project("monday", 'public_url = "https://shop.example/hook"').sources[0]
    call = request(b'{"challenge": "a", "challenge": "b"}')

    with pytest.raises(Rejected) as caught:
        answer_handshake(call, source, source.handshakes[0], lambda _: [])

    assert caught.value.code == "handshake_invalid"


def test_nothing_is_looked_at_before_the_signature_fits() -> None:
    """A stranger learns nothing about how a body is read, and uses no time of the server."""
    config = project("stripe")
    call = sent(config, b'{"id": "a", "id": "b"}', b"another-secret")

    with pytest.raises(Rejected) as caught:
        accept(call, config.sources[0], [Secret(name="S", value=SECRET)])

    assert caught.value.code == "signature_mismatch"


def test_a_kept_request_is_released_on_purpose_and_not_otherwise() -> None:
    """The event may be genuine, and an operator who has looked at it releases it."""
    config = project("stripe")
    call = sent(config, b'{"id": "a", "id": "b", "type": "x"}', SECRET)
    kept = RejectedRequest(source="shop", code=AMBIGUOUS, request=call)
    secrets = LoadedSecrets({"S": SECRET})

    with pytest.raises(Rejected):
        accept_again(kept, config.sources, secrets.read, MemoryKeys({}))
    event = accept_again(kept, config.sources, secrets.read, MemoryKeys({}), accept_ambiguous=True)

    assert (event.id, event.body) == ("shop:b", call.body)
    assert AMBIGUOUS in QUARANTINED


def test_an_ordinary_body_costs_no_second_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nearly all bodies repeat nothing: for them two counts are enough."""
    monkeypatch.setattr("hookline.pipeline.ambiguous.repeated_names", lambda _: pytest.fail("scanned in Python"))
    body = orjson.dumps(
        {"id": 1, "lines": [{"id": n, "id2": 'a "quoted" \\ wört \x01', "sku": "x"} for n in range(50)]}
    )

    assert taken(body).id == "shop:1"


def test_a_body_that_repeats_a_lot_is_judged_quickly() -> None:
    """One overheard call of a sender that signs fields can be filled up to ``max_body``: it must not delay the others."""
    started = time.process_time()
    for filling in (b"[" * 400 + b"]" * 400, b'{"id": 1, "id": 2}', b'"\\u0022"'):
        count = 200_000 // len(filling)
        taken(b'{"id": 1, "x": 1, "x": [' + b",".join([filling] * count) + b"]}")

    assert time.process_time() - started < 5


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "a", 'q"', "é", "\\"]), inner, max_size=3)
    ),
    max_leaves=15,
)


@given(document=values, ascii_only=st.booleans())
def test_a_body_without_repeats_is_never_suspected_for_long(document: object, *, ascii_only: bool) -> None:
    """No genuine event may be refused by mistake, whatever its body and its escapes."""
    body = json.dumps(document, ensure_ascii=ascii_only).encode()

    assert not may_repeat(body, orjson.loads(body)) or b"\\u0022" in body
    assert repeated_names(body.decode()) == frozenset()
    assert repeated_member(body.decode(), members_of([(EVERYTHING,)])) is None


@given(document=st.dictionaries(st.sampled_from(["id", "a", 'q"']), values, min_size=1, max_size=3), data=st.data())
def test_a_body_with_a_repeat_is_always_found(document: dict[str, object], data: st.DataObject) -> None:
    """A name may be escaped, and at any depth."""
    name = data.draw(st.sampled_from(sorted(document)))
    spelling = data.draw(
        st.sampled_from([json.dumps(name), "".join(f"\\u{ord(letter):04X}" for letter in name).join('""')])
    )
    inner = json.dumps(document)[:-1] + f', {spelling}: "another value"}}'
    outer = data.draw(st.sampled_from(["{}", '{{"x": [{}]}}', "[[{}]]", '{{"y": {{"z": {}}}}}']))
    body = (outer.format(inner) if "{{" in outer else outer.replace("{}", inner)).encode()

    assert may_repeat(body, orjson.loads(body))
    assert name in (repeated_names(body.decode()) or ())
    assert repeated_member(body.decode(), members_of([(EVERYTHING,)]))
    assert repeated_member(body.decode(), members_of([(EACH, EACH, EACH), (EACH, EACH), (name,)]))


def test_members_are_read_by_their_own_place() -> None:
    """A tree that says EACH applies to every name, in addition to what it says of one."""
    members = members_of([("a", "b"), (EACH, "c")])

    assert repeated_member('{"a": {"b": 1, "b": 2}}', members) == ("a", "b")
    assert repeated_member('{"a": {"c": 1, "c": 2}}', members) == ("a", "c")
    assert repeated_member('{"x": {"c": 1, "c": 2}}', members) == ("x", "c")
    assert repeated_member('{"x": {"b": 1, "b": 2}}', members) is None


def test_headers_say_whether_any_repeats() -> None:
    """This question is asked for each request, so it must be quick."""
    assert not Headers([(b"A", b"1"), (b"b", b"2")]).has_repeats
    assert Headers([(b"A", b"1"), (b"a", b"1")]).has_repeats
