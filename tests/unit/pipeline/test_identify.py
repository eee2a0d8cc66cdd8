"""The id, the type and the time of an event."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.config import parse as parse_config
from hookline.config.extract import extractor, id_extractor
from hookline.domain.json_text import parse
from hookline.domain.message import cloud_event
from hookline.domain.secret import Secret
from hookline.domain.source import Verified
from hookline.errors import Rejected
from hookline.pipeline.identify import identify
from hookline.pipeline.receive import accept
from unit.builders import NOW, Finds, attempt, refusal, request, source

if TYPE_CHECKING:
    from hookline.domain.event import Event
    from hookline.domain.source import Source


def identified(source: Source, body: bytes = b"{}", *, at: datetime = NOW, verified: Verified | None = None) -> Event:
    """The event that ``body`` reports to ``source``."""
    return identify(
        request(body, {"X-Id": "from the header"}, at=at),
        source,
        document=parse(body),
        verified=verified or Verified(),
        content_type="application/json",
    )


def named(value: object) -> str:
    """The delivery id that ``value`` becomes."""
    return identified(source(find_id=Finds(value))).id.removeprefix("transactions:")


def timed(value: object) -> str:
    """The event's time when the sender's is ``value``."""
    return identified(source(find_time=Finds(value))).time


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("evt_1", "evt_1"),
        (" a:b ", " a:b "),
        ("Ünïcode ✓ \U0001f600", "Ünïcode ✓ \U0001f600"),
        ("\u200d\u202e\xa0", "\u200d\u202e\xa0"),
        ("x" * 256, "x" * 256),
        ("\U0001f600" * 256, "\U0001f600" * 256),
        (0, "0"),
        (-7, "-7"),
        (2**64 - 1, "18446744073709551615"),
        (-(2**63), "-9223372036854775808"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_text_and_whole_numbers_are_names(value: object, name: str) -> None:
    """Senders number their deliveries or name them; either is kept as it was written, blanks and all."""
    assert named(value) == name


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        1.5,
        float("nan"),
        1e300,
        True,
        False,
        [],
        ["evt_1"],
        {},
        b"evt_1",
        "x" * 257,
        "a\x00",
        "a\nb",
        "\t",
        "\x7f",
        "\x85",
        "\x9f",
        "a\u2028b",
        "a\u2029b",
        "\ufffe",
        "\uffff",
        "\ud800",
        "a\udfff",
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_what_is_no_name_is_refused(value: object) -> None:
    """A float may mean two ids, a bool is a mistake, and control characters break logs, SQL and SQS."""
    assert refusal(lambda: named(value)) == "delivery_id_invalid"
    assert refusal(lambda: identified(source(find_type=Finds(value)))) == "event_type_invalid"


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_name_is_refused(value: object) -> None:
    """Events without an id would all be duplicates of the first."""
    assert refusal(lambda: named(value)) == "delivery_id_missing"
    assert refusal(lambda: identified(source(find_type=Finds(value)))) == "event_type_missing"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"id": 18446744073709551616}', "delivery_id_invalid"),
        (b'{"id": -9223372036854775809}', "delivery_id_invalid"),
        (b'{"id": 12345678901234567890123}', "delivery_id_invalid"),
        (b'{"id": 1.0}', "delivery_id_invalid"),
        (b'{"id": 1e2}', "delivery_id_invalid"),
        (b'{"id": true}', "delivery_id_invalid"),
        (b'{"id": null}', "delivery_id_missing"),
        (b'{"id": ""}', "delivery_id_missing"),
        (b'{"id": "a\\u0000"}', "delivery_id_invalid"),
        (b'{"ID": 1}', "delivery_id_missing"),
        (b"[1]", "delivery_id_missing"),
    ],
)
def test_ids_that_json_cannot_carry_exactly_are_refused(body: bytes, code: str) -> None:
    """A parser rounds whole numbers over 64 bits, so two deliveries would get one id."""
    assert refusal(lambda: identified(source(find_id=extractor("id")), body)) == code


def test_an_id_with_a_lone_surrogate_is_refused() -> None:
    """Two such ids must not become one, and no message can hold one of them."""
    body = b'{"id": "cut \\ud83d"}'
    sender = source(find_id=extractor("id"))

    assert refusal(lambda: accept(request(body), sender, [])) == "delivery_id_invalid"


def test_the_largest_exact_id_is_taken() -> None:
    """Ids such as those of Snowflake have 64 bits."""
    body = b'{"id": 18446744073709551615}'

    assert identified(source(find_id=extractor("id")), body).id == "transactions:18446744073709551615"


def test_the_source_and_the_delivery_id_are_one_readable_pair() -> None:
    """Source names have no colon, so two pairs never give one id, whatever the sender writes."""
    assert identified(source(find_id=Finds("a:b:c"))).id == "transactions:a:b:c"


def test_the_content_hash_names_a_delivery_by_its_bytes() -> None:
    """Without an id from the sender, equal bytes are one delivery, and one more blank makes another."""
    by_content = source(find_id=id_extractor("content-hash"))

    first, again, other = (identified(by_content, body) for body in (b"{}", b"{}", b"{ }"))

    assert first.id == again.id == f"transactions:{hashlib.sha256(b'{}').hexdigest()}"
    assert other.id != first.id


def test_the_id_may_be_in_a_header_or_come_from_verification() -> None:
    """The source's own setting goes first; without one, the id is the one that the scheme has proved."""
    proved = Verified(delivery_id="proved")

    assert identified(source(find_id=extractor("header:x-id")), verified=proved).id == "transactions:from the header"
    assert identified(source(find_id=None), verified=proved).id == "transactions:proved"
    assert refusal(lambda: identified(source(find_id=None))) == "delivery_id_missing"


