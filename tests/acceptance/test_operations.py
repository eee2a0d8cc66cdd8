"""What operators do with running systems, in both homes with the same words: pause, hold, resume, redrive."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any  # Any: JSON documents

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from acceptance.homes import OPENERS
from acceptance.sender import transaction
from acceptance.server import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from acceptance.homes.home import Home

SOURCES = """
[queues.left]
[queues.right]
max_receives = 1
[[routes]]
match = { type = ["dispute"], source = ["hookline/transactions"] }
queues = ["left", "right"]
"""
NUMBERS = count(1)


@pytest.fixture(scope="module", params=list(OPENERS))
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The home under test: one for the whole file, so that scenarios use ids of their own."""
    with OPENERS[request.param](tmp_path_factory.mktemp("operations"), SOURCES, {}) as opened:
        yield opened


def answered(home: Home, status: int) -> str:
    """The id of the first event that gets this status, within the time in which a home follows a pause."""
    found: list[str] = []

    def is_answered() -> bool:
        name = f"probe_{next(NUMBERS)}"
        found.append(name)
        return home.post(transaction(name, kind="refund")).status == status

    until(is_answered, seconds=30)
    return found[-1]


def _events(home: Home, queue: str) -> list[str]:
    """What a consumer receives and deletes; nothing where it is denied."""
    try:
        found = home.receive(queue)
    except ClientError as error:
        if not error.response["Error"]["Code"].endswith("AccessDenied"):
            raise
        return []
    for taken in found:
        home.delete(queue, taken)
    return [taken.event["id"] for taken in found]


def shown(home: Home, name: str) -> dict[str, Any]:
    """The event as ``hookline events show`` has it."""
    document: dict[str, Any] = json.loads(home.operate("events", "show", f"transactions:{name}", "--json"))
    return document


def probe_is_held(home: Home) -> bool:
    """Whether an event that comes now is held. On AWS a validator uses a flag that it read up to ten seconds ago."""
    return bool(shown(home, answered(home, 202))["held"])


def test_a_paused_source_answers_503_until_it_is_resumed(home: Home) -> None:
    """It takes effect within ten seconds, without a deployment or a restart."""
    home.operate("sources", "pause", "transactions", "--reason", "a test")
    answered(home, 503)
    answer = home.post(transaction("refused", kind="refund"))
    assert answer.status == 503
    assert answer.json()["code"] == "source_paused"
    assert int(answer.headers["retry-after"]) == 60
    home.operate("sources", "resume", "transactions")
    name = answered(home, 202)
    until(lambda: shown(home, name)["status"] == "routed", seconds=20)


def test_held_events_come_once_the_source_is_resumed(home: Home) -> None:
    """202 for the sender, nothing for consumers; then all of it."""
    home.operate("sources", "pause", "transactions", "--hold")

    until(lambda: probe_is_held(home), seconds=30)
    assert home.post(transaction("held", kind="payment")).status == 202
    document = shown(home, "held")
    assert (document["status"], document["held"]) == ("received", True)
    listed = json.loads(home.operate("sources", "list", "--json"))
    (source,) = [one for one in listed if one["name"] == "transactions"]
    assert source["paused"] == "holding"
    assert source["held"] >= 1

    home.operate("sources", "resume", "transactions")
    home.let_released_go()
    until(lambda: shown(home, "held")["status"] == "routed", seconds=30)
    until(lambda: not probe_is_held(home), seconds=30)
    home.let_released_go()  # what was held until then
    assert [taken.event["id"] for taken in home.receive("payments")] == ["transactions:held"]


def test_a_paused_queue_gives_out_nothing_until_it_is_resumed(home: Home) -> None:
    """Its messages wait; other queues continue."""
    home.operate("queues", "pause", "left")
    time.sleep(1.5)  # a running server follows it within a second
    assert home.post(transaction("both", kind="dispute")).status == 202
    (other,) = home.receive("right")
    home.delete("right", other)
    assert _events(home, "left") == []
    home.operate("queues", "resume", "left")
    until(lambda: _events(home, "left") == ["transactions:both"], seconds=20)


