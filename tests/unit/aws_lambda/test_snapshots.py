"""What a validator may carry into a snapshot: everything that can change in its process is known, and is forgotten or harmless."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any  # Any: what a script prints as JSON

import pytest

from hookline.adapters.aws import names
from hookline.adapters.aws.clients import Clients
from hookline.adapters.local import FreezableClock
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.memory.pauses import MemoryPauses
from hookline.adapters.memory.state import MemoryState
from hookline.domain.pause import Pause, Paused, PauseState
from hookline.errors import UnavailableError
from hookline.runtimes.aws_lambda import snapshots
from hookline.runtimes.aws_lambda.source_pauses import SourcePauses
from hookline.runtimes.aws_lambda.wiring.functions import start_again
from processes import run_process
from unit.aws_lambda.fakes import AT, Home, KeptSecrets
from unit.aws_lambda.test_handlers import ENVIRON
from unit.aws_lambda.test_validator import payment

PAGE = Path(__file__).parents[3] / "docs" / "adr" / "0019-snapstart.md"
INSIDE = Path(__file__).parent / "snapshot_inside.py"
EVERY_KIND = """
[sources.shop]
verify = { scheme = "standard-webhooks", secrets = ["A", "secretsmanager:b"] }
id = "id"
[sources.paypal]
verify = { scheme = "paypal", secrets = ["P"], confirm = "PAYPAL_CLIENT" }
[sources.tasks]
verify = { scheme = "asana", secrets = ["TASKS_SECRET"] }
[sources.identity]
verify = { scheme = "jwt", algorithms = ["RS256"], audience = "us", keys_url = "https://idp.example.com/jwks" }
id = "id"
[queues.q]
fifo = { group = "id" }
[[routes]]
match = { type = ["a"] }
queues = ["q"]
"""


@cache
def rows() -> dict[str, str]:
    """What the page says about each object and each cache."""
    table = re.findall(r"^\| (`.*`) \| (.*) \|$", PAGE.read_text(), re.MULTILINE)
    return {name: what for objects, what in table for name in re.findall(r"`([^`]+)`", objects)}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Any:  # as above
    """What a fresh process holds when Lambda would save it."""
    toml = tmp_path_factory.mktemp("project") / "hookline.toml"
    toml.write_text(EVERY_KIND)
    environ = ENVIRON | {
        names.VAR_CONFIG: str(toml),
        "AWS_LAMBDA_FUNCTION_NAME": "webhook-validator-dev",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    }
    done = run_process(
        [sys.executable, str(INSIDE)], env=environ, capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_everything_that_can_change_is_in_the_table(found: Any) -> None:
    """A forgotten value would be the same in every process of a version, for as long as it is deployed."""
    assert set(found["objects"]) | set(found["caches"]) == rows().keys()


def test_no_cache_holds_anything_before_the_first_request(found: Any) -> None:
    """A key or a secret in a cache would be saved with the process."""
    full = {name for name, size in found["caches"].items() if size}

    assert full == {name for name in found["caches"] if rows()[name].startswith("kept")}


def test_what_the_page_calls_cleared_is_cleared(found: Any) -> None:
    """Each list, table, set and time of such an object was filled; after the snapshot, none of that can be reached."""
    assert set(found["filled"]) == {name for name, what in rows().items() if what.startswith("cleared")}
    assert found["left"] == []


def test_what_senders_wait_for_is_made_before(found: Any) -> None:
    """Making a client takes as long as a request."""
    assert set(found["clients"]) >= {"dynamodb", "lambda", "ssm", "s3", "secretsmanager"}
    assert found["called"] is False


def test_a_process_that_is_not_saved_calls_no_hook(monkeypatch: pytest.MonkeyPatch) -> None:
    """An ordinary cold start must not wait for a module that it does not need."""
    monkeypatch.delenv("AWS_LAMBDA_INITIALIZATION_TYPE", raising=False)
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", None)

    snapshots.register_hooks(before=lambda: None, after=lambda: None)


def test_a_runtime_without_hooks_still_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Senders would otherwise get nothing from a version whose runtime lacks the module."""
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", None)

    snapshots.register_hooks(before=lambda: None, after=lambda: None)


@pytest.mark.parametrize("fault", [UnavailableError("secrets_unavailable", "throttled"), RuntimeError("nobody knows")])
def test_secrets_that_cannot_be_read_after_a_restore_stop_nothing(
    fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lambda would throw the process away, and the sender would get a fault without hookline's answer."""

    def away(*_: object) -> None:
        raise fault

    home = Home()
    monkeypatch.setattr(KeptSecrets, "read", away)

    start_again(home.validator)

    assert home.post(payment())["statusCode"] == 503
    assert home.deadlines[0] == 5.0


def test_a_pause_that_came_after_the_snapshot_is_seen_by_the_first_request() -> None:
    """The ten seconds for which a process uses its last look do not begin before the restore."""
    clock = MemoryClock(AT)
    pauses = MemoryPauses(MemoryState(clock, (), timedelta(days=30)))
    known = SourcePauses(pauses, clock)
    assert not known.holds("transactions")
    pauses.put(Pause(kind=Paused.SOURCE, name="transactions", state=PauseState.HOLDING, since=AT, actor="ann@desk"))
    assert not known.holds("transactions")

    known.forget()

    assert known.holds("transactions")


def test_the_clock_of_another_machine_is_not_believed() -> None:
    """A snapshot whose machine was an hour ahead would make secrets stay for an hour longer."""
    ahead = datetime.now(UTC) + timedelta(hours=1)
    one = FreezableClock()
    one._latest = ahead

    one.forget()

    assert one.steady() < ahead


def test_clients_are_kept_and_their_deadline_is_not() -> None:
    """A deadline of the snapshot has passed on every machine: the first calls would all be refused."""
    clients = Clients("us-east-1", endpoint="http://127.0.0.1:9")
    client = clients.dynamodb()
    clients.deadline.start(-1)

    clients.forget()

    assert clients.deadline.left() is None
    assert clients.dynamodb() is client
