"""Trying rejected requests again, with every port in memory."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hookline.adapters.local.secrets import LoadedSecrets
from hookline.adapters.memory.audit import MemoryAuditLog
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.memory.confirmations import MemoryConfirmations
from hookline.adapters.memory.keys import MemoryKeys
from hookline.adapters.memory.quarantine import MemoryQuarantine
from hookline.adapters.memory.queues import MemoryQueues
from hookline.adapters.memory.routed_store import MemoryRoutedStore
from hookline.adapters.memory.state import MemoryState
from hookline.config import parse
from hookline.domain.quarantine import QuarantineBounds, RejectedRequest
from hookline.pipeline.audited import Run
from hookline.pipeline.retry import AcceptHere, Retry
from hookline.pipeline.route import Router
from hookline.providers.signing import signed_request
from unit.builders import NOW

if TYPE_CHECKING:
    from hookline.pipeline.retry import Retried

CONFIG = parse(
    """
[sources.shop]
id = "id"
verify = { scheme = "hmac", header = "X-Signature", secrets = ["SHOP_SECRET"] }

[queues.orders]

[[routes]]
match = { source = ["hookline/shop"] }
queues = ["orders"]
""",
    base=Path(),
)
RIGHT, WRONG = b"the-right-secret-of-the-shop", b"another-secret-altogether"


class Home:
    """The parts that a retry uses."""

    def __init__(self) -> None:
        state = MemoryState(MemoryClock(NOW), CONFIG.queues, timedelta(days=30))
        self.queues = MemoryQueues(state)
        self.quarantine = MemoryQuarantine(state, QuarantineBounds())
        self.store = MemoryRoutedStore(state)
        self.audit = MemoryAuditLog(state)
        self.advanced: list[int] = []

    def keep(self, *secrets: bytes) -> list[int]:
        """Keep a refused request for each secret, which it was signed with; their ids."""
        source = CONFIG.sources[0]
        for number, secret in enumerate(secrets):
            body = b'{"id": "order_%d"}' % number
            signed = signed_request(source, CONFIG.schemes["shop"], secret, body, delivery_id=f"msg_{number}", at=NOW)
            self.quarantine.keep([RejectedRequest(source="shop", code="signature_mismatch", request=signed)])
        return self.quarantine.ids()

    def retry(self, numbers: list[int], secrets: dict[str, bytes]) -> list[Retried]:
        """Try these again with these secrets."""
        retry = Retry(
            quarantine=self.quarantine,
            acceptor=AcceptHere(
                store=self.store,
                known_queues=CONFIG.queue_names,
                sources=CONFIG.sources,
                secrets=LoadedSecrets(secrets),
                keys=MemoryKeys({}),
                confirmations=MemoryConfirmations(),
                router=Router(CONFIG.routes),
            ),
        )
        run = Run(id="r1", actor="ann@desk", at=NOW, reason="the secret is right now")
        return retry.all(numbers, self.audit, run, subject="all of shop", advance=self.advanced.append)


def test_one_forged_request_does_not_keep_the_others_back() -> None:
    """Requests that a wrong secret refused for a day are retried together, and a forged call among them is likely."""
    home = Home()
    numbers = home.keep(RIGHT, WRONG, RIGHT)

    first, forged, last = home.retry(numbers, {"SHOP_SECRET": RIGHT})

    assert forged.fault is not None
    assert forged.fault.code == "signature_mismatch"
    assert (first.queues, last.queues) == (("orders",), ("orders",))
    assert home.quarantine.ids() == [forged.id]
    assert home.queues.depth("orders").visible == 2
    (entry,) = home.audit.newest(limit=10)
    assert (entry.action, entry.subject, entry.affected) == ("retry", "all of shop", 2)
    assert home.advanced == [1, 1, 1]


def test_a_retry_ends_where_a_secret_cannot_be_read() -> None:
    """Each of thousands would wait for the same outage, and the operator would see none of it."""
    home = Home()
    numbers = home.keep(RIGHT, RIGHT)

    results = home.retry(numbers, {})

    assert [result.fault.code for result in results if result.fault] == ["secrets_unavailable"]
    assert home.quarantine.ids() == numbers
