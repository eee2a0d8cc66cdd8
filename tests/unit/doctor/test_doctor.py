"""Each reason for a wrong signature is named, for every kind of scheme."""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import hmac
import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from hookline.config import parse
from hookline.config.toml_text import toml_value
from hookline.domain.secret import Secret
from hookline.pipeline.doctor import CAUSES, HYPOTHESES, Case, diagnose
from hookline.providers import PROVIDERS
from hookline.providers.asymmetric import key_pair
from hookline.testing import signed_request
from unit.doctor.patients import BODY, JSON_SCHEMES, NOW, SECRETS, URL_SCHEMES, case, headers, project, signed
from vectors.senders import TOPIC, signing_secret_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.domain.request import Request
    from hookline.pipeline.doctor import Finding

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "find-why-a-signature-fails.md"
every_scheme = pytest.mark.parametrize("scheme", JSON_SCHEMES)
DOCUMENT = json.loads(BODY)


def cause(patient: Case) -> Finding:
    """What the doctor finds, which must be something."""
    finding = diagnose(patient).finding
    assert finding is not None
    return finding


# the body


@every_scheme
@pytest.mark.parametrize(
    ("break_", "expected"),
    [
        (lambda body: body + b"\n", "line_end"),
        (lambda body: body + b"  ", "line_end"),
        (lambda body: b"\n" + body, "line_end"),
        (lambda body: b"\xef\xbb\xbf" + body, "byte_order_mark"),
        (lambda body: body + b"\r\n", "line_end"),
        (lambda _: json.dumps(DOCUMENT, separators=(",", ":")).encode(), "json_rewritten"),
        (lambda _: json.dumps(DOCUMENT, indent=2).encode(), "json_rewritten"),
        (lambda _: json.dumps(DOCUMENT, ensure_ascii=False).encode(), "json_rewritten"),
        (lambda _: json.dumps(DOCUMENT, separators=(",", ":"), ensure_ascii=False).encode(), "json_rewritten"),
        (lambda body: body.replace(b"/", b"\\/"), "json_rewritten"),
        (lambda body: body.replace(b"<", b"\\u003c").replace(b">", b"\\u003e"), "json_rewritten"),
    ],
)
def test_what_was_done_to_the_body_on_the_way_is_named(
    scheme: str, break_: Callable[[bytes], bytes], expected: str
) -> None:
    """Proxies and frameworks change bodies in these ways, and do not report it."""
    request = signed(scheme)

    finding = cause(case(replace(request, body=break_(request.body)), scheme))

    assert finding.cause == expected
    assert finding.secret == JSON_SCHEMES[scheme]


@every_scheme
@pytest.mark.parametrize(
    ("sent", "came", "expected"),
    [
        (b'{"a": 1}\n', b'{"a": 1}', "line_end"),
        (b'{"a": 1}\r\n', b'{"a": 1}', "line_end"),
        (b'\xef\xbb\xbf{"a": 1}', b'{"a": 1}', "byte_order_mark"),
        (b'{\r\n"a": 1\r\n}', b'{\n"a": 1\n}', "line_ends"),
        (b'{\n"a": "x"\n}', b'{\r\n"a": "x"\r\n}', "line_ends"),
        ('{"a": "é"}'.encode("latin-1"), '{"a": "é"}'.encode(), "characters_recoded"),
        (b'{"b":1,"a":{"d":1,"c":2}}', b'{"a":{"d":1,"c":2},"b":1}', "json_rewritten"),
        (b'{"a":{"c":2,"d":1},"b":1}', b'{"b":1,"a":{"d":1,"c":2}}', "json_rewritten"),
        (b'{"z":1,"m":2,"a":3,"k":4}', b'{"a":3,"k":4,"m":2,"z":1}', "json_rewritten"),
        (b'{"a":1.1,"b":2}', b'{"a":1.10,"b":2.0}', "json_rewritten"),
        (b'{"a": 10000000000000000000001}', b'{"a":10000000000000000000001}', "json_rewritten"),
    ],
)
def test_a_body_that_lost_something_on_the_way_is_reported_by_what_it_lost(
    scheme: str, sent: bytes, came: bytes, expected: str
) -> None:
    """A missing byte cannot be seen: only a try shows it."""
    request = replace(signed(scheme, body=sent), body=came)

    assert cause(case(request, scheme)).cause == expected


