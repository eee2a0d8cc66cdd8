"""``python -m bench.early_sweep``: the command ``hookline``, whose server removes what has expired immediately, not after ten minutes."""

from __future__ import annotations

from datetime import timedelta

from hookline.__main__ import run
from hookline.domain import clock_doubt

if __name__ == "__main__":
    clock_doubt.QUIET = timedelta(0)
    run()
