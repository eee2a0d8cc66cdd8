"""What ``hookline demo`` prints: tables on standard output, progress on standard error."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from hookline.cli.output import print_json, print_table
from hookline.cli.terminal import safe_lines

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from hookline.demo.server import DemoServer
    from hookline.demo.tally import Tally

__all__ = ["Findings", "show_findings", "show_how_to_reach", "tell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was found beside what was expected: answers by status and outcome, messages by queue."""

    answers: Counter[tuple[int | None, str]]
    expected_answers: Counter[tuple[int | None, str]]
    queues: Mapping[str, int]
    expected_queues: Mapping[str, int]
    tally: Tally
    seconds: float
    message: str | None

    @property
    def all_as_expected(self) -> bool:
        """Whether every single count is exactly what was sent."""
        return self.answers == self.expected_answers and self.queues == self.expected_queues

    @property
    def events_per_second(self) -> float:
        """Accepted events a second, from the first call to the last answer, the bad calls' time included."""
        return self.tally.accepted / self.seconds


def tell(line: str) -> None:
    """One line of progress."""
    click.echo(line, err=True)


def show_findings(findings: Findings, *, as_json: bool) -> None:
    """All that was counted, and one message in full."""
    if as_json:
        print_json(_as_document(findings))
        return
    print_table(("answer", "", "expected", "found", ""), _answer_rows(findings))
    print_table(("queue", "expected", "found", ""), _queue_rows(findings))
    if findings.message is not None:
        click.echo("One message, as a consumer gets it:\n")
        click.echo(safe_lines(json.dumps(json.loads(findings.message), indent=2, ensure_ascii=False)))
    latency = ", ".join(f"{name} {value:.1f}" for name, value in findings.tally.latencies().items())
    click.echo(
        f"\n{findings.tally.accepted:,} events accepted, each on disk before its answer, in {findings.seconds:.2f} s: "
        f"{findings.events_per_second:,.0f} events/s, latency in ms {latency}"
    )
    click.echo("Every count is exactly as it was sent." if findings.all_as_expected else "SOME COUNTS ARE WRONG.")


def show_how_to_reach(server: DemoServer, project: Path) -> None:
    """Where the running server is, and what to do with it."""
    for line in (
        "",
        f"Webhooks: {server.url}/webhook    queues and health: {server.admin}    log: {server.log}",
        "",
        "In another terminal:",
        f"  cd {project}",
        f"  hookline send transactions samples/payment.json --url {server.url}",
        "  hookline queues list",
        "  hookline events list",
        f"  curl {server.admin}/ready",
        "",
        "Ctrl-C here stops the server and removes the folder.",
    ):
        tell(line)


def _answer_rows(findings: Findings) -> Iterator[tuple[object, ...]]:
    for key in _keys(findings):
        status, outcome = key
        expected, found = findings.expected_answers[key], findings.answers[key]
        yield status, outcome, expected, found, _verdict(expected, found)


def _queue_rows(findings: Findings) -> Iterator[tuple[object, ...]]:
    for queue, expected in findings.expected_queues.items():
        found = findings.queues[queue]
        yield queue, expected, found, _verdict(expected, found)


def _keys(findings: Findings) -> list[tuple[int | None, str]]:
    return sorted(findings.expected_answers | findings.answers, key=lambda key: (key[0] or 0, key[1]))


def _verdict(expected: int, found: int) -> str:
    return "ok" if expected == found else "WRONG"


def _as_document(findings: Findings) -> dict[str, object]:
    return {
        "as_expected": findings.all_as_expected,
        "answers": [
            {
                "status": status,
                "outcome": outcome,
                "expected": findings.expected_answers[status, outcome],
                "found": findings.answers[status, outcome],
            }
            for status, outcome in _keys(findings)
        ],
        "queues": [
            {"queue": queue, "expected": expected, "found": findings.queues[queue]}
            for queue, expected in findings.expected_queues.items()
        ],
        "accepted": findings.tally.accepted,
        "seconds": round(findings.seconds, 3),
        "events_per_second": round(findings.events_per_second, 1),
        "latency_ms": {name: round(value, 2) for name, value in findings.tally.latencies().items()},
        "message": None if findings.message is None else json.loads(findings.message),
    }
