"""Keeping rejected requests from a thread of its own: bounded, without secrets, and never in anybody's way."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import rejected
from hookline.adapters.memory.quarantine import MemoryQuarantine
from hookline.domain.quarantine import QUARANTINED, QuarantineBounds
from hookline.error_codes import CODES
from hookline.errors import UnavailableError
from hookline.runtimes.embedded.quarantine import QuarantineWriter
from unit.embedded.fakes import LogBook, Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hookline.domain.quarantine import KeptCall, KeptRequest, KeptSummary, RejectedRequest

SECRET = b"a-secret-of-this-project"
MIB = 1024 * 1024


class Gated:
    """A quarantine that keeps nothing before a test allows it, and may fail."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.let = threading.Event()
        self.lots: list[int] = []
        self.fault = fault

    def keep(self, rejected: Sequence[RejectedRequest]) -> None:
        """Wait, and count."""
        self.let.wait(5)
        self.lots.append(len(rejected))
        if self.fault is not None:
            raise self.fault

    def ids(self, *, source: str | None = None) -> list[int]:  # noqa: ARG002 -- the port's shape
        """None."""
        return []

    def summaries(self, *, source: str | None = None) -> list[KeptSummary]:  # noqa: ARG002 -- the port's shape
        """None."""
        return []

    def newest(self, *, limit: int) -> list[KeptCall]:  # noqa: ARG002 -- the port's shape
        """None."""
        return []

    def get(self, number: int) -> KeptRequest | None:  # noqa: ARG002 -- the port's shape
        """None."""
        return None

    def release(self, numbers: Sequence[int]) -> int:  # noqa: ARG002 -- the port's shape
        """None."""
        return 0

    def sweep(self, *, limit: int) -> int:  # noqa: ARG002 -- the port's shape
        """None, or the fault."""
        if self.fault is not None:
            raise self.fault
        return 0


def kept_of(
    *offers: RejectedRequest, bounds: QuarantineBounds | None = None, unkept: Sequence[str] = ()
) -> list[bytes]:
    """The bodies that are kept of what was offered, once the writer has stopped."""
    bounds = bounds or QuarantineBounds()
    quarantine = MemoryQuarantine(Memory().state, bounds)
    writer = QuarantineWriter(quarantine, bounds, secrets=[SECRET], unkept_sources=unkept, log=LogBook())
    writer.start()
    for offer in offers:
        writer.offer(offer)
    writer.stop()
    assert writer.dropped == 0
    found = [quarantine.get(number) for number in quarantine.ids()]
    return [one.rejected.request.body for one in found if one is not None]


def test_what_was_offered_is_kept_in_order() -> None:
    """It is tried again in that order; what came just before the stop is kept too."""
    assert kept_of(*(rejected(b"%d" % number) for number in range(40))) == [b"%d" % number for number in range(40)]


@pytest.mark.parametrize("code", ["body_too_large", "delivery_conflict", "too_many_requests", "unsupported_media_type"])
def test_other_refusals_are_not_kept(code: str) -> None:
    """No change on our side would accept them, or they are kept elsewhere."""
    assert kept_of(rejected(code=code)) == []


def test_every_kept_code_is_a_refusal_of_a_signature_or_a_shape() -> None:
    """Requests must still be kept when a code gets another name."""
    assert {CODES[code].status for code in QUARANTINED} == {400, 401, 409}


@pytest.mark.parametrize(
    "bounds",
    [QuarantineBounds(max_requests=0), QuarantineBounds(max_bytes=0), QuarantineBounds(retention=timedelta())],
)
def test_zero_switches_it_off(bounds: QuarantineBounds) -> None:
    """An operator who must not keep refused requests can say so."""
    assert kept_of(rejected(), bounds=bounds) == []


