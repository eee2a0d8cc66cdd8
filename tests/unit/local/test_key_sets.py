"""Sets of keys at URLs of the configuration: fetched as a whole, from public addresses only, and never because calls ask often."""

from __future__ import annotations

import json
import ssl
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hookline.adapters.local import https
from hookline.adapters.local.https import HttpsRequest, send
from hookline.adapters.local.keys import GivenKeys, HttpsKeys
from hookline.adapters.memory.clock import MemoryClock
from hookline.domain.source import KeyReference
from hookline.errors import Rejected, UnavailableError
from hookline.providers import PROVIDERS
from hookline.providers.published_keys import keys_in
from hookline.providers.scheme import NeedsKey
from unit.builders import refusal
from unit.local.test_keys import Hosts
from unit.local.tls_host import certified, serving
from unit.providers.web_tokens import claims, jwk_of, pair, pem_of, sent, signed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

URL = "https://idp.example.com/.well-known/jwks.json?tenant=1"


@pytest.fixture
def clock() -> MemoryClock:
    """A clock that does not move."""
    return MemoryClock(datetime(2026, 1, 2, tzinfo=UTC))


def named(name: str, url: str = URL) -> KeyReference:
    """The key of this name in the set."""
    return KeyReference(provider="jwt", name=name, place=url)


def set_of(*names: str) -> tuple[int, bytes]:
    """The answer of a host that has keys of these names."""
    return 200, json.dumps({"keys": [jwk_of("ES256", number, kid=name) for number, name in enumerate(names)]}).encode()


def test_a_set_is_fetched_once_an_hour_whichever_of_its_keys_is_asked_for(clock: MemoryClock) -> None:
    """A fetch for each event would be slow and could make the sender limit the calls."""
    hosts = Hosts(set_of("a", "b"))
    keys = HttpsKeys(clock, send=hosts)

    found = [keys.fetch(named(name)) for name in ("a", "b", "a")]
    clock.advance(timedelta(minutes=59, seconds=59))
    assert keys.kept(named("a")) == found[0]
    clock.advance(timedelta(seconds=1))
    assert keys.kept(named("a")) is None
    keys.fetch(named("b"))

    assert [json.loads(key)["keys"][0]["kid"] for key in found] == ["a", "b", "a"]
    assert [(one.host, one.path, one.method, one.only_public) for one in hosts.asked] == [
        ("idp.example.com", "/.well-known/jwks.json?tenant=1", "GET", True)
    ] * 2


def test_names_that_nobody_has_cause_one_fetch_in_half_a_minute_however_many_they_are(clock: MemoryClock) -> None:
    """Anyone can write names into a token."""
    hosts = Hosts(set_of("a"))
    keys = HttpsKeys(clock, send=hosts)
    keys.fetch(named("a"))

    for second in range(90):
        codes = {refusal(lambda number=number: keys.fetch(named(f"x{number}"))) for number in range(20)}  # type: ignore[misc]  # bound immediately
        assert codes == {"signature_mismatch"}, second
        clock.advance(timedelta(seconds=1))

    assert len(hosts.asked) == 1 + 2
    assert keys.kept(named("a")) is not None


def test_a_new_key_of_the_sender_s_is_found_when_it_is_first_used(clock: MemoryClock) -> None:
    """A sender changes its key without telling anybody."""
    keys = HttpsKeys(clock, send=Hosts(set_of("a"), set_of("a", "b")))
    keys.fetch(named("a"))
    clock.advance(timedelta(seconds=30))

    assert json.loads(keys.fetch(named("b")))["keys"][0]["kid"] == "b"


def test_a_key_that_was_taken_out_of_the_set_is_refused_after_an_hour(clock: MemoryClock) -> None:
    """A sender withdraws a stolen key in this way."""
    keys = HttpsKeys(clock, send=Hosts(set_of("a", "b"), set_of("b")))
    keys.fetch(named("a"))
    clock.advance(timedelta(hours=1))

    assert keys.fetch(named("b"))
    assert keys.kept(named("a")) is None
    assert refusal(lambda: keys.fetch(named("a"))) == "signature_mismatch"


@pytest.mark.parametrize("fault", [TimeoutError("late"), (500, b""), (302, b""), (404, b""), (200, b"[]"), (200, b"")])
def test_a_set_that_cannot_be_fetched_again_is_used_for_a_day(
    clock: MemoryClock, fault: tuple[int, bytes] | Exception
) -> None:
    """A host that is down for an hour must not stop events, and a key must not be valid forever."""
    hosts = Hosts(set_of("a"), fault)
    keys = HttpsKeys(clock, send=hosts)
    keys.fetch(named("a"))
    clock.advance(timedelta(hours=1))

    for _ in range(50):
        assert keys.fetch(named("a"))
        assert keys.kept(named("a")) is not None  # the next calls do not even wait
        clock.advance(timedelta(seconds=1))
    assert len(hosts.asked) == 2
    with pytest.raises(UnavailableError):
        keys.fetch(named("new"))
    clock.advance(timedelta(hours=23))
    with pytest.raises(UnavailableError) as unavailable:
        keys.fetch(named("a"))
    assert keys.kept(named("a")) is None
    assert (unavailable.value.code, unavailable.value.status) == ("keys_unavailable", 503)
    assert "idp.example.com" in str(unavailable.value)


