"""The tape of the demo in the tutorial: it plays, and it shows what the demo prints today."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any  # Any: JSON

import pytest

from processes import running_process

TAPE = Path(__file__).parents[2] / "docs" / "tutorial" / "demo.cast"
REWRITE = "pytest tests/acceptance/test_demo_tape.py --rewrite-golden"
WORDS = ("demo", "--count", "200")
WIDTH, HEIGHT = 80, 40

CHANGES = (
    (r"\S*/hookline-demo-\w+/project", "FOLDER/project"),
    (r"http://127\.0\.0\.1:\d+", "http://127.0.0.1:PORT"),
    (r"in [\d.,]+ s: [\d.,]+ events/s", "in N s: N events/s"),
    (r"(p\d+|max) [\d.,]+", r"\1 N"),
)
"""The parts that differ in each run: places, and how fast this machine is."""


def recorded() -> list[tuple[float, str]]:
    """What the demo prints, each piece with the seconds since the start."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
    words = [sys.executable, "-m", "hookline", *WORDS]
    began = time.monotonic()
    with running_process(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment) as process:
        assert process.stdout is not None
        pieces = [(time.monotonic() - began, line.decode()) for line in process.stdout]
    assert process.returncode == 0, pieces
    return pieces


def tape_of(pieces: list[tuple[float, str]]) -> str:
    """An asciicast of version 2: a header, then moments with what is printed, a JSON document on each line."""
    header = {"version": 2, "width": WIDTH, "height": HEIGHT, "title": f"hookline {' '.join(WORDS)}"}
    moments = [[0.0, "o", f"$ hookline {' '.join(WORDS)}\r\n"]]
    moments += [[round(at, 3), "o", text.replace("\n", "\r\n")] for at, text in pieces]
    return "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in (header, *moments))


def played(tape: str) -> str:
    """What a terminal has shown at the end of the tape."""
    _header, *moments = map(json.loads, tape.splitlines())
    return "".join(text for _at, _kind, text in moments).replace("\r\n", "\n")


def comparable(text: str) -> tuple[list[str], Any]:
    """The lines that are the same in each run, and the members of the message that is shown."""
    before, message, after = re.split(r"^(\{\n.*?^\})\n", text, maxsplit=1, flags=re.MULTILINE | re.DOTALL)
    lines = f"{before}{after}"
    for pattern, stand_in in CHANGES:
        lines = re.sub(pattern, stand_in, lines)
    return [line.rstrip() for line in lines.splitlines()], sorted(json.loads(message))


@pytest.fixture(scope="module")
def run(pytestconfig: pytest.Config) -> str:
    """The tape of a real run. With ``--rewrite-golden`` it is the one of the tutorial from now on."""
    tape = tape_of(recorded())
    if pytestconfig.getoption("--rewrite-golden"):
        TAPE.write_text(tape)
    return tape


def test_the_tape_shows_what_the_demo_prints_today(run: str) -> None:
    """A newcomer who runs it must see what the tutorial has shown."""
    assert comparable(played(TAPE.read_text())) == comparable(played(run)), f"after a wanted change: {REWRITE}"


def test_the_tape_can_be_played() -> None:
    """A player refuses a tape without a version, and shows nothing after a time that goes back."""
    header, *moments = map(json.loads, TAPE.read_text().splitlines())

    assert (header["version"], header["width"]) == (2, WIDTH)
    assert [at for at, _kind, _text in moments] == sorted(at for at, _kind, _text in moments)
    assert {kind for _at, kind, _text in moments} == {"o"}
    assert moments[0][2].startswith("$ hookline demo")
    assert moments[-1][0] < 15


def test_the_tape_ends_well_and_names_no_place_of_a_machine() -> None:
    """A recording of a failed run, or of a person's home folder, would put readers off."""
    shown = played(TAPE.read_text())

    assert "Every count is exactly as it was sent." in shown
    assert "/home/" not in shown
    assert re.search(r"stopped with exit code 0", shown)
