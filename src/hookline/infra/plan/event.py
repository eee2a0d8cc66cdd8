"""What one event takes: bytes where it is kept, and units of what is paid for."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hookline.infra.plan.load import Load

__all__ = ["ACCESS_LINE", "Footprint", "footprint"]

_KB = 1024
_ITEM, _LARGE_ITEM = 270, 420
"""Bytes of an item without its body, by the payment sample: names and values of all attributes, a large body's key among them."""
_MARKED = 40
"""Bytes that an item grows by when it is marked as routed, at most."""
_CLAIM = 140
"""Bytes of a claim's item, at most with an id of usual length; a test measures it."""
_IN_TRANSACTION = 2
"""Write units in a transaction for each one outside, by item:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html"""
_INDEXING = 100
"""Bytes that DynamoDB adds to each item it stores:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html"""
_ARRIVAL = 120
"""Bytes of an event's entry in the index by time, at most with an id of usual length; a test measures it."""
_MESSAGE, _LARGE_MESSAGE = 350, 750
"""Bytes of a message without the event's body: the rest of the CloudEvent, and the attributes."""
_PAYLOAD = 450
"""Bytes of the router's payload without the body."""
_LOG_LINES = {"validator": 585, "router": 460, "access": 480}
"""Bytes of each line that an event leaves in the logs. Tests measure the first two."""
_LINE = 26
"""Bytes that CloudWatch Logs adds to each line."""
ACCESS_LINE = _LOG_LINES["access"] + _LINE
"""Bytes of the line that a request leaves in the access log, as they are billed."""
_ANSWER = 500
"""Bytes that the sender is answered with, headers included."""
_ASYNC_PAYLOAD = 256 * _KB
"""Bytes of an asynchronous invocation that count as one request; each 64 KB more are one more."""
_CHUNK = 64 * _KB


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """One event. Bytes as they are kept or sent; write units by where they are spent; requests as they are billed."""

    item: int
    stored: int
    in_bucket: int
    put_units: int
    mark_units: int
    index_units: int
    arrival_units: int
    arrival_stored: int
    claim_units: float
    claims_stored: float
    read_units: int
    sent_requests: float
    consumed_requests: float
    function_requests: float
    log_bytes: float
    answer_bytes: int

    @property
    def table_units(self) -> float:
        """Write units on the table itself."""
        return self.put_units + self.mark_units + self.claim_units


def footprint(load: Load) -> Footprint:
    """What an event of ``load`` takes."""
    body = 0 if load.is_large else min(load.size, ceil(load.size * load.compression))
    item = body + (_LARGE_ITEM if load.is_large else _ITEM)
    requests = ceil(_message(load) / _CHUNK)
    return Footprint(
        item=item,
        stored=item + _MARKED + _INDEXING,
        in_bucket=load.size if load.is_large else 0,
        put_units=ceil(item / _KB),
        mark_units=ceil((item + _MARKED) / _KB),
        claim_units=load.claiming * ceil(item / _KB) * (_IN_TRANSACTION - 1) + load.claims * _IN_TRANSACTION,
        claims_stored=load.claims * (_CLAIM + _INDEXING),
        index_units=2,  # it enters the index and leaves it, with less than a kilobyte each time
        arrival_units=1,  # it enters the index by time; what is marked later is not in that index
        arrival_stored=_ARRIVAL + _INDEXING,
        read_units=1 if load.is_large else 0,
        sent_requests=load.fan_out * requests,
        consumed_requests=load.fan_out * _consumed(load, requests),
        function_requests=1 + (1 - load.fifo) * _invocation(load),
        log_bytes=sum((size + _LINE) * (1 - load.fifo if line == "router" else 1) for line, size in _LOG_LINES.items()),
        answer_bytes=_ANSWER,
    )


def _message(load: Load) -> int:
    return _LARGE_MESSAGE if load.is_large else _MESSAGE + load.size


def _consumed(load: Load, requests: int) -> float:
    """A batch is received with as many requests as its bytes take, and deleted with one."""
    batch = load.consumer_batch
    received = max(1, ceil(batch * _message(load) / _CHUNK)) if requests == 1 else batch * requests
    return (received + 1) / batch


def _invocation(load: Load) -> int:
    """The router's invocation, with the body in base64 unless it is in the bucket."""
    payload = _PAYLOAD + (0 if load.is_large else ceil(load.size / 3) * 4)
    return 1 + max(0, ceil((payload - _ASYNC_PAYLOAD) / _CHUNK))
