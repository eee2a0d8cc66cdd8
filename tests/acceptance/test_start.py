"""What a server has loaded when it is ready, and what the first request for a page brings."""

from __future__ import annotations

from contextlib import closing
from http.client import HTTPConnection
from typing import TYPE_CHECKING

from acceptance.sender import sign, transaction
from acceptance.server import Server, until
from later_modules import loaded_too_early

if TYPE_CHECKING:
    from pathlib import Path

LIST_WHEN_ASKED = """
import os, sys, threading, time

def list_modules(folder={folder!r}):
    while True:
        if os.path.exists(folder + "/asked"):
            os.remove(folder + "/asked")
            with open(folder + "/part", "w") as file:
                file.write(" ".join(list(sys.modules)))
            os.rename(folder + "/part", folder + "/loaded")
        time.sleep(0.05)

threading.Thread(target=list_modules, daemon=True).start()
"""


def loaded(folder: Path) -> list[str]:
    """The modules that the process has now."""
    answer = folder / "loaded"
    answer.unlink(missing_ok=True)
    (folder / "asked").touch()
    until(answer.exists)
    return answer.read_text().split()


def test_a_server_takes_events_without_what_only_pages_need(tmp_path: Path) -> None:
    """A server that nobody looks at starts sooner and stays smaller; the first look brings the rest."""
    with Server(tmp_path, before=LIST_WHEN_ASKED.format(folder=str(tmp_path))) as server:
        with server.sender() as sender:
            body = transaction("evt_before_any_page")
            assert sender.post(body, headers=sign(body)).status == 202
        before = loaded(tmp_path)
        with closing(HTTPConnection("127.0.0.1", server.admin_port, timeout=30)) as browser:
            browser.request("GET", "/", headers={"accept": "text/html"})
            assert browser.getresponse().status == 200
        after = loaded(tmp_path)

    assert "hookline.runtimes.embedded.ingest" in before
    assert loaded_too_early(before) == []
    assert {"jinja2", "hookline.dashboard.pages"} <= {*loaded_too_early(after)}
