"""Compiles Python for archives. Run by the interpreter it compiles for, with nothing but its standard library.

``python -I -S compile_sources.py ROOT``: a zip with sources on standard input, one with their bytecode on standard output. The bytecode is
checked against its source by a hash when it is imported (PEP 552), so that it is never stale, and the same whenever the source is.
"""

from __future__ import annotations

import importlib.util
import io
import marshal
import sys
import zipfile

__all__ = ["compiled"]

_CHECKED_BY_HASH = (0b11).to_bytes(4, "little")


def compiled(sources: bytes, root: str) -> bytes:
    """A zip with the bytecode of the sources in a zip; tracebacks show their paths under ``root``."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sources)) as given, zipfile.ZipFile(out, "w") as made:
        for name in sorted(given.namelist()):
            source = given.read(name)
            code = compile(source, root + name, "exec", dont_inherit=True, optimize=0)
            digest = importlib.util.source_hash(source)
            made.writestr(
                importlib.util.cache_from_source(name, optimization=""),
                importlib.util.MAGIC_NUMBER + _CHECKED_BY_HASH + digest + marshal.dumps(code),
            )
    return out.getvalue()


if __name__ == "__main__":
    sys.stdout.buffer.write(compiled(sys.stdin.buffer.read(), sys.argv[1]))
