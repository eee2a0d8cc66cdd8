"""Senders' keys over HTTPS: asked for only at pinned places, kept for a day, and 503 when they are not available."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest

from hookline.adapters.local.https import HttpsRequest, send
from hookline.adapters.local.key_hosts import HOSTS
from hookline.adapters.local.keys import GivenKeys, HttpsKeys
from hookline.adapters.memory.clock import MemoryClock
from hookline.domain.source import KeyReference
from hookline.errors import Rejected, UnavailableError
from hookline.providers import PROVIDERS
from unit.builders import refusal, secret

PAYPAL = KeyReference(provider="paypal", name="https://api.paypal.com/v1/notifications/certs/CERT-1")
EBAY = KeyReference(provider="ebay", name="9936261a-7d7b-4621-a0f1-96ccb428af49")
PLAID = KeyReference(provider="plaid", name="bfbd5111-8e33-4643-8ced-b2e642a72f3c")
CREDENTIALS = (secret(b"the-client:the-secret"),)


class Hosts:
    """Hosts that give the answers of a test, and remember what they were asked."""

    def __init__(self, *answers: tuple[int, bytes] | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[HttpsRequest] = []

    def __call__(self, request: HttpsRequest) -> tuple[int, bytes]:
        """The next answer; after the last, the last one again."""
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def clock() -> MemoryClock:
    """A clock that does not move."""
    return MemoryClock(datetime(2026, 1, 2, tzinfo=UTC))


def test_a_certificate_is_fetched_from_its_url_once_a_day(clock: MemoryClock) -> None:
    """A fetch for each event would be slow and could make the sender limit the calls."""
    hosts = Hosts((200, b"first"), (200, b"second"))
    keys = HttpsKeys(clock, send=hosts)

    morning = [keys.fetch(PAYPAL) for _ in range(3)]
    clock.advance(timedelta(days=1))
    next_day = keys.fetch(PAYPAL)

    assert (morning, next_day) == ([b"first"] * 3, b"second")
    assert [(one.method, one.host, one.path) for one in hosts.asked] == [
        ("GET", "api.paypal.com", "/v1/notifications/certs/CERT-1")
    ] * 2


def test_ebay_is_asked_with_a_token_of_the_application(clock: MemoryClock) -> None:
    """EBay shows its keys only to applications."""
    key = "-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----"
    hosts = Hosts((200, b'{"access_token": "a-token"}'), (200, json.dumps({"key": key}).encode()))

    found = HttpsKeys(clock, send=hosts).fetch(EBAY, CREDENTIALS)

    token, request = hosts.asked
    assert found == key.encode()
    assert (token.host, token.headers["authorization"]) == ("api.ebay.com", "Basic dGhlLWNsaWVudDp0aGUtc2VjcmV0")
    assert parse_qs((token.body or b"").decode())["grant_type"] == ["client_credentials"]
    assert request.path == f"/commerce/notification/v1/public_key/{EBAY.name}"
    assert request.headers["authorization"] == "Bearer a-token"


@pytest.mark.parametrize(("place", "host"), [("", "production.plaid.com"), ("sandbox", "sandbox.plaid.com")])
def test_plaid_is_asked_at_the_host_of_its_environment(clock: MemoryClock, place: str, host: str) -> None:
    """A key of the sandbox must not prove anything in production."""
    hosts = Hosts((200, b'{"key": {"kid": "a", "kty": "EC"}}'))
    reference = KeyReference(provider="plaid", name=PLAID.name, place=place)

    found = HttpsKeys(clock, send=hosts).fetch(reference, CREDENTIALS)

    (request,) = hosts.asked
    assert json.loads(found) == {"kid": "a", "kty": "EC"}
    assert request.host == host
    assert json.loads(request.body or b"") == {
        "client_id": "the-client",
        "secret": "the-secret",
        "key_id": PLAID.name,
    }


@pytest.mark.parametrize(
    "answer",
    [TimeoutError(), ConnectionRefusedError(), (500, b""), (302, b""), (429, b"")],
    ids=["late", "nobody", "500", "302", "429"],
)
@pytest.mark.parametrize("reference", [PAYPAL, EBAY, PLAID], ids=lambda one: one.provider)
def test_a_host_that_does_not_answer_well_is_our_fault_and_tried_again(
    clock: MemoryClock, reference: KeyReference, answer: tuple[int, bytes] | Exception
) -> None:
    """A 401 would make the sender give up a true event."""
    hosts = Hosts(answer)
    keys = HttpsKeys(clock, send=hosts)

    for _ in range(2):
        with pytest.raises(UnavailableError) as unavailable:
            keys.fetch(reference, CREDENTIALS)
        assert (unavailable.value.code, unavailable.value.status) == ("keys_unavailable", 503)
        assert "the-secret" not in str(unavailable.value)
        assert reference.name in str(unavailable.value)
        assert hosts.asked[0].host in str(unavailable.value)
        clock.advance(timedelta(seconds=5))
    assert len(hosts.asked) == 2


@pytest.mark.parametrize("answer", [TimeoutError("late"), (500, b"")], ids=["late", "500"])
def test_what_failed_is_not_asked_for_again_immediately(
    clock: MemoryClock, answer: tuple[int, bytes] | Exception
) -> None:
    """Each call to a source whose key host is dead would wait for seconds, and the host would get all of them when it is back."""
    hosts = Hosts(answer, (200, b"back"))
    keys = HttpsKeys(clock, send=hosts)

    caught = {_answer(keys, PAYPAL) for _ in range(50)}
    asked = len(hosts.asked)
    clock.advance(timedelta(seconds=5))

    assert (caught, asked) == ({503}, 1)
    assert keys.fetch(PAYPAL) == b"back"


def test_a_host_that_cannot_be_reached_is_not_asked_for_other_keys_either(clock: MemoryClock) -> None:
    """Invented names would otherwise cost seconds each; an answer that is no key says nothing about other names."""
    dead, broken = Hosts(TimeoutError("late")), Hosts((500, b""))

    for hosts in (dead, broken):
        keys = HttpsKeys(clock, send=hosts)
        assert {_answer(keys, _invented(number)) for number in range(10)} == {503}

    assert (len(dead.asked), len(broken.asked)) == (1, 10)


def test_one_sender_s_budget_is_not_another_s(clock: MemoryClock) -> None:
    """Invented names of PayPal's must not keep a new key of eBay's from being fetched."""
    keys = HttpsKeys(clock, send=Hosts(*[(404, b"")] * 64, (200, b'{"access_token": "a"}'), (200, b'{"key": "new"}')))
    for number in range(64):
        _answer(keys, _invented(number))

    assert _answer(keys, PAYPAL) == 503
    assert keys.fetch(EBAY, CREDENTIALS) == b"new"


def test_ebay_s_token_is_used_again(clock: MemoryClock) -> None:
    """EBay gives an application a limited number of them a day: invented key names must not use them up."""
    hosts = Hosts((200, b'{"access_token": "a", "expires_in": 7200}'), (404, b""), (404, b""))
    keys = HttpsKeys(clock, send=hosts)

    first = refusal(lambda: keys.fetch(EBAY, CREDENTIALS))
    second = refusal(lambda: keys.fetch(KeyReference(provider="ebay", name="another-key"), CREDENTIALS))

    assert (first, second) == ("signature_mismatch", "signature_mismatch")
    assert [one.path for one in hosts.asked].count("/identity/v1/oauth2/token") == 1


def test_a_key_that_failed_for_want_of_our_own_time_is_asked_for_again(clock: MemoryClock) -> None:
    """A function near its deadline learns nothing about the host."""
    hosts = Hosts(TimeoutError("late"), (200, b"key"))
    left: list[float | None] = [0.2, None]
    keys = HttpsKeys(clock, send=hosts, seconds_left=lambda: left.pop(0))

    assert _answer(keys, PAYPAL) == 503
    assert keys.fetch(PAYPAL) == b"key"


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b'{"other": 1}', b"null"])
@pytest.mark.parametrize("reference", [EBAY, PLAID], ids=lambda one: one.provider)
def test_an_answer_that_is_no_key_is_our_fault_too(clock: MemoryClock, reference: KeyReference, body: bytes) -> None:
    """The sender's host answered with something that cannot verify a call."""
    keys = HttpsKeys(clock, send=Hosts((200, body)))

    with pytest.raises(UnavailableError):
        keys.fetch(reference, CREDENTIALS)


