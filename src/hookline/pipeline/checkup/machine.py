"""What the measured values of a machine mean for the server that will run on it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.domain.moment import moment_text
from hookline.pipeline.checkup.finding import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = [
    "backup_age",
    "certificate_dates",
    "clock_against",
    "clock_of_database",
    "clock_synchronized",
    "disk_space",
    "disk_speed",
    "file_limit",
    "file_system",
    "measured_canary",
    "open_mode",
]

_NETWORK = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs"}
    | {"fuse.glusterfs", "fuse.s3fs", "fuse.sshfs", "virtiofs"}
)
_VOLATILE = frozenset({"overlay", "ramfs", "tmpfs"})
_SLOW_SECONDS = 0.020
"""The slowest acceptable write: a commit waits for one, but several events share it, so slow writes matter from about 50 senders on."""
_NEARLY = 3
"""Free space below this multiple of the reserve is a warning."""
_CLOCK_TOLERANCE = timedelta(seconds=30)
_STEP = timedelta(minutes=1)
_SOON = timedelta(days=21)
_OLDEST_BACKUP = timedelta(hours=26)
"""A daily backup, plus the time that it takes."""
_MIB = 1024 * 1024


def clock_of_database(now: datetime, *, held_at: datetime | None, newest_write: datetime | None) -> list[Finding]:
    """The clock compared with the stored events.

    ``held_at`` is the held time of expiry if the clock is in doubt; ``newest_write`` is when the file last changed.
    """
    if held_at is not None:
        text = f"the clock says {moment_text(now)}, far after the newest stored event ({moment_text(held_at)})"
        return [Finding(check="clock", code="clock_in_doubt", text=text)]
    if newest_write is not None and newest_write - now > _STEP:
        text = f"the clock says {moment_text(now)}, and the database was written later, at {moment_text(newest_write)}"
        return [Finding(check="clock", code="clock_behind", text=text)]
    return []


def clock_synchronized(is_synchronized: bool | None) -> Finding:  # noqa: FBT001 -- the only thing that it is about
    """What the kernel reports about its clock; None where it reports nothing."""
    if is_synchronized is None:
        return Finding(
            check="clock", code="clock_unknown", text="this system does not report whether its clock is synchronized"
        )
    if is_synchronized:
        return Finding(check="clock", text="the kernel reports that its clock is synchronized")
    return Finding(
        check="clock", code="clock_not_synchronized", text="the kernel reports that nothing synchronizes its clock"
    )


def clock_against(now: datetime, other: datetime, host: str) -> Finding:
    """The clock compared with the time that another host reported at the same moment."""
    off = now - other
    facts = {"seconds_ahead": off.total_seconds()}
    if abs(off) <= _CLOCK_TOLERANCE:
        return Finding(check="clock", text=f"agrees with {host} within {_CLOCK_TOLERANCE.seconds} seconds", facts=facts)
    ahead = "ahead of" if off > timedelta(0) else "behind"
    text = f"is {abs(off.total_seconds()):.0f} seconds {ahead} {host}"
    return Finding(check="clock", code="clock_off", text=text, facts=facts)


def disk_space(free: int, reserve: int) -> Finding:
    """The free bytes, compared with the bytes that are reserved."""
    facts = {"free": free, "reserve": reserve}
    text = f"{free // _MIB} MiB are free, and {reserve // _MIB} MiB are reserved ([storage] reserve)"
    code = "disk_full" if free < reserve else "disk_nearly_full" if free < _NEARLY * reserve else None
    return Finding(check="disk", code=code, text=text, facts=facts)


def disk_speed(seconds: Sequence[float]) -> Finding:
    """How long writes to the data directory took until the disk had stored them."""
    times = sorted(seconds)
    median, longest = times[len(times) // 2], times[-1]
    facts = {"median_seconds": median, "longest_seconds": longest, "writes": len(times)}
    text = f"a write of 4 KiB is on the disk after {median * 1000:.2f} ms (median of {len(times)}; longest {longest * 1000:.2f} ms)"
    return Finding(check="fsync", code="disk_slow" if median > _SLOW_SECONDS else None, text=text, facts=facts)


def file_system(kind: str | None) -> Finding:
    """The kind of file system that the data directory is on."""
    facts = {"kind": kind}
    if kind is None:
        return Finding(
            check="file system", code="file_system_unknown", text="this system does not report its kind", facts=facts
        )
    if kind in _NETWORK:
        text = f"{kind} is a network or shared file system"
        return Finding(check="file system", code="file_system_network", text=text, facts=facts)
    if kind in _VOLATILE:
        what = "a container's own layer" if kind == "overlay" else "memory"
        return Finding(check="file system", code="file_system_volatile", text=f"{kind} is {what}", facts=facts)
    return Finding(check="file system", text=kind, facts=facts)


def file_limit(limit: int, connections: int, wanted: int) -> Finding:
    """The limit of open files, the connections for webhooks that it allows, and ``max_connections``."""
    facts = {"limit": limit, "connections": connections, "max_connections": wanted}
    if connections < wanted:
        text = f"{limit} open files leave {connections} connections for webhooks, and max_connections is {wanted}"
        return Finding(check="files", code="file_limit_low", text=text, facts=facts)
    return Finding(check="files", text=f"{limit} may be open, enough for {wanted} connections", facts=facts)


def open_mode(path: str, mode: int, *, is_folder: bool) -> Finding | None:
    """A finding if users outside the owner's group may open the file or folder at ``path``."""
    if not mode & 0o007:
        return None
    code = "data_directory_open" if is_folder else "file_open_to_others"
    text = f"every user of this machine may open {path} (mode {mode & 0o777:04o})"
    return Finding(check="permissions", code=code, text=text)


def certificate_dates(path: str, *, not_after: datetime, now: datetime) -> Finding:
    """How long the admin port's certificate is still valid."""
    facts = {"not_after": moment_text(not_after)}
    text = f"{path} is valid until {moment_text(not_after)}"
    code = (
        "certificate_expired" if not_after <= now else "certificate_expires_soon" if not_after - now < _SOON else None
    )
    return Finding(check="certificate", code=code, text=text, facts=facts)


def measured_canary(said: object) -> list[Finding]:
    """What a running server reports about its canary; nothing if it reports nothing."""
    if not isinstance(said, dict):
        return []
    facts = {"seconds": said.get("seconds"), "last_success": said.get("last_success")}
    if said.get("late"):
        return [Finding(check="canary", code="canary_late", text=str(said.get("reason")), facts=facts)]
    seconds = said.get("seconds")
    took = f"the last event was on its queue after {seconds:.3f} s" if isinstance(seconds, float) else "no event yet"
    return [Finding(check="canary", text=took, facts=facts)]


def backup_age(made_at: datetime | None, *, folder: str, now: datetime) -> Finding:
    """The newest backup in a folder."""
    if made_at is None:
        return Finding(check="backup", code="backup_missing", text=f"{folder} holds no backup")
    facts = {"made_at": moment_text(made_at), "age_seconds": (now - made_at).total_seconds()}
    hours = (now - made_at) / timedelta(hours=1)
    text = f"the newest in {folder} is {hours:.1f} hours old"
    level = Level.WARNING
    return Finding(
        check="backup",
        code="backup_old" if now - made_at > _OLDEST_BACKUP else None,
        level=level,
        text=text,
        facts=facts,
    )
