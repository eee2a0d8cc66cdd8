"""The way through the real engine, as far as it can be seen without one: what ``pulumi`` is told, and what is made of its answer."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

from e2e.deployed import PROGRAM
from e2e.engine import up
from emulator.server import Emulator

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

STAND_IN = """#!{python}
import json, os, pathlib, sys
with open({log!r}, "a") as log:
    here = pathlib.Path(sys.argv[2])
    seen = [name for name in ("Pulumi.yaml", "__main__.py", "../.venv/bin/python") if (here / name).exists()]
    log.write(json.dumps([sys.argv[4:], seen, os.environ["AWS_ENDPOINT_URL"]]) + "\\n")
if "output" in sys.argv:
    print(json.dumps({{"api_endpoint": "https://abc123.execute-api.us-east-1.amazonaws.com/prod/webhook", "table": "t"}}))
"""


def test_the_engine_is_told_the_stack_and_its_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in notes what it is asked; the outputs come back with the stage's URL where the emulator serves it."""
    log = tmp_path / "log"
    stand_in = tmp_path / "pulumi"
    stand_in.write_text(STAND_IN.format(python=sys.executable, log=str(log)))
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    outputs = up(PROGRAM, Emulator("http://127.0.0.1:4566", auth=True), config={"waf": "true"}, stack_name="test")

    calls = [json.loads(line) for line in log.read_text().splitlines()]
    assert [call[0][:2] for call in calls] == [
        ["stack", "init"],
        ["config", "set"],
        ["up", "--yes"],
        ["stack", "output"],
    ]
    assert calls[1][0][-2:] == ["hookline:waf", "true"]
    assert all(
        call[1:] == [["Pulumi.yaml", "__main__.py", "../.venv/bin/python"], "http://127.0.0.1:4566"] for call in calls
    )
    assert outputs == {"api_endpoint": "http://127.0.0.1:4566/_aws/execute-api/abc123/prod/webhook", "table": "t"}