def test_a_body_that_was_compressed_on_the_way_is_named() -> None:
    """The sender signed the uncompressed body."""
    request = signed("github")

    assert cause(case(replace(request, body=gzip.compress(request.body)), "github")).cause == "compressed"


def test_a_form_that_was_written_again_is_named() -> None:
    """Slack's commands are forms, and frameworks parse forms."""
    sent = b"token=a&text=hello%20world&url=https%3A%2F%2Fexample.com"
    came = b"token=a&text=hello+world&url=https%3A%2F%2Fexample.com"
    request = replace(signed("slack", body=sent), body=came)

    assert cause(case(request, "slack")).cause == "form_rewritten"


# the secret


def _re_keyed(scheme: str, spell: Callable[[bytes], bytes]) -> Case:
    """A request signed with the right secret, where the project has it as ``spell`` makes it."""
    name = JSON_SCHEMES[scheme]
    return case(signed(scheme), scheme, secrets={**SECRETS, name: spell(SECRETS[name])})


@every_scheme
@pytest.mark.parametrize(
    "spell", [lambda value: value + b"\n", lambda value: b" " + value, lambda value: b'"' + value + b'"']
)
def test_characters_around_a_secret_are_named(scheme: str, spell: Callable[[bytes], bytes]) -> None:
    """People paste, pipe and quote secrets, and nobody sees such characters."""
    finding = cause(_re_keyed(scheme, spell))

    assert finding.cause == "secret_spelling"
    assert finding.secret == JSON_SCHEMES[scheme]


@pytest.mark.parametrize(
    ("scheme", "key"),
    [
        ("github", binascii.unhexlify(SECRETS["PLAIN"])),
        ("github", base64.b64decode(SECRETS["PLAIN"])),
        ("stripe", SECRETS["PLAIN"] + b"\n"),
        ("standard-webhooks", base64.b64encode(SECRETS["WHSEC"])),
        ("standard-webhooks", base64.b64encode(SECRETS["WHSEC"].removeprefix(b"whsec_"))),
        ("adyen-header", binascii.hexlify(SECRETS["HEX"])),
    ],
)
def test_a_secret_that_is_read_in_another_way_than_the_sender_reads_it_is_named(scheme: str, key: bytes) -> None:
    """Hex, base64 or text, with or without its prefix: senders' pages rarely say which."""
    assert cause(case(signed(scheme, secret=key), scheme)).cause == "secret_spelling"


def test_a_prefix_that_the_sender_does_not_sign_with_is_named() -> None:
    """Stripe's secret keeps its whsec_, others' do not."""
    whole, bare = b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    kept = cause(case(signed("stripe", secret=bare), "stripe", secrets={**SECRETS, "PLAIN": whole}))
    stripped = cause(case(signed("stripe", secret=whole), "stripe", secrets={**SECRETS, "PLAIN": bare}))

    assert (kept.cause, stripped.cause) == ("secret_spelling", "secret_spelling")
    assert "without its prefix" in kept.what
    assert "prefix that the value of PLAIN lacks" in stripped.what


@every_scheme
def test_the_secret_of_another_source_is_named(scheme: str) -> None:
    """Two lines of .env were mixed up."""
    other = SECRETS["HEX"] if scheme == "adyen-header" else SECRETS["OTHER"]
    other = SECRETS["WHSEC"][:-4] + b"AAAA" if JSON_SCHEMES[scheme] == "WHSEC" else other
    request = signed(scheme, secret=other)
    values = {**SECRETS, "OTHER": other}
    values |= {"HEX": SECRETS["HEX"].replace(b"4", b"5")} if scheme == "adyen-header" else {}

    finding = cause(case(request, scheme, "docusign", secrets=values))

    assert (finding.cause, finding.secret) == ("secret_of_another_source", "OTHER")
    assert "docusign" in finding.what


