"""API Gateway's events as requests, and answers as API Gateway reads them."""

from __future__ import annotations

import base64
import json
from typing import Any  # Any: proxy events are dictionaries with any JSON values

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.config import load
from hookline.domain.secret import Secret
from hookline.errors import Rejected, UnavailableError
from hookline.pipeline.receive import accept
from hookline.runtimes.answers import Answer, problem
from hookline.runtimes.aws_lambda.proxy import gateway_request_id, proxy_answer, read_request
from unit.aws_lambda.fakes import AT, PROJECT, SECRET, recorded

SECRETS = (Secret(name="TRANSACTIONS_SECRET", value=SECRET),)


def code_of(event: object) -> str:
    """The code that the event is refused with."""
    with pytest.raises(Rejected) as refused:
        read_request(event, AT)
    return refused.value.code


@pytest.mark.parametrize("name", ["payment", "custom_domain_mixed_case", "base64", "repeated_signature", "query"])
def test_a_recorded_event_verifies_against_its_signature(name: str) -> None:
    """The signature is over the exact bytes: if one space changed on the way, no payment would be accepted any more."""
    source = load(PROJECT).sources[0]

    event = accept(read_request(recorded(name), AT), source, SECRETS)

    assert event.id == "transactions:evt_01JZ8Q4T6WXN3K5V7B9D2F4H6P"
    assert event.body == (PROJECT.parent / "samples" / "payment.json").read_bytes()


def test_header_names_are_case_blind() -> None:
    """API Gateway hands names on as the sender wrote them, and HTTP does not care."""
    headers = read_request(recorded("custom_domain_mixed_case"), AT).headers

    assert headers.get("webhook-id") == "msg_2b4Xy"
    assert headers.get("content-type") == "application/json"


def test_repeated_headers_are_all_kept() -> None:
    """A sender that rotates its key signs twice; from the single values one of the two would be missing."""
    headers = read_request(recorded("repeated_signature"), AT).headers

    assert len(headers.all("webhook-signature")) == 2
    assert (headers.get("webhook-signature") or "").count("v1,") == 2


def test_the_single_headers_do_where_there_are_no_others() -> None:
    """The console's test events have only those."""
    event = recorded("payment")
    del event["multiValueHeaders"]

    assert read_request(event, AT).headers.get("webhook-id") == "msg_2b4Xy"


def test_the_path_is_the_resource_and_not_what_a_custom_domain_shows() -> None:
    """Behind a base path of a custom domain the same source has another path."""
    event = recorded("custom_domain_mixed_case")

    assert event["path"] == "/hooks/webhook"
    assert read_request(event, AT).path == "/webhook"


def test_no_headers_and_no_body_are_an_empty_request() -> None:
    """API Gateway writes null for both; the answer says that the signature is missing, not that we failed."""
    request = read_request(recorded("nothing"), AT)

    assert (request.body, request.headers.items(), request.query) == (b"", (), "")


def test_the_query_is_put_together_again() -> None:
    """It includes repeated names and spaces."""
    assert read_request(recorded("query"), AT).query == "tag=a&tag=b&note=a+b"


@given(body=st.binary(max_size=3000))
def test_any_bytes_arrive_as_they_are_through_base64(body: bytes) -> None:
    """Sources with binary media types get their bodies this way."""
    event = recorded("base64") | {"body": base64.b64encode(body).decode()}

    assert read_request(event, AT).body == body


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_arrives_as_its_utf_8_bytes(text: str) -> None:
    """API Gateway decoded the text from these bytes."""
    assert read_request(recorded("payment") | {"body": text}, AT).body == text.encode()


def test_a_header_beyond_latin_1_keeps_its_bytes() -> None:
    """It fits no signature, and raises nothing."""
    event = recorded("payment") | {"multiValueHeaders": {"X-Name": ["Zoë"], "X-Order": ["注文"]}}

    headers = read_request(event, AT).headers

    assert headers.get("x-name") == "Zoë"
    assert (headers.get("x-order") or "").encode("latin-1").decode() == "注文"


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        "text",
        {},
        {"version": "2.0", "rawPath": "/webhook", "requestContext": {"http": {"method": "POST"}}},
        {"Records": [{"eventSource": "aws:sqs"}]},
        {"httpMethod": "POST"},
        {"httpMethod": None, "resource": "/webhook"},
        {"httpMethod": "POST", "resource": 7},
        {"httpMethod": "\ud800", "resource": "/webhook"},
        {"httpMethod": "POST", "resource": "/\ud800"},
        {"httpMethod": "POST", "resource": "/webhook", "body": {}},
        {"httpMethod": "POST", "resource": "/webhook", "body": "\ud800"},
        {"httpMethod": "POST", "resource": "/webhook", "body": "é", "isBase64Encoded": True},
        {"httpMethod": "POST", "resource": "/webhook", "body": "a", "isBase64Encoded": True},
        {"httpMethod": "POST", "resource": "/webhook", "multiValueHeaders": []},
        {"httpMethod": "POST", "resource": "/webhook", "multiValueHeaders": {"a": [7]}},
        {"httpMethod": "POST", "resource": "/webhook", "multiValueHeaders": {"a": ["\udfff"]}},
        {"httpMethod": "POST", "resource": "/webhook", "multiValueHeaders": {"\ud800": ["a"]}},
        {"httpMethod": "POST", "resource": "/webhook", "headers": {"a": None}},
        {"httpMethod": "POST", "resource": "/webhook", "queryStringParameters": {"a": 7}},
    ],
)
def test_what_is_no_proxy_event_is_refused(event: object) -> None:
    """A half-read event would be answered with a fault of ours each time."""
    assert code_of(event) == "malformed_request"


def test_an_answer_has_what_api_gateway_needs_and_nothing_it_makes_itself() -> None:
    """A Content-Length of hookline's would be renamed to x-amzn-Remapped-Content-Length."""
    answer = proxy_answer(problem(UnavailableError("storage_unavailable", "the table is gone")))

    assert answer["statusCode"] == 503
    assert answer["headers"] == {"content-type": "application/problem+json", "retry-after": "5"}
    assert answer["multiValueHeaders"] == {}
    assert answer["isBase64Encoded"] is False
    assert json.loads(str(answer["body"]))["code"] == "storage_unavailable"


def test_a_header_that_repeats_keeps_every_value() -> None:
    """Among the single ones only the last would be sent."""
    answer = Answer(200, [(b"x-a", b"1"), (b"x-b", b"2"), (b"x-a", b"3")], b"", "accepted")

    returned = proxy_answer(answer)

    assert returned["headers"] == {"x-b": "2"}
    assert returned["multiValueHeaders"] == {"x-a": ["1", "3"]}


def test_the_gateways_own_id_is_found() -> None:
    """With it a log line of hookline can be found in the access log, and the other way round."""
    assert gateway_request_id(recorded("payment")) == "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"


@pytest.mark.parametrize("event", [None, {}, {"requestContext": None}, {"requestContext": {"requestId": 7}}])
def test_without_an_id_there_is_none(event: Any) -> None:
    """It is only for the log, and its absence makes nothing fail."""
    assert gateway_request_id(event) is None
