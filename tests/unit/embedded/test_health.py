"""Whether events can be taken right now."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hookline.errors import UnavailableError
from hookline.runtimes.embedded.health import Health

FULL = UnavailableError("storage_unavailable", "SQLite: FullError: database or disk is full")


def test_a_new_server_is_ready() -> None:
    """It listens only once its storage is open."""
    health = Health()

    assert health.ready
    assert health.fault is None


def test_a_fault_of_the_storage_ends_readiness_and_is_named() -> None:
    """The load balancer uses another server, and the operator reads what SQLite said."""
    health = Health()

    health.storage_failed(FULL)

    assert not health.ready
    assert health.fault == "SQLite: FullError: database or disk is full"


def test_a_fault_that_is_not_ours_is_named_by_its_kind() -> None:
    """``str(KeyError())`` is empty: an operator would see no reason."""
    health = Health()

    health.storage_failed(KeyError())

    assert health.fault == "KeyError()"


def test_only_the_first_fault_of_a_row_is_news() -> None:
    """A full disk fails every commit: one line in the log says it, ten thousand would hide everything else."""
    health = Health()

    news = [health.storage_failed(FULL) for _ in range(3)]
    over = [health.storage_works() for _ in range(3)]
    again = health.storage_failed(FULL)

    assert news == [True, False, False]
    assert over == [True, False, False]
    assert again


def test_the_last_fault_is_the_one_that_is_reported() -> None:
    """The reason may change while it lasts."""
    health = Health()
    health.storage_failed(FULL)

    health.storage_failed(UnavailableError("storage_unavailable", "SQLite: IOError: disk I/O error"))

    assert health.fault == "SQLite: IOError: disk I/O error"


def test_readiness_comes_back_when_the_storage_works() -> None:
    """No restart is needed."""
    health = Health()
    health.storage_failed(FULL)

    health.storage_works()

    assert health.ready
    assert health.fault is None


def test_a_stopping_server_is_not_ready_however_well_its_storage_is() -> None:
    """The load balancer must leave before the port does."""
    health = Health()
    health.stop()

    health.storage_failed(FULL)
    health.storage_works()

    assert not health.ready
    assert health.fault is None


def test_the_end_of_a_fault_is_reported_once_whichever_thread_sees_it() -> None:
    """The committer and the keeper find out at the same moment."""
    health = Health()
    with ThreadPoolExecutor(4) as pool:
        changes = []
        for _ in range(200):
            health.storage_failed(FULL)
            changes.append(sum(pool.map(lambda _: health.storage_works(), range(4))))

    assert set(changes) == {1}
