"""Reads items of a DynamoDB table."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from hookline.adapters.aws.clients import opened
from hookline.adapters.aws.errors import translated
from hookline.adapters.aws.names import TABLE_KEY
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hookline.adapters.aws.clients import LazyClient
    from hookline.adapters.aws.items import Item

__all__ = ["Table"]

_KEYS_PER_READ = 100
"""The most keys that BatchGetItem accepts."""

_MAX_ROUNDS = 6
_FIRST_PAUSE = 0.05


class Table:
    """One table, read with strong consistency."""

    def __init__(self, client: LazyClient, name: str) -> None:
        self.client = opened(client)
        self.name = name

    def items(self, keys: Sequence[str], *, only: str | None = None) -> dict[str, Item]:
        """The existing items of these keys; ``only`` names the attributes, as a projection expression."""
        found: dict[str, Item] = {}
        for start in range(0, len(keys), _KEYS_PER_READ):
            chunk = dict.fromkeys(keys[start : start + _KEYS_PER_READ])
            found.update((item[TABLE_KEY]["S"], item) for item in self._read([*chunk], only))
        return found

    def _read(self, keys: Sequence[str], only: str | None) -> Iterator[Item]:
        """Read a batch, and read again what DynamoDB left out: an answer has at most 16 MB, and less when the service is busy."""
        request: Mapping[str, Any] = {self.name: _wanted(keys, only)}
        for round_ in range(_MAX_ROUNDS):
            with translated():
                answer = self.client().batch_get_item(RequestItems=request)
            found = answer["Responses"].get(self.name, [])
            yield from found
            request = answer.get("UnprocessedKeys", {})
            if not request:
                return
            if not found:
                time.sleep(_FIRST_PAUSE * 2**round_)
        raise UnavailableError("storage_unavailable", "AWS: BatchGetItem left items out at every attempt")

    def query(self, **asked: object) -> Iterator[Item]:
        """Every item that a Query finds; each page is read when it is needed."""
        return self._pages("query", asked)

    def scan(self, **asked: object) -> Iterator[Item]:
        """Every item that a Scan finds."""
        return self._pages("scan", asked)

    def _pages(self, operation: str, asked: Mapping[str, object]) -> Iterator[Item]:
        after: Mapping[str, object] = {}
        while True:
            with translated():
                page = getattr(self.client(), operation)(TableName=self.name, **asked, **after)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            after = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _wanted(keys: Sequence[str], only: str | None) -> Mapping[str, object]:
    wanted: dict[str, object] = {"Keys": [{TABLE_KEY: {"S": key}} for key in keys], "ConsistentRead": True}
    if only is not None:
        wanted["ProjectionExpression"] = only
    return wanted