def test_an_event_without_a_declared_type_is_a_webhook() -> None:
    """Routes need a type to look at, and a sender with one kind of event sends no type."""
    assert identified(source()).type == "webhook"
    assert identified(source(find_type=Finds(7))).type == "7"


def test_the_secret_that_fits_is_recorded_and_nothing_else_of_it() -> None:
    """A rotation is watched by the secret's name; an unsigned event has no such name."""
    assert identified(source(), verified=Verified(secret="NEW")).metadata == {"secret": "NEW"}
    assert identified(source()).metadata == {}


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-02T03:04:05Z",
        "2026-01-02T03:04:05.123456789Z",
        "2026-01-02T03:04:05.123456789-07:00",
        "2026-01-02T03:04:05+14:00",
        "2026-01-02T03:04:05-00:00",
        "2024-02-29T00:00:00Z",
        "2000-02-29T00:00:00Z",
        "2025-01-31T00:00:00Z",
        "2025-11-30T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999Z",
    ],
)
def test_rfc_3339_text_is_kept_as_it_was_written(text: str) -> None:
    """The offset and the digits of a second are the sender's, and would be lost in a datetime."""
    assert timed(text) == text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("2026-01-02t03:04:05z", "2026-01-02T03:04:05Z"),
        ("2026-01-02 03:04:05Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05.123456789012Z", "2026-01-02T03:04:05.123456789Z"),
        ("2026-01-02T03:04:05.123456789012+02:00", "2026-01-02T03:04:05.123456789+02:00"),
        ("2026-01-02T03:04:05.5+23:59", "2026-01-01T03:05:05.5Z"),
        ("2026-01-02T03:04:05-14:01", "2026-01-02T17:05:05Z"),
        ("0999-01-02T03:04:05+15:00", "0999-01-01T12:04:05Z"),
    ],
)
def test_a_spelling_that_some_readers_refuse_becomes_one_that_all_take(written: str, text: str) -> None:
    """Go wants capitals, Java 9 digits at most, .NET offsets within 14 hours: the moment stays the same."""
    assert timed(written) == text


@pytest.mark.parametrize(
    "written",
    [
        "2016-12-31T23:59:60Z",
        "1990-12-31T15:59:60-08:00",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
    ],
)
def test_a_moment_that_no_reader_takes_gives_way_to_the_time_of_receipt(written: str) -> None:
    """A genuine event must not be lost because of its time."""
    event = identified(source(find_time=Finds(written)))

    assert event.time == "2026-01-02T03:04:05Z"
    assert event.metadata["originaltime"] == written
    assert json.loads(cloud_event(event))["originaltime"] == written


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-02T03:04:05",
        "2026-01-02",
        "2026-01-02T03:04Z",
        "20260102T030405Z",
        "2026-W01-1T00:00:00Z",
        "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05.1234567890123Z",
        "2026-01-02T03:04:05+1400",
        "2026-01-02T03:04:05+24:00",
        "2026-01-02T24:00:00Z",
        "2026-01-02T03:60:00Z",
        "2026-01-02T03:04:61Z",
        "2026-00-01T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-32T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-01-02T03:04:05Z\n",
        " 2026-01-02T03:04:05Z",
        "٢٠٢٦-01-02T03:04:05Z",
        "Fri, 02 Jan 2026 03:04:05 GMT",
        "yesterday",
        " ",
        "-1",
        "+1",
        "1.5",
        "1e9",
        "\u0661",
        "²",
        "9" * 16,
        "9" * 5000,
        -1,
        -0.5,
        253_402_300_800_000,
        10**300,
        1e300,
        float("nan"),
        float("inf"),
        float("-inf"),
        True,
        False,
        [],
        {},
        b"2026-01-02T03:04:05Z",
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_what_is_no_time_gives_way_to_the_time_of_receipt(value: object) -> None:
    """Nothing is guessed, such as a missing offset, and a genuine event must not be lost."""
    event = identified(source(find_time=Finds(value)))

    assert event.time == "2026-01-02T03:04:05Z"
    assert event.metadata.get("originaltime", str(value)[:256]) == str(value)[:256]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (-0.0, "1970-01-01T00:00:00Z"),
        (1767323045, "2026-01-02T03:04:05Z"),
        ("1767323045", "2026-01-02T03:04:05Z"),
        (1767323045.25, "2026-01-02T03:04:05.250000Z"),
        (1767323045250, "2026-01-02T03:04:05.250000Z"),
        ("1767323045250", "2026-01-02T03:04:05.250000Z"),
        (1767323045250.0, "2026-01-02T03:04:05.250000Z"),
        (99_999_999_999, "5138-11-16T09:46:39Z"),
        (100_000_000_000, "1973-03-03T09:46:40Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999000Z"),
        ("253402300799999", "9999-12-31T23:59:59.999000Z"),
        ("000000000000000", "1970-01-01T00:00:00Z"),
    ],
)
def test_numbers_are_seconds_or_milliseconds_since_1970(value: object, text: str) -> None:
    """Senders write either, as a number or as digits; from 100,000,000,000 on it can only be milliseconds."""
    assert timed(value) == text


