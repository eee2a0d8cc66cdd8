"""The real engine, where there is one: ``pulumi up`` with its AWS plugin, every endpoint turned to the emulator.

It is used by itself as soon as both are installed. It has never been run: where these tests were written there was no plugin, so that
this follows the documentation of ``pulumi`` and of the provider, and no more.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from processes import run_process

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.server import Emulator

__all__ = ["engine_is_here", "up"]

_SECONDS = 600


@cache
def engine_is_here() -> bool:
    """Whether ``pulumi`` and its AWS plugin are installed."""
    if shutil.which("pulumi") is None:
        return False
    listed = run_process(["pulumi", "plugin", "ls", "--json"], capture_output=True, text=True, timeout=60)
    return listed.returncode == 0 and any(plugin["name"] == "aws" for plugin in json.loads(listed.stdout or "[]"))


def up(program: Path, emulator: Emulator, *, config: Mapping[str, str], stack_name: str) -> Mapping[str, Any]:
    """Deploy a copy of the folder of ``program``, where the engine leaves what it notes, and return the stack's outputs."""
    with tempfile.TemporaryDirectory(prefix="hookline-engine-") as made:
        place = Path(made)
        shutil.copytree(program.parent, place / "deploy")
        (place / ".venv").symlink_to(sys.prefix)  # where Pulumi.yaml looks for Python
        (place / "state").mkdir()
        pulumi = partial(_pulumi, place, emulator)
        pulumi("stack", "init", stack_name)
        for key, value in config.items():
            pulumi("config", "set", "--stack", stack_name, f"hookline:{key}", value)
        pulumi("up", "--yes", "--skip-preview", "--stack", stack_name)
        outputs: dict[str, Any] = json.loads(pulumi("stack", "output", "--json", "--stack", stack_name))
    return outputs | {"api_endpoint": _on_the_emulator(outputs["api_endpoint"], emulator)}


def _pulumi(place: Path, emulator: Emulator, *arguments: str) -> str:
    """What ``pulumi`` says, in the copy, with every service of AWS at the emulator."""
    environment = {
        **os.environ,
        "PULUMI_BACKEND_URL": f"file://{place / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "AWS_ACCESS_KEY_ID": emulator.account,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": emulator.region,
        "AWS_ENDPOINT_URL": emulator.endpoint,
    }
    done = run_process(
        ["pulumi", "--cwd", str(place / "deploy"), "--non-interactive", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout)


def _on_the_emulator(url: str, emulator: Emulator) -> str:
    """Where the emulator serves what AWS would serve at ``https://API.execute-api.REGION.amazonaws.com/STAGE/PATH``."""
    split = urlsplit(url)
    api = (split.hostname or "").partition(".")[0]
    return f"{emulator.endpoint}/_aws/execute-api/{api}{split.path}"
