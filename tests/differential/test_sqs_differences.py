"""hookline's SQS API compared with two other implementations: whatever a client can see is the same, except what is listed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from differential.differences import DIFFERENCES, explain
from differential.fifo_sequences import FIFO_SEQUENCES
from differential.sequences import SEQUENCES
from differential.steps import Arn, At, Call, Drain, Receipt, Run, Seen, Text, Wait

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import SearchStrategy

    from differential.difference import Difference
    from differential.servers import Server, Three
    from differential.steps import Step

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "sqs-differences.md"
LARGEST = 1024 * 1024

Shown = list[tuple[str, str]]  # the server and the difference, by their names


def played(three: Three, steps: Sequence[Step]) -> Shown:
    """Do the steps everywhere, and fail at the first answer that differs in a way that is not listed. Returns the listed differences.

    They are those of all steps: an answer that a server chooses at random can be right in a single step.
    """
    for server in three:
        server.begin()
    run = Run(three)
    shown: Shown = []
    for index, step in enumerate(steps):
        shown += step_of(run, step, steps[: index + 1])
        if len(run.servers) == 1:
            break
    return shown


def step_of(run: Run, step: Step, steps: Sequence[Step]) -> Shown:
    """Do one step everywhere."""
    seen = run.do(step)
    shown: Shown = []
    for name in [name for name in seen if name != "hookline"]:
        found = [
            one for ours, theirs in pairs(seen["hookline"], seen[name]) for one in explained(name, ours, theirs, steps)
        ]
        shown += [(name, one.name) for one in found]
        if any(one.splits for one in found):
            run.drop(name)
    return shown


def pairs(ours: list[Seen], theirs: list[Seen]) -> list[tuple[Seen, Seen]]:
    """What is compared: entry by entry, or as a whole where only one of them refused the batch."""
    if [one.entry for one in ours] == [one.entry for one in theirs]:
        return list(zip(ours, theirs, strict=True))
    action = (ours + theirs)[0].action
    return [(whole(action, ours), whole(action, theirs))]


def whole(action: str, seen: list[Seen]) -> Seen:
    """A batch as one answer."""
    if len(seen) == 1 and not seen[0].entry:
        return seen[0]
    outcome = {"entries": [one.outcome for one in seen]}
    return Seen(
        action=action, queue=seen[0].queue if seen else "", arguments={}, receipt="", entry=False, outcome=outcome
    )


def explained(name: str, ours: Seen, theirs: Seen, steps: Sequence[Step]) -> list[Difference]:
    """The listed differences between two answers."""
    found = explain(name, ours, theirs)
    lines = "\n  ".join(str(step)[:1000] for step in steps)
    assert found is not None, f"{name} differs after\n  {lines}\nhookline: {ours.outcome}\n{name}: {theirs.outcome}"
    return found


@pytest.mark.parametrize("sequences", [SEQUENCES, FIFO_SEQUENCES], ids=["standard", "FIFO"])
def test_random_sequences_look_the_same_but_for_what_is_listed(
    three: Three, sequences: SearchStrategy[list[Step]], request: pytest.FixtureRequest
) -> None:
    """A consumer must not meet a server that behaves as no other does: whatever a client does, in whatever order."""
    number: int | None = request.config.getoption("--sequences")

    @settings(
        max_examples=number or 15,
        derandomize=number is None,
        database=None,
        phases=[Phase.generate],  # a sequence takes a second: to look for a shorter one would take minutes
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(sequences)
    def play(steps: list[Step]) -> None:
        played(three, steps)

    play()


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda one: one.name)
def test_a_difference_is_still_there(three: Three, difference: Difference) -> None:
    """A list of differences that nobody tries out grows old with the next release of either side."""
    shown = played(three, difference.shown)

    assert {name for name, found in shown if found == difference.name} == set(difference.others)


def test_the_page_lists_the_same_differences() -> None:
    """A user who moves a consumer between them reads the page, not the test."""
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]

    assert rows[1:] == [row_of(one) for one in DIFFERENCES]


def row_of(one: Difference) -> str:
    """A line of the page's table."""
    return f"| {one.name} | {one.hookline} | {' and '.join(one.others)} | {one.elsewhere} | {one.why} |"


