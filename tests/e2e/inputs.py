"""A resource's inputs, and which of them were used: one that nobody takes is a difference from AWS that nobody would notice."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.runtime import rpc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Inputs", "archive_bytes", "plain"]

_FIXED_TIME = (1980, 1, 1, 0, 0, 0)


class Inputs:
    """Inputs by their camelCase names. The part that takes one has to do something with it."""

    def __init__(self, values: Mapping[str, Any], where: str = "") -> None:  # an input is of any shape
        self._values = dict(values)
        self._left = set(values)
        self._where = where
        self._inside: list[Inputs] = []

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def take(self, name: str, default: Any = None) -> Any:  # as above
        """The input, whole; ``default`` where it was not given."""
        self._left.discard(name)
        return self._values.get(name, default)

    def need(self, name: str) -> Any:  # as above
        """The input, which must have been given."""
        if name not in self._values:
            raise LookupError(f"{self._where}{name} is missing, and the service or the emulator needs it")
        return self.take(name)

    def inside(self, name: str) -> Inputs:
        """The parts of an input, to be taken one by one; none where it was not given."""
        return self._part(self.take(name) or {}, f"{self._where}{name}.")

    def each(self, name: str) -> Iterator[Inputs]:
        """The parts of each element of a list."""
        for number, value in enumerate(self.take(name) or []):
            yield self._part(value, f"{self._where}{name}[{number}].")

    def pick(self, **names: str) -> dict[str, Any]:  # as above
        """The given inputs among ``names``, under the names that the AWS API has for them."""
        return {there: self.take(here) for here, there in names.items() if here in self._values}

    def tags(self) -> list[dict[str, str]]:
        """The resource's tags in the form that most services take."""
        return [{"Key": key, "Value": value} for key, value in (self.take("tags") or {}).items()]

    def untaken(self) -> list[str]:
        """The inputs that no creator has taken, here and inside."""
        here = [f"{self._where}{name}" for name in sorted(self._left)]
        return here + [name for part in self._inside for name in part.untaken()]

    def _part(self, values: Mapping[str, Any], where: str) -> Inputs:
        part = Inputs(values, where)
        self._inside.append(part)
        return part


def plain(value: Any) -> Any:  # any value from the wire
    """The value without the wire's marks: secrets opened, whole numbers whole, absent ones left out.

    Raises ValueError for an output that nobody has provided: a program that uses one would build on nothing.
    """
    if isinstance(value, dict):
        if value.get(rpc._special_sig_key) == rpc._special_secret_sig:
            return plain(value["value"])
        return {key: plain(each) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if value == rpc.UNKNOWN or isinstance(value, pulumi.output.Unknown):
        raise ValueError("it uses an output that was not provided")
    return value


def archive_bytes(archive: object) -> bytes:
    """An archive's zip: the file itself, or one made of the parts."""
    if isinstance(archive, pulumi.FileArchive) and Path(archive.path).is_file():
        return Path(archive.path).read_bytes()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in _files("", archive):
            zipped.writestr(zipfile.ZipInfo(name, _FIXED_TIME), content)
    return out.getvalue()


def _files(name: str, part: object) -> Iterator[tuple[str, bytes]]:
    match part:
        case pulumi.AssetArchive():
            for inner, each in part.assets.items():
                yield from _files(f"{name}/{inner}".lstrip("/"), each)
        case pulumi.FileAsset():
            yield name, Path(part.path).read_bytes()
        case pulumi.StringAsset():
            yield name, part.text.encode()
        case pulumi.FileArchive():
            folder = Path(part.path)
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                yield f"{name}/{path.relative_to(folder)}".lstrip("/"), path.read_bytes()
        case _:
            raise TypeError(f"{type(part).__name__} is no archive that can be applied")
