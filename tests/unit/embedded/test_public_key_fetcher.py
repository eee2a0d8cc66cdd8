"""Public keys for calls that have proved nothing: one fetch for a key, bounded waiting, and no thread of anybody else's."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hookline.config import parse
from hookline.domain.source import KeyReference
from hookline.errors import HooklineError, Rejected, UnavailableError
from hookline.runtimes.embedded.public_key_fetcher import PublicKeyFetcher
from hookline.runtimes.embedded.small_pool import SmallPool
from unit.builders import request, secret
from unit.embedded.fakes import LogBook, run, until

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.domain.source import Source
    from unit.embedded.fakes import MovingLoop

URL = "https://api.paypal.com/v1/notifications/certs/"
PAYPAL = '[sources.paypal]\nverify = { scheme = "paypal", secrets = ["ID"] }\n[queues.q]\n'
EBAY = '[sources.ebay]\nverify = { scheme = "ebay", secrets = ["ID"] }\n[queues.q]\n'
EBAY_CALL = (
    "eyJhbGciOiAiZWNkc2EiLCAia2lkIjogIjk5MzYyNjFhLTdkN2IiLCAic2lnbmF0dXJlIjogIk1FVUNJUT09IiwgImRpZ2VzdCI6ICJTSEExIn0="
)


class SlowKeys:
    """Keys that come only when a test allows it, or fail."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.let = threading.Event()
        self.fault = fault
        self.asked: list[KeyReference] = []
        self.known: dict[KeyReference, bytes] = {}
        self.threads: set[str] = set()

    def kept(self, reference: KeyReference) -> bytes | None:
        """The key that is known."""
        return self.known.get(reference)

    def fetch(self, reference: KeyReference, credentials: Sequence[Secret] = ()) -> bytes:  # noqa: ARG002 -- the port's shape
        """Wait, and answer."""
        self.asked.append(reference)
        self.threads.add(threading.current_thread().name)
        self.let.wait(10)
        if self.fault is not None:
            raise self.fault
        return b"key"


def source_of(text: str = PAYPAL) -> Source:
    """One source."""
    return parse(text, base=Path()).sources[0]


def call(name: str = "CERT-1", body: bytes = b"{}", **changes: str) -> Request:
    """A call that could be PayPal's."""
    now = datetime.now(UTC)
    headers = {
        "content-type": "application/json",
        "paypal-transmission-sig": "AAAA",
        "paypal-transmission-id": "t",
        "paypal-transmission-time": now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "paypal-cert-url": URL + name,
        "paypal-auth-algo": "SHA256withRSA",
    }
    return request(body, headers | {key.replace("_", "-"): value for key, value in changes.items()}, at=now)


def read(names: Sequence[str]) -> Sequence[Secret]:
    """The secrets."""
    return [secret(b"a-client:a-secret", name) for name in names]


def fetcher_of(
    keys: SlowKeys, log: LogBook | None = None, most_waiting: int = 100, most_bytes: int = 10_000
) -> PublicKeyFetcher:
    """A fetcher of ``keys``."""
    return PublicKeyFetcher(keys, log=log or LogBook(), most_waiting=most_waiting, most_bytes=most_bytes)


async def outcome(waiting: Coroutine[Any, Any, Source]) -> object:
    """The key, or the error."""
    try:
        found: Any = await waiting
    except HooklineError as error:
        return error
    return found.verifier.key


def all_together(
    keys: SlowKeys, fetcher: PublicKeyFetcher, source: Source, calls: Sequence[Request], addresses: int = 1000
) -> list[object]:
    """What becomes of all calls, which come while the host is silent, each address making the next."""

    async def main(_: MovingLoop) -> list[object]:
        tasks = [
            asyncio.ensure_future(outcome(fetcher.with_key(source, one, read, f"10.0.0.{number % addresses}")))
            for number, one in enumerate(calls)
        ]
        await until(lambda: len(keys.asked) > 0)
        await asyncio.sleep(0.05)
        keys.let.set()
        return list(await asyncio.gather(*tasks))

    return run(main)


def codes(found: Sequence[object]) -> list[str]:
    """The codes of the errors among them, in order."""
    return sorted(one.code for one in found if isinstance(one, HooklineError))


def test_a_key_is_fetched_once_for_all_calls_that_wait_for_it() -> None:
    """A thousand calls at a start must not ask the sender's host a thousand times."""
    keys = SlowKeys()

    found = all_together(keys, fetcher_of(keys), source_of(), [call() for _ in range(40)])

    assert found == [b"key"] * 40
    assert len(keys.asked) == 1
    assert all(name.startswith("hookline-paypal-keys") for name in keys.threads)