# the time


@pytest.mark.parametrize("scheme", ["stripe", "slack", "paddle", "zendesk", "standard-webhooks", "hubspot", "linear"])
@pytest.mark.parametrize("skew", [timedelta(hours=-2), timedelta(minutes=20), timedelta(days=40)])
def test_a_wrong_clock_is_reported_with_its_difference(scheme: str, skew: timedelta) -> None:
    """Seconds, milliseconds or text, in a header or in the body: a whole number of hours is a time zone."""
    body = json.dumps({"webhookTimestamp": 1767323045000}).encode() if scheme == "linear" else BODY
    request = signed(scheme, body=body)

    diagnosis = diagnose(case(replace(request, received_at=request.received_at + skew), scheme))

    assert diagnosis.refusal is not None
    assert diagnosis.refusal.code == "timestamp_outside_tolerance"
    assert diagnosis.finding is not None
    assert diagnosis.finding.cause == "clock"
    words = {-2: "2 hours after", 0: "20 minutes before", 960: "40 days before"}[int(skew / timedelta(hours=1))]
    assert words in diagnosis.finding.what


def test_a_second_fault_is_found_behind_a_clock_that_is_off() -> None:
    """A request that somebody saved last week is late as well as broken."""
    request = signed("stripe")
    late = replace(request, body=request.body + b"\n", received_at=request.received_at + timedelta(days=7))

    diagnosis = diagnose(case(late, "stripe"))

    assert diagnosis.finding is not None
    assert diagnosis.finding.cause == "line_end"
    assert diagnosis.notes == ["Its timestamp is off too, by 7 days."]


def test_where_nobody_knows_when_it_was_received_the_time_is_no_fault() -> None:
    """A file from the sender's own log has no such time."""
    request = signed("stripe")

    diagnosis = diagnose(
        case(replace(request, received_at=request.received_at + timedelta(days=7)), "stripe"), is_time_known=False
    )

    assert diagnosis.refusal is None
    assert diagnosis.finding is not None
    assert diagnosis.finding.cause == "nothing"


# the URL


@pytest.mark.parametrize("scheme", URL_SCHEMES)
@pytest.mark.parametrize(
    ("url", "differs"),
    [
        ("http://hooks.example.com/prod/webhook/{}", "scheme"),
        ("https://hooks.example.com/prod/webhook/{}/", "slash at the end"),
        ("https://hooks.example.com/webhook/{}", "path"),
        ("https://hooks.example.com:8443/prod/webhook/{}", "port"),
        ("https://old.example.org/prod/webhook/{}", "host"),
    ],
)
def test_the_part_of_the_url_that_differs_is_named(scheme: str, url: str, differs: str) -> None:
    """One slash is enough, and people do not see it."""
    called = url.format(scheme)
    body = urlencode({"a": "1"}).encode() if scheme == "twilio" else BODY
    media_type = {"content-type": "application/x-www-form-urlencoded"} if scheme == "twilio" else {}

    finding = cause(case(signed(scheme, url=called, body=body, headers=media_type), scheme, called=called))

    assert finding.cause == "wrong_url"
    assert f"They differ in: {differs}." in finding.what
    assert f'public_url = "{called}"' in finding.fix


def test_the_host_that_a_proxy_forwards_is_tried() -> None:
    """After the move of a domain its old name is in the Host header, which is looked at and never believed."""
    request = signed("square", url="https://new.example.org/webhook/square", headers={"host": "new.example.org"})

    assert cause(case(request, "square")).cause == "wrong_url"


