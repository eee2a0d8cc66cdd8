"""Lines that CloudWatch reads as logs and as metrics."""

from __future__ import annotations

import io
import json
import re
import sys
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any  # Any: JSON lines

from hypothesis import given
from hypothesis import strategies as st

from hookline.adapters.aws import names
from hookline.adapters.aws.telemetry import EmfTelemetry
from hookline.domain.secret import Secret
from hookline.ports.telemetry import Metric
from unit.aws_lambda.fakes import AT
from unit.builders import event

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest


def line_of(
    metrics: Mapping[Metric, float] | None = None,
    fields: Mapping[str, object] | None = None,
    *,
    level: str = "info",
    code: str | None = None,
) -> dict[str, Any]:
    """The line that a record makes."""
    stream = io.StringIO()
    telemetry = EmfTelemetry(environment="dev", function="webhook-validator-dev", stream=stream, now=lambda: AT)
    telemetry.record("request", metrics, fields, level=level, code=code)
    text = stream.getvalue()
    assert text.endswith("\n")
    assert text.count("\n") == 1
    line: dict[str, Any] = json.loads(text)
    return line


def check_emf(line: dict[str, Any]) -> None:
    """What the specification says of a document; CloudWatch silently ignores a document that is different."""
    about = line["_aws"]
    assert set(about) == {"Timestamp", "CloudWatchMetrics"}
    assert type(about["Timestamp"]) is int
    for directive in about["CloudWatchMetrics"]:
        assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
        assert re.fullmatch(r"[0-9A-Za-z.\-_/#]{1,1024}", directive["Namespace"])
        assert directive["Dimensions"]
        for dimensions in directive["Dimensions"]:
            assert 1 <= len(dimensions) <= 30
            assert all(isinstance(line[name], str) and 1 <= len(line[name]) <= 1024 for name in dimensions)
        assert 1 <= len(directive["Metrics"]) <= 100
        for metric in directive["Metrics"]:
            assert set(metric) <= {"Name", "Unit", "StorageResolution"}
            assert metric["Unit"] in {"Count", "Seconds"}
            assert isinstance(line[metric["Name"]], int | float)


def test_a_metric_is_written_as_the_specification_says() -> None:
    """A mistake in the form raises no error anywhere: the metric is just never there."""
    line = line_of({Metric.ACCEPTED: 1})

    check_emf(line)
    assert line["_aws"] == {
        "Timestamp": int(AT.timestamp() * 1000),
        "CloudWatchMetrics": [
            {
                "Namespace": "Hookline",
                "Dimensions": [["Environment"]],
                "Metrics": [{"Name": "Accepted", "Unit": "Count"}],
            }
        ],
    }
    assert (line["Accepted"], line["Environment"]) == (1, "dev")


