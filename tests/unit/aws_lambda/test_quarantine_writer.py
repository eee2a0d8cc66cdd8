"""Keeping rejected requests while the sender is answered: how long it may take, how often it is tried, and what is never kept."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from contract.builders import START, rejected
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.memory.quarantine import MemoryQuarantine
from hookline.adapters.memory.state import MemoryState
from hookline.config import parse
from hookline.domain.quarantine import Ceiling, KeepBudget, QuarantineBounds
from hookline.errors import UnavailableError
from hookline.runtimes.aws_lambda.quarantine import QuarantineWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hookline.domain.quarantine import NoRoom, RejectedRequest

CONFIG = parse(
    """
[sources.transactions]
id = "id"
verify = { scheme = "hmac", header = "X-Signature", secrets = ["SECRET"] }

[sources.free]
id = "id"
verify = { scheme = "none" }

[sources.gitlab]
verify = { scheme = "gitlab", secrets = ["TOKEN"] }

[queues.orders]

[[routes]]
match = { source = ["hookline/transactions"] }
queues = ["orders"]
""",
    base=Path(),
)
SECRET = b"the-secret-of-the-project"
WIDE = KeepBudget(all=Ceiling(burst=100_000, rate=0), share=Ceiling(burst=100_000, rate=0))


class Asked(MemoryQuarantine):
    """A quarantine that counts how often it is asked, and fails or waits where a test says so."""

    def __init__(self, budget: KeepBudget = WIDE) -> None:
        state = MemoryState(MemoryClock(START), CONFIG.queues, QuarantineBounds().retention)
        super().__init__(state, QuarantineBounds(), budget=budget)
        self.asked: list[bool] = []
        self.before: Callable[[], object] = bool

    def keep_within_budget(self, rejected: RejectedRequest, *, proved: bool) -> int | NoRoom:
        """As in memory, after what the test wants done."""
        self.asked.append(proved)
        self.before()
        return super().keep_within_budget(rejected, proved=proved)


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def writer(
    quarantine: Asked, *, time: Time | None = None, patience: float = 10, secrets: Iterable[bytes] = (SECRET,)
) -> QuarantineWriter:
    """A writer over this quarantine."""
    return QuarantineWriter(
        lambda: quarantine, CONFIG, secret_values=lambda: secrets, patience=patience, clock=time or Time()
    )


def failing(fault: Exception) -> Callable[[], object]:
    """Raises, when it is called."""

    def fail() -> object:
        raise fault

    return fail


def test_a_request_is_kept_and_its_id_reported() -> None:
    """The id in the log line leads to the bytes."""
    quarantine = Asked()

    said = writer(quarantine).keep(rejected(b"body"))

    assert said == {"rejected": quarantine.ids()[0]}


def test_nothing_is_opened_before_there_is_something_to_keep() -> None:
    """A cold start must not wait for a client that most functions never need."""
    opened: list[object] = []

    def open_() -> Asked:
        opened.append(1)
        return Asked()

    made = QuarantineWriter(open_, CONFIG, secret_values=lambda: ())

    made.keep(rejected(code="unknown_source"))
    assert opened == []
    made.keep(rejected())
    made.keep(rejected())
    assert opened == [1]


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (rejected(SECRET), "secret"),
        (rejected(headers=[(b"x-token", SECRET)]), "secret"),
        (rejected(headers=[(b"x-hook-secret", b"brought")]), "secret"),
        (rejected(b'{"verification_token": "brought"}'), "secret"),
    ],
    ids=["body", "header", "handshake", "handshake in the body"],
)
def test_a_request_that_holds_a_secret_is_not_kept(request_: RejectedRequest, why: str) -> None:
    """The table is read by more people than the secrets are."""
    quarantine = Asked()

    assert writer(quarantine).keep(request_) == {"not_kept": why}
    assert quarantine.asked == []


@pytest.mark.parametrize(
    "request_",
    [rejected(source="gitlab"), rejected(code="too_many_requests"), rejected(code="body_too_large")],
    ids=["a sender that writes its token into each request", "a rate", "a body that was not read"],
)
def test_what_is_never_kept_is_not_even_mentioned(request_: RejectedRequest) -> None:
    """The code of the log line says it already."""
    quarantine = Asked()

    assert writer(quarantine).keep(request_) == {}
    assert quarantine.asked == []


def test_what_a_stranger_can_make_takes_from_the_budget_of_strangers() -> None:
    """A source that verifies nothing proves nothing, whatever its requests are refused for."""
    quarantine = Asked()
    made = writer(quarantine)

    made.keep(rejected(code="signature_missing"))
    made.keep(rejected(code="schema_mismatch", source="free"))
    made.keep(rejected(code="schema_mismatch"))

    assert quarantine.asked == [False, False, True]


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (UnavailableError("storage_unavailable", "AWS: throttled"), "storage_unavailable"),
        (UnavailableError("internal_fault", "AWS: no such table"), "internal_fault"),
        (RuntimeError("a bug"), "RuntimeError"),
    ],
)
def test_a_fault_is_reported_and_goes_no_further(fault: Exception, why: str) -> None:
    """The sender's answer is decided before, and does not change."""
    quarantine = Asked()
    quarantine.before = failing(fault)

    assert writer(quarantine).keep(rejected()) == {"not_kept": why}


