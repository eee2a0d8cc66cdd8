"""Terraform itself with the real AWS provider, where both are on this machine."""

from __future__ import annotations

import json
import os
import platform
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from processes import run_process
from terraform.schema import PROVIDER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["PLUGINS", "Diagnostic", "Installed", "Plan", "Workspace", "find", "installed", "missing"]

PLUGINS = "HOOKLINE_TERRAFORM_PLUGINS"
"""The variable that names the folder for ``-plugin-dir``: a mirror of providers, with ``registry.terraform.io/hashicorp/aws`` in it."""
_SECONDS = 900
_PARALLEL = "-parallelism=50"
"""Terraform's ten would wait for one queue after the other: the provider looks at each for seconds until it stays as it is."""
_NEWEST_KNOWN = 5
Json: TypeAlias = "dict[str, Any]"  # Terraform's answers, of any shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """Where they are, and which version of the provider it is."""

    terraform: str
    plugins: Path
    version: str

    def schema(self, folder: Path) -> Json:
        """What ``terraform providers schema -json`` answers."""
        place = Workspace(self, folder)
        place.write({"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}}})
        place.initialise()
        found: Json = json.loads(place.run("providers", "schema", "-json"))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One complaint of Terraform's or of the provider's, about something in ``file``."""

    severity: str
    summary: str
    detail: str = ""
    address: str = ""
    file: str = ""

    def __str__(self) -> str:
        return f"{self.severity} {self.address}: {self.summary}: {self.detail}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``changes`` has an action by the address of each resource that is not as the configuration says."""

    changes: Mapping[str, str]
    said: tuple[Diagnostic, ...]


@cache
def missing() -> str:
    """Why the real provider cannot be asked on this machine; empty where it can."""
    if shutil.which("terraform") is None:
        return "terraform is not installed on this machine"
    if not _mirrors():
        return f"no mirror of Terraform's AWS provider {_NEWEST_KNOWN} on this machine; {PLUGINS} names one"
    return ""


def installed() -> Installed:
    """Terraform and its provider. Without them the test is skipped, also where every tool has to be there: no package has them."""
    reason = missing()
    if reason:
        pytest.skip(reason)
    return find()


def find() -> Installed:
    """Both of them, which are there."""
    plugins, version = _mirrors()[0]
    return Installed(terraform=shutil.which("terraform") or "", plugins=plugins, version=version)


def _mirrors() -> list[tuple[Path, str]]:
    """The mirrors that have a provider of this machine's kind and of the major version that the translation is for."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    kind = f"{platform.system().lower()}_{machine}"
    return [
        (folder, version.name)
        for folder in _places()
        for version in sorted((folder / PROVIDER).glob(f"{_NEWEST_KNOWN}.*"), reverse=True)
        if (version / kind).is_dir()
    ]


def _places() -> Iterator[Path]:
    """The folder that the variable names and no other; else Terraform's implied local mirrors, and what is installed below /opt.

    https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories
    """
    named = os.environ.get(PLUGINS)
    if named:
        yield Path(named)
        return
    home = Path.home()
    shared = os.environ.get("XDG_DATA_DIRS", "/usr/local/share:/usr/share").split(":")
    for folder in (home / ".terraform.d", home / ".local/share/terraform", *(Path(at) / "terraform" for at in shared)):
        yield folder / "plugins"
    yield from sorted(Path("/opt").glob("*"))


class Workspace:
    """A folder in which Terraform runs, with no settings of this machine."""

    def __init__(self, using: Installed, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self._using = using
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "home").mkdir(exist_ok=True)
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "TMPDIR": os.environ.get("TMPDIR", "/tmp"),  # noqa: S108 -- the system's own
            "CHECKPOINT_DISABLE": "1",
            "TF_CLI_ARGS": "-no-color",
            "TF_IN_AUTOMATION": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ACCESS_KEY_ID": "123456789012",
            "AWS_SECRET_ACCESS_KEY": "test",
            **(environment or {}),
        }

    def write(self, configuration: Json) -> None:
        """The configuration is this, and nothing else."""
        (self.folder / "main.tf.json").write_text(json.dumps(configuration, indent=1))

    def initialise(self) -> None:
        """Make the provider of the mirror known here, without asking any registry."""
        self.run("init", f"-plugin-dir={self._using.plugins}", "-input=false")

    def validated(self) -> tuple[Diagnostic, ...]:
        """What ``terraform validate`` says."""
        said = json.loads(self.run("validate", "-json", may_fail=True))
        return tuple(map(_diagnostic, said["diagnostics"]))

    def planned(self, *options: str) -> Plan:
        """What Terraform would do, kept for ``applied``."""
        lines = self._logged("plan", "-out=plan", _PARALLEL, *options)
        return Plan(
            changes={
                said["change"]["resource"]["addr"]: said["change"]["action"]
                for said in lines
                if said["type"] == "planned_change" and not said["change"]["resource"]["addr"].startswith("data.")
            },
            said=_diagnostics(lines),
        )

    def differences(self) -> dict[str, Json]:
        """What the last plan would change, by address: each value before and after, where they differ."""
        plan: Json = json.loads(self.run("show", "-json", "plan"))
        return {one["address"]: _different(one["change"]) for one in plan["resource_changes"] if _changes(one)}

    def applied(self) -> tuple[Diagnostic, ...]:
        """Carry out the plan that was made last."""
        return _diagnostics(self._logged("apply", _PARALLEL, "plan"))

    def destroyed(self) -> tuple[Diagnostic, ...]:
        """Remove everything."""
        return _diagnostics(self._logged("destroy", _PARALLEL, "-auto-approve"))

    def outputs(self) -> dict[str, Any]:  # of any shape
        """The stack's outputs."""
        return {key: said["value"] for key, said in json.loads(self.run("output", "-json")).items()}

    def state(self) -> Sequence[str]:
        """The addresses of all that Terraform holds."""
        return self.run("state", "list").split()

    def _logged(self, command: str, *arguments: str) -> list[Json]:
        """Run a command that reports line by line, and return the lines."""
        lines = self.run(command, "-json", "-input=false", *arguments, may_fail=True).splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def run(self, *arguments: str, may_fail: bool = False) -> str:
        """What ``terraform`` prints."""
        done = run_process(
            [self._using.terraform, f"-chdir={self.folder}", *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
        )
        assert may_fail or done.returncode == 0, done.stdout + done.stderr
        return str(done.stdout)


def _diagnostics(lines: Sequence[Json]) -> tuple[Diagnostic, ...]:
    return tuple(_diagnostic(said["diagnostic"]) for said in lines if said["type"] == "diagnostic")


def _changes(one: Json) -> bool:
    return bool(one["mode"] == "managed" and one["change"]["actions"] != ["no-op"])


def _different(change: Json) -> Json:
    before, after = change["before"] or {}, change["after"] or {}
    keys = sorted({*before, *after})
    return {key: (before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)}


def _diagnostic(said: Json) -> Diagnostic:
    return Diagnostic(
        severity=said["severity"],
        summary=said["summary"],
        detail=said.get("detail", ""),
        address=said.get("address", ""),
        file=said.get("range", {}).get("filename", ""),
    )