def test_refusals_are_counted_by_their_code_too_and_nothing_else_is() -> None:
    """A reader of the sum must not have to know every code; and each dimension's value costs by the month."""
    line = line_of({Metric.REJECTED: 1, Metric.SIGNATURE_FAILURES: 1}, code="signature_mismatch")

    check_emf(line)
    assert line["Code"] == "signature_mismatch"
    assert {
        metric["Name"]: directive["Dimensions"]
        for directive in line["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
    } == {"Rejected": [["Environment"], ["Environment", "Code"]], "SignatureFailures": [["Environment"]]}


def test_what_a_source_did_is_counted_by_its_name_too() -> None:
    """The control room says how fast each source sends; a metric for each source of anything else would only cost."""
    accepted = line_of({Metric.ACCEPTED: 1, Metric.REPEATED_BODY: 1}, {"source": "shop"})
    refused = line_of({Metric.REJECTED: 1}, {"source": "shop"}, code="signature_mismatch")
    unknown = line_of({Metric.REJECTED: 1}, {"source": None}, code="source_unknown")
    other = line_of({Metric.CONFLICT: 1}, {"source": "shop"})

    for line in (accepted, refused, unknown, other):
        check_emf(line)
    assert dimensions(accepted) == {
        "Accepted": [["Environment"], ["Environment", "source"]],
        "RepeatedBody": [["Environment"]],
    }
    assert dimensions(refused) == {"Rejected": [["Environment"], ["Environment", "source"], ["Environment", "Code"]]}
    assert (accepted["source"], refused["source"]) == ("shop", "shop")
    assert dimensions(unknown) == {"Rejected": [["Environment"], ["Environment", "Code"]]}
    assert dimensions(other) == {"Conflict": [["Environment"]]}


def dimensions(line: dict[str, Any]) -> dict[str, list[list[str]]]:
    """The dimensions by which each metric of a line is counted."""
    return {
        metric["Name"]: directive["Dimensions"]
        for directive in line["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
    }


def test_as_many_metrics_are_paid_for_by_source_as_are_written() -> None:
    """`hookline plan` multiplies this number by the sources."""
    by_source = [metric for metric in Metric if len(dimensions(line_of({metric: 1}, {"source": "shop"}))[metric]) > 1]

    assert len(by_source) == names.METRICS_BY_SOURCE


@given(
    metrics=st.dictionaries(st.sampled_from(Metric), st.integers(0, 10**6) | st.floats(0, 10**9), min_size=1),
    code=st.none() | st.sampled_from(["schema_mismatch", "internal_fault"]),
    source=st.none() | st.just("shop"),
)
def test_any_metrics_make_a_valid_document(metrics: dict[Metric, float], code: str | None, source: str | None) -> None:
    """Any combination of metrics may be in one line."""
    line = line_of(metrics, {"source": source}, code=code)

    check_emf(line)
    declared = [one["Name"] for directive in line["_aws"]["CloudWatchMetrics"] for one in directive["Metrics"]]
    assert sorted(declared) == sorted(metrics)


def test_a_line_without_metrics_is_an_ordinary_line() -> None:
    """An empty list of metrics is against the specification."""
    assert line_of() == {
        "at": "2026-01-02T03:04:05.000Z",
        "level": "info",
        "event": "request",
        "function": "webhook-validator-dev",
        "Environment": "dev",
    }


def test_fields_that_are_not_known_are_left_out() -> None:
    """A search for a field that is there must not find nulls."""
    line = line_of(fields={"event_id": None, "ms": 1.5}, level="warning")

    assert "event_id" not in line
    assert (line["ms"], line["level"]) == (1.5, "warning")


def test_times_are_utc_whatever_the_clock_says() -> None:
    """Lines of several functions are read side by side."""
    stream = io.StringIO()
    east = timezone(timedelta(hours=9))
    telemetry = EmfTelemetry(
        environment="dev", function="f", stream=stream, now=lambda: datetime(2026, 1, 2, 12, 4, 5, tzinfo=east)
    )

    telemetry.record("request")

    assert json.loads(stream.getvalue())["at"] == "2026-01-02T03:04:05.000Z"


@given(st.dictionaries(st.text(), st.text(st.characters()) | st.integers() | st.binary() | st.none()))
def test_no_field_can_break_the_line(fields: dict[str, object]) -> None:
    """Ids come from outside; a line that is not JSON is neither found nor counted."""
    line = line_of({Metric.ACCEPTED: 1}, {f"x-{name}": value for name, value in fields.items()})

    check_emf(line)


def test_records_are_written_without_what_they_hide() -> None:
    """If one of hookline's own values is in a line, its body or its secret is not."""
    line = line_of(fields={"event": event(b"4929-1183"), "secret": Secret(name="S", value=b"whsec_x")})

    assert "4929" not in json.dumps(line)
    assert "whsec_x" not in json.dumps(line)


def test_it_is_written_to_standard_output_of_the_moment(capsys: pytest.CaptureFixture[str]) -> None:
    """Lambda puts its own in place; and through ``logging`` the line would be wrapped, and count nothing."""
    EmfTelemetry(environment="dev", function="f").record("request", {Metric.ACCEPTED: 1})

    check_emf(json.loads(capsys.readouterr().out))


def test_a_stream_that_is_closed_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """No request is refused because nothing can be logged."""
    stream = io.StringIO()
    stream.close()
    monkeypatch.setattr(sys, "stdout", stream)

    EmfTelemetry(environment="dev", function="f").record("request")

    assert stream.closed
