"""Where a command of a page is run, and why the rest is not."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docs_blocks.blocks import Command

__all__ = ["ELSEWHERE", "NOT_RUN", "Home", "excuses", "home_of"]


class Home(Enum):
    """What is there when a page is read."""

    EMBEDDED = "a server on this machine"
    AWS = "an environment on the emulator"


_ON_AWS = re.compile(
    r"--target aws:|^aws (?!--endpoint-url http://127)|\$\(aws |^(?:ask|url|arn) |^hookline send .*--url "
    r"|^(?:ENV|NAME)=|^\w+\(\) \{|^cd |^export P|^python3\.13 |^echo .* > \.env$"
)
"""Commands that ask AWS, and those that prepare them in the same terminal."""

ELSEWHERE: Mapping[str, str] = {
    "how-to/add-a-provider.md": "runs other tests of this repository",
    "how-to/run-the-tests.md": "runs other tests of this repository",
    "how-to/what-the-emulator-cannot-show.md": "runs other tests of this repository",
}
"""Pages none of whose commands are run here, with the reason."""

NOT_RUN: Mapping[str, str] = {
    r"^pulumi ": "needs the Pulumi engine, which no package index has: tests/e2e/test_engine.py runs it where it is installed",
    r"^docker ": "needs a Docker daemon: tests/architecture/test_contrib_running.py reads the files",
    r"^kubectl ": "needs a Kubernetes cluster: tests/architecture/test_contrib_running.py reads the files",
    r"^useradd |^python3 -m venv /opt|^/opt/|^cp contrib/systemd": "changes the machine, as root: "
    "tests/architecture/test_contrib_running.py verifies the units",
    r"^systemctl status|^journalctl|^dmesg|^iostat": "shows this machine's own services and disks, not those of a test",
    r"^pip install|^make setup": "asks a package index",
    r"^promtool ": "needs Prometheus's own program: tests/architecture/test_contrib_watching.py runs it where it is installed",
}
"""Commands that are not run, by what is found in them, with the reason."""


def home_of(command: Command) -> Home | None:
    """Where a command is run; None if there is an excuse."""
    if excuses(command):
        return None
    return Home.AWS if _ON_AWS.search(command.text) else Home.EMBEDDED


def excuses(command: Command) -> list[str]:
    """Why a command is not run."""
    elsewhere = [ELSEWHERE[command.page]] if command.page in ELSEWHERE else []
    return elsewhere or [why for pattern, why in NOT_RUN.items() if re.search(pattern, command.text)]
