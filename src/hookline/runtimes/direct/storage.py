"""``hookline storage``: confirms the clock of a data directory, and seals its bodies with another key."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from hookline.domain.counted import counted
from hookline.domain.moment import readable
from hookline.errors import DamagedError
from hookline.pipeline.shown import Shown, listed
from hookline.runtimes.embedded.wiring.commands import confirm_clock as confirm_in
from hookline.runtimes.embedded.wiring.commands import open_home
from hookline.runtimes.embedded.wiring.resealing import key_uses
from hookline.runtimes.embedded.wiring.resealing import reseal as reseal_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from hookline.pipeline.audited import Run

__all__ = ["confirm_clock", "list_keys", "reseal"]


def confirm_clock(data_dir: Path, run: Run | None) -> Shown:
    """The times of the clock and of what is stored; with a run, the clock is confirmed if it is in doubt."""
    with open_home(data_dir) as home:
        now, held = home.clock.now(), home.clock.held_at
        if run is not None and held is not None:
            confirm_in(home, run)
    document = {
        "now": now.isoformat(),
        "newest_stored": held and held.isoformat(),
        "in_doubt": held is not None,
        "confirmed": run is not None and held is not None,
    }
    return Shown(document=document, parts=[f"now: {readable(now)}", *_doubt(held, confirmed=run is not None)])


def _doubt(held: datetime | None, *, confirmed: bool) -> list[str]:
    if held is None:
        return ["the clock is not in doubt: nothing to confirm"]
    done = "confirmed: a running server uses it within a minute"
    return [
        f"newest stored: {readable(held)}",
        done if confirmed else "nothing was changed: add --yes if now is right",
    ]


def list_keys(data_dir: Path) -> Shown:
    """The keys that bodies are sealed with, and how many bodies each opens."""
    found = [asdict(one) for one in key_uses(data_dir)]
    rows = [
        (one["fingerprint"] or "without encryption", one["name"], "seals" if one["seals"] else "", one["bodies"])
        for one in found
    ]
    return listed(("key", "secret", "", "bodies"), rows, found)


def reseal(
    data_dir: Path,
    run: Run,
    *,
    plain: bool,
    rewrite: bool,
    progress: Callable[[int, str], AbstractContextManager[Callable[[int], None]]],
) -> Shown:
    """Seal every body with the current key, or store it without encryption if ``plain``. What did not open is shown as an error."""
    rows = sum(one.bodies for one in key_uses(data_dir))
    with progress(rows, "sealing") as seen:
        done = reseal_in(data_dir, run, plain=plain, rewrite=rewrite, seen=seen)
    damaged = f"{counted(len(done.faults), 'body does', 'bodies do')} not open"
    return Shown(
        document=asdict(done),
        parts=[f"{counted(done.written, 'body was', 'bodies were')} written again"],
        notes=[*done.faults, *done.remains],
        error=DamagedError("sealed_body_damaged", damaged) if done.faults else None,
    )