def test_a_fault_in_opening_is_reported_too_and_tried_again() -> None:
    """After a right was granted late, the process must still keep later requests."""
    quarantine, time = Asked(), Time()
    answers: list[RuntimeError | Asked] = [RuntimeError("no region"), quarantine]

    def open_() -> Asked:
        answer = answers.pop(0)
        if isinstance(answer, RuntimeError):
            raise answer
        return answer

    made = QuarantineWriter(open_, CONFIG, secret_values=lambda: (), patience=10, clock=time)

    assert made.keep(rejected()) == {"not_kept": "RuntimeError"}
    time.now += 1000
    assert "rejected" in made.keep(rejected())


def test_an_answer_waits_only_so_long() -> None:
    """DynamoDB may be slow; the sender must not notice it."""
    quarantine, go_on = Asked(), threading.Event()
    quarantine.before = go_on.wait
    made = writer(quarantine, patience=0.01)

    said = [made.keep(rejected(b"1")), made.keep(rejected(b"2"))]
    go_on.set()
    assert made._thread is not None
    made._thread.join(10)

    assert said == [{"not_kept": "late"}, {"not_kept": "busy"}]
    assert len(quarantine.ids()) == 1


def test_after_a_late_one_a_while_passes_without_a_wait() -> None:
    """A slow table must delay a few requests, and not each of them."""
    quarantine, go_on, time = Asked(), threading.Event(), Time()
    quarantine.before = go_on.wait
    made = writer(quarantine, patience=0.01, time=time)
    made.keep(rejected(b"1"))
    go_on.set()
    assert made._thread is not None
    made._thread.join(10)
    made._patience = 10

    soon = made.keep(rejected(b"2"))
    time.now += 10
    later = made.keep(rejected(b"3"))

    assert soon == {"not_kept": "sampled"}
    assert "rejected" in later


def test_a_process_tries_only_a_limited_number_of_one_source_and_code() -> None:
    """Each try costs the function a few milliseconds."""
    quarantine, time = Asked(), Time()
    made = writer(quarantine, time=time)

    said = [made.keep(rejected()) for _ in range(100)]
    other = made.keep(rejected(code="timestamp_missing"))
    time.now += 1
    after = [made.keep(rejected()) for _ in range(10)]

    assert (len(quarantine.ids()), said[-1]) == (63, {"not_kept": "sampled"})
    assert "rejected" in other
    assert sum("rejected" in one for one in after) == 2


def test_a_refused_process_asks_less_and_less() -> None:
    """Hundreds of processes see the same flood, and each of their questions is a paid write."""
    quarantine, time = Asked(KeepBudget(all=WIDE.all, share=Ceiling(burst=0, rate=0))), Time()
    made = writer(quarantine, time=time)

    for _ in range(3600):
        made.keep(rejected())
        time.now += 1

    assert 5 < len(quarantine.asked) < 30


def test_one_refused_share_does_not_change_the_others() -> None:
    """The one request that matters may come in the middle of the flood."""
    quarantine = Asked(KeepBudget(all=WIDE.all, share=Ceiling(burst=2, rate=0)))
    made = writer(quarantine)

    flood = [made.keep(rejected()) for _ in range(5)]
    other = made.keep(rejected(source="free"))

    assert flood[1] == {"not_kept": "share"}
    assert flood[2] == {"not_kept": "sampled"}
    assert "rejected" in other


def test_when_all_is_used_up_no_share_asks_but_those_of_proved_senders_do() -> None:
    """A stranger may find every source and every code; the number of questions must not grow with them."""
    quarantine = Asked(KeepBudget(all=Ceiling(burst=2, rate=0), share=WIDE.share))
    made = writer(quarantine)
    made.keep(rejected())

    said = [made.keep(rejected(code="signature_missing")), made.keep(rejected(source="free"))]
    proved = made.keep(rejected(code="schema_mismatch"))

    assert said == [{"not_kept": "all"}, {"not_kept": "sampled"}]
    assert "rejected" in proved


def test_a_success_ends_the_pauses() -> None:
    """After the flood the next request is counted again."""
    quarantine, time = Asked(), Time()
    made = writer(quarantine, time=time)
    quarantine.before = failing(UnavailableError("storage_unavailable", "AWS: throttled"))
    for _ in range(4):
        made.keep(rejected())
        time.now += 100
    quarantine.before = bool
    time.now += 1000

    assert "rejected" in made.keep(rejected())
    assert "rejected" in made.keep(rejected())


def test_too_large_a_request_is_no_reason_to_pause() -> None:
    """It would not have used the room of other requests."""
    quarantine = Asked()
    made = writer(quarantine)

    large = made.keep(rejected(b"x" * (QuarantineBounds().max_bytes + 1)))

    assert large == {"not_kept": "size"}
    assert "rejected" in made.keep(rejected())