def test_a_name_that_the_host_does_not_know_is_refused_and_not_asked_for_again_immediately(clock: MemoryClock) -> None:
    """Anyone can write names into a header: each must not cost a request to the sender's host."""
    hosts = Hosts((404, b""))
    keys = HttpsKeys(clock, send=hosts)

    codes = [refusal(lambda: keys.fetch(PAYPAL)) for _ in range(5)]
    clock.advance(timedelta(minutes=1))
    later = refusal(lambda: keys.fetch(PAYPAL))

    assert {*codes, later} == {"signature_mismatch"}
    assert len(hosts.asked) == 2


def _invented(number: int) -> KeyReference:
    return KeyReference(provider="paypal", name=f"https://api.paypal.com/v1/notifications/certs/{number}")


def _answer(keys: HttpsKeys, reference: KeyReference) -> int:
    """The status that the sender would get."""
    try:
        keys.fetch(reference)
    except (Rejected, UnavailableError) as caught:
        return caught.status
    return 202


def test_invented_names_neither_fill_the_memory_nor_push_out_keys_that_are_known(clock: MemoryClock) -> None:
    """Anyone can write names into a header: the sender's own calls must still be verified meanwhile."""
    hosts = Hosts((200, b"known"), (404, b""))
    keys = HttpsKeys(clock, send=hosts)
    keys.fetch(PAYPAL)

    caught = {_answer(keys, _invented(number)) for number in range(1000)}

    assert keys.fetch(PAYPAL) == b"known"
    assert len(hosts.asked) == 1 + 64
    assert len(keys._senders["paypal"].faults) == 64
    assert caught == {401, 503}


