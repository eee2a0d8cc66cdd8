"""Options of single senders, and refusals that only one of them has."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hookline.domain.request import Headers, Request
from hookline.domain.source import KeyReference
from hookline.errors import UnavailableError
from hookline.providers import PROVIDERS
from hookline.providers.scheme import NeedsKey, OptionError, SignsInside
from unit.builders import NOW, refusal, secret
from vectors.senders import CLIENT_ID, TOPIC, URL, VECTORS, built, secret_of, signing_secret_of

if TYPE_CHECKING:
    from hookline.providers.scheme import Scheme

KEY = b"0123456789abcdef0123456789abcdef"


def signed(scheme: Scheme, body: bytes, key: bytes) -> Request:
    """The call that the sender would make now."""
    if isinstance(scheme, SignsInside):
        body = scheme.signed_body(body, secret=key, at=NOW)
    headers = scheme.sign(body, secret=key, delivery_id="msg_1", at=NOW)
    fields = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Request(method="POST", path="/", headers=Headers(fields), body=body, received_at=NOW)


def sample_of(name: str) -> bytes:
    """The body of the sender's sample."""
    sample = PROVIDERS[name].sample
    assert sample
    return sample.body.encode()


def recorded(name: str) -> Request:
    """A recorded call."""
    return next(one for one in VECTORS if one.name == name).request()[0]


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_hubspots_versions_take_only_their_own_signatures(version: str) -> None:
    """A caller must not choose a weaker form than the source asks for."""
    scheme = built("hubspot", version=version)
    sent = signed(scheme, b"[]", KEY)

    assert scheme.verify(sent, (secret(KEY),)).secret
    assert scheme.secret_complaint(b"short")
    for other in {"v1", "v2", "v3"} - {version}:
        assert refusal(lambda other=other: built("hubspot", version=other).verify(sent, (secret(KEY),)))  # type: ignore[misc]  # bound immediately


def test_gitlabs_signing_token_signs_the_body() -> None:
    """The source chooses the form, and the caller cannot."""
    key = b"whsec_" + base64.b64encode(KEY)
    scheme = built("gitlab", form="signature")
    sent = signed(scheme, b"{}", key)

    assert scheme.verify(sent, (secret(key),)).secret
    assert refusal(lambda: built("gitlab").verify(sent, (secret(key),))) == "signature_missing"
    assert refusal(lambda: scheme.verify(signed(built("gitlab"), b"{}", KEY), (secret(key),))) == "signature_missing"


@pytest.mark.parametrize(
    ("name", "options", "option"),
    [
        ("hubspot", {"version": "v4", "public_url": URL}, "version"),
        ("gitlab", {"form": "both"}, "form"),
        ("plaid", {"environment": "development"}, "environment"),
        ("adobe-io", {}, "client_ids"),
        ("adobe-io", {"client_ids": []}, "client_ids"),
        ("adobe-io", {"client_ids": ["a client"]}, "client_ids"),
        ("adobe-io", {"client_ids": [1]}, "client_ids"),
        ("aws-sns", {}, "topics"),
        ("aws-sns", {"topics": []}, "topics"),
        ("aws-sns", {"topics": ["arn:aws:sqs:us-east-1:123456789012:a"]}, "topics"),
        ("aws-sns", {"topics": [1]}, "topics"),
        ("aws-sns", {"topics": [TOPIC], "version": "3"}, "version"),
        ("stripe", {"tolerance": 5}, "tolerance"),
        ("google-pubsub", {}, "audience"),
        ("google-pubsub", {"audience": URL}, "claims"),
        ("google-pubsub", {"audience": URL, "claims": ["a@b"]}, "claims"),
        ("fusionauth", {"algorithms": ["none"]}, "algorithms"),
        ("fusionauth", {"algorithms": ["HS256"], "keys_url": "https://auth.example.com/jwks"}, "keys_url"),
    ],
)
def test_an_option_that_says_nothing_is_refused(name: str, options: dict[str, object], option: str) -> None:
    """A mistyped option must not apply a default that nobody chose."""
    with pytest.raises(OptionError) as refused:
        PROVIDERS[name].build(options)

    assert refused.value.option == option


