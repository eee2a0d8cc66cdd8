"""The two archives that all functions run from: a layer with third-party packages, and hookline with the project.

The same inputs always give the same bytes, for any Python and zlib of the machine: names are sorted, times and modes are fixed, no file is
compressed here, and bytecode is only compiled by the exact release of CPython that is named.
"""

from __future__ import annotations

import platform
import sys
import tomllib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from hookline.adapters.aws.names import CANARY_MODULE, KEYS_MODULE, PROJECT_FOLDER, RECORDS_MODULE
from hookline.config import load
from hookline.config.rare import rare_modules
from hookline.infra.error_codes import DeploymentError
from hookline.infra.packaging.bytecode import NO_BYTECODE, compiler, compilers, with_bytecode
from hookline.infra.packaging.imported_modules import imports, module_files, words
from hookline.infra.packaging.layer_content import compressed_in, layer_files
from hookline.infra.packaging.reproducible_zip import write_archive
from hookline.infra.packaging.wheels import ASYMMETRIC, pinned, wheels_for
from hookline.providers import modules_of
from hookline.providers.scheme import NeedsKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from hookline.config import Config
    from hookline.infra.packaging.reproducible_zip import Archive

__all__ = ["ARCHITECTURES", "PYTHONS", "SIZE_LIMIT", "Archives", "Target", "build", "host_target"]

ARCHITECTURES = ("arm64", "x86_64")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SIZE_LIMIT = 250 * 1024 * 1024
"""Bytes that a function and its layers may have unzipped (Lambda's quota; a zip given directly may have 50 MB)."""

SLOWER_WITHOUT_BYTECODE = "about 2.6 times as long to start (measured: 345 ms instead of 130)"
"""How much slower a cold start without bytecode is, from bench/results/aws.md."""

_OLD_LIBRARY = "3.11"
_RUNTIME = "hookline.runtimes.aws_lambda.handlers"
_TASK, _LAYER = "/var/task/", "/opt/"
"""The folders for a function's archive and its layers in Lambda. A function can be edited there, a layer cannot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The platform of the functions: Lambda's word for the processor, and Python's minor version."""

    architecture: str = "arm64"
    python: str = "3.13"


@dataclass(frozen=True, slots=True, kw_only=True)
class Archives:
    """Both archives on the disk, and the warnings about them, as sentences."""

    layer: Archive
    function: Archive
    target: Target
    bytecode: str | None
    """The release of CPython whose bytecode they contain; None for no bytecode."""
    warnings: tuple[str, ...]

    @property
    def unzipped(self) -> int:
        """Bytes of both together, as Lambda counts them."""
        return self.layer.unzipped + self.function.unzipped

    def as_document(self) -> dict[str, object]:
        """The archives as a JSON object."""
        each = {"layer": self.layer, "function": self.function}
        shown = {
            name: {"file": str(one.path), "size": one.size, "unzipped": one.unzipped, "sha256": one.sha256}
            for name, one in each.items()
        }
        made_for = {"architecture": self.target.architecture, "python": self.target.python, "bytecode": self.bytecode}
        return {**shown, **made_for, "warnings": [*self.warnings]}