def test_a_default_port_that_the_sender_writes_out_is_named() -> None:
    """https://host and https://host:443 are one address and two texts."""
    request = signed("square", url="https://hooks.example.com:443/prod/webhook/square")

    assert "They differ in: port." in cause(case(request, "square")).what


def test_a_query_that_was_added_on_the_way_is_named() -> None:
    """Trackers and gateways add their own."""
    request = replace(signed("square"), query="utm=1")

    finding = cause(case(request, "square"))

    assert finding.cause == "wrong_url"
    assert "query" in finding.what


# the scheme


@pytest.mark.parametrize("sender", ["stripe", "github", "shopify", "slack", "paddle", "twilio"])
def test_another_senders_signature_is_named_with_the_line_to_write(sender: str) -> None:
    """Users often copy the configuration of another sender."""
    body = b"a=1" if sender == "twilio" else BODY
    media_type = {"content-type": "application/x-www-form-urlencoded"} if sender == "twilio" else {}
    url = "https://hooks.example.com/prod/webhook/square"

    request = signed(sender, body=body, headers=media_type, url=url if sender == "twilio" else None)
    finding = cause(case(request, "square"))

    assert finding.cause == "another_scheme"
    assert f'scheme = "{sender}"' in finding.fix
    assert finding.secret == "PLAIN"


def test_a_request_for_another_source_of_the_project_is_named() -> None:
    """The sender has the wrong path."""
    request = signed("shopify", secret=SECRETS["OTHER"])

    finding = cause(case(request, "stripe", "shopify"))

    assert finding.cause == "another_source"
    assert "/webhook/shopify" in finding.fix


def test_another_senders_headers_are_named_where_no_secret_fits() -> None:
    """Its secret is nowhere in this project, and still the doctor can name the sender."""
    finding = cause(case(signed("shopify", secret=b"nobody-here-has-this"), "stripe"))

    assert finding.cause == "headers_of_another_scheme"
    assert "shopify" in finding.what


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"encoding": "base64"}, 'encoding = "base64"'),
        ({"algorithm": "sha512"}, 'algorithm = "sha512"'),
        ({"prefix": ""}, 'prefix = ""'),
        ({"prefix": "v1="}, 'prefix = "v1="'),
        (
            {"algorithm": "sha1", "encoding": "base64", "prefix": ""},
            'algorithm = "sha1", encoding = "base64", prefix = ""',
        ),
    ],
)
def test_a_wrong_option_of_hmac_is_named_with_the_right_one(changed: dict[str, str], expected: str) -> None:
    """A sender's page that only says "HMAC" leaves four things open."""
    own = project("hmac").schemes["hmac"]
    settings = {
        ("prefixes" if key == "prefix" else key): (value,) if key == "prefix" else value
        for key, value in changed.items()
    }
    other = replace(own, **settings)  # type: ignore[type-var]  # it is a record
    written = other.sign(BODY, secret=SECRETS["PLAIN"], delivery_id="", at=signed("hmac").received_at)
    request = signed("hmac", headers=written)

    finding = cause(case(request, "hmac"))

    assert finding.cause == "wrong_option"
    assert expected in finding.fix


# headers


@pytest.mark.parametrize("scheme", ["stripe", "github", "shopify", "standard-webhooks"])
def test_a_header_that_was_renamed_on_the_way_is_named(scheme: str) -> None:
    """Gateways put a prefix before what they do not know."""
    name = next(name for name, _ in signed(scheme).headers.items() if "signature" in name or "hmac" in name)
    renamed = headers(
        signed(scheme), lambda fields: [(f"x-original-{key}" if key == name else key, value) for key, value in fields]
    )

    finding = cause(case(renamed, scheme))

    assert finding.cause == "header_renamed"
    assert f"x-original-{name}" in finding.what


