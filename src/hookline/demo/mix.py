"""Makes the demo's calls: good transactions and every kind of bad ones, shuffled, with the expected answer of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING
from uuid import uuid4

import orjson

from hookline.demo.numbering import fresh_ids
from hookline.domain.request import Headers
from hookline.providers.signing import signed_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from hookline.config import Config
    from hookline.domain.request import Request

__all__ = ["QUEUES", "Mix", "Shot", "mix"]

QUEUES: Mapping[str, str] = {"payment": "payments", "refund": "refunds", "dispute": "disputes"}
"""The expected queue of each type of transaction."""

_SEED = 20_260
_SOURCE = "transactions"
_FORGED = b"whsec_Zm9yZ2VkLWJ5LXNvbWVib2R5LWVsc2Uh"
_CURRENCIES = ("EUR", "USD", "GBP", "CHF", "SEK")
_BRANDS = ("visa", "mastercard", "amex")
_COUNTRIES = ("DE", "FR", "GB", "US", "CH")
_STALE = timedelta(minutes=10)
_BAD_PER_HUNDRED = 1
_LARGE_PER_THOUSAND = 2

Transaction = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One call: ``build`` signs it when it is sent, and its answer must have ``status`` and ``outcome``."""

    build: Callable[[], Request]
    status: int
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """All calls in the order in which they are sent, and how many messages each queue must have in the end."""

    shots: tuple[Shot, ...]
    queues: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sender:
    """Signs transactions as the payments provider does."""

    config: Config
    secret: bytes

    def request(
        self, body: bytes, *, secret: bytes | None = None, age: timedelta = timedelta(), **headers: str
    ) -> Request:
        """A call that was signed ``age`` ago; ``headers`` are keywords with underscores instead of hyphens."""
        (source,) = (source for source in self.config.sources if source.name == _SOURCE)
        at = datetime.now(UTC) - age
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        return signed_request(
            source,
            self.config.schemes[_SOURCE],
            secret or self.secret,
            body,
            delivery_id=f"msg_{uuid4().hex}",
            at=at,
            headers=fields,
        )


def mix(config: Config, secret: bytes, count: int) -> Mix:
    """``count`` (10 or more) good transactions, 60 % payments, 30 % refunds and 10 % disputes, mixed with every kind of bad call.

    The mix is always the same, except for the ids: with the same ids the events would be duplicates.
    """
    random = Random(_SEED)  # noqa: S311 -- the mix is to be the same each time, not unguessable
    sender = _Sender(config=config, secret=secret)
    refunds, disputes = count * 3 // 10, count // 10
    numbers = {"payment": count - refunds - disputes, "refund": refunds, "dispute": disputes}
    ids = fresh_ids()
    good = [_transaction(kind, next(ids), random) for kind, number in numbers.items() for _ in range(number)]
    shots = [_shot(sender, transaction, 202, "accepted") for transaction in good]
    shots += _bad(sender, good, random)
    random.shuffle(shots)
    return Mix(shots=tuple(shots), queues={QUEUES[kind]: number for kind, number in numbers.items()})


def _transaction(kind: str, event_id: str, random: Random) -> Transaction:
    transaction: Transaction = {
        "event_id": event_id,
        "transaction_type": kind,
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "amount": _amount(kind, random),
        "currency": random.choice(_CURRENCIES),
        "merchant_id": f"mrc_{random.randint(10_000, 99_999)}",
        "reference": f"order-{random.randint(1, 10**7):07d}",
        "customer": {"id": f"cus_{random.randrange(16**6):06x}", "country": random.choice(_COUNTRIES)},
        "payment_method": {"type": "card", "brand": random.choice(_BRANDS), "last4": f"{random.randrange(10**4):04d}"},
    }
    return (
        transaction
        if kind == "payment"
        else transaction | {"original_event_id": f"evt_{random.randrange(16**16):016x}"}
    )


def _amount(kind: str, random: Random) -> object:
    """An amount: a text, as most senders write it, and for refunds a number. Both must stay unchanged: 1.10 keeps its zero."""
    text = f"{random.randint(1, 250_000) // random.choice((1, 10, 100))}.{random.randrange(100):02d}"
    return orjson.Fragment(text) if kind == "refund" else text


def _shot(sender: _Sender, transaction: Transaction, status: int, outcome: str) -> Shot:
    return Shot(build=partial(sender.request, orjson.dumps(transaction)), status=status, outcome=outcome)


def _bad(sender: _Sender, good: list[Transaction], random: Random) -> Iterator[Shot]:
    """Bad calls: each kind once for each hundred good calls, at least once; the answers of a pair do not depend on their order."""
    number = max(1, len(good) * _BAD_PER_HUNDRED // 100)
    # No event is in both halves: the results of three calls with one id would depend on their order.
    again = random.sample(good, 2 * number)
    for transaction in again[:number]:
        yield _shot(sender, transaction, 200, "duplicate")
    for transaction in again[number:]:
        yield _shot(sender, transaction | {"amount": "0.01"}, 409, "delivery_conflict")
    body = orjson.dumps(good[0])
    for _ in range(number):
        yield from _refused(sender, good[0], body)
    large = orjson.dumps(good[0] | {"metadata": {"note": "x" * (1024 * 1024)}})
    for _ in range(max(1, len(good) * _LARGE_PER_THOUSAND // 1000)):
        yield Shot(build=partial(sender.request, large), status=413, outcome="body_too_large")


def _refused(sender: _Sender, transaction: Transaction, body: bytes) -> Iterator[Shot]:
    """One call of each kind that must have no effect, although the body has the id of a good call."""
    builds: tuple[tuple[int, str, Callable[[], Request]], ...] = (
        (401, "signature_mismatch", partial(sender.request, body, secret=_FORGED)),
        (401, "timestamp_outside_tolerance", partial(sender.request, body, age=_STALE)),
        (401, "signature_missing", lambda: _without_signature(sender.request(body))),
        (400, "body_not_json", partial(sender.request, body[:-1])),
        (400, "schema_mismatch", partial(sender.request, orjson.dumps(transaction | {"amount": "12,50"}))),
        (415, "unsupported_media_type", partial(sender.request, body, content_type="text/plain")),
        (404, "unknown_path", lambda: replace(sender.request(body), path="/nobody/listens/here")),
    )
    for status, outcome, build in builds:
        yield Shot(build=build, status=status, outcome=outcome)


def _without_signature(request: Request) -> Request:
    left = [(name, value) for name, value in request.headers.items() if name != "webhook-signature"]
    return replace(request, headers=Headers((name.encode(), value.encode("latin-1")) for name, value in left))
