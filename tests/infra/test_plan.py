"""The plan matches what is built: the sizes, the units and the prices, compared with the real items, lines and alarms."""

from __future__ import annotations

import io
import json
import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any  # Any: an item is the service's own shape

import click
import pytest
from click.testing import CliRunner

from hookline.adapters.aws import names
from hookline.adapters.aws.claims import claim_item
from hookline.adapters.aws.items import event_item
from hookline.adapters.aws.names import INLINE_LIMIT
from hookline.adapters.aws.telemetry import EmfTelemetry
from hookline.cli.plan import plan as command
from hookline.cli.root import main
from hookline.config import load
from hookline.domain.claim import Claim, ClaimKind
from hookline.domain.invocation import encode_event
from hookline.domain.message import message_of, size_of
from hookline.errors import OperatorError
from hookline.infra.endpoint import ACCESS_LOG
from hookline.infra.plan import Load, load_on, plan, read_prices, replay_cost
from hookline.infra.plan.entries import FEATURES
from hookline.infra.plan.event import footprint
from hookline.infra.plan.prices import Price
from hookline.infra.watch.alarm_subjects import Watched
from hookline.infra.watch.alarm_table import alarms
from infra.cost_page import PAGE, written
from infra.packaged import EXAMPLE
from infra.projects import project
from unit.aws_lambda.fakes import Home, Invocation, recorded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hookline.domain.event import Event
    from hookline.infra.plan import Plan

PRICES = read_prices()
A_MILLION = 1e6 / (730 * 3600)
"""Events a second that are a million a month."""

PAYMENT = "transactions:evt_01JZ8Q4T6WXN3K5V7B9D2F4H6P"
LINE = 26


def payment() -> Event:
    """The example's payment as the validator stores it."""
    home = Home()
    home.validator(recorded("payment"), Invocation())
    stored = home.events.get(PAYMENT)
    assert stored is not None
    return stored.event


def item_size(item: Mapping[str, Any]) -> int:
    """An item's bytes as DynamoDB counts them."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "N":  # one byte for two digits, and one more
        digits = content.strip("0") or "0"
        return math.ceil(len(digits) / 2) + 1
    if kind == "M":
        return 3 + sum(len(name.encode()) + _value_size(inner) + 1 for name, inner in content.items())
    return len(content.encode() if kind == "S" else content)


def load_like(event: Event, **changes: Any) -> Load:
    """The load of events like this one."""
    stored = event_item(event, stored_at=1, expires_at=None)["body"]["B"]
    found = Load(rate=A_MILLION, size=len(event.body), compression=len(stored) / len(event.body))
    return replace(found, **changes)


def small() -> Load:
    """A million events whose items take 1,024 bytes once they are delivered."""
    found = Load(rate=A_MILLION, size=714, compression=1)
    assert footprint(found).item + 40 == 1024
    return found


def log_lines() -> list[str]:
    """What an accepted and routed payment leaves in the functions' logs."""
    home = Home()
    home.validator(recorded("payment"), Invocation())
    home.pass_on()
    stream = io.StringIO()
    telemetry = EmfTelemetry(environment="production", function="webhook-validator-production", stream=stream)
    for record in home.telemetry.records:
        telemetry.record(record.event, record.metrics, record.fields, level=record.level, code=record.code)
    return stream.getvalue().splitlines()


def test_the_payment_samples_item_takes_at_most_1024_bytes() -> None:
    """Up to there an event is one unit each time it is written: the next byte costs as much as the first kilobyte."""
    item = event_item(payment(), stored_at=1_767_323_045_000_001, expires_at=None)

    assert item_size(item) <= 1024
    assert {"outbox", "since", "sha256", "metadata"} <= set(item)


def test_the_modelled_item_is_the_real_one() -> None:
    """The bill consists of kilobytes: a model that is wrong by a few would be wrong by a quarter of the bill."""
    event = payment()
    item = event_item(event, stored_at=1_767_323_045_000_001, expires_at=None)

    modelled = footprint(load_like(event)).item

    assert item_size(item) <= modelled <= item_size(item) + 20


def test_a_large_bodys_item_is_the_modelled_one() -> None:
    """Its key is in the item instead of the body."""
    event = replace(payment(), body=b"x" * (INLINE_LIMIT + 1))
    item = event_item(event, stored_at=1_767_323_045_000_001, expires_at=None)

    modelled = footprint(Load(rate=1, size=len(event.body))).item

    assert item_size(item) <= modelled <= item_size(item) + 30


