"""A server whose clock is far ahead of the last time in its file: it removes nothing, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import apsw

from acceptance.sender import transaction
from acceptance.server import Server

if TYPE_CHECKING:
    from pathlib import Path

YEAR = 400 * 24 * 3600 * 1_000_000
NO_QUIET = "import datetime, hookline.domain.clock_doubt as doubt; doubt.QUIET = datetime.timedelta(0)"


def test_an_undelivered_payment_survives_a_clock_that_is_a_year_ahead(tmp_path: Path) -> None:
    """The first sweep used to remove it within a minute of the start."""
    with Server(tmp_path) as server, server.sender() as sender:
        assert sender.post(transaction()).status == 202
        server.terminate()
    _make_older(server.data_dir / "hookline.db")

    with Server(tmp_path, before=NO_QUIET) as server:
        warned = server.wait_for("the clock is far ahead of the newest stored time: nothing expires for 24 hours")
        with server.sender() as sender:
            again = sender.post(transaction())
        taken = list(server.taken("payments"))
        server.terminate()

    assert warned["level"] == "warning"
    assert "hookline storage confirm-clock" in warned["advice"]
    assert again.json()["status"] == "duplicate"
    assert taken == ["transactions:evt_1"]


def _make_older(path: Path) -> None:
    """Let everything have been stored a year ago, which looks as a clock does that is a year ahead."""
    connection = apsw.Connection(str(path))
    connection.execute("UPDATE events SET received_at = received_at - ?, expires_at = expires_at - ?", (YEAR, YEAR))
    connection.execute("UPDATE messages SET sent_at = sent_at - ?", (YEAR,))
    connection.close()