def test_a_dead_letter_goes_back_to_its_own_queue_only(home: Home) -> None:
    """The event's other consumer has done its work."""
    home.post(transaction("dies", kind="dispute"))
    for _ in range(3):
        for taken in home.receive("right"):
            home.give_back("right", taken)
    for taken in home.receive("left"):
        home.delete("left", taken)
    letters = json.loads(home.operate("queues", "peek", "right-dlq", "--json"))
    assert [one["event_id"] for one in letters] == ["transactions:dies"]
    plan = json.loads(home.operate("queues", "redrive", "right", "--dry-run", "--json"))["plan"]
    assert plan["matched"] == 1
    done = json.loads(home.operate("queues", "redrive", "right", "--max", "5", "--reason", "a test", "--json"))
    assert done["moved"] == 1
    (again,) = home.receive("right")
    assert (again.event["id"], again.receives) == ("transactions:dies", 1)
    assert home.receive("left") == []
    actions = [one["action"] for one in json.loads(home.operate("audit", "--json"))]
    assert actions.count("redrive") == 1


def test_messages_of_one_queue_move_to_another_and_are_consumed_there(home: Home) -> None:
    """The repair of a wrong route: first the plan, and no message is lost by it."""
    home.post(transaction("moves", kind="dispute"))
    home.let_released_go()
    until(lambda: shown(home, "moves")["status"] == "routed", seconds=20)
    for taken in home.receive("right"):
        home.delete("right", taken)
    words = ("queues", "move", "left", "refunds", "--json")

    plan = json.loads(home.operate(*words))
    moved = json.loads(home.operate(*words, "--yes", "--reason", "wrong route"))
    received = json.loads(home.operate("queues", "receive", "refunds", "--max", "1000", "--ack", "--json"))

    assert (plan["ready"], plan["moved"], moved["moved"]) == (1, None, 1)
    assert [one["receives"] for one in received if one["event_id"] == "transactions:moves"] == [1]
    assert home.receive("left") == []
    assert home.receive("refunds") == []
    assert json.loads(home.operate("audit", "--limit", "1", "--json"))[0]["action"] == "move"


def test_events_are_found_by_the_time_of_their_receipt(home: Home) -> None:
    """A person who looks into an incident knows its time, and not the events' ids."""
    home.post(transaction("earlier", kind="refund"))
    time.sleep(0.01)
    since = datetime.now(UTC).isoformat()
    home.post(transaction("meant", kind="refund"))
    until_ = datetime.now(UTC).isoformat()
    time.sleep(0.01)
    home.post(transaction("later", kind="refund"))

    words = ("events", "list", "--since", since, "--until", until_, "--json")
    found = json.loads(home.operate(*words))
    of_a_type = json.loads(home.operate(*words, "--source", "transactions", "--type", "payment"))

    assert [one["id"] for one in found] == ["transactions:meant"]
    assert of_a_type == []


def test_a_replayed_event_is_on_its_queue_once_more(home: Home) -> None:
    """By its id, with a reason that the log keeps; the replay's id lets a consumer distinguish it from the first."""
    home.post(transaction("once more", kind="payment"))
    until(lambda: shown(home, "once more")["status"] == "routed", seconds=20)
    for taken in home.receive("payments"):
        home.delete("payments", taken)

    (done,) = json.loads(home.operate("replay", "transactions:once more", "--reason", "a test", "--json"))
    until(lambda: shown(home, "once more")["status"] == "routed", seconds=20)

    (again,) = home.receive("payments")
    home.delete("payments", again)
    assert done["replayed"] is True
    assert (again.event["id"], again.event["replayid"] != "") == ("transactions:once more", True)
    entry = json.loads(home.operate("audit", "--limit", "1", "--json"))[0]
    assert (entry["action"], entry["reason"]) == ("replay", "a test")


def test_a_queue_is_listed_with_its_messages_and_purged(home: Home) -> None:
    """First the messages that are there, and then nothing; the events stay."""
    home.post(transaction("purged", kind="dispute"))
    until(lambda: shown(home, "purged")["status"] == "routed", seconds=20)

    listed = {one["name"]: one["visible"] for one in json.loads(home.operate("queues", "list", "--json"))}
    home.operate("queues", "purge", "left", "--reason", "a test", "--yes")

    assert listed["left"] == 1
    assert home.receive("left") == []
    assert shown(home, "purged")["status"] == "routed"


def test_the_secret_that_proved_the_events_is_known(home: Home) -> None:
    """Before an old secret is removed, somebody has to know that nobody signs with it."""
    home.post(transaction("proved", kind="refund"))
    until(lambda: shown(home, "proved")["status"] == "routed", seconds=20)

    uses = {one["secret"]: one["events"] for one in json.loads(home.operate("secrets", "status", "--json"))}

    assert uses["TRANSACTIONS_SECRET"] >= 1
