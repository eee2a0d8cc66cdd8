"""Computes the bytes and the charged units of one event."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hookline.infra.plan.load import Load

__all__ = ["ACCESS_LINE", "Footprint", "footprint"]

_KB = 1024
_ITEM, _LARGE_ITEM = 270, 420
"""Bytes of an item without its body, for the payment sample: names and values of all attributes, with a large body's key."""
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
"""The billed bytes of a request's line in the access log."""
_ANSWER = 500
"""The bytes of the answer to the sender, with headers."""
_ASYNC_PAYLOAD = 256 * _KB
"""The bytes of an asynchronous invocation that count as one request; each further 64 KB count as one more."""
_CHUNK = 64 * _KB


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """One event: bytes as stored or sent, write units by table and index, and requests as billed."""

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
    """The bytes and units of an event of ``load``."""
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
        index_units=2,  # one write for entering the index and one for leaving it, each below a kilobyte
        arrival_units=1,  # one write for entering the index by time; later changes of the event are not in that index
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
    """The requests for receiving a batch, by its bytes, and one for deleting it."""
    batch = load.consumer_batch
    received = max(1, ceil(batch * _message(load) / _CHUNK)) if requests == 1 else batch * requests
    return (received + 1) / batch


def _invocation(load: Load) -> int:
    """The router's invocation, with the body in base64 unless it is in the bucket."""
    payload = _PAYLOAD + (0 if load.is_large else ceil(load.size / 3) * 4)
    return 1 + max(0, ceil((payload - _ASYNC_PAYLOAD) / _CHUNK))
