"""Installations of a wheel as users have them, and the bill of materials (SBOM, CycloneDX) of each."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import TYPE_CHECKING, NamedTuple

from hookline import __version__
from processes import run_process
from release_check.archives import ROOT, TOOLS, git

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["INSTALLATIONS", "Installation", "faults", "install", "missing", "pins", "tried", "write"]

_VALIDATE = """
import json, sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

text = open(sys.argv[1], encoding="utf-8").read()
version = SchemaVersion.from_version(json.loads(text)["specVersion"])
for error in JsonStrictValidator(version).validate_str(text, all_errors=True) or ():
    print(error.data.json_path, error.data.message)
"""
"""Runs where CycloneDX's own library is, which has the schema of each version."""


class Installation(NamedTuple):
    """What is installed: hookline with these extras, in the versions of this list."""

    name: str
    extras: str
    versions: Path


INSTALLATIONS = (
    Installation("server", "server,asymmetric", ROOT / "requirements" / "server.txt"),
    Installation("functions", "aws,asymmetric", ROOT / "src/hookline/infra/packaging/layer-asymmetric.txt"),
)
"""On a server, and in the functions on AWS."""


def pins(requirements: str) -> list[str]:
    """The ``name==version`` lines of a list with their markers, without hashes, which pip refuses together with a range in the wheel."""
    return [line.removesuffix("\\").strip() for line in re.findall(r"^[A-Za-z0-9].*==.*$", requirements, re.MULTILINE)]


def install(one: Installation, wheel: Path, folder: Path) -> Path:
    """Python in an environment of its own, with the wheel and only what its own metadata asks for. Raises CalledProcessError.

    So a dependency that the metadata does not name is missing here, as it would be for users.
    """
    run_process([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(pins(one.versions.read_text("utf-8"))))
    wanted = f"hookline[{one.extras}] @ {wheel.as_uri()}"
    _pip(python, "install", "--quiet", "--only-binary", ":all:", "--constraint", str(constraints), wanted)
    return python


def tried(python: Path, folder: Path) -> None:
    """The installed command writes a project, finds no fault in it, and brings the demo's events to their queues.

    Raises CalledProcessError.
    """
    command = python.with_name("hookline")
    for arguments, place in ((("init", "project"), ""), (("check",), "project"), (("demo",), "project")):
        run_process([command, *arguments], cwd=folder / place, env=_environment(), capture_output=True, check=True)


def write(python: Path, bill: Path) -> int:
    """Write the bill of an installation, the same bytes each time, and return how many packages it lists. Raises CalledProcessError."""
    options = ("--output-reproducible", "--output-format", "JSON", "--pyproject", ROOT / "pyproject.toml")
    printed = run_process(
        [TOOLS / "cyclonedx-py", "environment", *options, python], env=_environment(), capture_output=True, check=True
    )
    content = json.loads(printed.stdout)
    content["metadata"]["component"]["version"] = __version__  # pyproject.toml, which the tool reads, has no version
    bill.write_text(f"{json.dumps(content, indent=2, sort_keys=True)}\n", "utf-8")
    return len(content["components"])


def faults(bill: Path) -> list[str]:
    """Where a bill does not fit CycloneDX's own schema. Raises CalledProcessError."""
    done = run_process([TOOLS / "python", "-c", _VALIDATE, bill], capture_output=True, text=True, check=True)
    return [f"{bill.name} is not valid CycloneDX: {line}" for line in str(done.stdout).splitlines()]


def missing(bill: Path, python: Path) -> list[str]:
    """Installed packages that the bill does not list in their version; hookline is what the bill is about."""
    content = json.loads(bill.read_text("utf-8"))
    about = content["metadata"]["component"]
    listed = {(_canonical(one["name"]), one["version"]) for one in (*content["components"], about)}
    installed = json.loads(_pip(python, "list", "--format", "json"))
    return [
        f"{bill.name} does not list {one['name']} {one['version']}, which the wheel installs"
        for one in installed
        if (_canonical(one["name"]), one["version"]) not in listed
    ]


def _pip(python: Path, *arguments: str) -> bytes:
    command = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check", *arguments]
    printed: bytes = run_process(command, capture_output=True, check=True).stdout
    return printed


def _canonical(name: str) -> str:
    """A package's name as all tools compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _environment() -> dict[str, str]:
    """No setting of this process except where commands are, and the time of the commit, which the bill has instead of the present."""
    return {"PATH": os.environ.get("PATH", os.defpath), "SOURCE_DATE_EPOCH": git("log", "-1", "--format=%ct").strip()}