def test_an_entry_of_the_index_by_time_is_no_larger_than_the_modelled_one() -> None:
    """It is kept as long as its event. DynamoDB adds 100 bytes to each."""
    item = event_item(payment(), stored_at=1_767_323_045_000_001, expires_at=None)
    keys = (names.TABLE_KEY, names.ARRIVALS_PARTITION, names.ARRIVALS_SORT, *names.ARRIVALS_PROJECTED)
    entry = item_size({key: item[key] for key in keys})

    assert entry <= footprint(small()).arrival_stored - 100 <= entry + 10


def test_a_claims_item_is_no_larger_than_the_modelled_one() -> None:
    """It is kept for 400 days, so that its bytes count."""
    claim = Claim(kind=ClaimKind.KNOWN, key=b"k" * 16, until=payment().received_at)
    item = claim_item(claim, payment(), {"stored_at": {"N": "1767323045000001"}})

    assert footprint(Load(rate=1, size=1, claims=1)).claims_stored - 100 - 20 < item_size(item) <= 140


def test_claims_are_paid_for_by_those_who_make_them() -> None:
    """A transaction takes two units for each one outside; senders that sign a time and an id claim nothing."""
    none = plan(Load(rate=A_MILLION, size=1024), PRICES)
    one = plan(Load(rate=A_MILLION, size=1024, claiming=1, claims=1), PRICES)

    writes = {cost.name: cost.quantity for cost in one.variable}
    assert writes["DynamoDB: claims, in one transaction"] == pytest.approx(1 + 2)
    assert not [cost for cost in none.variable if "claims" in cost.name]
    assert one.per_million > none.per_million


