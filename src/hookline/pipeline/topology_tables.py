"""The whole configuration as tables for a person."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hookline.pipeline.topology import SourceShape, Topology

__all__ = ["topology_tables"]

Table: TypeAlias = "tuple[Sequence[str], Sequence[Sequence[object]]]"
"""Names of columns, and rows."""


def topology_tables(shape: Topology) -> Iterator[Table]:
    """A table for each source, and one each for queues, routes, access keys, forwards and the canary, where there are any."""
    for source in shape.sources:
        yield ("source", source.name), _source_rows(source)
    yield (
        ("queue", "dead letters", "max receives", "visibility", "retention"),
        [(q.name, q.dead_letter_queue, q.max_receives, q.visibility_timeout, q.retention) for q in shape.queues],
    )
    if fifo := [(q.name, q.fifo_group) for q in shape.queues if q.fifo_group is not None]:
        yield ("FIFO queue", "group"), fifo
    yield ("match", "queues"), [(json.dumps(route.match), ", ".join(route.queues)) for route in shape.routes]
    if shape.access:
        yield (
            ("access key", "rights", "queues", "secret"),
            [(key.id, ", ".join(key.rights), ", ".join(key.queues), key.secret) for key in shape.access],
        )
    if shape.storage_key:
        yield (
            ("bodies are encrypted with", "and decrypted with"),
            [(shape.storage_key[0], ", ".join(shape.storage_key))],
        )
    if shape.forwards:
        yield (
            ("forward", "to", "secrets", "concurrency", "timeout"),
            [(f.queue, f.url, ", ".join(f.secrets), f.concurrency, f.timeout) for f in shape.forwards],
        )
    if shape.canary is not None:
        yield ("canary, every", "late after"), [(shape.canary.every, shape.canary.late_after)]


def _source_rows(source: SourceShape) -> list[tuple[str, str | None]]:
    return [
        ("path", f"POST {source.path}"),
        ("scheme", source.scheme if source.secrets else f"{source.scheme} (takes anything)"),
        ("secrets", ", ".join(source.secrets) or "none"),
        ("id", source.id),
        ("type", source.type or "always webhook"),
        ("time", source.time or "time of receipt"),
        ("schema", source.schema or "none"),
        *([("only from", ", ".join(source.allow_from))] if source.allow_from else []),
        *([("handshakes", ", ".join(source.handshakes))] if source.handshakes else []),
        *([("retention", source.retention)] if source.retention is not None else []),
        *([("answer", str(source.answer))] if source.answer is not None else []),
    ]
