"""The older query protocol: forms in, XML out, for clients from before 2023 and for those that still use it."""

from __future__ import annotations

import http.client
import xml.etree.ElementTree as ET
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types
from hypothesis import given, settings
from hypothesis import strategies as st

from acceptance.sqs import running
from effort import examples
from hookline.sqs_api.actions import ACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from acceptance.sqs import System

FORM = "application/x-www-form-urlencoded; charset=utf-8"
SPACE = {"sqs": "http://queue.amazonaws.com/doc/2012-11-05/"}
AWKWARD = '<a href="x">&amp;\'\r\n\t Zoë \U0001f600 ]]>'


@pytest.fixture
def old() -> Iterator[System]:
    """A system with a client of the older protocol."""
    with running("sqlite", query=True) as system:
        yield system


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server for calls that leave nothing behind."""
    with running() as system:
        yield system.port


def call(port: int, fields: Mapping[str, str] | bytes, path: str = "/", **headers: str) -> tuple[int, ET.Element]:
    """Post a form; the status and the XML of the answer."""
    body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("POST", path, body, {"Content-Type": FORM, **headers})
        response = connection.getresponse()
        assert response.headers["Content-Type"].startswith("text/xml")
        return response.status, ET.fromstring(response.read())  # noqa: S314 -- hookline's own answer


def code(answer: ET.Element) -> str | None:
    """The code of an error."""
    return answer.findtext("sqs:Error/sqs:Code", namespaces=SPACE)


def test_an_older_consumer_finds_takes_and_deletes_a_message(old: System) -> None:
    """Botocore's own serializer and parser of the query protocol, on the model that it had until 2023."""
    old.send(body=AWKWARD, attributes={"event_type": "payment", "source": "Zoë & co"})

    (message,) = old.take(AttributeNames=["All"], MessageAttributeNames=["All"], MaxNumberOfMessages=10)
    old.client.delete_message(QueueUrl=old.url(), ReceiptHandle=message["ReceiptHandle"])

    assert message["Body"] == AWKWARD
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert message["MessageAttributes"]["source"] == {"DataType": "String", "StringValue": "Zoë & co"}
    assert "Messages" not in old.client.receive_message(QueueUrl=old.url())
    assert old.queues.depth("payments").in_flight == 0


def test_an_older_client_lists_queues_and_reads_attributes(old: System) -> None:
    """Lists and maps have other names in XML."""
    urls = old.client.list_queues(QueueNamePrefix="pay", MaxResults=1)
    attributes = old.client.get_queue_attributes(
        QueueUrl=old.url(), AttributeNames=["VisibilityTimeout", "QueueArn", "RedrivePolicy"]
    )["Attributes"]
    sources = old.client.list_dead_letter_source_queues(QueueUrl=old.url("payments-dlq"))

    assert [url.rpartition("/")[2] for url in urls["QueueUrls"]] == ["payments"]
    assert urls["NextToken"]
    assert attributes.keys() == {"VisibilityTimeout", "QueueArn", "RedrivePolicy"}
    assert attributes["VisibilityTimeout"] == "300"
    assert sources["queueUrls"] == [old.url()]
    assert "Attributes" not in old.client.get_queue_attributes(QueueUrl=old.url())


def test_an_older_client_deletes_and_changes_in_batches(old: System) -> None:
    """The calls of a batch consumer of that time, with an answer for each entry."""
    for _ in range(3):
        old.send()
    entries = [
        {"Id": str(number), "ReceiptHandle": one["ReceiptHandle"]}
        for number, one in enumerate(old.take(MaxNumberOfMessages=10))
    ]
    made_up = {"Id": "x", "ReceiptHandle": "made up"}

    changed = old.client.change_message_visibility_batch(
        QueueUrl=old.url(), Entries=[{**entry, "VisibilityTimeout": 60} for entry in entries]
    )
    deleted = old.client.delete_message_batch(QueueUrl=old.url(), Entries=[*entries, made_up])

    assert {one["Id"] for one in changed["Successful"]} == {"0", "1", "2"}
    assert {one["Id"] for one in deleted["Successful"]} == {"0", "1", "2"}
    (failed,) = deleted["Failed"]
    assert (failed["Id"], failed["SenderFault"], failed["Code"]) == ("x", True, "ReceiptHandleIsInvalid")


@pytest.mark.parametrize(
    ("method", "parameters", "name"),
    [
        ("get_queue_url", {"QueueName": "nowhere"}, "AWS.SimpleQueueService.NonExistentQueue"),
        ("delete_message", {"QueueUrl": "payments", "ReceiptHandle": "none"}, "ReceiptHandleIsInvalid"),
        ("receive_message", {"QueueUrl": "payments", "MaxNumberOfMessages": 11}, "InvalidParameterValue"),
        ("receive_message", {"QueueUrl": "payments", "AttributeNames": ["Speed"]}, "InvalidAttributeName"),
        ("create_queue", {"QueueName": "other"}, "AWS.SimpleQueueService.UnsupportedOperation"),
        (
            "delete_message_batch",
            {"QueueUrl": "payments", "Entries": [{"Id": "a:b", "ReceiptHandle": "r"}]},
            "AWS.SimpleQueueService.InvalidBatchEntryId",
        ),
    ],
)
def test_errors_come_in_xml(old: System, method: str, parameters: dict[str, Any], name: str) -> None:
    """A client can read only its own protocol."""
    with pytest.raises(ClientError) as caught:
        getattr(old.client, method)(**parameters)

    response = caught.value.response
    assert (response["Error"]["Code"], response["Error"]["Type"]) == (name, "Sender")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert len(response["ResponseMetadata"]["RequestId"]) == 36