def test_snss_older_signatures_are_taken_where_a_source_asks_for_them() -> None:
    """An attacker with enough money can forge SHA-1; topics use it until their owner sets the version."""
    body = sample_of("aws-sns")
    older = built("aws-sns", version="1")
    sent = signed(older, body, signing_secret_of("aws-sns"))

    assert older.verify(sent, ()).delivery_id == "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"
    assert older.verify(signed(built("aws-sns"), body, signing_secret_of("aws-sns")), ()).delivery_id
    assert refusal(lambda: built("aws-sns").verify(sent, ())) == "signature_mismatch"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"TopicArn": "arn:aws:sns:us-east-1:123456789012:Another"}, "signature_mismatch"),
        (
            {"SigningCertURL": "https://sns.us-east-1.amazonaws.com.example.net/SimpleNotificationService-0.pem"},
            "signature_mismatch",
        ),
        (
            {"SigningCertURL": "http://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem"},
            "signature_mismatch",
        ),
        ({"SigningCertURL": "https://sns.us-east-1.amazonaws.com/evil.pem"}, "signature_mismatch"),
        ({"SignatureVersion": "1"}, "signature_mismatch"),
        ({"Type": "Other"}, "signature_mismatch"),
        ({"Signature": ""}, "signature_missing"),
        ({"MessageId": "another"}, "signature_mismatch"),
    ],
)
def test_an_sns_message_that_is_not_the_topics_own_is_refused(change: dict[str, str], code: str) -> None:
    """Anyone can make SNS sign a message of their own topic."""
    sent = recorded("aws-sns-recorded")
    body = json.dumps(json.loads(sent.body) | change).encode()

    assert refusal(lambda: built("aws-sns").verify(replace(sent, body=body), ())) == code


@pytest.mark.parametrize(
    "url",
    [
        "http://api.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com@example.net/v1/notifications/certs/CERT-1",
        "https://api.paypal.com.example.net/v1/notifications/certs/CERT-1",
        "https://api.paypal.com:8443/v1/notifications/certs/CERT-1",
        "https://api.paypal.com/v1/notifications/certs/../../../evil",
        "https://api.paypal.com/v1/notifications/certs/CERT-1?x",
        "https://evil.paypal.com/v1/notifications/certs/CERT-1",
        "",
    ],
)
def test_a_certificate_that_is_not_paypals_is_never_wanted(url: str) -> None:
    """The caller writes the header, which must not make hookline call another host than PayPal's."""
    scheme = PROVIDERS["paypal"].build({})
    assert isinstance(scheme, NeedsKey)
    fields = dict(recorded("paypal-recorded").headers.items()) | {"paypal-cert-url": url}
    sent = replace(
        recorded("paypal-recorded"), headers=Headers((name.encode(), value.encode()) for name, value in fields.items())
    )

    assert refusal(lambda: scheme.wanted_key(sent)) in {"signature_mismatch", "signature_missing"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"recipientclientid": "another", "recipient_client_id": "another"}, "signature_mismatch"),
        ({"recipientclientid": "another"}, "signature_mismatch"),
        ({"recipient_client_id": "another"}, "signature_mismatch"),
        ({"recipientclientid": None}, "signature_mismatch"),
        ({"recipientclientid": [CLIENT_ID]}, "signature_mismatch"),
    ],
)
def test_an_event_for_another_client_of_adobes_is_refused_before_its_key_is_fetched(
    change: dict[str, object], code: str
) -> None:
    """Adobe signs for all of its customers with the same keys."""
    scheme = built("adobe-io")
    body = json.dumps(json.loads(recorded("adobe-io-sdk").body) | change).encode()
    sent = signed(scheme, body, signing_secret_of("adobe-io"))

    assert isinstance(scheme, NeedsKey)
    assert refusal(lambda: scheme.check_before_key(sent)) == code
    assert refusal(lambda: scheme.verify(sent, ())) == code


@pytest.mark.parametrize("name", ["recipientclientid", "recipient_client_id"])
def test_either_name_of_adobes_recipient_is_enough(name: str) -> None:
    """Adobe sends both names during a change, and later only the new one."""
    scheme = built("adobe-io")

    ours = signed(scheme, json.dumps({name: CLIENT_ID}).encode(), signing_secret_of("adobe-io"))
    nobodys = signed(scheme, b'{"event_id": "1"}', signing_secret_of("adobe-io"))

    assert scheme.verify(ours, ()).secret is None
    assert refusal(lambda: scheme.verify(nobodys, ())) == "signature_mismatch"


