"""Calls that prove nothing: they cost a bounded number of lines and kept requests, and never the sender's own capacity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hookline.adapters.local.secrets import LoadedSecrets
from hookline.config import parse
from hookline.error_codes import CODES
from hookline.errors import Rejected
from hookline.runtimes.embedded import bucket as bucket_module
from hookline.runtimes.embedded import call_limits
from hookline.runtimes.embedded.call_limits import FailedCalls, neighbourhood, proves_nothing
from unit.builders import NOW
from unit.embedded.endpoint import Endpoint
from unit.embedded.fakes import LogBook, Sender, run

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.domain.source import Source
    from unit.embedded.fakes import MovingLoop

KEY = b"a-secret-of-sixteen-bytes-or-more"
BODY = b'{"id": "evt_1"}'
LARGE = 256 * 1024
QUEUES = "[queues.payments]\n"


def shop(tmp_path: Path, more: str = "", scheme: str = '"github"') -> Source:
    """A source whose calls are signed."""
    text = f'[sources.shop]\npath = "/webhook"\nverify = {{ scheme = {scheme}, secrets = ["KEY"] }}\n{more}\n{QUEUES}'
    (source,) = parse(text, base=tmp_path).sources
    return source


def genuine(source: Source, body: bytes = BODY, address: str = "192.0.2.1") -> Sender:
    """A call of the sender."""
    headers = source.verifier.sign(body, secret=KEY, delivery_id="evt_1", at=NOW)  # type: ignore[attr-defined]  # every scheme signs
    fields = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return Sender(body, headers=[(b"content-type", b"application/json"), *fields], client=(address, 1))


def forged(body: bytes = BODY, address: str = "192.0.2.1") -> Sender:
    """A call of another caller."""
    fields = [(b"content-type", b"application/json"), (b"x-hub-signature-256", b"sha256=" + b"0" * 64)]
    return Sender(body, headers=fields, client=(address, 1))


def endpoint_of(source: Source) -> Endpoint:
    """The application with one source."""
    endpoint = Endpoint(source, secrets=LoadedSecrets({"KEY": KEY}))
    endpoint.gate = type(endpoint.gate)(max_requests=1000, max_bytes=64 * LARGE)
    return endpoint


def statuses(endpoint: Endpoint, *senders: Sender) -> list[int | None]:
    """The answers, one call after another."""

    async def main(_: MovingLoop) -> None:
        for sender in senders:
            await endpoint.call(sender)

    endpoint.run(main)
    return [sender.status for sender in senders]


def test_forged_calls_do_not_spend_the_sender_s_rate(tmp_path: Path) -> None:
    """Otherwise anyone who knows the address could silence the sender."""
    source = shop(tmp_path, "rate_limit = 1\nfailed_rate_limit = 1000")
    calls = [*(forged() for _ in range(50)), genuine(source)]

    answers = statuses(endpoint_of(source), *calls)

    assert answers == [401] * 50 + [202]


def test_too_many_forged_calls_are_answered_429_and_the_next_call_is_still_verified(tmp_path: Path) -> None:
    """The bucket changes the answer, the log and what is kept, and never whether a genuine call is taken."""
    source = shop(tmp_path, "failed_rate_limit = 3")
    endpoint = endpoint_of(source)
    calls = [*(forged() for _ in range(40)), genuine(source)]

    answers = statuses(endpoint, *calls)

    refused = answers[:40]
    assert refused[:3] == [401] * 3
    assert refused.count(429) >= 30
    assert calls[39].headers["retry-after"] == "1"
    assert calls[39].document["code"] == "too_many_requests"
    assert answers[40] == 202
    assert len(endpoint.rejected) == refused.count(401)
    assert [status for status, _, _ in endpoint.log.requests] == [401] * refused.count(401) + [202]


def test_calls_without_a_line_of_their_own_are_counted_in_one(tmp_path: Path) -> None:
    """A flood must neither fill the log nor stay invisible."""
    source = shop(tmp_path, "failed_rate_limit = 1")
    endpoint = endpoint_of(source)

    async def main(loop: MovingLoop) -> None:
        for _ in range(20):
            await endpoint.call(forged())
        await loop.advance(11)

    endpoint.run(main)

    (line,) = [line for line in endpoint.log.lines if line.text == "calls failed verification, not logged one by one"]
    assert line.level == "warning"
    assert line.fields["source"] == "shop"
    assert line.fields["count"] == 20 - len(endpoint.log.requests)


def test_verified_calls_that_are_refused_spend_the_rate(tmp_path: Path) -> None:
    """A sender that repeats what it may not send is a verified sender above its rate."""
    source = shop(tmp_path, 'rate_limit = 1\nid = "missing"')

    answers = statuses(endpoint_of(source), genuine(source), genuine(source))

    assert answers == [400, 429]


# where verifying is expensive


def test_an_address_that_forges_large_bodies_is_refused_before_they_are_verified(tmp_path: Path) -> None:
    """Hashing megabytes for strangers takes the time that the sender's calls need; other addresses are not affected."""
    source = shop(tmp_path, 'failed_rate_limit = 4\nmax_body = "2mb"\nid = "content-hash"')
    endpoint = endpoint_of(source)
    large = b'"' + b"x" * (2 * LARGE) + b'"'
    flood = [forged(large, "198.51.100.7") for _ in range(3)]
    blocked = genuine(source, large, "198.51.100.7")
    small, other = genuine(source, BODY, "198.51.100.7"), genuine(source, large, "192.0.2.1")

    answers = statuses(endpoint, *flood, blocked, small, other)

    assert answers == [401, 401, 429, 429, 202, 202]
    assert "transactions" not in endpoint.stored