def test_dead_letters_are_the_same_after_each_receive(three: Three) -> None:
    """How often a message is received before it dies, what it says of that, and what a move back starts again."""
    names = {"MessageSystemAttributeNames": ["ApproximateReceiveCount", "SentTimestamp"]}
    steps: list[Step] = [Call("SendMessage", {"QueueUrl": At("refunds"), "MessageBody": Text("dies")})]
    for _ in range(4):
        steps += [Drain("refunds", 10, names), Wait(301), Drain("refunds-dlq", 10, names), Wait(31)]

    played(three, steps)


def test_retention_ends_at_the_same_moment(three: Three) -> None:
    """A message that is gone on one implementation and there on another is lost or handled twice after a move."""
    four_days = 4 * 24 * 60 * 60
    send = Call("SendMessage", {"QueueUrl": At("payments"), "MessageBody": Text("old")})

    played(three, [send, Wait(four_days - 1), Drain("payments", 10), send, Wait(four_days), Drain("payments", 10)])


@pytest.mark.parametrize("over", [0, 1], ids=["the largest", "one byte more"])
def test_the_largest_message_and_batch_are_the_same(three: Three, over: int) -> None:
    """Sizes count bytes, not characters: a producer splits its batches by them."""
    body = "\u20ac" * (LARGEST // 3) + "x" * (LARGEST % 3 + over)
    half = "x" * (LARGEST // 2)
    entries = [{"Id": "a", "MessageBody": half}, {"Id": "b", "MessageBody": half + "x" * over}]

    played(
        three,
        [
            Call("SendMessageBatch", {"QueueUrl": At("payments"), "Entries": entries}),
            Call("SendMessage", {"QueueUrl": At("payments"), "MessageBody": body}),
        ],
    )


@pytest.mark.parametrize("action", ["sent", "given back", "delayed", "never"])
def test_a_long_poll_ends_alike(three: Three, action: str) -> None:
    """It waits for a message however that comes, and not longer than it was asked to. The clocks run here."""

    def polled(server: Server) -> tuple[str, tuple[list[str], float]]:
        server.begin(standing=False)
        url = server.client.get_queue_url(QueueName="payments")["QueueUrl"]
        if action != "never":
            server.client.send_message(QueueUrl=url, MessageBody="m", DelaySeconds=1 if action == "delayed" else 0)
        if action == "given back":
            (held,) = server.client.receive_message(QueueUrl=url, VisibilityTimeout=1)["Messages"]
            assert held["Body"] == "m"
        begin = monotonic()
        answer = server.client.receive_message(QueueUrl=url, WaitTimeSeconds=2)
        return server.name, ([one["Body"] for one in answer.get("Messages", [])], monotonic() - begin)

    with ThreadPoolExecutor(len(three)) as pool:
        found = dict(pool.map(polled, three))

    assert [bodies for bodies, _ in found.values()] == [[] if action == "never" else ["m"]] * 3
    least, most = {"sent": (0, 1.5), "given back": (0.5, 6), "delayed": (0.5, 6), "never": (1.9, 8)}[action]
    assert all(least <= seconds <= most for _, seconds in found.values()), found


def test_a_move_task_empties_the_dead_letter_queue(three: Three) -> None:
    """The others have no move tasks: hookline is compared with what AWS documents, a new message with its receives at zero."""
    hookline = three[0]
    hookline.begin()
    run = Run([hookline])
    run.do(Call("SendMessage", {"QueueUrl": At("payments"), "MessageBody": Text("one")}))
    for _ in range(3):
        run.do(Drain("payments", 10))
        run.do(Wait(61))
    run.do(Call("StartMessageMoveTask", {"SourceArn": Arn("payments-dlq")}))
    listing = Call("ListMessageMoveTasks", {"SourceArn": Arn("payments-dlq")})
    end = monotonic() + 20
    while run.do(listing)["hookline"][0].outcome["Results"][0]["Status"] == "RUNNING":
        assert monotonic() < end
    (seen,) = run.do(Drain("payments", 10, {"MessageSystemAttributeNames": ["ApproximateReceiveCount"]}))["hookline"]

    (message,) = seen.outcome["Messages"]
    assert message["Attributes"] == {"ApproximateReceiveCount": "1"}
    assert message["MessageId"] == "another"
    assert "error" not in run.do(Call("DeleteMessage", {"ReceiptHandle": Receipt()}))["hookline"][0].outcome
