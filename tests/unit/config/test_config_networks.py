"""``allow_from``, ``trusted_proxies`` and ``answer``: what they take, and what is wrong with the rest."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hookline.config import parse
from hookline.domain.source import SuccessAnswer
from hookline.errors import ConfigError
from hookline.pipeline.topology import topology

if TYPE_CHECKING:
    from hookline.config import Config

HMAC = 'verify = { scheme = "hmac", header = "X-Signature", secrets = ["IT"] }\nid = "id"'
NONE = 'verify = { scheme = "none" }\nid = "id"'
ENOUGH = 'verify = { scheme = "none", allow_from_is_enough = true }\nid = "id"'


def _config(source: str, *, verify: str = HMAC, server: str = "") -> Config:
    text = f"[server]\n{server}\n[sources.it]\n{verify}\n{source}\n[queues.all]\n"
    return parse(text, base=Path())


def _complaints(source: str, *, verify: str = HMAC, server: str = "") -> list[str]:
    with pytest.raises(ConfigError) as raised:
        _config(source, verify=verify, server=server)
    return [f"{one.where.partition(' ')[0]}: {one.why}" for one in raised.value.complaints]


def test_networks_and_addresses_of_both_families_are_taken() -> None:
    """Senders publish either."""
    found = _config('allow_from = ["192.0.2.0/24", "2001:db8::/32", "198.51.100.7"]').sources[0].allow_from

    assert found == tuple(map(ip_network, ["192.0.2.0/24", "2001:db8::/32", "198.51.100.7/32"]))


def test_without_a_list_every_address_may_call() -> None:
    """This is the default."""
    assert _config("").sources[0].allow_from == ()


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("[]", "it.allow_from: must be a list of networks, at least one"),
        ('"192.0.2.0/24"', "it.allow_from: must be a list of networks, at least one"),
        ("[5]", "it.allow_from[0]: must be a network such as"),
        ('["example.com"]', "it.allow_from[0]: 'example.com' is neither a network"),
        ('["192.0.2.0/33"]', "it.allow_from[0]: '192.0.2.0/33' is neither a network"),
        ('["192.0.2.1/24"]', "it.allow_from[0]: '192.0.2.1/24' is one address of the network 192.0.2.0/24"),
        ('["::ffff:192.0.2.0/120"]', "it.allow_from[0]: write 192.0.2.0/24: "),
        ('["192.0.2.1", "192.0.2.1/32"]', "it.allow_from[1]: 192.0.2.1/32 is listed twice"),
        ('["0.0.0.0/0"]', "it.allow_from: contains every IPv4 address"),
        ('["::/0"]', "it.allow_from: contains every IPv6 address"),
        ('["0.0.0.0/1", "128.0.0.0/1"]', "it.allow_from: contains every IPv4 address"),
        (f"{['10.0.0.1'] * 1001}", "it.allow_from: lists more than 1000 networks"),
    ],
)
def test_what_is_no_list_of_networks_is_complained_of(written: str, why: str) -> None:
    """A typing error must neither open nor close the source."""
    (complaint,) = _complaints(f"allow_from = {written}")

    assert complaint.startswith(f"sources.{why}")


def test_an_address_instead_of_a_signature_has_to_be_meant() -> None:
    """Addresses can be shared, rented and, inside of a network, taken."""
    (complaint,) = _complaints('allow_from = ["192.0.2.0/24"]', verify=NONE)

    assert complaint.startswith("sources.it.allow_from: an address proves little")
    assert "allow_from_is_enough = true" in complaint


def test_it_can_be_meant() -> None:
    """It is for meters and door bells that sign nothing."""
    assert _config('allow_from = ["192.0.2.0/24"]', verify=ENOUGH).sources[0].allow_from


@pytest.mark.parametrize("verify", [ENOUGH.replace("true", '"yes"'), ENOUGH.replace("true", "1")])
def test_it_is_meant_with_true(verify: str) -> None:
    """No other word opens it."""
    assert _complaints('allow_from = ["192.0.2.0/24"]', verify=verify) == [
        "sources.it.verify.allow_from_is_enough: must be true or false"
    ]


def test_false_means_nothing() -> None:
    """It means the same as a missing word."""
    assert _complaints('allow_from = ["192.0.2.0/24"]', verify=ENOUGH.replace("true", "false"))


def test_enough_of_nothing_is_complained_of() -> None:
    """An operator who removed the list and left the word would have an open source."""
    assert _complaints("", verify=ENOUGH) == [
        "sources.it.verify.allow_from_is_enough: has no effect without allow_from"
    ]


def test_a_scheme_that_verifies_does_not_know_the_word() -> None:
    """There it would read as if the signature did not matter."""
    (complaint,) = _complaints("", verify=HMAC.replace(" }", ", allow_from_is_enough = true }"))

    assert complaint.startswith("sources.it.verify.allow_from_is_enough: unknown key")


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (
            'trusted_proxies = ["0.0.0.0/0"]',
            "server.trusted_proxies: contains every IPv4 address: then anyone could claim any address",
        ),
        ('client_address_header = "X-Real-IP"', "server.client_address_header: has no effect without trusted_proxies"),
        (
            'trusted_proxies = ["10.0.0.1"]\nclient_address_header = "Forwarded"',
            'server.client_address_header: "Forwarded" is not read',
        ),
        (
            'trusted_proxies = ["10.0.0.1"]\nclient_address_header = "X:"',
            "server.client_address_header: must be the name of a header",
        ),
    ],
)
def test_proxies_that_cannot_be_trusted_are_complained_of(written: str, why: str) -> None:
    """A proxy says who its caller is, and hookline believes it: it must really be a proxy."""
    (complaint,) = _complaints("", server=written)

    assert complaint.startswith(why)


def test_check_says_that_a_proxy_has_no_name() -> None:
    """The server listens on loopback by default: every call of a proxy on the same machine would be refused."""
    config = _config('allow_from = ["192.0.2.0/24"]')
    behind = _config('allow_from = ["192.0.2.0/24"]', server='trusted_proxies = ["127.0.0.1"]')
    open_ = _config('allow_from = ["192.0.2.0/24"]', server='host = "192.0.2.80"')
    local = _config('allow_from = ["127.0.0.0/8"]')

    noted = [
        any("trusted_proxies" in note for note in topology(one, one.written).notes)
        for one in (config, behind, open_, local)
    ]

    assert noted == [True, False, False, False]


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        ("200", SuccessAnswer()),
        ("204", SuccessAnswer(status=204, body=b"")),
        ("{ status = 201 }", SuccessAnswer(status=201)),
        ('{ body = "[accepted]" }', SuccessAnswer(body=b"[accepted]", media_type="text/plain; charset=utf-8")),
        ('{ body = "true" }', SuccessAnswer(body=b"true", media_type="text/plain; charset=utf-8")),
        ("{ body = '{\"ok\": true}' }", SuccessAnswer(body=b'{"ok": true}', media_type="application/json")),
        ('{ status = 202, body = "" }', SuccessAnswer(status=202, body=b"")),
    ],
)
def test_an_answer_is_what_is_written(written: str, answer: SuccessAnswer) -> None:
    """Some senders compare it byte by byte."""
    assert _config(f"answer = {written}").sources[0].answer == answer


@pytest.mark.parametrize(
    "written",
    [
        "199", "300", "400", "true", '"200"', "{}", "{ status = 302 }", "{ stat = 200 }", '{ status = 204, body = "a" }',
        "{ body = 5 }", '{ body = "é" }', '{ body = "a\\u0000" }', f'{{ body = "{"a" * 1025}" }}', "[200]",
    ],
)  # fmt: skip
def test_other_answers_are_complained_of(written: str) -> None:
    """Only successes are answered with it."""
    assert all(one.startswith("sources.it.answer") for one in _complaints(f"answer = {written}"))


def test_an_answer_replaces_the_sender_s_own_and_changes_no_refusal() -> None:
    """Xero wants no body in any answer; the answer to a success can still be configured."""
    config = _config("answer = 202", verify='verify = { scheme = "xero", secrets = ["IT"] }')

    assert config.sources[0].answer == SuccessAnswer(status=202, is_terse=True)


def test_every_complaint_comes_even_without_a_scheme() -> None:
    """One run reports all mistakes."""
    found = _complaints('allow_from = ["x"]\nanswer = 300', verify='verify = { scheme = "nonsense" }')

    assert [one.partition(":")[0] for one in found] == [
        "sources.it.verify.scheme",
        "sources.it.allow_from[0]",
        "sources.it.answer",
    ]
