"""The README's pasted output and numbers, from the commands and files that have them. ``python -m readme_page`` writes them again.

``python -m readme_page --numbers`` writes only the numbers, which needs no run of the tests.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from hookline.providers.transactions import MAPPED
from processes import run_process
from vectors.senders import NAMES, VECTORS

__all__ = ["PAGE", "demo_lines", "numbers", "pasted_tests", "with_numbers", "with_output"]

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "README.md"
BEGIN = "<!-- written by `make readme` -->\n"
END = "<!-- end -->\n"
LEFT_OUT = re.compile(
    r"4\d\d +(body_not_json|schema_mismatch|signature_missing|timestamp|unknown_path|body_too_large|unsupported)|\S+-dlq "
    r"|installing requirements|Writing an example project|Starting `|The server stopped"
)
"""Lines of the demo that a newcomer can do without on the first screen."""


def numbers() -> dict[str, str]:
    """Each number of the page that a file of this repository proves: a pattern with one group, and what the group has to be."""
    scenarios = ast.parse((ROOT / "tests" / "acceptance" / "test_contract.py").read_text()).body
    tests = [node for node in scenarios if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    speed = _row("latest", "bare")["detail"].partition("/s")[0]
    return {
        r"\[(\d+) senders by name\]\(docs/reference/providers\.md\)": str(len(NAMES)),
        r"tested with (\d+) recorded calls": str(len(VECTORS)),
        r"same exact fields\]\(docs/reference/transactions\.md\)\. \| (\d+) senders": str(len(MAPPED)),
        r"One contract of (\d+) scenarios": str(len(tests)),
        r"route an event grows ([0-9.]+) times": f"{_value('latest', 'routes'):.2f}",
        r"\| ([0-9,]+) events a second": speed,
        r"p99 of the answer ([0-9.]+) ms": f"{_value('latest', 'latency'):.1f}",
        r"(\d+) MB of memory with a million": f"{_value('latest', 'memory'):.0f}",
        r"\$([0-9.]+) for a million events of 1 KB": f"{_value('aws', 'cost'):.2f}",
        r"\[([0-9.]+) times as long\]\(bench/results/aws\.md\)": f"{_value('aws', 'cold'):.2f}",
    }


def with_numbers(text: str) -> str:
    """The page with the current numbers."""
    for pattern, value in numbers().items():
        found = re.search(pattern, text)
        if found is None:
            raise LookupError(f"README.md has no text that fits {pattern}")
        text = text[: found.start(1)] + value + text[found.end(1) :]
    return text


def demo_lines(output: str) -> str:
    """What `make demo` printed, without the message that it shows and without the answers that are left out here."""
    before, _, after = output.partition("One message, as a consumer gets it:")
    kept = [line.rstrip() for line in before.splitlines() if not LEFT_OUT.match(line)]
    end = after[re.search(r"^[0-9,]+ events accepted", after, re.MULTILINE).start() :]  # type: ignore[union-attr] # a demo without it failed
    last = [line for line in end.strip().splitlines() if not LEFT_OUT.match(line)]
    return "\n".join([*kept, "…", *last])


def with_output(text: str, demo: str, tests: str) -> str:
    """The page with what both commands printed."""
    before, rest = text.split(BEGIN)
    blocks = f"```console\n$ make demo\n{demo_lines(demo)}\n\n$ make test\n…\n{tests.strip().splitlines()[-1]}\n```\n"
    return f"{before}{BEGIN}{blocks}{END}{rest.split(END, 1)[1]}"


def pasted_tests(text: str) -> int:
    """How many tests the pasted run of `make test` had."""
    found = re.search(r"^=+ (\d+) passed(?:, (\d+) skipped)? in ", text, re.MULTILINE)
    if found is None:
        raise LookupError("README.md has no last line of `make test`")
    return sum(int(number or 0) for number in found.groups())


def _row(result: str, name: str) -> dict[str, str]:
    rows = json.loads((ROOT / "bench" / "results" / f"{result}.json").read_text())["rows"]
    found: dict[str, str] = next(row for row in rows if row["name"] == name)
    return found


def _value(result: str, name: str) -> float:
    return float(_row(result, name)["value"])


def _printed(*command: str) -> str:
    unbuffered = {**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "80"}
    done = run_process(
        command, cwd=ROOT, env=unbuffered, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=1800
    )
    if done.returncode:
        sys.exit(f"`{' '.join(command)}` failed, and README.md stays as it is:\n{done.stdout[-2000:]}")
    printed: str = done.stdout
    return printed


def _written_again(text: str) -> str:
    """The page with what both commands print now."""
    return with_output(text, _printed("make", "--silent", "demo"), _printed("make", "--silent", "test"))


if __name__ == "__main__":
    PAGE.write_text(with_numbers(PAGE.read_text() if "--numbers" in sys.argv else _written_again(PAGE.read_text())))
