"""A project that is served, and ``hookline send`` to it."""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from click.testing import CliRunner

from hookline.cli import main
from processes import running_process

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from click.testing import Result

SOURCES = """
[sources.by-header]
verify = { scheme = "hmac", secrets = ["OTHER_SECRET"], header = "X-Signature" }
id = "header:X-Event-Id"

[sources.by-scheme]
verify = { scheme = "standard-webhooks", secrets = ["TRANSACTIONS_SECRET"] }
type = "transaction_type"

[sources.by-content]
verify = { scheme = "none" }
id = "content-hash"

[sources.missing-secret]
verify = { scheme = "hmac", secrets = ["NOBODY_HAS_IT"], header = "X-Signature" }
id = "event_id"

[sources.slow]
verify = { scheme = "none" }
id = "event_id"
rate_limit = "1/s"
"""
NOBODY = "http://127.0.0.1:1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project that is served."""

    folder: Path
    url: str

    def send(self, *words: object, stdin: bytes | None = None) -> Result:
        """``hookline send`` in this process, to this server and with its configuration, unless ``words`` say others."""
        where = [] if "--url" in words else ["--url", self.url]
        config = [] if "--config" in words else ["--config", str(self.folder / "hookline.toml")]
        return CliRunner().invoke(main, ["send", *map(str, words), *config, *where], input=stdin)

    def sample(self, name: str = "payment") -> dict[str, object]:
        """A sample's document."""
        document: dict[str, object] = json.loads((self.folder / "samples" / f"{name}.json").read_bytes())
        return document

    def write(self, document: object, name: str = "body.json") -> Path:
        """A file with this document."""
        path = self.folder / name
        path.write_text(json.dumps(document))
        return path


@contextmanager
def serving(
    parent: Path, *, sources: str = SOURCES, secrets: Iterable[str] = (), words: Sequence[str] = ()
) -> Iterator[Project]:
    """A server whose sources take their ids from everywhere that ids can be, while the block runs.

    ``secrets`` are lines of .env, ``words`` more of the command.
    """
    folder = parent / "project"
    assert CliRunner().invoke(main, ["init", str(folder)]).exit_code == 0
    with (folder / ".env").open("a") as lines:
        lines.write("OTHER_SECRET=sixteen-bytes-and-more\nNOBODY_HAS_IT=only-the-server-does\n")
        lines.writelines(f"{line}\n" for line in secrets)
    with (folder / "hookline.toml").open("a") as config:
        config.write(sources)
    where = ["--config", str(folder / "hookline.toml"), "--data-dir", str(folder / "data")]
    ports = ["--port", "0", "--admin-port", "0", "--log-format", "json"]
    command = [sys.executable, "-m", "hookline", "serve", *where, *ports, *words]
    log = folder / "log"
    with log.open("wb") as written, running_process(command, stderr=written) as process:
        try:
            yield Project(folder=folder, url=_announced(log))
        finally:
            process.terminate()
        assert process.wait(timeout=120) == 0


def _announced(log: Path) -> str:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        for line in log.read_bytes().splitlines():
            if b'"event":"serving"' in line:
                url: str = json.loads(line)["url"]
                return url
        time.sleep(0.02)
    raise AssertionError(log.read_text())