@pytest.mark.parametrize(
    "answer",
    [
        TimeoutError("late"),
        ConnectionRefusedError("nobody"),
        (500, b""),
        (301, b""),
        (404, b""),
        (200, b""),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b"{}"),
        (200, b'{"keys": []}'),
        (200, b'{"keys": {}}'),
        (200, b'{"keys": [1]}'),
        (200, b'{"keys": [{"kid": 1}]}'),
        (200, b'{"error": "no"}'),
        (200, b'{"a":' * 9999),
        (200, b"\xff\xfe{"),
    ],
)
def test_an_answer_without_keys_is_no_fault_of_the_sender_and_not_asked_for_again_immediately(
    clock: MemoryClock, answer: tuple[int, bytes] | Exception
) -> None:
    """503 has the sender repeat its call; 401 would have it give up."""
    hosts = Hosts(answer, set_of("a"))
    keys = HttpsKeys(clock, send=hosts)

    for _ in range(20):
        with pytest.raises(UnavailableError) as unavailable:
            keys.fetch(named("a"))
        assert unavailable.value.code == "keys_unavailable"
    assert len(hosts.asked) == 1
    clock.advance(timedelta(seconds=5))

    assert keys.fetch(named("a"))


def test_a_fetch_that_our_own_deadline_cut_short_says_nothing_about_the_host(clock: MemoryClock) -> None:
    """A function near its end learns nothing."""
    left: list[float | None] = [0.2, None]
    keys = HttpsKeys(clock, send=Hosts(TimeoutError("late"), set_of("a")), seconds_left=lambda: left.pop(0))

    with pytest.raises(UnavailableError):
        keys.fetch(named("a"))
    assert keys.fetch(named("a"))


def test_one_url_s_faults_are_not_another_s(clock: MemoryClock) -> None:
    """Two sources have different sets, and one of the two hosts is down."""

    def answer(request: HttpsRequest) -> tuple[int, bytes]:
        if request.host == "down.example.com":
            raise TimeoutError("late")
        return set_of("a")

    keys = HttpsKeys(clock, send=answer)

    for _ in range(3):
        with pytest.raises(UnavailableError):
            keys.fetch(named("a", "https://down.example.com/jwks"))
        assert keys.fetch(named("a"))
    assert named("a").owner != named("a", "https://down.example.com/jwks").owner


def test_a_set_of_certificates_by_name_and_a_single_pem_are_sets_too(clock: MemoryClock) -> None:
    """Google publishes some keys in the first form; a PEM has no names, and is what any token is verified by."""
    by_name = json.dumps({"a": pem_of("RS256").decode(), "b": pem_of("RS256", 1).decode(), "note": "x"}).encode()
    keys = HttpsKeys(clock, send=Hosts((200, by_name)))
    single = HttpsKeys(clock, send=Hosts((200, pem_of("RS256"))))
    jwk = HttpsKeys(clock, send=Hosts((200, json.dumps(jwk_of("ES256")).encode())))

    assert keys.fetch(named("b")) == pem_of("RS256", 1)
    assert len(keys_in(keys.fetch(named("")))) == 2
    assert refusal(lambda: keys.fetch(named("note"))) == "signature_mismatch"
    assert {single.fetch(named(name)) for name in ("", "any")} == {pem_of("RS256").strip()}
    assert len(keys_in(jwk.fetch(named("")))) == 1


def test_what_the_operator_forgets_is_fetched_again(clock: MemoryClock) -> None:
    """An operator whose sender withdrew a key cannot wait an hour."""
    hosts = Hosts(set_of("a"), set_of("b"))
    keys = HttpsKeys(clock, send=hosts)
    keys.fetch(named("a"))

    keys.forget()

    assert keys.kept(named("a")) is None
    assert refusal(lambda: keys.fetch(named("a"))) == "signature_mismatch"


def test_a_key_that_the_operator_gave_is_never_fetched(clock: MemoryClock) -> None:
    """A user may try a source with `hookline serve --public-key jwt=FILE`."""
    hosts = Hosts(set_of("a"))
    keys = GivenKeys({"jwt": b"given"}, HttpsKeys(clock, send=hosts))

    assert (keys.fetch(named("a")), keys.kept(named("b")), hosts.asked) == (b"given", b"given", [])


# Over a real connection.


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The host's, which is trusted."""
    file = certified(tmp_path, "localhost")
    context = ssl.create_default_context(cafile=str(file))
    monkeypatch.setattr(https, "_context", lambda: context)
    return file


def _here(request: HttpsRequest) -> tuple[int, bytes]:
    """What is sent, to this machine as well."""
    return send(replace(request, only_public=False))


def _shows(body: bytes, head: str = "200 OK", more: str = "") -> Callable[[ssl.SSLSocket, threading.Event], None]:
    def answer(connection: ssl.SSLSocket, _over: threading.Event) -> None:
        connection.sendall(f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body)

    return answer


