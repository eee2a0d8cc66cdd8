"""Data that an erasure cannot reach, in each home: printed with every plan and every result, and listed in the how-to."""

from __future__ import annotations

from typing import Final

__all__ = ["ON_AWS", "ON_THIS_MACHINE"]

_EVERYWHERE: Final = (
    "data that consumers, forwards and alerts have already received",
    "logs and traces outside of hookline, and text that hookline's own log quotes in errors",
    "reasons and search words that operators wrote: the audit log and records of replays keep them",
)

ON_THIS_MACHINE: Final = (
    *_EVERYWHERE,
    "copies of the database: `hookline backup`, a continuous copy, snapshots of the disk",
    "blocks that the file system or the drive has freed or moved: encrypt the disk to protect them",
)

ON_AWS: Final = (
    *_EVERYWHERE,
    "messages on SQS, also dead letters: consume or purge them; SQS keeps none longer than its queue's retention",
    "point-in-time recovery of the tables, which goes back up to 35 days, and backups of them",
    "invocations of the router that Lambda keeps for a few minutes, and messages on the router's failure queue",
    (
        "a large body that its sender delivers again after the erasure: it stays in the bucket until the bucket's "
        "lifecycle rule removes it"
    ),
)