def test_an_address_that_has_proved_itself_is_always_verified(tmp_path: Path) -> None:
    """Behind a proxy forgers and senders have one address: forged calls must not lock out the sender."""
    source = shop(tmp_path, 'failed_rate_limit = 1\nmax_body = "2mb"\nid = "content-hash"')
    large = b'"' + b"x" * LARGE + b'"'
    calls = [genuine(source, large), *(forged(large) for _ in range(10)), genuine(source, large)]

    answers = statuses(endpoint_of(source), *calls)

    assert (answers[0], answers[-1]) == (202, 200)


@pytest.mark.parametrize("name", ["paypal", "ebay", "plaid", "aws-sns", "discord", "sendgrid", "telnyx"])
def test_public_keys_are_expensive_and_a_plain_hash_is_not(tmp_path: Path, name: str) -> None:
    """Anyone could cause a public-key operation with every forged call."""
    more = ', topics = ["arn:aws:sns:us-east-1:123456789012:t"]' if name == "aws-sns" else ', secrets = ["KEY"]'
    text = f'[sources.keyed]\nverify = {{ scheme = "{name}"{more} }}\n{QUEUES}'
    (keyed,), plain = parse(text, base=tmp_path).sources, shop(tmp_path)

    failed = FailedCalls([keyed, plain], log=LogBook())

    assert failed.is_expensive(keyed, 1)
    assert not failed.is_expensive(plain, LARGE - 1)
    assert failed.is_expensive(plain, LARGE)


def test_addresses_are_remembered_within_bounds(tmp_path: Path) -> None:
    """A caller with many addresses must not fill the memory."""
    source = shop(tmp_path, "failed_rate_limit = 1")

    async def main(_: MovingLoop) -> FailedCalls:
        failed = FailedCalls([source], log=LogBook())
        for number in range(10_000):
            address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
            failed.failed(source, LARGE, address)
            failed.verified(source, address)
        return failed

    failed = run(main)

    assert len(failed._addresses) == len(failed._proved) == call_limits._MOST_ADDRESSES


def test_an_address_is_verified_again_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bound by address is no ban: the next owner of the address did nothing."""
    source = shop(tmp_path, "failed_rate_limit = 1")
    now = [1000.0]
    monkeypatch.setattr(bucket_module, "monotonic", lambda: now[0])

    async def main(_: MovingLoop) -> list[bool]:
        failed = FailedCalls([source], log=LogBook())
        failed.failed(source, LARGE, "192.0.2.1")
        found = [failed.may_verify(source, "192.0.2.1"), failed.may_verify(source, "192.0.2.2")]
        now[0] += 2
        return [*found, failed.may_verify(source, "192.0.2.1")]

    assert run(main) == [False, True, True]


@pytest.mark.parametrize(
    ("address", "share"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::9", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_one_host_has_a_whole_network_of_ipv6_addresses(address: str, share: str) -> None:
    """A dual-stack socket writes IPv4 addresses as IPv6: they must not share one bound."""
    assert neighbourhood(address) == share


def test_every_refusal_of_a_sender_that_is_not_known_counts() -> None:
    """A code that is added later must be on one of the two sides."""
    admin_port = {code for code in CODES if code.startswith("credentials_")} | {"access_key_unknown", "login_failed"}

    assert {code for code in CODES if proves_nothing(Rejected(code, ""))} - admin_port == {
        "handshake_invalid",
        "handshake_refused",
        "handshake_unknown",
        "signature_mismatch",
        "signature_missing",
        "timestamp_invalid",
        "timestamp_missing",
        "timestamp_outside_tolerance",
    }
