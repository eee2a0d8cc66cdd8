"""The deployment with the real engine: the part that needs no engine, and all of it where an engine is installed."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from acceptance.sender import SECRET
from e2e.changing_stack import BANK, ORDERED, arrives, arrives_from_the_bank, left
from e2e.deployed import ENVIRONMENT, PROGRAM, Deployed, package
from e2e.engine import engine, engine_is_here, up
from emulator.server import Emulator, emulator

if TYPE_CHECKING:
    from pathlib import Path

STAND_IN = """#!{python}
import json, os, pathlib, sys
with open({log!r}, "a") as log:
    here = pathlib.Path(sys.argv[2])
    seen = [name for name in ("Pulumi.yaml", "__main__.py", "../.venv/bin/python") if (here / name).exists()]
    log.write(json.dumps([sys.argv[4:], seen, os.environ["AWS_ENDPOINT_URL"]]) + "\\n")
if "output" in sys.argv:
    print(json.dumps({{"api_endpoint": "https://abc123.execute-api.us-east-1.amazonaws.com/prod/webhook", "table": "t"}}))
"""


@pytest.fixture(name="log")
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The log in which a stand-in for ``pulumi`` notes its calls."""
    log = tmp_path / "log"
    program = tmp_path / "pulumi"
    program.write_text(STAND_IN.format(python=sys.executable, log=str(log)))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return log


def test_the_engine_gets_the_stack_and_its_settings(log: Path) -> None:
    """The outputs come back with the stage's URL where the emulator serves it."""
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


def test_a_stack_is_changed_and_removed_by_the_engine(log: Path) -> None:
    """The second update is of the same stack; a preview in between fails when anything would change."""
    with engine(PROGRAM, Emulator("http://127.0.0.1:4566", auth=True), stack_name="test") as stack:
        stack.up({"project": "first"})
        stack.stays()
        stack.up({"project": "second"})
        stack.destroy()

    said = [" ".join(json.loads(line)[0]) for line in log.read_text().splitlines()]
    assert said == [
        "stack init test",
        "config set --stack test hookline:project first",
        "up --yes --skip-preview --stack test",
        "stack output --json --stack test",
        "preview --expect-no-changes --refresh --stack test",
        "config set --stack test hookline:project second",
        "up --yes --skip-preview --stack test",
        "stack output --json --stack test",
        "destroy --yes --skip-preview --stack test",
        "stack rm --yes --stack test",
    ]


@pytest.mark.timeout(1800)
@pytest.mark.skipif(not engine_is_here(), reason="pulumi or its AWS plugin is not installed on this machine")
def test_a_stack_is_deployed_changed_and_removed_by_the_real_engine(tmp_path: Path) -> None:
    """It works, it stays unchanged, it takes another source without losing the first, and no part of it is left."""
    with emulator(auth=True) as aws, engine(PROGRAM, aws, stack_name=ENVIRONMENT) as stack:
        deployed = Deployed(aws, stack.up(package(tmp_path / "first", more=ORDERED).config), None)
        deployed.set_secret("TRANSACTIONS_SECRET", SECRET)
        assert arrives(deployed, "first")
        stack.stays()

        stack.up(package(tmp_path / "second", more=ORDERED + BANK).config)
        assert arrives(deployed, "second")
        assert arrives_from_the_bank(deployed)
        stack.stays()

        stack.destroy()
        assert left(aws) == {}
