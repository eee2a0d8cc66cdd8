"""botocore's models, found and read fast: a function's cold start waits for them."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, TypeAlias

import orjson
from botocore.loaders import JSONFileLoader, Loader  # type: ignore[import-untyped] # botocore carries no types

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FastLoader", "undisturbed"]

Open: TypeAlias = Callable[[str, str], IO[bytes]]
Document: TypeAlias = Mapping[str, Any]  # botocore's own: any JSON object

_ENDPOINTS = "endpoints"
_PARTITIONS = "partitions"


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put off the collection of garbage: models are thousands of objects that stay, and looking them through takes longest of all."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


class FastLoader(Loader):  # type: ignore[misc] # botocore carries no types
    """botocore's loader without what only other clients than ours would need.

    It does not open the folders of 400 services to learn that there is one called ``sqs``. And of a megabyte that lists the endpoints of
    all services, it makes the few lines that are asked for out of the list of partitions: where our services are is said by the rules
    that come with each of their models.
    """

    def __init__(self) -> None:
        super().__init__(file_loader=_FastFiles())

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 -- botocore's signature
        """Every folder of services; whether one holds ``type_name`` is found when it is opened."""
        folders = (path for path in self.search_paths if os.path.isdir(path))  # noqa: PTH112 -- see _FastFiles
        return sorted({name for path in folders for name in os.listdir(path)})  # noqa: PTH208 -- the same

    def load_data_with_path(self, name: str) -> tuple[Document, str]:
        """The document and where it was found."""
        if name != _ENDPOINTS:
            found: tuple[Document, str] = super().load_data_with_path(name)
            return found
        partitions, path = super().load_data_with_path(_PARTITIONS)
        return {"version": 3, "partitions": [_partition(one) for one in partitions["partitions"]]}, path


class _FastFiles(JSONFileLoader):  # type: ignore[misc] # botocore carries no types
    """Reads with orjson, which takes a fifth of the time; the order of keys is kept, as in any dict."""

    def _load_file(self, full_path: str, open_method: Open) -> Any:  # botocore's own: any JSON document
        if not os.path.isfile(full_path):  # noqa: PTH113 -- asked for dozens of paths, where a Path costs more than the question
            return None
        with open_method(full_path, "rb") as file:
            return orjson.loads(file.read())


def _partition(partition: Document) -> Document:
    """A partition as botocore's list of endpoints describes it, with the defaults that hold for every service."""
    outputs = partition["outputs"]
    dual = outputs["dualStackDnsSuffix"]
    hostname = "{service}.{region}.{dnsSuffix}"
    fips = "{service}-fips.{region}.{dnsSuffix}"
    return {
        "partition": partition["id"],
        "dnsSuffix": outputs["dnsSuffix"],
        "regionRegex": partition["regionRegex"],
        "regions": partition["regions"],
        "services": {"s3": {"defaults": {"signatureVersions": ["s3v4"]}, "endpoints": {}}},
        "defaults": {
            "hostname": hostname,
            "protocols": ["https"],
            "signatureVersions": ["v4"],
            "variants": [
                {"tags": ["fips"], "hostname": fips, "dnsSuffix": outputs["dnsSuffix"]},
                {"tags": ["dualstack"], "hostname": hostname, "dnsSuffix": dual},
                {"tags": ["dualstack", "fips"], "hostname": fips, "dnsSuffix": dual},
            ],
        },
    }