@every_scheme
def test_a_header_that_was_stripped_is_named(scheme: str) -> None:
    """A proxy passes on only the headers that it knows."""
    bare = headers(signed(scheme), lambda fields: [field for field in fields if field[0] == "content-type"])

    finding = cause(case(bare, scheme))

    assert finding.cause == "header_missing"
    assert "nginx" in finding.fix


# nothing found, nothing wrong


def test_a_request_that_fits_is_reported_with_its_secret() -> None:
    """After the fault was fixed somebody asks which secret it is."""
    finding = cause(case(signed("stripe"), "stripe"))

    assert (finding.cause, finding.secret) == ("nothing", "PLAIN")


def test_a_signature_that_fits_around_a_wrong_shape_is_distinguished() -> None:
    """A person who looks for a wrong secret must learn that it is the body."""
    diagnosis = diagnose(case(signed("github", body=b"not JSON"), "github"))

    assert diagnosis.refusal is not None
    assert diagnosis.refusal.code == "body_not_json"
    assert diagnosis.finding is not None
    assert diagnosis.finding.cause == "shape"


def test_what_nothing_explains_is_reported_with_all_that_was_looked_for() -> None:
    """A secret that the sender has and we do not: everything else is ruled out."""
    diagnosis = diagnose(case(signed("stripe", secret=b"only-the-sender-has-this"), "stripe", "github"))

    assert diagnosis.finding is None
    assert diagnosis.checked == [hypothesis.looked_for for hypothesis in HYPOTHESES]


def test_nothing_that_is_said_holds_a_secret_or_a_signature() -> None:
    """People paste the output into tickets."""
    patients: list[Request] = [
        replace(signed("stripe"), body=BODY + b"\n"),
        signed("stripe", secret=SECRETS["PLAIN"] + b"\n"),
        signed("stripe", secret=SECRETS["OTHER"]),
        signed("github"),
        signed("stripe", secret=b"only-the-sender-has-this"),
    ]

    for request in patients:
        shown = repr(diagnose(case(request, "stripe", "github")))
        values = [value.decode() for value in SECRETS.values()]
        values += [value for name, value in request.headers.items() if "signature" in name]
        assert [value for value in values if value in shown] == []


def test_every_cause_has_a_row_on_the_page_and_every_row_a_cause() -> None:
    """People look up a name that is printed."""
    assert set(re.findall(r"^\| `([a-z_]+)` \|", PAGE.read_text(), re.MULTILINE)) == CAUSES


def test_a_signature_that_only_a_fetched_key_could_prove_is_reported_as_such() -> None:
    """Nothing is wrong with the secret, because there is no secret."""
    source = parse(
        f'[sources.topic]\nverify = {{ scheme = "aws-sns", topics = ["{TOPIC}"] }}\n[queues.all]\n', base=Path()
    )
    sample = PROVIDERS["aws-sns"].sample
    assert sample is not None
    body, _ = sample.filled("msg_1", NOW)
    request = signed_request(source.sources[0], source.schemes["topic"], signing_secret_of("aws-sns"), body, at=NOW)

    diagnosis = diagnose(Case(request=request, source=source.sources[0], scheme=source.schemes["topic"], secrets=()))

    assert diagnosis.refusal is not None
    assert diagnosis.refusal.code == "keys_unavailable"
    assert diagnosis.finding is not None
    assert diagnosis.finding.cause == "key_needed"


# options and blocks


