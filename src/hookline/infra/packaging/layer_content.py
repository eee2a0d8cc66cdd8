"""Selects the files of the pinned wheels for the layer: the code that runs, and the data of the services that are called."""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
import zlib
from struct import unpack_from
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

__all__ = ["SERVICES", "compressed_in", "layer_files"]

SERVICES = ("dynamodb", "lambda", "s3", "secretsmanager", "sqs", "ssm")
"""The services that the functions call: the SDK's data of all others, some 400, is left out."""

_PACKAGES = "python/"
_DATA = "botocore/data/"
_ENDPOINTS = "botocore/data/endpoints.json"
_USELESS = re.compile(
    r"""
      \.pyi$ | /py\.typed$ | \.pyc$ | /__pycache__/        # for type checkers; of another interpreter
    | ^[^/]+\.dist-info/(?!METADATA$|licenses/|LICEN[CS]E|NOTICE)   # what installers keep for themselves, bills of materials
    | (?:^|/)tests?/ | ^[^/]+\.data/                         # tests, scripts
    """,
    re.VERBOSE,
)
_VERSIONED = re.compile(r"^botocore/data/(?P<service>[^/]+)/(?P<version>\d{4}-\d\d-\d\d)/(?P<file>[^/]+)$")
_MODEL = re.compile(r"^(?:service-2|endpoint-rule-set-1|paginators-1)\.")


def layer_files(wheels: Sequence[bytes], *, calls: Collection[str]) -> Mapping[str, bytes]:
    """The layer's files by path: the wheels' contents under ``python/``, without what no function needs.

    ``calls`` are the names in the code that runs on the layer. A service's operation is kept when its name is among them, in Python's
    spelling: reading and building the others would take a tenth of a cold start.
    """
    found = {name: content for wheel in wheels for name, content in _contents(wheel)}
    kept = _latest(found)
    called = {word.replace("_", "").lower() for word in calls}
    return dict(
        _reduced(name, content, called)
        for name, content in found.items()
        if not _USELESS.search(name) and (not name.startswith(_DATA) or name in kept)
    )


def compressed_in(wheels: Sequence[bytes], files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The compressed bytes of those of the layer's ``files`` that are unchanged in a wheel, by path, as its publisher compressed them."""
    found = {}
    for wheel in wheels:
        with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
            for entry in archive.infolist():
                if entry.compress_type == zipfile.ZIP_DEFLATED and (content := files.get(_PACKAGES + entry.filename)):
                    stream = _stream(wheel, entry)
                    if zlib.decompress(stream, -zlib.MAX_WBITS) == content:
                        found[_PACKAGES + entry.filename] = stream
    return found


def _stream(wheel: bytes, entry: zipfile.ZipInfo) -> bytes:
    """The bytes after the entry's own header, whose name and extra field may have other lengths than in the directory."""
    name, extra = unpack_from("<2H", wheel, entry.header_offset + 26)
    begin = entry.header_offset + 30 + name + extra
    return wheel[begin : begin + entry.compress_size]


def _contents(wheel: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        for entry in archive.infolist():
            if not entry.is_dir():
                yield entry.filename, archive.read(entry)


def _latest(names: Mapping[str, bytes]) -> set[str]:
    """The SDK's data that is kept: files for all services, and of each that is called the newest version of its interface."""
    versions = [found for found in map(_VERSIONED.match, names) if found and found["service"] in SERVICES]
    newest = {service: max(v["version"] for v in versions if v["service"] == service) for service in SERVICES}
    common = {name for name in names if name.startswith(_DATA) and name.count("/") == _DATA.count("/")}
    return common | {v[0] for v in versions if v["version"] == newest[v["service"]] and _MODEL.match(v["file"])}


def _reduced(name: str, content: bytes, called: Collection[str]) -> tuple[str, bytes]:
    """Path and content, without other services' addresses, operations that are not called, and the models' documentation.

    A changed model is not compressed again, because every zlib gives other bytes: the SDK reads it as plain JSON too.
    """
    path = _PACKAGES + name
    if name == _ENDPOINTS:
        return path, _as_json(
            {**json.loads(content), "partitions": [*map(_of_ours, json.loads(content)["partitions"])]}
        )
    if name.startswith(_DATA) and name.endswith("/service-2.json.gz"):
        model = _called(json.loads(gzip.decompress(content)), called)
        return path.removesuffix(".gz"), _as_json(_undocumented(model))
    return path, content


def _called(model: Mapping[str, Mapping[str, object]], called: Collection[str]) -> Mapping[str, object]:
    """The model with the operations that are called, and their shapes."""
    operations = {name: operation for name, operation in model["operations"].items() if name.lower() in called}
    shapes = model["shapes"]
    kept: set[str] = set()
    waiting = [*_references(operations)]
    while waiting:
        name = waiting.pop()
        if name not in kept:
            kept.add(name)
            waiting.extend(_references(shapes[name]))
    return {
        **model,
        "operations": operations,
        "shapes": {name: shape for name, shape in shapes.items() if name in kept},
    }


def _references(part: object) -> Iterator[str]:
    """The names of the shapes that a part of a model uses."""
    waiting = [part]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if isinstance(shape := value.get("shape"), str):
                yield shape
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _of_ours(partition: dict[str, object]) -> dict[str, object]:
    services = partition["services"]
    ours = {name: services[name] for name in SERVICES if name in services} if isinstance(services, dict) else {}
    return {**partition, "services": ours}


def _undocumented(model: object) -> object:
    """The model with empty ``documentation`` texts; a ``documentation`` that is not a text belongs to the interface.

    No key is removed, because the SDK requires that some of them exist.
    """
    if isinstance(model, dict):
        return {
            key: "" if key == "documentation" and isinstance(value, str) else _undocumented(value)
            for key, value in model.items()
        }
    return [*map(_undocumented, model)] if isinstance(model, list) else model


def _as_json(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
