"""botocore's models, found and read fast: a function's cold start waits for them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import IO, Any, TypeAlias

import orjson
from botocore.loaders import JSONFileLoader, Loader  # type: ignore[import-untyped] # botocore carries no types

__all__ = ["FastLoader"]

Open: TypeAlias = Callable[[str, str], IO[bytes]]


class _FastFiles(JSONFileLoader):  # type: ignore[misc] # botocore carries no types
    """Reads with orjson, which takes a fifth of the time; the order of keys is kept, as in any dict."""

    def _load_file(self, full_path: str, open_method: Open) -> Any:  # botocore's own answer: any JSON document
        if not os.path.isfile(full_path):  # noqa: PTH113 -- asked for dozens of paths, where a Path costs more than the question
            return None
        with open_method(full_path, "rb") as file:
            return orjson.loads(file.read())


class FastLoader(Loader):  # type: ignore[misc] # botocore carries no types
    """botocore's loader, but for one thing: it does not open the folders of 400 services to learn that there is one called ``sqs``."""

    def __init__(self) -> None:
        super().__init__(file_loader=_FastFiles())

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 -- botocore's signature
        """Every folder of services; whether one holds ``type_name`` is found when it is opened."""
        folders = (path for path in self.search_paths if os.path.isdir(path))  # noqa: PTH112 -- as above
        return sorted({name for path in folders for name in os.listdir(path)})  # noqa: PTH208 -- as above
