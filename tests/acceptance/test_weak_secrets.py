"""A published secret: no server that others can reach starts with it, and a local one warns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acceptance.sender import SECRET
from acceptance.server import Server, refused_start

if TYPE_CHECKING:
    from pathlib import Path

PUBLISHED = "whsec_RVhBTVBMRS1vbmx5LW5ldmVyLWluLXByb2R1Y3Rpb24h"
ELSEWHERE = '[server]\nhost = "0.0.0.0"\n'


def test_a_server_for_others_does_not_start_with_the_example_s_secret(tmp_path: Path) -> None:
    """Anyone could sign as the sender: an operator must learn that before the first call."""
    code, printed = refused_start(Server(tmp_path, more=ELSEWHERE, environment={"TRANSACTIONS_SECRET": PUBLISHED}))

    assert code == 2
    assert "the secret TRANSACTIONS_SECRET is a published example" in printed
    assert PUBLISHED not in printed


def test_a_server_for_others_does_not_start_with_a_file_that_all_can_read(tmp_path: Path) -> None:
    """Anyone who has an account on the machine could sign."""
    server = Server(tmp_path, more=ELSEWHERE)
    env = server.project / ".env"
    env.write_text(f"TRANSACTIONS_SECRET={SECRET}\n")
    env.chmod(0o644)

    code, printed = refused_start(server)

    assert code == 2
    assert f"chmod 600 {env}" in printed


def test_on_loopback_it_starts_and_warns(tmp_path: Path) -> None:
    """To try hookline out a user needs no secret of their own."""
    with Server(tmp_path, environment={"TRANSACTIONS_SECRET": PUBLISHED}) as server:
        line = server.wait_for("a secret is known to others")

    assert (line["level"], line["where"]) == ("warning", "sources.transactions.verify.secrets")
    assert PUBLISHED not in str(server.lines)