def test_a_token_is_verified_by_a_key_that_a_host_shows_over_tls(certificate: Path, clock: MemoryClock) -> None:
    """From the token to the host and back, only with real parts."""
    shown = json.dumps(
        {"keys": [jwk_of("RS256", 1, kid="old"), jwk_of("RS256", kid="new", alg="RS256", use="sig")]}
    ).encode()
    with serving(certificate, _shows(shown)) as host:
        url = f"https://localhost:{host.port}/jwks"
        scheme = replace(
            PROVIDERS["jwt"].build(
                {"algorithms": ["RS256"], "audience": "us", "keys_url": "https://idp.example.com/jwks"}
            ),  # type: ignore[type-var]  # a record
            url=url,
        )
        assert isinstance(scheme, NeedsKey)
        call = sent(signed(claims(aud="us"), pair("RS256"), "RS256", kid="new"))
        keys = HttpsKeys(clock, send=_here)

        key = keys.fetch(scheme.wanted_key(call))

        assert scheme.with_key(key).verify(call, ()) is not None
        forged = sent(signed(claims(aud="us"), pair("RS256", 1), "RS256", kid="new"))
        assert refusal(lambda: scheme.with_key(key).verify(forged, ())) == "signature_mismatch"
        unknown = sent(signed(claims(aud="us"), pair("RS256", 2), "RS256", kid="other"))
        assert refusal(lambda: keys.fetch(scheme.wanted_key(unknown))) == "signature_mismatch"
        nameless = sent(signed(claims(aud="us"), pair("RS256"), "RS256"))
        assert scheme.with_key(keys.fetch(scheme.wanted_key(nameless))).verify(nameless, ()) is not None
        assert host.calls == 1


def test_a_redirection_is_not_followed(certificate: Path, clock: MemoryClock) -> None:
    """A redirection could lead to a host that no configuration names."""
    with (
        serving(certificate, _shows(set_of("a")[1])) as other,
        serving(certificate, _shows(b"", "302 Found", f"Location: https://localhost:{other.port}/jwks\r\n")) as host,
    ):
        keys = HttpsKeys(clock, send=_here)

        with pytest.raises(UnavailableError, match="302"):
            keys.fetch(named("a", f"https://localhost:{host.port}/jwks"))

        assert (host.calls, other.calls) == (1, 0)


def test_a_host_that_leads_to_this_machine_is_not_asked(certificate: Path, clock: MemoryClock) -> None:
    """A name can lead to a service that trusts every caller, or to the machine's credentials."""
    with serving(certificate, _shows(set_of("a")[1])) as host:
        keys = HttpsKeys(clock)

        with pytest.raises(UnavailableError, match="no public address"):
            keys.fetch(named("a", f"https://localhost:{host.port}/jwks"))

        assert host.calls == 0
        request = HttpsRequest(host=f"localhost:{host.port}", path="/", headers={}, only_public=True)
        with pytest.raises(PermissionError):
            send(request)
        assert host.calls == 0


def test_a_certificate_of_another_host_is_refused(tmp_path: Path, certificate: Path, clock: MemoryClock) -> None:
    """An attacker between hookline and the host could show keys of its own."""
    folder = tmp_path / "other"
    folder.mkdir()
    assert certificate.exists()
    with serving(certified(folder, "localhost"), _shows(set_of("a")[1])) as host:
        keys = HttpsKeys(clock, send=_here)

        with pytest.raises(UnavailableError, match="CERTIFICATE"):
            keys.fetch(named("a", f"https://localhost:{host.port}/jwks"))


def test_an_answer_without_an_end_is_given_up(certificate: Path, clock: MemoryClock) -> None:
    """64 KiB and 3 seconds are enough for keys."""
    more = b'{"keys": [' + b'{"kid": "a"},' * 20_000

    def flood(connection: ssl.SSLSocket, over: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not over.is_set():
            connection.sendall(more)

    with serving(certificate, flood) as host:
        keys = HttpsKeys(clock, send=_here)
        started = time.monotonic()

        with pytest.raises(UnavailableError):
            keys.fetch(named("a", f"https://localhost:{host.port}/jwks"))

        assert time.monotonic() - started < 4.0


def test_many_callers_at_the_same_time_cause_one_fetch(certificate: Path, clock: MemoryClock) -> None:
    """At the end of each hour every call of a busy sender asks."""
    with serving(certificate, _shows(set_of("a")[1])) as host:
        keys = HttpsKeys(clock, send=_here)
        reference = named("a", f"https://localhost:{host.port}/jwks")
        found: list[bytes] = []
        threads = [threading.Thread(target=lambda: found.append(keys.fetch(reference))) for _ in range(8)]

        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(found) == 8
        assert host.calls == 1


def test_a_name_that_is_not_in_a_set_is_a_refusal_and_not_a_fault(clock: MemoryClock) -> None:
    """The answer 401 puts the call into the quarantine, where an operator can look at it."""
    with pytest.raises(Rejected) as refused:
        HttpsKeys(clock, send=Hosts(set_of("a"))).fetch(named("b"))

    assert refused.value.status == 401
