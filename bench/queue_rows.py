"""The rows of the table of queues: what is compared, round by round, and the targets."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from bench import queue_files, queue_servers, servers
from bench.faults import BenchError
from bench.load import rounds, saturate
from bench.measures import Plan, Row, at_least, at_most, say
from bench.queue_client import client
from bench.queue_servers import clients, close_client
from bench.traffic import signed
from bench.wire import connect
from hookline.demo.tally import percentile
from processes import start_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from bench.load import Ammunition
    from bench.queue_servers import Clients, Target

__all__ = ["QueuePlan", "against_others", "ingest", "latency", "with_many"]

_CLIENTS = 4
_BATCH = 10
_SETTLES = 0.5  # seconds
_CONNECTIONS = 16
_ACCEPTED = 202
_RATE = 100  # messages a second
_LOOKS = 100
_TIMES = {"hookline": 4, "moto": 1, "ministack": 4, "instant": 4}
"""How often a queue is filled and emptied in one round; for the slowest server once."""

_BEHIND = 0.1
"""The share of what was accepted that may still wait when the load ends: with more, the consumers have not kept up."""

_PATIENCE = 60.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePlan:
    """``rounds`` with ``pairs`` of calls by each client; ``many`` and ``few`` messages wait; ``messages`` for the latency.

    ``seconds`` is how long each load of events takes. ``directory`` is where hookline keeps what it stores.
    """

    rounds: int
    pairs: int
    many: int
    in_flight: int
    few: int
    messages: int
    seconds: float
    quick: bool
    directory: Path


def against_others(plan: QueuePlan) -> list[Row]:
    """Each server has a queue that is filled with as many messages as four clients then receive and delete.

    boto3 takes more processor time for a call than a server does. So the same is measured with plain sockets too, except against moto's
    server, and boto3 against a server that does nothing: no server is faster than that.
    """
    starts: dict[str, Callable[[Path], AbstractContextManager[Target]]] = {
        "hookline": queue_servers.hookline,
        "moto": queue_servers.moto,
        "ministack": queue_servers.ministack,
        "instant": queue_servers.instant,
    }
    rates: dict[str, list[float]] = {name: [] for name in starts}
    plain: dict[str, list[float]] = {"hookline": [], "ministack": []}
    with ExitStack() as running:
        ready = {name: _ready(running, start, plan.directory / "others") for name, start in starts.items()}
        for number in range(plan.rounds):
            for name in sorted(ready, reverse=bool(number % 2)):
                rates[name].append(_filled_and_emptied(plan, *ready[name], do="pairs", times=_TIMES[name]))
                if name in plain:
                    plain[name].append(_filled_and_emptied(plan, *ready[name], do="plain pairs", times=_TIMES[name]))
            say(f"round {number + 1}: " + _per_second(rates) + "; plain sockets: " + _per_second(plain))
    boto3 = [_row_against(plan, name, "boto3", rates) for name in ("moto", "ministack")]
    return [*boto3, _row_against(plan, "ministack", "plain", plain)]


def _per_second(rates: dict[str, list[float]]) -> str:
    return ", ".join(f"{name} {found[-1]:,.0f}/s" for name, found in rates.items())


def _ready(
    running: ExitStack, start: Callable[[Path], AbstractContextManager[Target]], directory: Path
) -> tuple[Clients, str]:
    url, queue = running.enter_context(start(directory))
    four = running.enter_context(clients(url, _CLIENTS))
    four[:1].ask(do="send", queue=queue, count=_CLIENTS * _BATCH)
    four.ask(do="pairs", queue=queue, pairs=1)  # every connection is open, and all code has run once
    return four, queue


def _filled_and_emptied(plan: QueuePlan, four: Clients, queue: str, *, do: str, times: int) -> float:
    """Messages a second."""
    done, took = 0, 0.0
    for _ in range(times):
        four.ask(do="send", queue=queue, count=plan.pairs * _BATCH)
        messages, seconds = _emptied(plan, four, queue, do=do)
        done += messages
        took += seconds
    return done / took


def _emptied(plan: QueuePlan, four: Clients, queue: str, *, do: str = "pairs") -> tuple[int, float]:
    answers = four.ask(do=do, queue=queue, pairs=plan.pairs)
    seconds = max(one["ended"] for one in answers) - min(one["began"] for one in answers)
    return sum(one["messages"] for one in answers), seconds


def _row_against(plan: QueuePlan, name: str, which: str, rates: dict[str, list[float]]) -> Row:
    ours, other = rates["hookline"], rates[name]
    ratios = [one / another for one, another in zip(ours, other, strict=True)]
    server = {"moto": "moto's server", "ministack": "MiniStack"}[name]
    kind = {"boto3": "boto3 clients", "plain": "clients with plain sockets"}[which]
    most = (
        f"; these clients do {median(rates['instant']):,.0f}/s against a server that does nothing"
        if which == "boto3"
        else ""
    )
    return Row(
        name=name if which == "boto3" else f"{name} {which}",
        measure=f"Receive 10 and delete 10, four {kind}, against {server}",
        detail=f"{median(ours):,.0f} messages/s against {median(other):,.0f}/s; median of {plan.rounds} rounds, "
        f"{min(ratios):.1f} to {max(ratios):.1f}; queues of {_CLIENTS * plan.pairs * _BATCH} messages{most}",
        numbers={"ratio": ratios, "hookline": ours, name: other},
        **at_least(3, median(ratios), "times"),
    )


def with_many(plan: QueuePlan) -> list[Row]:
    """The same calls on a long queue, and looks at depths and events, against a short queue in a file of its own."""
    few, many = plan.directory / "few", plan.directory / "many"
    say(f"storing {plan.few:,} and {plan.many + plan.in_flight:,} events")
    queue_files.fill_with(few, plan.few)
    queue_files.fill_with(many, plan.many + plan.in_flight)
    waiting = _crowded(plan, few, many, name="waiting", measure=f"The same with {plan.many:,} messages waiting")
    looks = queue_files.depth_and_listing(few, many, (plan.few, plan.many), rounds=_LOOKS)
    queue_files.put_in_flight(many, plan.in_flight)
    held = _crowded(plan, few, many, name="in flight", measure=f"The same, and {plan.in_flight:,} in flight")
    shutil.rmtree(many)
    return [waiting, held, *looks]


def _crowded(plan: QueuePlan, few: Path, many: Path, *, name: str, measure: str) -> Row:
    """Pairs of rounds. Whatever was taken from the short queue comes again, as events, before the next round."""
    ours: list[float] = []
    short: list[float] = []
    with ExitStack() as running:
        long_url, long_queue = running.enter_context(queue_servers.hookline(many))
        server = running.enter_context(servers.hookline(few, few / "data"))
        short_queue = queue_servers.queue_url(server.admin)
        on_long = running.enter_context(clients(long_url, _CLIENTS))
        on_short = running.enter_context(clients(server.admin, _CLIENTS))
        count = _CLIENTS * plan.pairs * _BATCH
        for number in range(-1, plan.rounds * 2):
            asyncio.run(_post(server.url, count))
            found = {}
            for which, four, queue in sorted(
                (("long", on_long, long_queue), ("short", on_short, short_queue)), reverse=bool(number % 2)
            ):
                messages, seconds = _emptied(plan, four, queue)
                found[which] = messages / seconds
            if number >= 0:  # the one before warms up
                ours.append(found["long"])
                short.append(found["short"])
    ratios = [one / other for one, other in zip(ours, short, strict=True)]
    say(f"{name}: {median(ours):,.0f}/s against {median(short):,.0f}/s")
    return Row(
        name=name,
        measure=f"{measure}, against {plan.few:,} waiting",
        detail=f"{median(ours):,.0f} messages/s against {median(short):,.0f}/s; median of {len(ratios)} rounds, "
        f"{min(ratios):.2f} to {max(ratios):.2f}",
        numbers={"ratio": ratios, "long": ours, "short": short},
        **at_least(0.9, median(ratios), "times"),
    )


async def _post(url: str, count: int) -> None:
    """Events for the queue that is measured."""
    requests = signed(count, of_one_type=True)

    async def one() -> None:
        wire = await connect(url)
        for request in requests:
            if (await wire.call(request.wire)).status != _ACCEPTED:
                raise BenchError("an event was not accepted")
        wire.close()

    await asyncio.gather(*(one() for _ in range(_CONNECTIONS)))


def latency(plan: QueuePlan) -> list[Row]:
    """Rounds in which one client sends messages at their times and four wait for them in long polls, at hookline and at MiniStack."""
    starts = {"hookline": queue_servers.hookline, "ministack": queue_servers.ministack}
    rounds_of: dict[str, list[list[float]]] = {name: [] for name in starts}
    for number in range(plan.rounds):
        for name in sorted(starts, reverse=bool(number % 2)):
            rounds_of[name].append(_polled(plan, starts[name]))
    p99 = {name: [percentile(took, 0.99) for took in found] for name, found in rounds_of.items()}
    middle, last = (median(percentile(took, part) for took in rounds_of["hookline"]) for part in (0.5, 1))
    return [
        Row(
            name="latency",
            measure="p99 from sending to receiving by a long poll, four boto3 clients",
            detail=f"median of {plan.rounds} rounds, {min(p99['hookline']):.1f} to {max(p99['hookline']):.1f} ms; p50 {middle:.1f} ms, "
            f"the last {last:.1f} ms; {plan.messages} messages a round at {_RATE}/s, one a call; MiniStack's p99 in the same "
            f"rounds {median(p99['ministack']):.1f} ms",
            numbers={f"p99 of {name}, milliseconds": found for name, found in p99.items()},
            **at_most(20, median(p99["hookline"]), "ms"),
        )
    ]


def _polled(plan: QueuePlan, start: Callable[[Path], AbstractContextManager[Target]]) -> list[float]:
    """How many milliseconds each message took, in order of size."""
    directory = plan.directory / "latency"
    directory.mkdir(parents=True, exist_ok=True)
    with start(directory) as (url, queue), clients(url, _CLIENTS + 1) as five:
        sender, consumers = five[:1], five[1:]
        consumers.order(do="poll", queue=queue, until=str(directory / "sent"))
        time.sleep(_SETTLES)
        sender.ask(do="pace", queue=queue, rate=_RATE, count=plan.messages)
        time.sleep(_SETTLES)
        (directory / "sent").touch()
        answers = consumers.answers()
    shutil.rmtree(directory, ignore_errors=True)
    took = sorted(one for answer in answers for one in answer["took"])
    if len(took) != plan.messages:
        raise BenchError(f"{plan.messages} messages were sent and {len(took)} received")
    return took


@dataclass(frozen=True, slots=True, kw_only=True)
class _Load:
    per_second: float
    accepted: int
    behind: int


def ingest(plan: QueuePlan) -> list[Row]:
    """Pairs of a load of events without consumers, and one with four consumers of all three queues."""
    loads = Plan(
        seconds=plan.seconds, pairs=max(2, plan.rounds - 2), events=0, quick=plan.quick, directory=plan.directory
    )
    without: list[float] = []
    loaded: list[_Load] = []
    for first, second in rounds(loads, lambda files, number: _pair(loads, files, consumers_first=number % 2 == 1)):
        without.append(first)
        loaded.append(second)
        say(f"without consumers {first:,.0f}/s, with consumers {second.per_second:,.0f}/s, {second.behind:,} behind")
    ratios = [one.per_second / other for one, other in zip(loaded, without, strict=True)]
    behind = max(one.behind / one.accepted for one in loaded)
    verdict = at_least(0.6, median(ratios), "times")
    if behind > _BEHIND:
        verdict["met"] = False
    return [
        Row(
            name="ingest",
            measure="Ingest at saturation with four consumers that keep up, against ingest without consumers",
            detail=f"{median(one.per_second for one in loaded):,.0f} events/s against {median(without):,.0f}/s; median of "
            f"{loads.pairs} pairs, {min(ratios):.2f} to {max(ratios):.2f}; at the end at most {behind:.1%} of the messages "
            "still waited; the consumers use plain sockets",
            numbers={"ratio": ratios, "without": without, "behind": [float(one.behind) for one in loaded]},
            **verdict,
        )
    ]


def _pair(plan: Plan, files: Ammunition, *, consumers_first: bool) -> tuple[float, _Load]:
    if consumers_first:
        loaded = _loaded(plan, files, consumers=_CLIENTS)
        return _loaded(plan, files, consumers=0).per_second, loaded
    without = _loaded(plan, files, consumers=0).per_second
    return without, _loaded(plan, files, consumers=_CLIENTS)


def _loaded(plan: Plan, files: Ammunition, *, consumers: int) -> _Load:
    directory = plan.directory / "ingest"
    try:
        with servers.hookline(directory, directory / "data") as server, _consuming(server.admin, consumers):
            load, answered = saturate(server.url, files, seconds=plan.seconds)
            behind = _waiting(server.admin) if consumers else 0
            if consumers:
                _until_empty(server.admin)
        if (stored := servers.stored_events(directory / "data" / "hookline.db")) < answered:
            raise BenchError(f"{answered} requests were answered and only {stored} events are stored")
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return _Load(per_second=load.per_second, accepted=answered, behind=behind)


@contextmanager
def _consuming(url: str, count: int) -> Iterator[Sequence[subprocess.Popen[bytes]]]:
    words = [sys.executable, "-m", "bench.queue_consumer", url]
    started = [start_process(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(count)]
    try:
        yield started
        if any(one.poll() is not None for one in started):
            raise BenchError("a consumer ended early: its output is above")
    finally:
        for one in started:
            close_client(one)


def _waiting(url: str) -> int:
    """How many messages wait on the three queues."""
    sqs = client(url)
    urls = sqs.list_queues()["QueueUrls"]
    found = [
        sqs.get_queue_attributes(QueueUrl=one, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
        for one in urls
    ]
    return sum(int(one["ApproximateNumberOfMessages"]) for one in found)


def _until_empty(url: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while _waiting(url):
        if time.monotonic() > deadline:
            raise BenchError("the consumers did not reach the end of their queues")
        time.sleep(0.1)
