"""Calls made of one that was overheard, or with a key of one's own: each fits a careless reading of its sender's rules."""

from __future__ import annotations

import json
from typing import Any  # Any: bodies that are made wrong on purpose

import pytest

from hookline.providers import PROVIDERS
from hookline.providers.scheme import SignsInside
from unit.builders import NOW, refusal, request, secret
from vectors.senders import built, secret_of, signing_secret_of


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


def _verify(item: dict[str, Any]) -> object:
    body = json.dumps({"notificationItems": [{"NotificationRequestItem": item}]}).encode()
    return built("adyen").verify(request(body), (secret(secret_of("adyen")),))


@pytest.mark.parametrize(
    ("field", "forged"), [("success", "true"), ("pspReference", "0000000000000001"), ("eventCode", "CHARGEBACK")]
)
def test_an_adyen_item_is_signed_by_its_own_fields_not_by_what_hides_in_the_amount(field: str, forged: str) -> None:
    """The refused payment would be read as one that went through: the true value beside the amount is what was signed."""
    item = _item(success="false")
    item["amount"][field], item[field] = item[field], forged

    code = refusal(lambda: _verify(item))

    assert code == "signature_mismatch"


def test_the_values_of_an_adyen_item_cannot_move_over_a_colon_in_the_reference() -> None:
    """The same text cut elsewhere has another id: the same payment would be stored once more."""
    item = _item(merchantReference="order:7")
    moved = item | {
        "pspReference": f"{item['pspReference']}:",
        "originalReference": "TestMerchant",
        "merchantAccountCode": "order",
        "merchantReference": "7",
    }

    code = refusal(lambda: _verify(moved))

    assert _verify(item)
    assert code == "signature_mismatch"
