"""Allowed addresses at the validator: API Gateway says where a call comes from, and no header says otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hookline.config import parse
from hookline.domain.request import Headers, Request
from hookline.ports.telemetry import Metric
from unit.aws_lambda.fakes import AT, Home, Invocation, body_of, proxy_event

TOML = """
{server}
[sources.meters]
verify = {{ scheme = "none", allow_from_is_enough = true }}
allow_from = ["198.51.100.0/24"]
id = "id"
answer = {{ status = 200, body = "[accepted]" }}

[queues.all]
"""
CLOUDFRONT = '[server]\ntrusted_proxies = ["203.0.113.0/24"]\n'


def _home(server: str = "") -> Home:
    return Home(config=parse(TOML.format(server=server), base=Path()))


def _called(home: Home, address: object, **headers: str) -> dict[str, Any]:
    fields = Headers((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())
    request = Request(method="POST", path="/webhook/meters", headers=fields, body=b'{"id": "1"}', received_at=AT)
    event = proxy_event(request)
    event["requestContext"]["identity"]["sourceIp"] = address
    answer: dict[str, Any] = home.validator(event, Invocation())
    return answer


def test_an_allowed_address_is_served_with_the_sender_s_answer() -> None:
    """The embedded home does the same."""
    answer = _called(_home(), "198.51.100.23")

    assert (answer["statusCode"], answer["body"]) == (200, "[accepted]")
    assert answer["headers"]["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1", "", None, 5])
def test_another_is_refused_and_kept_nowhere(address: object) -> None:
    """The same applies when the gateway names no address."""
    home = _home()

    answer = _called(home, address)

    assert (answer["statusCode"], body_of(answer)["code"]) == (403, "address_not_allowed")
    assert home.state.events == {}
    assert list(home.quarantine.summaries()) == []
    (record,) = home.telemetry.records
    assert record.metrics == {Metric.REJECTED: 1}
    assert record.code == "address_not_allowed"


@pytest.mark.parametrize("written", ["198.51.100.23", "198.51.100.23, 198.51.100.24"])
def test_no_header_opens_it(written: str) -> None:
    """The gateway passes on what the caller wrote, and appends the address."""
    assert _called(_home(), "192.0.2.1", x_forwarded_for=f"{written}, 192.0.2.1")["statusCode"] == 403
    assert _called(_home(CLOUDFRONT), "192.0.2.1", x_forwarded_for=written)["statusCode"] == 403


@pytest.mark.parametrize(("caller", "status"), [("198.51.100.23", 200), ("192.0.2.1", 403)])
def test_behind_a_trusted_proxy_its_own_word_counts(caller: str, status: int) -> None:
    """CloudFront in front of the gateway, which appends CloudFront's address."""
    answer = _called(_home(CLOUDFRONT), "203.0.113.5", x_forwarded_for=f"198.51.100.1, {caller}, 203.0.113.5")

    assert answer["statusCode"] == status
