"""``python -m hookline``: the command line."""

from __future__ import annotations

from hookline.cli import main

if __name__ == "__main__":
    main()