def test_a_known_key_waits_for_nobody() -> None:
    """The sender's own calls must continue while forged names occupy the threads."""
    keys = SlowKeys()
    fetcher, source = fetcher_of(keys), source_of()
    keys.known[KeyReference(provider="paypal", name=f"{URL}CERT-1")] = b"known"

    async def main(_: MovingLoop) -> object:
        forged = [
            asyncio.ensure_future(outcome(fetcher.with_key(source, call(f"X-{number}"), read, f"10.0.0.{number}")))
            for number in range(30)
        ]
        await until(lambda: len(keys.asked) == 2)
        found = await outcome(fetcher.with_key(source, call(), read, "10.0.0.1"))
        keys.let.set()
        await asyncio.gather(*forged)
        return found

    assert run(main) == b"known"


def test_one_sender_s_fetches_are_bounded_and_use_none_of_another_s_threads() -> None:
    """PayPal's dead host must not keep eBay's key from being fetched."""
    keys, other = SlowKeys(), SlowKeys()
    other.let.set()
    paypal, ebay = source_of(), source_of(EBAY)

    class Both(SlowKeys):
        def fetch(self, reference: KeyReference, credentials: Sequence[Secret] = ()) -> bytes:
            return (keys if reference.provider == "paypal" else other).fetch(reference, credentials)

    fetcher = fetcher_of(Both())

    async def main(_: MovingLoop) -> tuple[object, list[object]]:
        forged = [
            asyncio.ensure_future(outcome(fetcher.with_key(paypal, call(f"X-{number}"), read, f"10.0.0.{number}")))
            for number in range(30)
        ]
        await until(lambda: len(keys.asked) == 2)
        theirs = request(b"{}", {"x-ebay-signature": EBAY_CALL})
        found = await outcome(fetcher.with_key(ebay, theirs, read, "10.0.1.1"))
        refused_now = [task.result() for task in forged if task.done()]
        keys.let.set()
        await asyncio.gather(*forged)
        return found, refused_now

    found, refused_now = run(main)

    assert found == b"key"
    assert codes(refused_now) == ["overloaded"] * 22


SETS = """
[sources.one]
id = "id"
verify = { scheme = "jwt", algorithms = ["RS256"], audience = "us", keys_url = "https://one.example.com/jwks" }
[sources.two]
id = "id"
verify = { scheme = "jwt", algorithms = ["RS256"], audience = "us", keys_url = "https://two.example.com/jwks" }
[queues.q]
"""


def token_call(key: str, audience: str = "us") -> Request:
    """A call whose token could be good as far as anybody can say without the key."""
    now = datetime.now(UTC)
    parts: list[dict[str, object]] = [
        {"alg": "RS256", "kid": key},
        {"iat": int(now.timestamp()), "aud": audience},
    ]
    written = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    headers = {"content-type": "application/json", "authorization": f"Bearer {'.'.join(written)}.AAAA"}
    return request(b'{"id": 1}', headers, at=now)


def test_a_set_of_keys_that_does_not_come_holds_up_no_source_with_another() -> None:
    """Both have the same scheme: the bound is for one URL, not for the scheme."""
    silent, quick = SlowKeys(), SlowKeys()
    quick.let.set()
    one, two = parse(SETS, base=Path()).sources

    class Both(SlowKeys):
        def fetch(self, reference: KeyReference, credentials: Sequence[Secret] = ()) -> bytes:
            return (silent if "one." in reference.place else quick).fetch(reference, credentials)

    fetcher = fetcher_of(Both(), most_waiting=20)

    async def main(_: MovingLoop) -> list[object]:
        forged = [
            asyncio.ensure_future(outcome(fetcher.with_key(one, token_call(f"X-{number}"), read, f"10.0.0.{number}")))
            for number in range(40)
        ]
        await until(lambda: len(silent.asked) == 2)
        found = [await outcome(fetcher.with_key(two, token_call(f"K-{number}"), read, "10.0.1.1")) for number in (1, 2)]
        silent.let.set()
        await asyncio.gather(*forged)
        return found

    assert run(main) == [b"key"] * 2
    assert {name.rpartition("-keys")[0] for name in silent.threads}.isdisjoint(
        name.rpartition("-keys")[0] for name in quick.threads
    )


def test_a_token_for_another_audience_never_causes_a_fetch() -> None:
    """Anyone can have a token signed for another audience; it must not cost the sender's host a call."""
    keys = SlowKeys()
    source = parse(SETS, base=Path()).sources[0]

    async def main(_: MovingLoop) -> object:
        return await outcome(fetcher_of(keys).with_key(source, token_call("K", audience="them"), read, "10.0.0.1"))

    assert codes([run(main)]) == ["signature_mismatch"]
    assert keys.asked == []


@pytest.mark.parametrize(("calls", "most_waiting", "most_bytes"), [(20, 8, 10_000), (20, 100, 800)])
def test_those_who_wait_are_bounded_in_number_and_in_bytes(calls: int, most_waiting: int, most_bytes: int) -> None:
    """Calls that wait use places and bytes that calls to other sources need."""
    keys = SlowKeys()
    fetcher = fetcher_of(keys, most_waiting=most_waiting, most_bytes=most_bytes)

    found = all_together(keys, fetcher, source_of(), [call(body=b" " * 100) for _ in range(calls)])

    assert found.count(b"key") == 4
    assert codes(found) == ["keys_unavailable"] * 16


