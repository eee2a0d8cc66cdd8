"""What of the pinned wheels goes into the layer: the code that runs, and the data of the services that are called."""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["SERVICES", "layer_files"]

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


def layer_files(wheels: Sequence[bytes]) -> Mapping[str, bytes]:
    """The layer's files by path: the wheels' contents under ``python/``, without what no function needs."""
    found = {name: content for wheel in wheels for name, content in _contents(wheel)}
    kept = _latest(found)
    return {
        _PACKAGES + name: _reduced(name, content)
        for name, content in found.items()
        if not _USELESS.search(name) and (not name.startswith(_DATA) or name in kept)
    }


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


def _reduced(name: str, content: bytes) -> bytes:
    """The file without other services' addresses, and without the documentation inside the services' models."""
    if name == _ENDPOINTS:
        return _as_json({**json.loads(content), "partitions": [*map(_of_ours, json.loads(content)["partitions"])]})
    if name.startswith(_DATA) and name.endswith("/service-2.json.gz"):
        return gzip.compress(_as_json(_undocumented(json.loads(gzip.decompress(content)))), 9, mtime=0)
    return content


def _of_ours(partition: dict[str, object]) -> dict[str, object]:
    services = partition["services"]
    ours = {name: services[name] for name in SERVICES if name in services} if isinstance(services, dict) else {}
    return {**partition, "services": ours}


def _undocumented(model: object) -> object:
    """The model with every text called ``documentation`` made empty; what is called so and is no text belongs to the interface.

    Nothing is taken away: the SDK counts on some of them being there.
    """
    if isinstance(model, dict):
        return {
            key: "" if key == "documentation" and isinstance(value, str) else _undocumented(value)
            for key, value in model.items()
        }
    return [*map(_undocumented, model)] if isinstance(model, list) else model


def _as_json(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
