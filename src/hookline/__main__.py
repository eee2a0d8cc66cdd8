"""``python -m hookline`` and the command ``hookline``."""

from __future__ import annotations

import sys

__all__ = ["run"]


def run() -> None:
    """Run the command line. A server holds its signals before the rest of hookline is imported, which takes most of its start."""
    if sys.argv[1:2] == ["serve"]:
        from hookline.runtimes.embedded.signals import Signals  # noqa: PLC0415 -- only a server needs it

        Signals().hold()
    from hookline.cli import main  # noqa: PLC0415 -- as above: imported once signals are held

    main()


if __name__ == "__main__":
    run()
