"""``/metrics`` of a real server, read by the parsers of Prometheus' own client."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from acceptance.sender import Sender, sign, transaction
from acceptance.server import Server, refused_start, until
from hookline.ports.metric_table import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from acceptance.sender import Answer

TOKEN = "a-token-of-enough-length-for-prometheus"
Key = tuple[str, frozenset[tuple[str, str]]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the whole file."""
    with Server(tmp_path_factory.mktemp("metrics")) as server:
        yield server


def asked(server: Server, headers: Mapping[str, str] | None = None) -> Answer:
    """The answer to one scrape."""
    with Sender(server.admin_port) as sender:
        return sender.request("GET", "/metrics", headers=headers)


def fetched(server: Server, **headers: str) -> tuple[str, str]:
    """The text and its media type."""
    answer = asked(server, headers)
    assert answer.status == 200
    return answer.body.decode(), answer.headers["content-type"]


def scraped(server: Server, **headers: str) -> Mapping[Key, float]:
    """Each value by its name and its labels."""
    families = list(prometheus(fetched(server, **headers)[0]))
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def key(name: str, **labels: str) -> Key:
    """How a value is found."""
    return name, frozenset(labels.items())


def test_what_was_sent_is_what_is_counted(server: Server) -> None:
    """The numbers an operator trusts must be those of the senders."""
    with Sender(server.port) as sender:
        before = scraped(server)
        body = transaction("evt_metrics_1")
        sender.post(body)
        sender.post(body)
        sender.post(body, headers=sign(b"another body"))
        sender.post(b"{}", path="/elsewhere")
    after = scraped(server)

    def grown(name: str, **labels: str) -> float:
        return after.get(key(name, **labels), 0) - before.get(key(name, **labels), 0)

    source = {"source": "transactions"}
    assert grown("hookline_accepted_total", **source) == 1
    assert grown("hookline_duplicate_total", **source) == 1
    assert grown("hookline_rejected_total", **source, code="signature_mismatch") == 1
    assert grown("hookline_signature_failures_total", **source) == 1
    assert grown("hookline_rejected_total", source="", code="unknown_path") == 1
    assert grown("hookline_answers_total", **source, status="202") == 1
    assert grown("hookline_answer_seconds_count", **source) == 3
    assert grown("hookline_routed_total") == 1
    assert grown("hookline_queue_messages", queue="payments") == 1
    assert grown("hookline_commit_seconds_count") >= 1
    until(lambda: scraped(server).get(key("hookline_quarantined", **source)))
    assert after[key("hookline_last_event_timestamp_seconds", **source)] > 1_700_000_000
    assert after[key("hookline_ready")] == 1
    assert after[key("hookline_database_bytes")] > 0
    assert after[key("process_open_fds")] > 5


def test_both_formats_are_served_complete(server: Server) -> None:
    """Prometheus asks for OpenMetrics first, and other tools know only the old format."""
    plain, plain_type = fetched(server)
    modern, modern_type = fetched(server, accept="application/openmetrics-text; version=1.0.0")

    assert plain_type.startswith("text/plain; version=0.0.4")
    assert modern_type.startswith("application/openmetrics-text; version=1.0.0")
    promised = {row.name.removesuffix("_total") for row in METRICS if row.embedded}
    assert {one.name.removesuffix("_total") for one in prometheus(plain)} == promised
    assert {one.name for one in open_metrics(modern)} == promised  # type: ignore[no-untyped-call]  # as it is


def test_no_sender_can_make_a_series(server: Server) -> None:
    """Paths, ids, types and headers are a stranger's; a label of any of them would fill the memory of the scraper."""
    before: set[Key] = set()
    with Sender(server.port) as sender:
        for number in range(20):
            sender.post(b"{}", path=f"/elsewhere/{number}")
            sender.post(transaction(f"evt_series_{number}", kind=f"kind-{number}"))
            sender.post(transaction(f"evt_event_{number}"))
            if number == 0:
                until(lambda: any(name == "hookline_quarantined" for name, _ in scraped(server)))
                before = set(scraped(server))

    assert set(scraped(server)) == before


def status(server: Server, token: str | None) -> int:
    """The status of a scrape with this token."""
    return asked(server, {} if token is None else {"authorization": f"Bearer {token}"}).status


def test_a_token_lets_a_scraper_in_and_is_read_again_by_a_reload(tmp_path: Path) -> None:
    """Prometheus sends a bearer token and nothing else; one that leaked is replaced without a restart."""
    with Server(
        tmp_path, more='[server]\nmetrics_token = "METRICS_TOKEN"\n', environment={"METRICS_TOKEN": TOKEN}
    ) as server:
        before = [status(server, token) for token in (TOKEN, None, "wrong")]

        (server.project / ".env").write_text("METRICS_TOKEN=another-token-of-enough-length\n")
        server.signal(signal.SIGHUP)
        until(lambda: server.all("reloaded"))

        after = [status(server, token) for token in ("another-token-of-enough-length", TOKEN)]

    assert before == [200, 401, 401]
    assert after == [200, 401]
    assert not any(TOKEN in json.dumps(line) for line in server.lines)


def test_a_token_that_is_missing_or_short_is_refused_at_the_start(tmp_path: Path) -> None:
    """A token that can be guessed protects nothing."""
    for value in ({}, {"METRICS_TOKEN": "short"}):
        server = Server(tmp_path, more='[server]\nmetrics_token = "METRICS_TOKEN"\n', environment=value)

        code, text = refused_start(server)

        assert code == 2
        assert "server.metrics_token" in text
        assert "short" not in text


def test_a_reload_that_failed_is_reported_until_one_succeeds(server: Server) -> None:
    """The file on the disk differs from the settings in force: somebody must be woken before the next restart."""
    toml = server.project / "hookline.toml"
    good = toml.read_text()
    toml.write_text("nonsense")
    server.signal(signal.SIGHUP)
    until(lambda: scraped(server)[key("hookline_config_reload_failed")] == 1)
    toml.write_text(good)
    server.signal(signal.SIGHUP)
    until(lambda: scraped(server)[key("hookline_config_reload_failed")] == 0)