def test_an_address_names_a_few_keys_only() -> None:
    """A stranger who invents names must not make hookline call the sender's host again and again."""
    keys = SlowKeys(Rejected("signature_mismatch", "unknown"))
    keys.let.set()
    fetcher, source = fetcher_of(keys), source_of()

    async def main(_: MovingLoop) -> list[object]:
        return [await outcome(fetcher.with_key(source, call(f"X-{number}"), read, "192.0.2.1")) for number in range(50)]

    found = run(main)

    assert codes(found) == ["keys_unavailable"] * (50 - len(keys.asked)) + ["signature_mismatch"] * len(keys.asked)
    assert len(keys.asked) < 12


@pytest.mark.parametrize(
    "changes",
    [
        {"paypal_transmission_time": "2020-01-01T00:00:00Z"},
        {"paypal_transmission_time": "now"},
        {"paypal_auth_algo": "MD5withRSA"},
        {"paypal_transmission_sig": "not base64!"},
        {"paypal_transmission_sig": ""},
        {"paypal_transmission_id": ""},
        {"paypal_cert_url": "https://example.com/cert"},
        {"content_type": "text/html"},
    ],
    ids=str,
)
def test_rubbish_never_causes_a_fetch(changes: dict[str, str]) -> None:
    """A call that no key could verify is refused without a fetch."""
    keys = SlowKeys()

    async def main(_: MovingLoop) -> object:
        return await outcome(
            fetcher_of(keys).with_key(source_of(), call("CERT-1", b"{}", **changes), read, "192.0.2.1")
        )

    found = run(main)

    assert isinstance(found, Rejected)
    assert keys.asked == []


def test_a_body_that_is_too_large_never_causes_a_fetch() -> None:
    """It would be refused with any key."""
    keys = SlowKeys()
    source = replace(source_of(), max_body=10)

    async def main(_: MovingLoop) -> object:
        return await outcome(fetcher_of(keys).with_key(source, call(body=b" " * 11), read, "192.0.2.1"))

    assert codes([run(main)]) == ["body_too_large"]
    assert keys.asked == []


def test_a_fetch_that_fails_is_reported_to_the_operator_once_in_a_while() -> None:
    """The sender gets only a 503; the operator needs the key, the host and the reason."""
    log = LogBook()
    keys = SlowKeys(UnavailableError("keys_unavailable", "the key K of paypal cannot be fetched from H: late"))
    keys.let.set()
    fetcher, source = fetcher_of(keys, log), source_of()

    async def main(_: MovingLoop) -> list[object]:
        return [await outcome(fetcher.with_key(source, call(f"X-{number}"), read, "192.0.2.1")) for number in range(5)]

    found = run(main)

    (line,) = log.lines
    assert codes(found) == ["keys_unavailable"] * 5
    assert (line.level, line.text, line.fields["source"]) == ("warning", "a public key cannot be fetched", "paypal")
    assert line.fields["detail"] == "the key K of paypal cannot be fetched from H: late"


def test_a_call_that_has_gone_stops_no_fetch_that_others_wait_for() -> None:
    """The first caller may hang up; the key is still everybody's."""
    keys = SlowKeys()
    fetcher, source = fetcher_of(keys), source_of()

    async def main(_: MovingLoop) -> object:
        first = asyncio.ensure_future(outcome(fetcher.with_key(source, call(), read, "192.0.2.1")))
        await until(lambda: len(keys.asked) == 1)
        second = asyncio.ensure_future(outcome(fetcher.with_key(source, call(), read, "192.0.2.2")))
        await asyncio.sleep(0)
        first.cancel()
        keys.let.set()
        return await second

    assert run(main) == b"key"
    assert fetcher._waiting == {"paypal": 0}
    assert fetcher._bytes == {"paypal": 0}
    assert fetcher._fetching == {}


def test_a_pool_takes_a_bounded_amount_of_work_and_outlives_faults() -> None:
    """A queue without a limit could fill the memory."""
    let = threading.Event()

    def work(value: int) -> int:
        let.wait(10)
        if value == 0:
            raise ValueError
        return value

    async def main(_: MovingLoop) -> tuple[list[object], int]:
        pool = SmallPool("test", threads=1, most=3)
        tasks = [asyncio.ensure_future(pool.run(work, number)) for number in range(5)]
        await asyncio.sleep(0)
        let.set()
        found: list[object] = list(await asyncio.gather(*tasks, return_exceptions=True))
        after = await pool.run(work, 7)
        pool.close()
        return found, after

    found, after = run(main)

    assert isinstance(found[0], ValueError)
    assert found[1:3] == [1, 2]
    assert codes(found) == ["overloaded"] * 2
    assert after == 7
