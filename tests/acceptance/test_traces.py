"""Traces of a real server, sent to a real receiver of OTLP, and carried to a real SQS client."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from acceptance.sender import Sender, sign, transaction
from acceptance.server import Server, refused_start, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opentelemetry.proto.trace.v1.trace_pb2 import Span

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
ON = "[server]\ntraces = true\n"


class Collector:
    """Takes spans by OTLP over HTTP."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.services: set[str] = set()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                    found = {one.key: one.value.string_value for one in resource.resource.attributes}
                    collector.services.add(found["service.name"])
                    collector.spans += [span for scope in resource.scope_spans for span in scope.spans]
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                """Log nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Take no more."""
        self._server.shutdown()
        self._server.server_close()

    def of(self, trace: str) -> dict[str, Span]:
        """The spans of one trace, by name."""
        return {span.name: span for span in self.spans if span.trace_id.hex() == trace}


def attributes(span: Span) -> dict[str, object]:
    """The content of a span."""
    return {one.key: one.value.int_value or one.value.string_value for one in span.attributes}


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Collector]]:
    """A server that traces, and where its spans go."""
    collector = Collector()
    settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "50"}
    with Server(tmp_path_factory.mktemp("traces"), more=ON, environment=settings) as server:
        yield server, collector
    collector.close()


def test_a_sender_s_trace_continues_at_the_consumer(traced: tuple[Server, Collector]) -> None:
    """One picture shows where a payment is: from the sender's call to the consumer's work."""
    server, collector = traced
    body = transaction("evt_traced")
    headers = {**sign(body), "traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": "shop=1"}
    with Sender(server.port) as sender, Sender(server.admin_port) as consumer:
        assert sender.post(body, headers=headers).status == 202
        url = consumer.sqs("GetQueueUrl", QueueName="payments")["QueueUrl"]
        messages = consumer.sqs(
            "ReceiveMessage",
            QueueUrl=url,
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["AWSTraceHeader"],
        )["Messages"]
    (message,) = (one for one in messages if json.loads(one["Body"])["id"] == "transactions:evt_traced")
    until(lambda: len(collector.of(TRACE)) == 4)

    spans = collector.of(TRACE)
    assert set(spans) == {"webhook", "verify", "route", "store"}
    assert spans["webhook"].parent_span_id.hex() == PARENT
    assert {spans[name].parent_span_id for name in ("verify", "route", "store")} == {spans["webhook"].span_id}
    assert spans["verify"].end_time_unix_nano <= spans["route"].start_time_unix_nano
    assert spans["route"].end_time_unix_nano <= spans["store"].start_time_unix_nano
    assert attributes(spans["webhook"])["hookline.event_id"] == "transactions:evt_traced"
    assert attributes(spans["webhook"])["http.response.status_code"] == 202
    assert collector.services == {"hookline"}

    route = spans["route"].span_id.hex()
    event = json.loads(message["Body"])
    assert (event["traceparent"], event["tracestate"]) == (f"00-{TRACE}-{route}-01", "shop=1")
    assert message["MessageAttributes"]["traceparent"]["StringValue"] == event["traceparent"]
    assert message["Attributes"]["AWSTraceHeader"] == f"Root=1-{TRACE[:8]}-{TRACE[8:]};Parent={route};Sampled=1"


def test_a_refused_request_is_traced_with_its_code(traced: tuple[Server, Collector]) -> None:
    """A refusal is what somebody looks for in a trace, and no error of the server's."""
    server, collector = traced
    trace = "11111111111111111111111111111111"
    with Sender(server.port) as sender:
        headers = {"content-type": "application/json", "traceparent": f"00-{trace}-{PARENT}-01"}
        assert sender.post(transaction("evt_refused"), headers=headers).status == 401
    until(lambda: len(collector.of(trace)) == 2)

    root = collector.of(trace)["webhook"]
    assert attributes(root)["error.type"] == "signature_missing"
    assert root.status.code == 0


@pytest.mark.parametrize(
    "header", ["nonsense", f"00-{'0' * 32}-{PARENT}-01", f"ff-{TRACE}-{PARENT}-01", "00-\xe9-1-01"]
)
def test_a_header_that_is_none_begins_a_trace_of_its_own(traced: tuple[Server, Collector], header: str) -> None:
    """A stranger's header must neither break a request nor attach it to another trace."""
    server, collector = traced
    before = len(collector.spans)
    body = transaction(f"evt_odd_{abs(hash(header))}")
    with Sender(server.port) as sender:
        assert sender.post(body, headers={**sign(body), "traceparent": header}).status == 202
    until(lambda: len(collector.spans) >= before + 4)

    assert {span.trace_id.hex() for span in collector.spans[before:]}.isdisjoint({TRACE, "0" * 32})


def test_no_part_of_it_is_there_when_it_is_off(tmp_path: Path) -> None:
    """Off is the default: no module is loaded, no header is read, and no message is larger."""
    check = (
        "import atexit, sys\n"
        "atexit.register(lambda: print('loaded', any('opentelemetry' in name for name in sys.modules), file=sys.stderr))"
    )
    with Server(tmp_path, before=check) as server:
        body = transaction("evt_plain")
        with Sender(server.port) as sender, Sender(server.admin_port) as consumer:
            assert sender.post(body, headers={**sign(body), "traceparent": f"00-{TRACE}-{PARENT}-01"}).status == 202
            url = consumer.sqs("GetQueueUrl", QueueName="payments")["QueueUrl"]
            (message,) = consumer.sqs("ReceiveMessage", QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
        assert server.terminate() == 0

    assert "traceparent" not in json.loads(message["Body"])
    assert "traceparent" not in message["MessageAttributes"]
    assert any("loaded False" in str(line) for line in server.lines)


def test_a_missing_library_is_named_at_the_start(tmp_path: Path) -> None:
    """The library is an extra: an operator who switches traces on reads what to install."""
    code, text = refused_start(
        Server(
            tmp_path,
            more=ON,
            before="import sys; sys.modules['opentelemetry.exporter.otlp.proto.http.trace_exporter'] = None",
        )
    )

    assert code == 2
    assert "server.traces" in text
    assert "hookline[traces]" in text