@pytest.mark.parametrize("value", [None, ""])
def test_without_a_time_the_time_of_receipt_is_used(value: object) -> None:
    """Every event has a time, in UTC."""
    at = datetime(2026, 1, 2, 3, 4, 5, 600000, tzinfo=UTC)

    assert identified(source(find_time=Finds(value)), at=at).time == "2026-01-02T03:04:05.600000Z"
    assert identified(source()).time == "2026-01-02T03:04:05Z"


@given(st.datetimes(timezones=st.integers(-840, 840).map(lambda minutes: timezone(timedelta(minutes=minutes)))))
def test_every_day_of_the_calendar_is_a_time(moment: datetime) -> None:
    """The rule leaves out days that do not exist, and no others."""
    assert timed(moment.isoformat()) in (moment.isoformat(), "2026-01-02T03:04:05Z")
    assert moment.year in (1, 9999) or timed(moment.isoformat()) == moment.isoformat()


@given(value=st.text() | st.integers() | st.floats() | st.from_regex(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?Z"))
def test_a_time_is_rfc_3339_text_that_readers_take(value: object) -> None:
    """Consumers parse it: one that cannot would receive the message until it is a dead letter."""
    text = timed(value)

    assert re.fullmatch(r"(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d(\.\d{1,9})?(Z|[+-](0\d|1[0-4]):\d\d)", text)
    assert datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*", r"\1", text)).astimezone(UTC).tzinfo is UTC


@pytest.mark.parametrize("odd", ["\ufdd0", "\ufdef", "\U0001fffe", "\U0010ffff"])
def test_noncharacters_never_reach_a_message(odd: str) -> None:
    """CloudEvents leaves them out of its text; JSON and SQS do not, so a genuine event may have them."""
    event = identified(source(find_id=Finds(f"a{odd}"), find_type=Finds(f"paid{odd}")))
    other = identified(source(find_id=Finds(f"b{odd}")))

    assert event.id == f"transactions:sha256:{hashlib.sha256(f'a{odd}'.encode()).hexdigest()}"
    assert event.type == "paid\ufffd"
    assert other.id != event.id


@pytest.mark.parametrize("odd", ["a\nb", "\x7f", "\ud800", "a\u2028", "\ufdd0"])
def test_a_named_senders_call_is_not_lost_for_a_character(odd: str) -> None:
    """Its bytes are its id then, as for a call without an id."""
    config = parse_config('[sources.s]\nverify = { scheme = "stripe", secrets = ["S"] }\n[queues.q]\n', base=Path())
    body = json.dumps({"id": odd, "type": odd}).encode()
    headers = config.schemes["s"].sign(body, secret=b"a-secret-of-stripe", delivery_id="d", at=NOW)

    event = accept(request(body, headers), config.sources[0], [Secret(name="S", value=b"a-secret-of-stripe")])

    assert event.id == f"s:{hashlib.sha256(body).hexdigest()}"
    assert event.type == ("\ufffd" if odd == "\ud800" else "webhook")


@given(st.text() | st.integers() | st.floats() | st.booleans())
def test_a_name_is_readable_text_or_rejected(value: object) -> None:
    """Every result can be stored, queued, logged and sent as a header."""
    name = attempt(lambda: named(value))

    if isinstance(name, Rejected):
        assert name.code.startswith("delivery_id_")
    else:
        assert orjson.loads(orjson.dumps(name)) == name
        assert name == str(value) or name.startswith("sha256:")
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff\u2028\u2029]", name)
        assert not any(ord(character) & 0xFFFE == 0xFFFE for character in name)
