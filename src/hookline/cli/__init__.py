"""The command line: each command parses, wires, calls and prints."""

from __future__ import annotations

try:
    from hookline.cli.root import main
except ModuleNotFoundError as error:
    if error.name != "click":
        raise
    raise SystemExit('The command line needs more than the core: pip install "hookline[server]"') from None

__all__ = ["main"]
