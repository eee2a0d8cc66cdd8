"""Braintree's notifications as they are sent: XML, in base64, in a signed form."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import urlencode

import pytest

from hookline.config import parse
from hookline.testing import MemoryHome
from unit.transactions.samples import mapper

PROJECT = """
[sources.shop]
verify = { scheme = "braintree", secrets = ["KEYS"] }
[queues.disputes]
[queues.others]
[[routes]]
match = { transactiontype = ["dispute"] }
queues = ["disputes"]
[[routes]]
match = { transactiontype = [{ exists = false }] }
queues = ["others"]
"""
NOTIFICATION = """\
<notification>
  <timestamp type="datetime">2026-01-02T03:04:05Z</timestamp>
  <kind>dispute_opened</kind>
  <subject>
    <dispute>
      <amount>250.00</amount>
      <currency-iso-code>USD</currency-iso-code>
      <kind>chargeback</kind>
      <status>open</status>
      <id>dsp1</id>
      <transaction><id>afv56j</id><amount>250.00</amount></transaction>
      <status-history type="array"><status-history><status>open</status></status-history></status-history>
      <reply-by-date nil="true"/>
    </dispute>
  </subject>
</notification>
"""


def form(xml: str) -> bytes:
    """The form around a notification; Braintree ends its base64 with a line's end."""
    return urlencode({"bt_signature": "a|b", "bt_payload": base64.b64encode(xml.encode()).decode() + "\n"}).encode()


def reference(body: bytes) -> str | None:
    """The reference of what the form's notification reports."""
    finder = mapper("braintree")
    found = finder(finder.document_of(body, None))
    return found.reference if found else None


def test_a_signed_notification_is_routed_by_its_record() -> None:
    """The body is a form: nothing else in hookline looks into it."""
    home = MemoryHome(parse(PROJECT, base=Path()), {"KEYS": b"public|private-key-of-the-tests"})

    home.send("shop", NOTIFICATION.encode())

    (delivery,) = home.queues.peek("disputes")
    message = json.loads(delivery.body)
    assert {name: message[name] for name in message if name.startswith("transaction")} == {
        "transactiontype": "dispute",
        "transactionamount": "250.00",
        "transactioncurrency": "USD",
        "transactionreference": "dsp1",
        "transactionpayment": "afv56j",
        "transactionstatus": "opened",
        "transactionclaimed": "250.00",
        "transactiontime": "2026-01-02T03:04:05Z",
    }
    assert message["originaltype"] == "dispute_opened"


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "text",
        "<notification>",
        '<!DOCTYPE a [<!ENTITY b "c">]>' + NOTIFICATION,
        '<!DOCTYPE a [<!ENTITY b "dsp1">]>' + NOTIFICATION.replace("dsp1", "&b;"),
        NOTIFICATION.replace("<subject>", "<subject>" + "<a>" * 20).replace("</subject>", "</a>" * 20 + "</subject>"),
    ],
)
def test_xml_that_is_no_notification_has_no_record(xml: str) -> None:
    """A declared entity could grow to gigabytes, and no notification has one."""
    assert reference(form(xml)) is None


@pytest.mark.parametrize("body", [b"", b"bt_payload=%ff", b"bt_payload=a", b"bt_signature=a", b"&" * 100])
def test_a_form_without_a_payload_has_no_record(body: bytes) -> None:
    """Braintree's handshakes are forms too."""
    assert reference(body) is None


def test_the_notification_of_a_form_has_a_record() -> None:
    """What the two tests above refuse differs from this one."""
    assert reference(form(NOTIFICATION)) == "dsp1"