def build(
    project: Path,
    out: Path,
    *,
    architecture: str = "arm64",
    python: str = "3.13",
    bytecode: str | None = None,
    wheels: Path | None = None,
) -> Archives:
    """Write ``layer.zip`` and ``function.zip`` into ``out`` for the hookline.toml at ``project``; returns both.

    ``bytecode`` is the release of CPython that compiles them (``3.13.5``), or ``none``; None is ``none`` with a warning about the costs.
    The layer's wheels come from the cache, else from pip; with ``wheels``, only from that folder. Raises ConfigError for the
    project, and DeploymentError with the codes ``target_unknown``, ``bytecode_unavailable``, ``pip_missing``, ``wheel_missing``,
    ``wheel_altered``, ``wheels_unreachable`` and ``archives_unwritable``.
    """
    target = _target(architecture, python)
    release = None if bytecode in (None, NO_BYTECODE) else bytecode
    executable = None if release is None else compiler(release, python)
    config = load(project)
    without = [CANARY_MODULE] if config.canary is None else []
    modules = module_files(_RUNTIME, *_named_modules(config), without=without)
    code: Mapping[str, bytes] = {**modules, **_project_files(project)}
    pins = pinned(asymmetric=_imports_anywhere(modules.values(), ASYMMETRIC))
    packages = wheels_for(target.architecture, target.python, pins, wheels)
    layer = layer_files(packages, calls=words(modules.values()))
    streams = compressed_in(packages, layer)
    if executable is not None:
        code = with_bytecode(code, _TASK, executable=executable, checked=True)
        layer = with_bytecode(layer, _LAYER, executable=executable, checked=False)
    try:
        out.mkdir(parents=True, exist_ok=True)
        return Archives(
            layer=write_archive(out / "layer.zip", layer, streams),
            function=write_archive(out / "function.zip", code),
            target=target,
            bytecode=release,
            warnings=tuple(_warnings(target, decided=bytecode is not None)),
        )
    except OSError as error:
        raise DeploymentError("archives_unwritable", f"{out} cannot be written: {error.strerror or error}") from None


def host_target() -> Target:
    """The platform of this interpreter: for an emulator, which runs functions here."""
    machine = platform.machine().lower()
    return Target(
        architecture="arm64" if machine in {"arm64", "aarch64"} else "x86_64",
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
    )


def _target(architecture: str, python: str) -> Target:
    if architecture not in ARCHITECTURES or python not in PYTHONS:
        raise DeploymentError(
            "target_unknown",
            f"there is no target {architecture!r} with Python {python!r}: "
            f"it is one of {', '.join(ARCHITECTURES)} with one of {', '.join(PYTHONS)}",
        )
    return Target(architecture=architecture, python=python)


def _warnings(target: Target, *, decided: bool) -> Iterator[str]:
    """Warnings about archives that would not run in Lambda, although they run on newer libraries, or that would start slowly."""
    if target.python == _OLD_LIBRARY:
        yield (
            f"Lambda's python{target.python} has glibc 2.26, and the schema validator needs 2.28: "
            "these archives run on other machines, but a deployment needs 3.12 or newer"
        )
    if not decided:
        here = compilers(target.python)
        example = (
            f"{next(iter(here))}, which this machine has"
            if here
            else f"{target.python}.N, which this machine must have"
        )
        yield (
            "the archives hold no bytecode, so that Lambda compiles every module at each cold start: "
            f"the validator takes {SLOWER_WITHOUT_BYTECODE}. Name the release of CPython that compiles them, the same on every machine "
            f"that deploys ({example}), or request none: `pulumi config set hookline:bytecode RELEASE` (or `none`), "
            "`hookline package --bytecode RELEASE` (or `none`)"
        )


def _imports_anywhere(sources: Iterable[bytes], package: str) -> bool:
    return any(name.partition(".")[0] == package for source in sources for name in imports(source))


def _named_modules(config: Config) -> set[str]:
    """The modules of the project's senders, which are imported at their first use; those of other senders are left out.

    The class of a scheme may be in a module that only some options need.
    """
    named = {module for source in config.sources for module in modules_of(source.scheme)}
    fetching = {KEYS_MODULE for source in config.sources if isinstance(source.verifier, NeedsKey)}
    fetching |= {RECORDS_MODULE for source in config.sources if source.fetch is not None}
    classes = {base.__module__ for source in config.sources for base in type(source.verifier).__mro__}
    return named | rare_modules(config.written) | fetching | classes


def _project_files(project: Path) -> Mapping[str, bytes]:
    """hookline.toml and the schemas that it names, but no other files of their folder."""
    text = project.read_bytes()
    sources = tomllib.loads(text.decode()).get("sources", {}).values()
    schemas = {str(PurePosixPath(source["schema"])) for source in sources if "schema" in source}
    files = {name: (project.parent / name).read_bytes() for name in schemas}
    return {f"{PROJECT_FOLDER}/{name}": content for name, content in {**files, "hookline.toml": text}.items()}