@pytest.mark.parametrize(
    ("scheme", "claims", "days"), [("github", 1, 400), ("paypal", 1, 8), ("linear", 1, 1 / 720), ("stripe", 0, 0)]
)
def test_the_command_knows_what_the_sources_claim(
    scheme: str, claims: float, days: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody has to know which sender signs what to know what it costs."""
    config = tmp_path / "hookline.toml"
    config.write_text(f'[sources.s]\nverify = {{ scheme = "{scheme}", secrets = ["S"] }}\n[queues.q]\n')

    command.main(["--rate", "1", "--size", "1kb", "--config", str(config), "--json"], standalone_mode=False)

    load_ = json.loads(capsys.readouterr().out)["load"]
    assert (load_["claiming"], load_["claims"]) == (claims, claims)
    assert load_["claim_days"] == pytest.approx(days)


def test_a_million_small_events_cost_at_most_nine_dollars_and_seventy_cents_for_the_index_by_time() -> None:
    """The promise: items of at most 1,024 bytes, recovery to any point in time included, five in a hundred traced."""
    result = plan(replace(small(), traced=0.05), PRICES)

    assert "DynamoDB: point-in-time recovery" in {cost.name for cost in result.variable}
    by_time = sum(cost.amount for cost in result.variable if "index by time" in cost.name)
    assert 0.6 < by_time / result.load.millions_a_month <= 0.7
    assert 8.0 < result.per_million - by_time / result.load.millions_a_month <= 9.0


def test_the_payment_sample_costs_less_than_the_largest_small_event() -> None:
    """The sample that users see first has to keep the promise, with its real item."""
    sample = plan(load_like(payment()), PRICES)

    assert sample.per_million <= plan(small(), PRICES).per_million
    assert (sample.event.put_units, sample.event.mark_units, sample.event.index_units) == (1, 1, 2)


def test_the_modelled_message_and_payload_are_no_smaller_than_the_real_ones() -> None:
    """Where they pass 64 KB and 256 KB they cost a request more."""
    event = payment()

    assert size_of(message_of(event)) - len(event.body) <= 350
    assert len(encode_event(event)) - 4 * math.ceil(len(event.body) / 3) <= 450


def test_the_modelled_log_lines_are_no_shorter_than_the_real_ones() -> None:
    """Logs cost by the byte, and are the item that grows unnoticed."""
    validator, router = log_lines()
    real = len(validator) + len(router) + 2 * LINE

    modelled = footprint(small()).log_bytes - 480 - LINE

    assert real <= modelled <= real * 1.15


def test_the_modelled_access_log_line_is_no_shorter_than_a_real_one() -> None:
    """API Gateway writes it for each request, refused ones too."""
    longest = {
        "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        "time": "1767323045000",
        "ip": "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
        "path": "/prod/webhook/transactions-of-a-long-name",
        "traceId": "1-5759e988-bd862e3fe1be46a994272793",
        "responseType": "INTEGRATION_TIMEOUT",
    }
    line = {name: longest.get(name, "12345") for name in ACCESS_LOG}

    assert len(json.dumps(line)) <= 480


def test_the_alarms_are_those_that_are_declared() -> None:
    """An alarm more is ten cents a month; one for each queue is a surprise."""
    queues = load(EXAMPLE).queues

    for kept in (queues, queues[1:]):
        declared = alarms(
            Watched(environment="x", queues=kept, timeouts={"validator": 30, "router": 60, "recoverer": 60})
        )
        (planned,) = [
            cost for cost in plan(Load(rate=1, size=1, queues=len(kept)), PRICES).fixed if cost.name == "Alarms"
        ]
        assert planned.quantity == sum(len(alarm.kind.measures) for alarm in declared)


@pytest.mark.parametrize(("rate", "looks"), [(0.01, 0.01), (1, 0.1), (1000, 6)])
def test_each_validator_that_runs_reads_what_is_paused_every_ten_seconds(rate: float, looks: float) -> None:
    """At few events a second each reads it; at many events functions run in parallel, sixty at a thousand a second."""
    (reading,) = [cost for cost in plan(Load(rate=rate, size=1), PRICES).fixed if cost.name == "Reading what is paused"]

    recoverer = 2 * 730 * 60
    assert reading.quantity * 1e6 == pytest.approx(looks * 730 * 3600 + recoverer)
    assert reading.unit == PRICES["table_reads"].unit


def test_concurrency_is_rate_times_duration() -> None:
    """Little's law, rounded up: part of an execution is one."""
    result = plan(Load(rate=1000, size=100, validator_ms=60.5, router_ms=40), PRICES)

    assert {need.name: need.amount for need in result.needs if need.unit == "in parallel"} == {
        "validator": 61,
        "router": 40,
        "recoverer": 1,
    }


@pytest.mark.parametrize(
    ("size", "put", "mark"), [(714, 1, 1), (715, 1, 2), (754, 1, 2), (755, 2, 2), (10_000, 11, 11)]
)
def test_write_units_grow_by_the_kilobyte(size: int, put: int, mark: int) -> None:
    """Put and mark are each paid for by the whole item, which grows a little when it is marked."""
    result = plan(Load(rate=10, size=size, compression=1), PRICES)

    assert (result.event.put_units, result.event.mark_units) == (put, mark)
    assert {need.name: need.amount for need in result.needs if need.unit == "write units/s"} == {
        "table": 10 * (put + mark),
        "outbox index": 20,
        "index by time": 10,
    }


def test_large_bodies_go_to_the_bucket() -> None:
    """There a kilobyte costs a fraction, and each write a fixed price."""
    inside, outside = (plan(Load(rate=1, size=INLINE_LIMIT + more), PRICES) for more in (0, 1))

    assert inside.event.in_bucket == 0
    assert outside.event.in_bucket == INLINE_LIMIT + 1
    assert outside.event.put_units == 1
    assert {cost.name for cost in outside.variable} - {cost.name for cost in inside.variable} == {
        "DynamoDB: reading",
        "S3: writing the body",
        "S3: reading it",
        "S3: storage",
        "S3: tags",
    }


def test_large_payloads_and_messages_are_several_requests() -> None:
    """SQS counts by 64 KB, an asynchronous invocation by 64 KB beyond 256."""
    result = footprint(Load(rate=1, size=INLINE_LIMIT))

    assert result.sent_requests == 4
    assert result.function_requests == 3
    assert footprint(Load(rate=1, size=INLINE_LIMIT, fan_out=2)).sent_requests == 8


def test_the_limits_come_in_the_order_in_which_they_bind() -> None:
    """The operator has to look at the first one; the stack's own throttle should be it."""
    result = plan(Load(rate=1, size=500), PRICES)

    reached = [quota.binds_at for quota in result.quotas]
    assert reached == sorted(reached)
    assert result.quotas[0].kind == "setting"
    assert plan(Load(rate=1, size=500, throttle_rate=50_000), PRICES).quotas[0].name.startswith("DynamoDB: a new")


def test_slow_functions_make_concurrency_the_first_quota() -> None:
    """It is the account's, and consumers take from it too."""
    result = plan(Load(rate=1, size=500, validator_ms=900), PRICES)

    first = next(quota for quota in result.quotas if quota.kind == "quota")
    assert first.name.startswith("Lambda: concurrent")
    assert first.binds_at == pytest.approx(1000 / 0.94)


def test_a_price_in_tiers_charges_each_unit_by_its_own() -> None:
    """The first million is not cheaper because of the last one."""
    price = Price(unit="x", tiers=((10, 3.0), (20, 2.0), (math.inf, 1.0)), basis="", source="")

    assert [price.of(quantity) for quantity in (0, 5, 10, 15, 30)] == [0, 15, 30, 40, 60]


def test_settings_that_cost_are_in_the_bill() -> None:
    """Firewall and managed secrets are settings: their price belongs to the decision."""
    plain = plan(small(), PRICES)
    full = plan(replace(small(), waf=True, managed_secrets=2), PRICES)

    assert full.per_million - plain.per_million == pytest.approx(0.60)
    assert sum(c.amount for c in full.fixed) - sum(c.amount for c in plain.fixed) == pytest.approx(7 + 0.80)


def test_each_version_that_is_kept_costs_by_its_memory_and_its_hours() -> None:
    """Versions that nobody deletes are the bill's surprise: 256 MB for a month are a dollar."""
    none, one, ten = (plan(replace(small(), snapshots=count), PRICES) for count in (0, 1, 10))
    large = plan(replace(small(), snapshots=1, validator_memory=1024), PRICES)

    kept = [sum(cost.amount for cost in found.fixed if "keeping" in cost.name) for found in (none, one, ten, large)]

    month = 730 * 3600 * 0.25 * 0.0000015046
    assert kept == pytest.approx([0, month, 10 * month, 4 * month])
    assert one.per_million == none.per_million


@pytest.mark.parametrize(
    ("rate", "restores"), [(0.00001, 26.28), (1, 365), (1000, 60 * 365)], ids=["rarely", "one process", "sixty"]
)
def test_each_process_that_begins_is_restored_and_no_event_restores_two(rate: float, restores: float) -> None:
    """An event a day restores one process a day; a steady load restores as many as run at the same time, again and again."""
    found = plan(Load(rate=rate, size=1024, snapshots=2), PRICES)

    restored = next(cost for cost in found.fixed if "restoring" in cost.name)

    assert restored.quantity == pytest.approx(restores * 0.25)
    assert restored.amount == pytest.approx(restores * 0.25 * 0.0001397998)


@pytest.mark.parametrize(
    ("rate", "share"), [(0.01, 1), (1, 1), (2, 0.525), (20, 0.0975), (100, 0.0595), (1000, 0.05095)]
)
def test_the_share_that_is_traced_follows_the_rate(rate: float, share: float) -> None:
    """X-Ray's default rule records the first request of each second: of few events it records all, at twenty times the price."""
    result = plan(Load(rate=rate, size=1024), PRICES)

    (traces,) = (cost for cost in result.variable if cost.name == "X-Ray: traces")
    assert traces.amount / result.load.millions_a_month == pytest.approx(5 * share)
    assert result.as_document()["load"]["traced"] == pytest.approx(share)  # type: ignore[index]  # JSON


@pytest.mark.parametrize(("traced", "recorded"), [(None, 1), (0.0, 0), (0.5, 0.5)])
def test_the_runs_of_the_recoverer_are_traced_too(traced: float | None, recorded: float) -> None:
    """One a minute is always the first of its second; a share that the operator names holds for them as well."""
    result = plan(Load(rate=1000, size=1024, traced=traced), PRICES)

    amounts = [cost.amount for cost in result.fixed if cost.name == "Recoverer: traces"]

    assert sum(amounts) == pytest.approx(recorded * 730 * 60 * 5 / 1e6)


def test_tags_of_large_bodies_cost_what_s3_asks_for_them_today() -> None:
    """$0.0065 for 10,000 tags a month, and a body has one for as long as it is kept: 30 days and 31."""
    result = plan(Load(rate=A_MILLION, size=INLINE_LIMIT + 1), PRICES)

    (tags,) = (cost for cost in result.variable if cost.name == "S3: tags")

    assert tags.amount == pytest.approx(0.0065 * 100 * 61 / (730 / 24))


def test_events_of_fifo_queues_cost_more_on_sqs_and_the_same_in_the_router() -> None:
    """The validator delivers them: nobody should size a router for events that it never gets."""
    plain, mixed, fifo = (plan(replace(small(), fifo=share), PRICES) for share in (0.0, 0.5, 1.0))

    def sqs(of: Plan) -> float:
        return sum(cost.amount for cost in of.variable if cost.name.startswith("SQS")) / of.load.millions_a_month

    def needed(of: Plan) -> list[float]:
        return [need.amount for need in of.needs if need.name in {"validator", "router"}]

    assert sqs(fifo) == pytest.approx(sqs(plain) * 0.5 / 0.4)
    assert sqs(mixed) == pytest.approx((sqs(plain) + sqs(fifo)) / 2)
    assert needed(fifo)[1] == 0
    assert (plain.event.function_requests, fifo.event.function_requests) == (2, 1)
    assert fifo.event.log_bytes < plain.event.log_bytes
    assert any("FIFO" in quota.name for quota in fifo.quotas)
    assert not any("FIFO" in quota.name for quota in plain.quotas)


def test_the_share_of_fifo_queues_is_hookline_tomls_unless_it_is_given(tmp_path: Path) -> None:
    """Nobody knows better how the events are spread than the operator."""
    config = load(project(tmp_path, "[queues.payments]", '[queues.payments]\nfifo = { group = "source" }'))

    assert load_on(config, rate=1, size=1).fifo == pytest.approx(1 / 3)
    assert load_on(load(EXAMPLE), rate=1, size=1).fifo == 0


def test_storage_is_planned_for_the_time_that_each_source_keeps_its_events(tmp_path: Path) -> None:
    """A source whose bodies go after a day must not be priced for a month, in the table or in the bucket."""
    config = load(project(tmp_path, 'id = "event_id"', 'id = "event_id"\nretention = "1d"'))
    short, usual = load_on(config, rate=1, size=1), load_on(load(EXAMPLE), rate=1, size=1)

    assert (short.retention_days, usual.retention_days) == (1, 30)
    assert (short.body_extra_days, usual.body_extra_days) == (15, 31)


def test_a_large_body_is_planned_for_as_long_as_its_message_may_wait(tmp_path: Path) -> None:
    """A dead letter of a FIFO queue begins a new age, and the bucket keeps what it refers to."""
    written = project(tmp_path, 'id = "event_id"', 'id = "event_id"\nretention = "1d"')
    with written.open("a") as file:
        file.write('[queues.orders]\nretention = "14d"\nfifo = { group = "source" }\n')

    planned = load_on(load(written), rate=1, size=1)

    assert planned.retention_days + planned.body_extra_days == 29


def test_a_month_by_each_way_in_differs_by_what_that_way_costs() -> None:
    """$2.50 a million less than the REST API with an HTTP API; a function URL costs nothing, and writes no line for each request."""
    rest, http, url = plan(small(), PRICES).entries

    assert rest.per_month == pytest.approx(plan(small(), PRICES).per_month)
    assert (rest.saves, rest.loses) == (0, ())
    assert http.saves == pytest.approx(3.50 - 1.00)
    assert url.saves == pytest.approx(3.50 + 0.50 * 506e6 / 1024**3)
    assert (http.per_million, url.per_million) == pytest.approx(
        (rest.per_million - http.saves, rest.per_million - url.saves)
    )
    assert set(http.loses) < set(url.loses)


def test_an_http_api_is_metered_by_512_kilobytes() -> None:
    """A body that does not fit is two requests, so that it saves less."""
    (_, fits, _), (_, not_, _) = (
        plan(Load(rate=A_MILLION, size=size), PRICES).entries for size in (500 * 1024, 512 * 1024)
    )

    assert fits.saves - not_.saves == pytest.approx(1.00)


def test_the_prices_of_large_volumes_are_those_of_each_way_in() -> None:
    """Both fall with the volume, at different sizes: 2,628 million are a thousand a second."""
    rest, http, _ = plan(Load(rate=1000, size=1024), PRICES).entries

    of_rest = 333 * 3.50 + 667 * 2.80 + 1628 * 2.38
    of_http = 300 * 1.00 + 2328 * 0.90
    assert http.saves == pytest.approx(of_rest - of_http)
    assert rest.per_month - http.per_month == pytest.approx(http.saves)


def test_a_firewall_is_saved_with_the_way_in_that_it_protects() -> None:
    """The saving has a price: the lost features are named next to it."""
    entries = plan(replace(small(), waf=True), PRICES).entries

    assert entries[1].saves == pytest.approx(2.50 + 0.60 + 7)
    assert any("firewall" in what for what in entries[1].loses)
    assert entries[0].loses == ()


def test_each_difference_between_the_ways_in_has_its_source() -> None:
    """AWS may change its services: a reader who checks needs the page."""
    assert all(one.source.startswith("https://docs.aws.amazon.com/") for one in FEATURES)
    assert len({one.what for one in FEATURES}) == len(FEATURES)
    assert all(set(one.has) != {"yes"} for one in FEATURES)


def test_the_page_of_the_decision_has_the_numbers_of_today() -> None:
    """The sentences of the page contain them."""
    page = (PAGE.parents[1] / "adr" / "0026-rest-api.md").read_text()
    found = plan(Load(rate=100, size=2048), PRICES)
    many = plan(Load(rate=1000, size=2048), PRICES)

    rest, http, url = (f"${entry.per_million:.2f}" for entry in found.entries)
    assert f"a million events cost {http} or {url} instead of {rest}" in page
    each = many.variable[0].amount / many.load.millions_a_month
    assert (many.variable[0].name, f"${each:.2f} a million on average" in page) == ("API Gateway: requests", True)


def test_every_price_says_where_it_is_from_and_when_it_was_read() -> None:
    """A price without a date cannot be checked."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", PRICES.as_of)
    for name, price in PRICES.prices.items():
        assert price.source.startswith("https://aws.amazon.com/"), name
        assert price.basis in {"price list", "pages"}, name
        assert price.tiers[-1][0] == math.inf, name


def test_every_price_is_used() -> None:
    """Nobody corrects a price that no calculation uses."""
    asked: set[str] = set()

    class Noted(dict[str, Price]):
        def __getitem__(self, name: str) -> Price:
            asked.add(name)
            return super().__getitem__(name)

    noted = replace(PRICES, prices=Noted(PRICES.prices))
    for architecture in ("arm64", "x86_64"):
        plan(Load(rate=1, size=INLINE_LIMIT + 1, waf=True, snapshots=1, architecture=architecture), noted)

    assert asked == set(PRICES.prices)


def test_another_sheet_of_prices_is_used_whole_or_refused(tmp_path: Path) -> None:
    """A missing price must not be a free one."""
    text = (EXAMPLE.parents[2] / "src/hookline/infra/prices.toml").read_text()
    (tmp_path / "dear.toml").write_text(text.replace("price = 0.625", "price = 6.25"))
    (tmp_path / "short.toml").write_text(text.partition("[table_storage]")[0])
    (tmp_path / "broken.toml").write_text("as_of = ")

    dear = plan(small(), read_prices(tmp_path / "dear.toml"))

    assert dear.per_million == pytest.approx(plan(small(), PRICES).per_million + 5 * 0.625 * 9)
    for name, why in (("short", "lacks alarms"), ("broken", "not a sheet"), ("absent", "not a sheet")):
        with pytest.raises(OperatorError, match=why) as caught:
            read_prices(tmp_path / f"{name}.toml")
        assert caught.value.code == "prices_invalid"


def test_a_replay_costs_by_its_events_their_size_and_their_queues() -> None:
    """The plan of a replay says it before it begins; nothing to replay costs nothing."""
    small_ones = replay_cost(1_000_000, 1_000_000, 500 * 1_000_000, PRICES)
    spread = replay_cost(1_000_000, 3_000_000, 500 * 1_000_000, PRICES)
    larger = replay_cost(1_000_000, 1_000_000, 20_480 * 1_000_000, PRICES)
    huge = replay_cost(1_000, 1_000, (INLINE_LIMIT + 1) * 1_000, PRICES)

    assert 3 < small_ones < 5
    assert spread - small_ones == pytest.approx(2 * 0.40 * 1.2)
    assert larger > 4 * small_ones
    assert huge > 1_000 * 2 * 5.00 / 1_000_000
    assert replay_cost(0, 0, 0, PRICES) == 0


def test_the_page_has_the_numbers_of_today() -> None:
    """A price that changes changes the page: run ``python tests/infra/cost_page.py``."""
    page = PAGE.read_text()

    assert written(page) == page
    assert len(re.findall("<!-- numbers: ", page)) == 12


def test_the_page_has_the_samples_real_size() -> None:
    """It is in a sentence, where no table would notice."""
    event = payment()
    item = event_item(event, stored_at=1_767_323_045_000_001, expires_at=None)

    printed = re.search(r"payment, ([\d,]+) bytes, takes ([\d,]+) bytes", PAGE.read_text())

    assert printed is not None
    assert int(printed[1]) == len(event.body)
    assert abs(int(printed[2]) - item_size(item)) <= 5


def test_the_command_prints_needs_limits_and_costs(capsys: pytest.CaptureFixture[str]) -> None:
    """Text for people; the same as JSON for programs."""
    words = ["--rate", "1000", "--size", "2kb", "--config", str(EXAMPLE)]

    command.main(words, standalone_mode=False)
    printed = capsys.readouterr().out
    command.main([*words, "--json"], standalone_mode=False)
    document = json.loads(capsys.readouterr().out)

    result = plan(Load(rate=1000, size=2048), PRICES)
    assert f"{result.per_million:,.2f}" in printed
    assert f"{result.per_month:,.2f}" in printed
    assert "OVER" not in printed
    assert all(f"{entry.per_month:,.2f}" in printed and entry.name in printed for entry in result.entries)
    assert [entry["name"] for entry in document["entries"]] == [entry.name for entry in result.entries]
    assert all(one.what in printed for one in FEATURES)
    assert document["per_million"] == result.per_million
    assert document["quotas"][0]["binds_at"] == 1000
    assert document["prices"] == {"region": "us-east-1", "as_of": PRICES.as_of}


def test_all_missing_options_are_named_together(capsys: pytest.CaptureFixture[str]) -> None:
    """A question for one option, and then for the next, wastes a run each; a single missing one is named as before."""
    with pytest.raises(click.UsageError) as both:
        command.main(["--waf"], standalone_mode=False)
    with pytest.raises(click.MissingParameter) as one:
        command.main(["--rate", "1"], standalone_mode=False)
    command.main(["--help"], standalone_mode=False)

    assert both.value.format_message() == (
        "Missing options: --rate (Events a second, around the clock); --size (A body as received, such as 2kb)."
    )
    assert "'--size'" in one.value.format_message()
    assert "--rate" in capsys.readouterr().out


def test_an_error_of_missing_options_is_json_where_that_is_asked_for() -> None:
    """A program reads the same list."""
    printed = CliRunner().invoke(main, ["plan", "--json"])

    error = json.loads(printed.stderr)["error"]
    assert (printed.exit_code, error["code"]) == (2, "usage")
    assert {"--rate", "--size"} <= set(error["detail"].split())


@pytest.mark.parametrize(("rate", "warned"), [(99, False), (101, True)])
def test_what_a_new_account_carries_is_said(rate: float, *, warned: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """Many begin with 10 concurrent executions, where AWS's pages say 1,000: a hundred events a second at 100 ms each."""
    words = ["--rate", str(rate), "--size", "1kb", "--config", str(EXAMPLE)]

    command.main(words, standalone_mode=False)
    (printed,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("new account"))
    command.main([*words, "--json"], standalone_mode=False)
    document = json.loads(capsys.readouterr().out)["new_account"]

    assert "carries 100 events/s, with 10 executions in parallel" in printed
    assert ("too small" in printed) is warned
    assert (document["limit"], document["binds_at"]) == (10, pytest.approx(100))
    assert document["name"] not in {quota.name for quota in plan(Load(rate=rate, size=1024), PRICES).quotas}


def test_the_how_to_says_the_same_of_a_new_account() -> None:
    """Its numbers and the quota's code are in sentences and commands, where no table would notice."""
    page = (PAGE.parent / "deploy-to-aws.md").read_text()
    load_ = Load(rate=1, size=1024)
    quota = plan(load_, PRICES).new_account

    assert f"Ten executions can process {quota.binds_at:.0f} events a second" in page
    assert f"{load_.validator_ms:g} ms and the router {load_.router_ms:g} ms" in page
    (code,) = re.findall(r"--quota-code (\S+)", page)
    assert code in quota.what_then


def test_a_rate_over_a_limit_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    """A user who plans for more than there is has to see it."""
    command.main(["--rate", "5000", "--size", "900", "--config", str(EXAMPLE)], standalone_mode=False)

    assert capsys.readouterr().out.count("OVER") == 4
