"""What is sent: transactions of about one kilobyte, each with an id of its own, each signed."""

from __future__ import annotations

import base64
import hmac
import os
import time
from typing import TYPE_CHECKING, NamedTuple

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["SECRET", "TYPES", "Signed", "body", "signed", "write_requests"]

_KEY = os.urandom(24)
SECRET = f"whsec_{base64.b64encode(_KEY).decode()}"
"""The signing secret of this run; the servers get it through their environment."""

TYPES = ("payment", "refund", "dispute")

_HEAD = (
    "POST /webhook HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
    "webhook-id: {id}\r\nwebhook-timestamp: {at}\r\nwebhook-signature: v1,{signature}\r\nContent-Length: {size}\r\n\r\n"
)


class Signed(NamedTuple):
    """A request as it goes over the wire, and the event's id."""

    id: str
    wire: bytes


def body(number: int, delivery_id: str) -> bytes:
    """A transaction like those in examples/transactions/samples; ids are random, so that an index gains nothing from their order."""
    noise = os.urandom(32).hex()
    cents = number % 100
    kind, amount = TYPES[number % len(TYPES)], f"{number % 5000}.{cents:02d}"
    return orjson.dumps(
        {
            "event_id": delivery_id,
            "transaction_type": kind,
            "timestamp": "2025-07-03T09:41:27.318Z",
            "amount": orjson.Fragment(amount) if kind == "refund" else amount,
            "currency": "EUR",
            "merchant_id": f"mrc_{noise[:8]}",
            "reference": f"order-2025-{number:09d}",
            "customer": {"id": f"cus_{noise[8:20]}", "email": f"ada.{noise[20:26]}@example.com", "country": "DE"},
            "payment_method": {
                "type": "card",
                "brand": "visa",
                "last4": "4242",
                "expiry_month": 11,
                "expiry_year": 2028,
                "funding": "credit",
                "three_d_secure": "authenticated",
            },
            "authorization": {
                "code": noise[26:32],
                "network_transaction_id": noise[32:47],
                "captured": True,
                "captured_at": "2025-07-03T09:41:27.102Z",
            },
            "fees": [
                {"type": "interchange", "amount": f"2.{cents:02d}", "currency": "EUR"},
                {"type": "processing", "amount": "0.25", "currency": "EUR"},
            ],
            "items": [
                {
                    "sku": f"KB-{noise[47:53]}",
                    "description": "Mechanical keyboard, German layout",
                    "quantity": 1,
                    "amount": "199.99",
                }
            ],
            "metadata": {
                "channel": "web",
                "cart_id": f"cart_{noise[53:]}",
                "campaign": "summer-2025",
                "note": "Box was opened, nothing missing",
                "terminal": None,
            },
        }
    )


def signed(count: int, *, of_one_type: bool = False) -> Iterator[Signed]:
    """Requests that were never sent before, signed by the Standard Webhooks specification at this moment.

    They are good for five minutes: every receiver here refuses older timestamps. ``of_one_type``: all are payments.
    """
    at = str(int(time.time()))
    step = len(TYPES) if of_one_type else 1
    for number in range(0, count * step, step):
        delivery_id = f"evt_{os.urandom(13).hex()}"
        payload = body(number, delivery_id)
        mac = hmac.digest(_KEY, f"{delivery_id}.{at}.".encode() + payload, "sha256")
        head = _HEAD.format(id=delivery_id, at=at, signature=base64.b64encode(mac).decode(), size=len(payload))
        yield Signed(delivery_id, head.encode() + payload)


def write_requests(path: Path, count: int) -> None:
    """A file of ``count`` fresh requests for wrk.lua: each with its length in eight digits before it."""
    with path.open("wb") as file:
        for request in signed(count):
            file.write(b"%08d" % len(request.wire))
            file.write(request.wire)
