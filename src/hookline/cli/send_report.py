"""What ``hookline send`` prints."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from hookline.cli.output import print_fields, print_json
from hookline.cli.terminal import safe
from hookline.errors import CODES

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator

    from hookline.demo.tally import Tally
    from hookline.demo.traffic import Answer

__all__ = ["progress_bar", "show_answer", "show_tally"]


def show_answer(answer: Answer, url: str, *, as_json: bool) -> None:
    """The event id and its fate on standard output, or on standard error what went wrong and what to do about it."""
    if as_json:
        milliseconds = round(answer.seconds * 1000, 2)
        document = dict(answer.document) if answer.document is not None else None
        print_json({"status": answer.status, "ms": milliseconds, "answer": document, "fault": answer.fault})
    elif answer.is_success:
        click.echo(safe(" ".join(filter(None, (answer.text("event_id"), answer.outcome)))))
    else:
        for line in _explained(answer, url):
            click.echo(safe(line), err=True)


def show_tally(tally: Tally, seconds: float, *, asked: int, as_json: bool) -> None:
    """How many of each, how fast, and how long answers took."""
    rate = tally.total / seconds if seconds > 0 else 0.0
    if as_json:
        print_json(_as_document(tally, seconds, rate, asked))
        return
    stopped = "" if tally.total == asked else f" of {asked}"
    click.echo(f"{tally.total}{stopped} sent in {seconds:.2f} s, {rate:,.0f} requests/s")
    print_fields(_fields(tally))


@contextmanager
def progress_bar(total: int) -> Iterator[Callable[[], None]]:
    """A bar on standard error while the block runs, when that is a terminal; what is given moves it on by one."""
    columns = (TextColumn("sending"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("sending", total=total)
        yield lambda: progress.advance(task)


def _explained(answer: Answer, url: str) -> Iterator[str]:
    if answer.status is None:
        yield _unreached(answer, url)
        return
    code = answer.text("code")
    yield f"{answer.status} {code or 'from something that is not hookline'}: {answer.text('detail') or 'no explanation came with it'}"
    errors = answer.document.get("errors") if answer.document is not None else None
    for error in errors if isinstance(errors, list) else []:
        if isinstance(error, dict):
            yield f"  {error.get('pointer') or '(the whole body)'}: {error.get('reason')}"
    if remedy := answer.text("remedy") or (CODES[code].remedy if code in CODES else ""):
        yield f"→ {remedy}"


def _unreached(answer: Answer, url: str) -> str:
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    address = f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}"  # without a password that stands before the host
    if answer.fault == "connection refused":
        return f"Nothing listens on {address}: connection refused. Start it with `hookline serve`, or say --url."
    return f"No answer from {address}: {answer.fault}."


def _as_document(tally: Tally, seconds: float, rate: float, asked: int) -> dict[str, object]:
    return {
        "asked": asked,
        "sent": tally.total,
        "accepted": tally.accepted,
        "duplicate": tally.duplicate,
        "conflict": tally.conflict,
        "rejected": dict(tally.rejected),
        "busy": dict(tally.busy),
        "failed": dict(tally.failed),
        "seconds": round(seconds, 3),
        "requests_per_second": round(rate, 1),
        "latency_ms": {name: round(value, 2) for name, value in tally.latencies().items()},
    }


def _fields(tally: Tally) -> Iterator[tuple[str, str]]:
    yield "accepted", f"{tally.accepted:,}"
    yield "duplicate", f"{tally.duplicate:,}"
    yield "conflict", f"{tally.conflict:,}"
    for word, counter in (("rejected", tally.rejected), ("busy", tally.busy), ("failed", tally.failed)):
        yield word, f"{counter.total():,}  {_listed(counter)}".rstrip()
    for name, value in tally.latencies().items():
        yield f"latency {name}", f"{value:,.2f} ms"


def _listed(counter: Counter[str]) -> str:
    return ", ".join(f"{code} {number:,}" for code, number in counter.most_common())