def test_a_new_key_is_asked_for_again_once_the_flood_is_over(clock: MemoryClock) -> None:
    """The answer 503 makes the sender repeat its call."""
    hosts = Hosts(*[(404, b"")] * 64, (200, b"new"))
    keys = HttpsKeys(clock, send=hosts)
    for number in range(64):
        _answer(keys, _invented(number))

    meanwhile = _answer(keys, PAYPAL)
    clock.advance(timedelta(minutes=1))

    assert meanwhile == 503
    assert keys.fetch(PAYPAL) == b"new"


@pytest.mark.parametrize(
    ("reference", "answers"),
    [
        (EBAY, [(200, b'{"access_token": "a"}'), (403, b'{"errors": []}')]),
        (PLAID, [(400, b'{"error_type": "INVALID_INPUT", "error_code": "INVALID_API_KEYS"}')]),
        (PLAID, [(400, b"<html>")]),
    ],
    ids=["ebay", "plaid", "plaid-says-nothing"],
)
def test_credentials_that_are_refused_are_our_fault(
    clock: MemoryClock, reference: KeyReference, answers: list[tuple[int, bytes]]
) -> None:
    """A wrong client secret of ours would have every event of the sender answered with 401."""
    keys = HttpsKeys(clock, send=Hosts(*answers))

    with pytest.raises(UnavailableError):
        keys.fetch(reference, CREDENTIALS)


def test_a_key_that_plaid_does_not_know_is_refused(clock: MemoryClock) -> None:
    """Plaid answers with the status of other faults, and only the code differs."""
    answer = b'{"error_type": "INVALID_INPUT", "error_code": "INVALID_WEBHOOK_VERIFICATION_KEY_ID"}'
    keys = HttpsKeys(clock, send=Hosts((400, answer)))

    assert refusal(lambda: keys.fetch(PLAID, CREDENTIALS)) == "signature_mismatch"


def test_a_key_that_the_operator_gave_is_never_fetched(clock: MemoryClock) -> None:
    """The sender's own host would not know a key that a user tries out."""
    hosts = Hosts((200, b"fetched"))
    keys = GivenKeys({"ebay": b"given"}, HttpsKeys(clock, send=hosts))

    assert (keys.fetch(EBAY), hosts.asked) == (b"given", [])
    assert keys.fetch(PAYPAL) == b"fetched"


def test_every_sender_whose_key_is_fetched_can_be_asked(clock: MemoryClock) -> None:
    """A sender without such a request would be answered 503 each time."""
    fetched = [name for name in PROVIDERS if PROVIDERS[name].needs_keys]
    keys = HttpsKeys(clock, send=Hosts((404, b'{"access_token": "a"}')))

    for name in fetched:
        with pytest.raises((Rejected, UnavailableError)) as caught:
            keys.fetch(KeyReference(provider=name, name="https://api.paypal.com/x", place=_place(name)), CREDENTIALS)
        assert "KeyError" not in str(caught.value)


def _place(name: str) -> str:
    """The set of a sender that publishes one."""
    return "https://keys.example.com/jwks" if name not in HOSTS else ""


def test_the_default_asks_over_tls_and_gives_up() -> None:
    """Nothing listens there; what goes wrong is an OSError, which becomes 503."""
    with pytest.raises(OSError, match=r".*"):
        send(HttpsRequest(host="127.0.0.1:9", path="/", headers={}))
