"""What ``contrib/`` has for Prometheus and Grafana loads there, and asks for metrics that exist."""

from __future__ import annotations

import re
import shutil

import promql_parser
import pytest
import yaml  # type: ignore[import-untyped]  # PyYAML ships no types

from alert_rules import CONTRIB, alerts, dashboard, panels
from hookline.ports.metric_table import METRICS, Kind
from processes import run_process

ROOT = CONTRIB.parent
BY_NAME = {row.name: row for row in METRICS}
HISTOGRAMS = {row.name for row in METRICS if row.kind is Kind.HISTOGRAM}
OF_PROMETHEUS = {"up", "job", "instance", "le"}
QUERIES = {target["expr"] for panel in panels() for target in panel["targets"]}
RATED = {"rate", "increase"}


def selectors(query: str) -> list[tuple[str, set[str], set[str]]]:
    """Every metric that a query asks for, the labels that it matches by, and the functions around it."""
    found: list[tuple[str, set[str], set[str]]] = []

    def walk(node: object, inside: frozenset[str]) -> None:
        if isinstance(node, promql_parser.Call):
            inside |= {node.func.name}
        if isinstance(node, promql_parser.VectorSelector) and node.name is not None:
            labels = {matcher.name for matcher in node.matchers.matchers}
            found.append((node.name or "", labels, set(inside)))
        for name in ("lhs", "rhs", "expr", "vector_selector", "param"):
            if (child := getattr(node, name, None)) is not None:
                walk(child, inside)
        for child in getattr(node, "args", None) or ():
            walk(child, inside)

    walk(promql_parser.parse(re.sub(r"\$__rate_interval", "5m", query)), frozenset())
    return found


@pytest.mark.parametrize("query", sorted({rule["expr"] for rule in alerts()} | QUERIES))
def test_a_query_asks_for_metrics_and_labels_that_exist(query: str) -> None:
    """A query with a mistake finds nothing, and looks as if all were well."""
    wanted = selectors(query)

    assert wanted
    for name, labels, functions in wanted:
        base = re.sub(r"_(bucket|count|sum)$", "", name)
        row = BY_NAME.get(base if base in HISTOGRAMS else name)
        assert row is not None or name in OF_PROMETHEUS, name
        if row is None:
            continue
        assert row.embedded
        assert labels <= {*row.labels, *OF_PROMETHEUS}
        is_counted = row.kind is Kind.COUNTER or (row.kind is Kind.HISTOGRAM and name != base)
        assert is_counted == bool(functions & RATED), f"{name}: {functions}"


def test_the_labels_that_a_query_groups_by_exist() -> None:
    """``by (sorce)`` makes one series of all, without an error."""
    grouped = {
        (label, query)
        for query in QUERIES | {rule["expr"] for rule in alerts()}
        for part in re.findall(r"(?:by|on) \(([^)]*)\)", query)
        for label in part.split(", ")
    }
    known = {label for row in METRICS for label in row.labels} | OF_PROMETHEUS

    assert {label for label, _ in grouped} <= known


def test_every_alert_says_what_happened_how_bad_it_is_and_what_to_do() -> None:
    """The person who is woken reads the summary first, and follows the link second."""
    for rule in alerts():
        assert re.fullmatch(r"Hookline[A-Z][A-Za-z]+", rule["alert"])
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in {"page", "warning"}
        assert set(rule["annotations"]) == {"summary", "runbook_url"}
    assert len({rule["alert"] for rule in alerts()}) == len(alerts())


def test_every_alert_links_to_a_section_of_the_runbook() -> None:
    """A dead link costs the most when it is followed in a hurry."""
    for rule in alerts():
        page, _, section = rule["annotations"]["runbook_url"].partition("#")
        titles = re.findall(r"^## (.+)$", (ROOT / page).read_text(), re.MULTILINE)
        assert section in {title.lower().replace(" ", "-") for title in titles}


def test_what_an_alert_shows_of_its_labels_is_there() -> None:
    """A label that the query has summed away is shown as nothing."""
    for rule in alerts():
        shown = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
        kept = {label for name, _, _ in selectors(rule["expr"]) for label in _labels(name)}
        for part in re.findall(r"sum by \(([^)]*)\)", rule["expr"]):
            kept &= set(part.split(", "))
        assert shown <= kept | {"instance"}, rule["alert"]


def _labels(name: str) -> set[str]:
    row = BY_NAME.get(name) or BY_NAME.get(re.sub(r"_(bucket|count|sum)$", "", name))
    return {*(row.labels if row else ()), "instance", "job"}


def test_the_dashboard_shows_every_metric() -> None:
    """Nobody looks at a metric that no chart shows."""
    shown = {re.sub(r"_(bucket|count|sum)$", "", name) for query in QUERIES for name, _, _ in selectors(query)} | {
        name for query in QUERIES for name, _, _ in selectors(query)
    }
    alerted = {name for rule in alerts() for name, _, _ in selectors(rule["expr"])}
    left_out = {
        "hookline_access_key_first_seen_timestamp_seconds",
        "hookline_log_lines_dropped_total",
        "hookline_quarantined_bytes",
        "hookline_queue_paused",
        "hookline_secret_kept_timestamp_seconds",
        "hookline_source_paused",
        "process_start_time_seconds",
        "process_virtual_memory_bytes",
    }

    assert {row.name for row in METRICS if row.embedded} - shown - alerted <= left_out


def test_the_dashboard_is_one_that_grafana_imports() -> None:
    """Grafana accepts what it does not understand without an error, and shows nothing."""
    found = dashboard()

    assert {"title", "uid", "schemaVersion", "panels", "templating", "time"} <= set(found)
    assert [one["name"] for one in found["templating"]["list"]] == ["datasource", "job", "instance"]
    ids = [panel["id"] for panel in found["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in panels():
        assert panel["title"]
        assert panel["description"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in found["panels"]]
    assert len(set(places)) == len(places)


def test_the_job_names_the_rules_and_the_port() -> None:
    """People copy this file."""
    document = yaml.safe_load((CONTRIB / "prometheus" / "prometheus.yml").read_text())

    (job,) = document["scrape_configs"]
    assert job["job_name"] == "hookline"
    assert job["static_configs"] == [{"targets": ["127.0.0.1:8081"]}]
    assert all((CONTRIB / "prometheus" / name).exists() for name in document["rule_files"])


def test_promtool_takes_the_rules() -> None:
    """Prometheus' own check, where it is at hand."""
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip("promtool is not on this machine")

    checked = run_process([tool, "check", "rules", str(CONTRIB / "prometheus" / "alerts.yml")], capture_output=True)

    assert checked.returncode == 0, checked.stdout.decode() + checked.stderr.decode()