@pytest.mark.parametrize(
    "holding",
    [
        rejected(b'{"token": "' + SECRET + b'"}'),
        rejected(headers=[(b"authorization", b"Bearer " + SECRET)]),
        rejected(query=f"token={SECRET.decode()}"),
        rejected(headers=[(b"x-hook-secret", b"b537207f20cbfa02357cf448134da559e8bd39d61597dcd5631b8012eae53e81")]),
        rejected(b'{"verification_token": "secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl"}'),
    ],
)
def test_a_request_that_holds_a_secret_is_not_kept(holding: RejectedRequest) -> None:
    """A handshake, or a call to the wrong address, may hold a secret, which must not be stored."""
    assert kept_of(holding, rejected(b"harmless")) == [b"harmless"]


def test_nothing_is_kept_of_senders_that_show_their_secret() -> None:
    """A token that is refused today because the configuration is wrong is the right one tomorrow."""
    assert kept_of(rejected(source="gitlab"), rejected(b"other"), unkept=["gitlab"]) == [b"other"]


def test_a_flood_is_dropped_and_counted_while_the_disk_is_slow() -> None:
    """Memory stays bounded, and the event loop that offers never waits."""
    log, slow = LogBook(), Gated()
    writer = QuarantineWriter(slow, QuarantineBounds(), secrets=[], unkept_sources=[], log=log)
    writer.start()
    started = time.monotonic()
    for _ in range(10_000):
        writer.offer(rejected(b"forged"))
    elapsed = time.monotonic() - started

    slow.let.set()
    writer.stop()

    assert elapsed < 30
    assert sum(slow.lots) + writer.dropped == 10_000
    assert sum(slow.lots) <= 128
    assert max(slow.lots) <= 64
    assert [line.text for line in log.lines] == ["rejected requests not kept"] * len(log.lines)
    assert sum(int(str(line.fields["count"])) for line in log.lines) == writer.dropped


def test_waiting_bytes_are_bounded_too() -> None:
    """A few forgeries of the largest size must not fill the memory; one on its own is kept."""
    slow = Gated()
    writer = QuarantineWriter(slow, QuarantineBounds(), secrets=[], unkept_sources=[], log=LogBook())
    for _ in range(10):
        writer.offer(rejected(b"x" * (MIB - 100)))
    slow.let.set()
    writer.start()
    writer.stop()

    assert (sum(slow.lots), writer.dropped) == (2, 8)


def test_a_flood_of_one_source_leaves_room_for_what_others_were_refused() -> None:
    """What waits to be written is bounded for each source: forgeries to one must not cost the evidence of another's wrong secret."""
    slow = Gated()
    writer = QuarantineWriter(slow, QuarantineBounds(), secrets=[], unkept_sources=[], log=LogBook())
    for _ in range(100):
        writer.offer(rejected(b"x" * (MIB - 100)))
    dropped = writer.dropped

    writer.offer(rejected(b"genuine", source="bank"))

    slow.let.set()
    writer.start()
    writer.stop()
    assert (dropped, writer.dropped, sum(slow.lots)) == (98, 98, 3)


@pytest.mark.parametrize("fault", [UnavailableError("storage_unavailable", "full"), RuntimeError("a bug")])
def test_a_disk_that_refuses_costs_the_evidence_and_nothing_else(fault: Exception) -> None:
    """The thread continues, and what was lost is counted."""
    failing = Gated(fault)
    failing.let.set()
    writer = QuarantineWriter(failing, QuarantineBounds(), secrets=[], unkept_sources=[], log=LogBook())
    writer.start()
    writer.offer(rejected())
    _until(lambda: writer.dropped == 1)

    failing.fault = None
    writer.offer(rejected())
    writer.stop()

    assert (failing.lots, writer.dropped) == ([1, 1], 1)


def test_what_has_expired_is_removed_also_when_it_is_switched_off() -> None:
    """When it is switched off, what it holds must still expire."""
    memory = Memory()
    bounds = QuarantineBounds()
    quarantine = MemoryQuarantine(memory.state, bounds)
    quarantine.keep([rejected()])
    memory.clock.advance(bounds.retention)
    off = QuarantineBounds(max_requests=0)
    writer = QuarantineWriter(quarantine, off, secrets=[], unkept_sources=[], log=LogBook())

    writer.start()
    _until(lambda: not quarantine._kept)
    writer.stop()

    assert quarantine.sweep(limit=1) == 0


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)
