"""The real engine, where there is one: ``pulumi up`` with its AWS plugin, every endpoint turned to the emulator.

It is used automatically as soon as both are installed. It has never been run: where these tests were written there was no plugin, so that
this follows the documentation of ``pulumi`` and of the provider, and no more.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from processes import run_process

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from emulator.server import Emulator

__all__ = ["Engine", "engine", "engine_is_here", "on_the_emulator", "up"]

_SECONDS = 600


@cache
def engine_is_here() -> bool:
    """Whether ``pulumi`` and its AWS plugin are installed."""
    if shutil.which("pulumi") is None:
        return False
    listed = run_process(["pulumi", "plugin", "ls", "--json"], capture_output=True, text=True, timeout=60)
    return listed.returncode == 0 and any(plugin["name"] == "aws" for plugin in json.loads(listed.stdout or "[]"))


def up(program: Path, emulator: Emulator, *, config: Mapping[str, str], stack_name: str) -> Mapping[str, Any]:
    """Deploy ``program`` once, and return the stack's outputs."""
    with engine(program, emulator, stack_name=stack_name) as stack:
        return stack.up(config)


@contextmanager
def engine(program: Path, emulator: Emulator, *, stack_name: str) -> Iterator[Engine]:
    """A stack in a copy of the folder of ``program``, where the engine leaves what it notes."""
    with tempfile.TemporaryDirectory(prefix="hookline-engine-") as made:
        place = Path(made)
        shutil.copytree(program.parent, place / "deploy")
        (place / ".venv").symlink_to(sys.prefix)  # where Pulumi.yaml looks for Python
        (place / "state").mkdir()
        stack = Engine(place, emulator, stack_name)
        stack.run("stack", "init", stack_name)
        yield stack


class Engine:
    """One stack, with every service of AWS at the emulator."""

    def __init__(self, place: Path, emulator: Emulator, stack_name: str) -> None:
        self._place = place
        self._emulator = emulator
        self._stack = ("--stack", stack_name)

    def up(self, config: Mapping[str, str]) -> Mapping[str, Any]:
        """Make what the program declares under ``config``, and return the stack's outputs."""
        for key, value in config.items():
            self.run("config", "set", *self._stack, f"hookline:{key}", value)
        self.run("up", "--yes", "--skip-preview", *self._stack)
        outputs: dict[str, Any] = json.loads(self.run("stack", "output", "--json", *self._stack))
        return outputs | {"api_endpoint": on_the_emulator(outputs["api_endpoint"], self._emulator)}

    def stays(self) -> None:
        """Fails when an update would change anything."""
        self.run("preview", "--expect-no-changes", "--refresh", *self._stack)

    def destroy(self) -> None:
        """Remove everything, and the stack itself, which the engine refuses while a part of it is left."""
        self.run("destroy", "--yes", "--skip-preview", *self._stack)
        self.run("stack", "rm", "--yes", *self._stack)

    def run(self, *arguments: str) -> str:
        """What ``pulumi`` says."""
        environment = {
            **os.environ,
            "PULUMI_BACKEND_URL": f"file://{self._place / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "",
            "AWS_ACCESS_KEY_ID": self._emulator.account,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": self._emulator.region,
            "AWS_ENDPOINT_URL": self._emulator.endpoint,
        }
        done = run_process(
            ["pulumi", "--cwd", str(self._place / "deploy"), "--non-interactive", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return str(done.stdout)


def on_the_emulator(url: str, emulator: Emulator) -> str:
    """Where the emulator serves what AWS would serve at ``https://API.execute-api.REGION.amazonaws.com/STAGE/PATH``."""
    split = urlsplit(url)
    api = (split.hostname or "").partition(".")[0]
    return f"{emulator.endpoint}/_aws/execute-api/{api}{split.path}"
