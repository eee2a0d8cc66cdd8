"""The real engine, where there is one: ``pulumi up`` with its AWS plugin, every endpoint turned to the emulator.

It is used by itself as soon as both are installed. It has never been run: where these tests were written there was no plugin, so that
this follows the documentation of ``pulumi`` and of the provider, and no more.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

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
    listed = subprocess.run(
        ["pulumi", "plugin", "ls", "--json"], capture_output=True, text=True, check=False, timeout=60
    )
    return listed.returncode == 0 and any(plugin["name"] == "aws" for plugin in json.loads(listed.stdout or "[]"))


def up(program: Path, emulator: Emulator, *, config: Mapping[str, str], stack_name: str) -> Mapping[str, Any]:
    """Deploy ``program`` with state in a folder of its own, and return the stack's outputs."""
    with tempfile.TemporaryDirectory(prefix="hookline-state-") as state:
        environment = {
            **os.environ,
            "PULUMI_BACKEND_URL": f"file://{state}",
            "PULUMI_CONFIG_PASSPHRASE": "",
            "AWS_ACCESS_KEY_ID": emulator.account,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": emulator.region,
            "AWS_ENDPOINT_URL": emulator.endpoint,
        }

        def pulumi(*arguments: str) -> str:
            command = ["pulumi", "--cwd", str(program.parent), "--non-interactive", *arguments]
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=False, timeout=_SECONDS
            )
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        settings = Path(state) / "stack.yaml"
        pulumi("stack", "init", stack_name)
        for key, value in config.items():
            pulumi("config", "set", "--config-file", str(settings), "--stack", stack_name, f"hookline:{key}", value)
        pulumi("up", "--yes", "--skip-preview", "--config-file", str(settings), "--stack", stack_name)
        outputs: dict[str, Any] = json.loads(pulumi("stack", "output", "--json", "--stack", stack_name))
        return outputs | {"api_endpoint": _on_the_emulator(outputs["api_endpoint"], emulator)}


def _on_the_emulator(url: str, emulator: Emulator) -> str:
    """Where the emulator serves what AWS would serve at ``https://API.execute-api.REGION.amazonaws.com/STAGE/PATH``."""
    split = urlsplit(url)
    api = (split.hostname or "").partition(".")[0]
    return f"{emulator.endpoint}/_aws/execute-api/{api}{split.path}"
