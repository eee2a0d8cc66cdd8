"""Makes the state of a usual day for viewing: consumed messages, messages in flight, and dead letters with reasons."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import orjson

from hookline.config import load
from hookline.demo.load import send_one
from hookline.errors import OperatorError
from hookline.providers.signing import signed_request
from hookline.runtimes.embedded.fresh_secrets import fresh_secrets, write_secrets
from hookline.runtimes.embedded.settings import read_env_file
from hookline.runtimes.embedded.wiring.commands import open_home

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.config import Config
    from hookline.ports.queues import Queues

__all__ = ["add_stripe", "leave_traces", "send_stripe_payment"]

_STRIPE: Final = """
[sources.stripe]
verify = { scheme = "stripe", secrets = ["STRIPE_SECRET"] }
headers = ["user-agent", "x-request-id"]

[[routes]]
match = { transactiontype = ["payment"] }
queues = ["payments"]
"""

_REASONS: Final = (
    "ledger: no account for this merchant",
    "409 Conflict: the dispute is closed already",
    "connection to the ledger timed out after 10 s",
    "ValueError: unknown currency",
)
_ACCEPTED: Final = 202
_AT_ONCE: Final = 10
_IN_HAND: Final = 3
_HALF_AN_HOUR: Final = timedelta(minutes=30)


def add_stripe(project: Path) -> None:
    """Add a source for Stripe to the project, whose events hookline reads into transaction records, and keep two of its headers."""
    toml = project / "hookline.toml"
    with toml.open("a", encoding="utf-8") as file:
        file.write(_STRIPE)
    env_file = project / ".env"
    write_secrets(env_file, fresh_secrets(load(toml), read_env_file(env_file)))


def send_stripe_payment(url: str, config: Config, secret: bytes) -> None:
    """Send one event of Stripe. Raises OperatorError when it is not accepted."""
    (source,) = (source for source in config.sources if source.name == "stripe")
    at = datetime.now(UTC)
    payment = {
        "id": "pi_3QdemoHookline",
        "object": "payment_intent",
        "amount": 4990,
        "amount_received": 4990,
        "currency": "eur",
        "status": "succeeded",
        "metadata": {"order": "order-0001234"},
    }
    event = {
        "id": "evt_1QdemoHookline",
        "object": "event",
        "type": "payment_intent.succeeded",
        "created": int(at.timestamp()),
        "livemode": False,
        "data": {"object": payment},
    }
    headers = {"x-request-id": uuid4().hex}
    scheme = config.schemes[source.name]
    request = signed_request(source, scheme, secret, orjson.dumps(event), delivery_id="", at=at, headers=headers)
    answer = send_one(f"{url}{source.path}", request)
    if answer.status != _ACCEPTED:
        raise OperatorError("demo_failed", f"the event of Stripe was answered {answer.status}")


def leave_traces(data_dir: Path, config: Config) -> None:
    """Consume most payments, keep some refunds in flight, and make some disputes dead letters, each with a consumer's reason.

    It runs outside of the server process, as commands do. The queues decide which messages it gets.
    """
    (disputes,) = (queue for queue in config.queues if queue.name == "disputes")
    with open_home(data_dir, event_retention=config.retention) as home:
        total = home.queues.depth("payments").visible
        for _ in range(total * 3 // 4 // _AT_ONCE):
            _consume(home.queues, "payments")
        home.queues.receive("refunds", max_messages=_IN_HAND, visibility_timeout=_HALF_AN_HOUR)
        for reason in _REASONS[: max(1, home.queues.depth("disputes").visible // 2)]:
            _let_die(home.queues, "disputes", reason, receives=disputes.max_receives)


def _consume(queues: Queues, name: str) -> None:
    taken = queues.receive(name, max_messages=_AT_ONCE, visibility_timeout=_HALF_AN_HOUR)
    queues.delete(name, [delivery.receipt for delivery in taken])


def _let_die(queues: Queues, name: str, reason: str, *, receives: int) -> None:
    """Fail one message as often as it may be received; after the next receive it is on the dead-letter queue."""
    first = ""
    for _ in range(receives):
        for delivery in queues.receive(name, visibility_timeout=_HALF_AN_HOUR):
            first = first or delivery.message_id
            queues.failed(name, delivery.receipt, reason=reason)
            queues.extend(name, [delivery.receipt], visibility_timeout=timedelta())
    for delivery in queues.receive(name, visibility_timeout=_HALF_AN_HOUR):  # another message: it is released
        queues.extend(name, [delivery.receipt], visibility_timeout=timedelta())