@pytest.mark.parametrize(
    "path",
    [
        "https://example.net/prod/keys/pub-key-lyTiz3gQe4.pem",
        "@example.net/prod/keys/pub-key-lyTiz3gQe4.pem",
        ".example.net/prod/keys/pub-key-lyTiz3gQe4.pem",
        "//example.net/prod/keys/pub-key-lyTiz3gQe4.pem",
        ":8443/prod/keys/pub-key-lyTiz3gQe4.pem",
        "prod/keys/pub-key-lyTiz3gQe4.pem",
        "/prod/keys/pub-key-../../evil.pem",
        "/prod/keys/pub-key-%2e%2e.pem",
        "/prod/keys/pub-key-lyTiz3gQe4.pem?x",
        "/stage/keys/pub-key-lyTiz3gQe4.pem",
        "",
    ],
)
def test_a_key_that_is_not_adobes_is_never_wanted(path: str) -> None:
    """The caller writes the header, which must not make hookline fetch another key than Adobe's."""
    scheme = built("adobe-io")
    assert isinstance(scheme, NeedsKey)
    genuine = recorded("adobe-io-sdk")
    fields = dict(genuine.headers.items()) | {"x-adobe-public-key1-path": path}
    sent = replace(genuine, headers=Headers((name.encode(), value.encode()) for name, value in fields.items()))

    wanted = scheme.wanted_key(genuine)

    assert wanted.name == "https://static.adobeioevents.com/prod/keys/pub-key-lyTiz3gQe4.pem"
    assert refusal(lambda: scheme.wanted_key(sent)) in {"signature_mismatch", "signature_missing"}


@pytest.mark.parametrize("name", ["adobe-io", "paypal", "aws-sns", "ebay", "plaid"])
def test_without_its_key_a_scheme_lets_nothing_through_and_blames_nobody(name: str) -> None:
    """A home that did not fetch the key must answer neither 401 nor 200."""
    body = sample_of(name)
    sent = signed(built(name), body, signing_secret_of(name))
    bare = built(name, key=b"")

    with pytest.raises(UnavailableError) as unavailable:
        bare.verify(sent, (secret(secret_of(name) or KEY),))

    assert unavailable.value.code == "keys_unavailable"


@pytest.mark.parametrize("name", ["adobe-io", "paypal", "aws-sns", "ebay", "plaid"])
@pytest.mark.parametrize(
    "key",
    [b"no key", b"-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----", b"{}", b'{"crv": "P-256"}', b"[" * 9999],
)
def test_what_is_no_key_fits_nothing(name: str, key: bytes) -> None:
    """Whatever a host answered, no call is verified with it."""
    sent = signed(built(name), sample_of(name), signing_secret_of(name))

    assert refusal(lambda: built(name, key=key).verify(sent, (secret(secret_of(name) or KEY),))) == "signature_mismatch"


def test_plaids_sandbox_has_keys_of_its_own() -> None:
    """A key of the sandbox must prove nothing in production."""
    sent = recorded("plaid-recorded")
    scheme, sandbox = built("plaid"), built("plaid", environment="sandbox")
    assert isinstance(scheme, NeedsKey)
    assert isinstance(sandbox, NeedsKey)

    name = "bfbd5111-8e33-4643-8ced-b2e642a72f3c"

    assert scheme.wanted_key(sent) == KeyReference(provider="plaid", name=name)
    assert sandbox.wanted_key(sent) == KeyReference(provider="plaid", name=name, place="sandbox")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ebay", b"only-an-id"),
        ("plaid", b"id:short"),
        ("postmark", b"no-colon-at-all"),
        ("telegram", "ünprintable-token".encode()),
        ("braintree", b"public|short"),
        ("adyen", b"not hex at all"),
        ("discord", b"00"),
        ("sendgrid", b"AAAA"),
    ],
)
def test_a_secret_of_the_wrong_form_is_reported(name: str, value: bytes) -> None:
    """The complaint comes at start, and has the secret's name but not its value."""
    complaint = built(name).secret_complaint(value)

    assert complaint
    assert value.decode() not in complaint
