"""Compiles Python for archives. Run by the interpreter for which it compiles, with only its standard library.

``python -I -S compile_sources.py ROOT CHECKED``: a zip with sources on standard input, one with their bytecode on standard output.
The bytecode has its source's hash instead of a time (PEP 552), so that the same source gives the same bytecode. Where CHECKED is ``1``
an import compares the two; where it is ``0`` the source is not even read.
"""

from __future__ import annotations

import importlib.util
import io
import marshal
import sys
import zipfile

__all__ = ["compiled"]

_BY_HASH, _CHECKED = 0b01, 0b10


def compiled(sources: bytes, root: str, *, checked: bool) -> bytes:
    """A zip with the bytecode of the sources in a zip; tracebacks show their paths under ``root``."""
    flags = (_BY_HASH | _CHECKED if checked else _BY_HASH).to_bytes(4, "little")
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sources)) as given, zipfile.ZipFile(out, "w") as made:
        for name in sorted(given.namelist()):
            source = given.read(name)
            code = compile(source, root + name, "exec", dont_inherit=True, optimize=0)
            digest = importlib.util.source_hash(source)
            made.writestr(
                importlib.util.cache_from_source(name, optimization=""),
                importlib.util.MAGIC_NUMBER + flags + digest + marshal.dumps(code),
            )
    return out.getvalue()


if __name__ == "__main__":
    sys.stdout.buffer.write(compiled(sys.stdin.buffer.read(), sys.argv[1], checked=sys.argv[2] == "1"))