def described(**options: object) -> Case:
    """The sender's request at a source of ``hmac`` that has only a header and a prefix, signed as these options say."""
    config = parse(
        f'[sources.other]\nid = "content-hash"\nverify = {toml_value({"scheme": "hmac", "secrets": ["PLAIN"], **options})}\n[queues.q]\n',
        base=Path(),
    )
    source, scheme = config.sources[0], config.schemes["other"]
    request = signed_request(source, scheme, SECRETS["PLAIN"], BODY, delivery_id="msg_1", at=NOW)
    return case(replace(request, received_at=NOW + timedelta(days=40)), "hmac")


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (
            {"header": "X-Signature", "prefix": "sha256=", "timestamp_header": "X-Time", "template": "{timestamp}|{body}"},
            ['template = "{timestamp}|{body}"', 'timestamp_header = "x-time"'],
        ),
        (
            {"header": "X-Signature", "fields": {"timestamp": "t", "signature": "v1"}},
            ['fields = { timestamp = "t", signature = "v1" }', 'prefix = ""', 'template = "{timestamp}.{body}"'],
        ),
        (
            {"header": "X-Signature", "prefix": "sha256=", "algorithm": "sha256-plain"},
            ['template = "{secret}{body}"', 'algorithm = "sha256-plain"'],
        ),
        ({"header": "X-Signature", "prefix": "sha256=", "secret_encoding": "sha256-hex"}, ['secret_encoding = "sha256-hex"']),
    ],
)  # fmt: skip
def test_the_options_that_are_wrong_are_named_and_no_others(options: dict[str, object], named: list[str]) -> None:
    """A reader must not change an option that is right already."""
    finding = cause(described(**options))

    assert finding.cause == "wrong_option"
    written = finding.fix.removeprefix("Write ").removesuffix(" in verify under [sources.hmac].")
    assert all(words in written for words in named)
    assert written.count(" = ") == sum(words.count(" = ") for words in named)


def test_a_wrong_option_of_a_public_key_is_named() -> None:
    """The sender's page only says "ECDSA", and leaves two things open."""
    private, public = key_pair("ecdsa-sha256")
    verify = {"scheme": "public-key", "secrets": ["KEY"], "header": "X-Sig", "algorithm": "ecdsa-sha256"}
    own, other = (
        parse(f'[sources.s]\nid = "content-hash"\nverify = {toml_value({**verify, **more})}\n[queues.q]\n', base=Path())
        for more in ({}, {"algorithm": "ecdsa-sha384", "signature_format": "raw", "encoding": "base64"})
    )
    request = signed_request(other.sources[0], other.schemes["s"], private.encode(), BODY, at=NOW)
    secrets = [Secret(name="KEY", value=public.encode())]

    finding = cause(Case(request=request, source=own.sources[0], scheme=own.schemes["s"], secrets=secrets))

    assert finding.cause == "wrong_option"
    for words in ('algorithm = "ecdsa-sha384"', 'signature_format = "raw"', 'encoding = "base64"'):
        assert words in finding.fix


def test_a_wrong_version_of_standard_webhooks_is_named() -> None:
    """Its two versions look alike, and only one of them has a shared secret."""
    config = parse('[sources.s]\nverify = { scheme = "standard-webhooks", secrets = ["S"] }\n[queues.q]\n', base=Path())
    plain = PROVIDERS["standard-webhooks"].build({"secret_encoding": "utf8"})
    request = signed_request(config.sources[0], plain, SECRETS["OTHER"], BODY, delivery_id="msg_1", at=NOW)
    secrets = [Secret(name="S", value=SECRETS["OTHER"])]

    finding = cause(Case(request=request, source=config.sources[0], scheme=config.schemes["s"], secrets=secrets))

    assert finding.cause in ("wrong_option", "secret_spelling")


@pytest.mark.parametrize("scheme", ["stripe", "github", "standard-webhooks"])
def test_a_sender_that_no_name_fits_gets_the_line_that_does(scheme: str) -> None:
    """The secret is right, and the scheme was guessed."""
    key = SECRETS[JSON_SCHEMES[scheme]]
    signature = hmac.new(key, b"2026|" + BODY, hashlib.sha256).hexdigest()
    request = headers(signed(scheme), lambda _: [("x-acme-sig", signature), ("x-acme-v", "2026")])

    finding = cause(case(request, scheme))

    assert finding.cause == "signed_otherwise"
    assert 'header = "X-Acme-Sig", template = "{header:X-Acme-V}|{body}"' in finding.fix
    assert finding.secret == JSON_SCHEMES[scheme]
