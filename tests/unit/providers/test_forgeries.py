"""Calls made from an overheard one, or with the attacker's own key: each fits a careless reading of its sender's rules."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any  # Any: bodies that are made wrong on purpose

import pytest

from hookline.errors import Rejected
from hookline.providers import PROVIDERS
from hookline.providers.primitives import mac
from hookline.providers.scheme import SignsInside
from unit.builders import NOW, refusal, request, secret
from vectors.senders import built, secret_of, signing_secret_of

if TYPE_CHECKING:
    from hookline.domain.source import Verified


def _item(**changed: object) -> dict[str, Any]:
    """Adyen's own item, signed with these changes."""
    sample, scheme = PROVIDERS["adyen"].sample, built("adyen")
    assert sample
    assert isinstance(scheme, SignsInside)
    document = json.loads(sample.body)
    item = document["notificationItems"][0]["NotificationRequestItem"]
    item.update(changed)
    signed = scheme.signed_body(json.dumps(document).encode(), secret=signing_secret_of("adyen"), at=NOW)
    found: dict[str, Any] = json.loads(signed)["notificationItems"][0]["NotificationRequestItem"]
    return found


def _verify(item: dict[str, Any]) -> Verified:
    body = json.dumps({"notificationItems": [{"NotificationRequestItem": item}]}).encode()
    return built("adyen").verify(request(body), (secret(secret_of("adyen")),))


@pytest.mark.parametrize(
    ("field", "forged"), [("success", "true"), ("pspReference", "0000000000000001"), ("eventCode", "CHARGEBACK")]
)
def test_an_adyen_item_is_signed_by_its_own_fields_not_by_what_hides_in_the_amount(field: str, forged: str) -> None:
    """The refused payment would be read as one that succeeded: the true value next to the amount is what was signed."""
    item = _item(success="false")
    item["amount"][field], item[field] = item[field], forged

    code = refusal(lambda: _verify(item))

    assert code == "signature_mismatch"


def test_the_values_of_an_adyen_item_cannot_move_over_a_colon_in_the_reference() -> None:
    """The same text cut elsewhere has another id: the same payment would be stored a second time."""
    item = _item(merchantReference="order:7")
    moved = item | {
        "pspReference": f"{item['pspReference']}:",
        "originalReference": "TestMerchant",
        "merchantAccountCode": "order",
        "merchantReference": "7",
    }

    code = refusal(lambda: _verify(moved))

    assert _verify(item).secret
    assert code == "signature_mismatch"


@pytest.mark.parametrize(("field", "spelled"), [("pspReference", 7914073381342284), ("success", True)])
def test_another_spelling_of_an_adyen_item_is_the_same_event(field: str, spelled: object) -> None:
    """The same text is signed, so an eavesdropper of one call could have its payment stored any number of times."""
    item, wanted = _item(), "7914073381342284:AUTHORISATION:true"

    first, again = _verify(item), _verify(item | {field: spelled, "eventDate": "2021-08-01T12:00:01+02:00"})

    assert (first.delivery_id, again.delivery_id) == (wanted, wanted)


def test_an_adyen_call_of_thousands_of_items_is_not_worked_through() -> None:
    """Nobody has proved anything yet, and each item costs a hash for each secret."""
    item = _item()
    body = json.dumps({"notificationItems": [{"NotificationRequestItem": item}] * 101}).encode()

    code = refusal(lambda: built("adyen").verify(request(body), (secret(secret_of("adyen")),)))

    assert code == "signature_mismatch"


@pytest.mark.parametrize(
    "host", ["sns.s3-us-west-2.amazonaws.com", "sns.s3-external-1.amazonaws.com", "sns.elb.amazonaws.com"]
)
def test_a_certificate_in_somebody_s_bucket_is_none_of_sns(host: str) -> None:
    """The owner of a bucket called sns could sign for every topic (the older regional names of S3 put the bucket first)."""
    url = f"https://{host}/SimpleNotificationService-0000000000000000000000000000000a.pem"
    body = json.dumps({"Type": "Notification", "SigningCertURL": url}).encode()
    scheme: Any = built("aws-sns")

    with pytest.raises(Rejected, match="SigningCertURL"):
        scheme.wanted_key(request(body))


@pytest.mark.parametrize("host", ["us-east-1", "ap-southeast-3", "us-gov-west-1", "cn-north-1"])
def test_a_certificate_of_any_region_is_sns_s_own(host: str) -> None:
    """A certificate of another AWS partition must not be refused."""
    tail = ".cn" if host.startswith("cn-") else ""
    url = f"https://sns.{host}.amazonaws.com{tail}/SimpleNotificationService-0000000000000000000000000000000a.pem"
    scheme: Any = built("aws-sns")

    wanted = scheme.wanted_key(request(json.dumps({"SigningCertURL": url}).encode()))

    assert wanted.name == url


def test_an_id_of_mercado_pago_cannot_take_in_what_is_signed_behind_it() -> None:
    """Without its own header the request's id would count as part of the payment's: the same call, for a payment that does not exist."""
    secrets = (secret(secret_of("mercado-pago")),)
    scheme = built("mercado-pago")
    headers = scheme.sign(b'{"data": {"id": "7"}}', secret=secrets[0].value, delivery_id="r-1", at=NOW)
    own = replace(request(b'{"data": {"id": "7"}}', headers), query="data.id=7")
    moved = replace(
        request(b'{"data": {"id": "7;request-id:r-1"}}', {"x-signature": headers["x-signature"]}),
        query="data.id=7%3Brequest-id%3Ar-1",
    )

    code = refusal(lambda: scheme.verify(moved, secrets))

    assert scheme.verify(own, secrets).secret == secrets[0].name
    assert code == "signature_mismatch"


def test_an_id_in_a_coinbase_call_counts_only_where_it_is_signed() -> None:
    """Another id for the same payment would have it stored a second time."""
    key, body, at = secret_of("coinbase"), b'{"eventType": "onramp.transaction.success"}', int(NOW.timestamp())
    signature = mac(key, f"{at}.content-type.application/json.".encode() + body, "sha256").hex()
    own = {"X-Hook0-Signature": f"t={at},h=content-type,v1={signature}", "content-type": "application/json"}
    calls = [request(body, own | {"x-event-id": name}) for name in ("evt-1", "evt-2")]

    first, again = (built("coinbase").verify(call, (secret(key),)).delivery_id for call in calls)

    assert first == again


@pytest.mark.parametrize("end", [b"%0A&x=1", b"", b"%0A&bt_signature=a|b"])
def test_a_braintree_form_written_in_another_way_is_the_same_event(end: bytes) -> None:
    """Only the payload is signed: with a field that nobody reads, one call could be stored any number of times."""
    key, scheme = secret_of("braintree"), built("braintree")
    assert isinstance(scheme, SignsInside)
    form = scheme.signed_body(b"bt_payload=PG4%2BCg%3D%3D%0A", secret=key, at=NOW)
    other = form.removesuffix(b"%0A") + end

    first, again = (scheme.verify(request(body), (secret(key),)).delivery_id for body in (form, other))

    assert form != other
    assert first
    assert first == again
