"""What senders' APIs answer, as their documentation shows it: events that are a while old, and pages of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any  # Any: JSON documents

from sender_host import Replied

if TYPE_CHECKING:
    from collections.abc import Callable

    from sender_host import Asked

__all__ = ["ago", "github_delivery", "github_detail", "paypal_event", "stripe_event", "stripe_page"]


def ago(**length: float) -> datetime:
    """A moment so long ago, to the second."""
    return (datetime.now(UTC) - timedelta(**length)).replace(microsecond=0)


def stripe_event(number: int, at: datetime, *, kind: str = "charge.succeeded", pending: int = 1) -> dict[str, Any]:
    """https://docs.stripe.com/api/events/object, shortened."""
    return {
        "id": f"evt_1NG8Du2eZvKYlo2C{number:08d}",
        "object": "event",
        "api_version": "2019-02-19",
        "created": int(at.timestamp()),
        "data": {
            "object": {
                "id": f"ch_{number:08d}",
                "object": "charge",
                "amount": 2000,
                "currency": "usd",
                "captured": True,
                "status": "succeeded",
                "payment_intent": f"pi_{number:08d}",
                "created": int(at.timestamp()),
            }
        },
        "livemode": False,
        "pending_webhooks": pending,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }


def stripe_page(events: list[dict[str, Any]], *, size: int = 100) -> Callable[[Asked], Replied]:
    """The API: its list, newest first, by pages, and each event by its id, printed as Stripe prints it."""
    by_id = {one["id"]: one for one in events}

    def answer(asked: Asked) -> Replied:
        path, _, query = asked.path.partition("?")
        if path != "/v1/events":
            found = by_id.get(path.rpartition("/")[2])
            return Replied(status=404) if found is None else Replied(body=json.dumps(found, indent=2).encode())
        words = dict(word.split("=") for word in query.split("&"))
        ordered = sorted(events, key=lambda one: (one["created"], one["id"]), reverse=True)
        since, until = int(words["created%5Bgte%5D"]), int(words["created%5Blt%5D"])
        ordered = [one for one in ordered if since <= one["created"] < until]
        if words.get("delivery_success") == "false":
            ordered = [one for one in ordered if one["pending_webhooks"]]
        if after := words.get("starting_after"):
            ordered = ordered[[one["id"] for one in ordered].index(after) + 1 :]
        document = {"object": "list", "url": "/v1/events", "has_more": len(ordered) > size, "data": ordered[:size]}
        return Replied(body=json.dumps(document).encode())

    return answer


def github_delivery(
    number: int, guid: str, at: datetime, *, status: int = 502, event: str = "issues"
) -> dict[str, Any]:
    """https://docs.github.com/en/rest/repos/webhooks#list-deliveries-for-a-repository-webhook."""
    return {
        "id": number,
        "guid": guid,
        "delivered_at": at.isoformat().replace("+00:00", "Z"),
        "redelivery": False,
        "duration": 0.03,
        "status": "OK" if status == 200 else "failed to connect",
        "status_code": status,
        "event": event,
        "action": "opened",
        "installation_id": 123,
        "repository_id": 456,
        "throttled_at": None,
    }


def github_detail(delivery: dict[str, Any], payload: str) -> bytes:
    """https://docs.github.com/en/rest/repos/webhooks#get-a-delivery-for-a-repository-webhook, with this text as the payload."""
    headers = {
        "X-GitHub-Delivery": delivery["guid"],
        "X-Hub-Signature-256": "sha256=6dcb09b5b57875f334f61aebed695e2e4193db5e",
        "Accept": "*/*",
        "X-GitHub-Hook-ID": "42",
        "User-Agent": "GitHub-Hookshot/b8c71d8",
        "X-GitHub-Event": delivery["event"],
        "X-GitHub-Hook-Installation-Target-Type": "repository",
        "content-type": "application/json",
    }
    head = json.dumps({**delivery, "url": "https://www.example.com"})[:-1]
    response = '{"headers": {"Content-Type": "text/html;charset=utf-8"}, "payload": "ok"}'
    return f'{head}, "request": {{"headers": {json.dumps(headers)}, "payload": {payload}}}, "response": {response}}}'.encode()


def paypal_event(number: int, at: datetime, *, kind: str = "PAYMENT.CAPTURE.COMPLETED") -> dict[str, Any]:
    """https://developer.paypal.com/docs/api/webhooks/v1/#webhooks-events_list, shortened."""
    id_ = f"WH-0G2756385H040842W-{number:017d}"
    self_ = f"https://api-m.sandbox.paypal.com/v1/notifications/webhooks-events/{id_}"
    return {
        "id": id_,
        "event_version": "1.0",
        "create_time": at.isoformat().replace("+00:00", ".000Z"),
        "resource_type": "capture",
        "event_type": kind,
        "summary": "Payment completed for $ 20.0 USD",
        "resource": {
            "id": f"CAP{number:014d}",
            "amount": {"value": "20.00", "currency_code": "USD"},
            "status": "COMPLETED",
        },
        "links": [
            {"href": self_, "rel": "self", "method": "GET", "encType": "application/json"},
            {"href": f"{self_}/resend", "rel": "resend", "method": "POST", "encType": "application/json"},
        ],
    }