def test_a_form_that_is_posted_to_a_queues_url_need_not_name_it(port: int) -> None:
    """As SQS documents it for requests made by hand."""
    fields = {"Action": "GetQueueAttributes", "Version": "2012-11-05", "AttributeName.1": "QueueArn"}

    status, answer = call(port, fields, "/000000000000/refunds")

    assert status == 200
    pair = answer.find("sqs:GetQueueAttributesResult/sqs:Attribute", SPACE)
    assert pair is not None
    assert [one.text for one in pair] == ["QueueArn", "arn:aws:sqs:us-east-1:000000000000:refunds"]
    assert answer.findtext("sqs:ResponseMetadata/sqs:RequestId", namespaces=SPACE)


@pytest.mark.parametrize(
    ("body", "status", "name"),
    [
        (b"", 400, "MissingAction"),
        (b"Action=", 400, "MissingAction"),
        (b"Action=Fly", 400, "InvalidAction"),
        (b"no form at all", 404, "MalformedQueryString"),
        (b"Action=%FF", 404, "MalformedQueryString"),
        (b"\xff=1", 404, "MalformedQueryString"),
        (b"a=1&" * 3000, 404, "MalformedQueryString"),
        (b"Action=ReceiveMessage&AttributeName=All", 404, "MalformedQueryString"),
        (b"Action=ReceiveMessage&AttributeName.x=All", 404, "MalformedQueryString"),
        (b"Action=ReceiveMessage&A=1&A.1=2", 404, "MalformedQueryString"),
        (b"Action=ReceiveMessage&A.1=2&A=1", 404, "MalformedQueryString"),
        (
            b"Action=SendMessage&QueueUrl=payments&MessageBody=m&MessageAttribute.1.Name.1=x",
            404,
            "MalformedQueryString",
        ),
        (b"Action=ReceiveMessage&QueueUrl=payments&WaitTimeSeconds=soon", 400, "MalformedInput"),
        (b"Action=ReceiveMessage&QueueUrl.1=payments", 400, "MalformedInput"),
        (b"Action=ReceiveMessage&QueueUrl=payments&AttributeName.1.2=x", 400, "MalformedInput"),
        (b"Action=ReceiveMessage", 400, "MissingParameter"),
    ],
)
def test_a_form_that_cannot_be_read_is_refused(port: int, body: bytes, status: int, name: str) -> None:
    """One answer for each mistake, and never a fault."""
    found, answer = call(port, body)

    assert (found, code(answer)) == (status, name)


def test_what_xml_cannot_hold_is_not_repeated(port: int) -> None:
    """An answer that its client cannot parse is no answer."""
    status, answer = call(
        port, {"Action": "ReceiveMessage", "QueueUrl": "payments", "AttributeName.1": "\x00\x1b\ufffe<"}
    )

    assert status == 400
    assert answer.findtext("sqs:Error/sqs:Message", namespaces=SPACE) == "Unknown Attribute \ufffd\ufffd\ufffd<."


FIELDS = st.one_of(
    st.sampled_from(["QueueUrl", "ReceiptHandle", "MessageBody", "VisibilityTimeout", "Attribute.1.Name", "Tag.1.Key"]),
    st.from_regex(
        r"(Attribute|AttributeName|MessageAttribute|SendMessageBatchRequestEntry|TagKey)(\.[0-9]{1,2}){0,2}(\.(Name|Value|Id)){0,2}",
        fullmatch=True,
    ),
    st.text(max_size=20),
)
VALUES = st.one_of(st.sampled_from(["payments", "All", "0", "1", "a"]), st.text(max_size=20))


@settings(max_examples=examples(200), deadline=None)
@given(
    action=st.one_of(st.sampled_from(sorted(ACTIONS)), st.text(max_size=10)),
    fields=st.dictionaries(FIELDS, VALUES, max_size=8),
)
def test_hostile_forms_get_xml_and_never_a_fault(port: int, action: str, fields: dict[str, str]) -> None:
    """Whatever comes in, the answer is XML that a parser takes, and nothing breaks."""
    body = urlencode({"Action": action, **fields}, errors="surrogatepass").encode()

    status, answer = call(port, body)

    assert status in {200, 400, 403, 404}
    assert (status == 200) == (code(answer) is None)


@pytest.mark.parametrize("headers", [{"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_form_that_a_web_page_posts_is_refused(port: int, headers: dict[str, str]) -> None:
    """A form needs no preflight: without this, any page that an operator looks at could purge a queue."""
    status, answer = call(port, {"Action": "PurgeQueue", "QueueUrl": "payments"}, **headers)

    assert (status, code(answer)) == (403, "AccessDenied")
