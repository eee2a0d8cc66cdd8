"""A secret's name may be in hookline.toml; a secret may not, and is never repeated when it is."""

from __future__ import annotations

import base64
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.config.secret_names import secret_name
from hookline.config.units import UnusableError

VALUE = "secret itself|not the name"


@pytest.mark.parametrize(
    "name",
    [
        "TRANSACTIONS_SECRET",
        "A",
        "_x",
        "github_webhook_secret",
        "STRIPE_WEBHOOK_SIGNING_SECRET_2024_01",
        "paymentsWebhookSecretForProductionEurope",
        "PaymentsWebhookSecret2024",
        "S3_BUCKET_V2_KEY",
        "SECRET_OF_THE_TEAM_THAT_SENDS_INVOICES_FROM_EUROPE_WEST_1",
        "DEADBEEF",
        "ssm:/hookline/prod/TRANSACTIONS_SECRET",
        "ssm:/one",
        "secretsmanager:hookline/prod/transactions",
        "secretsmanager:arn:aws:secretsmanager:eu-central-1:123456789012:secret:hookline-AbCdEf",
    ],
)
def test_a_name_passes(name: str) -> None:
    """People work around a check with false alarms."""
    assert secret_name(name) == name


@pytest.mark.parametrize(
    "value",
    [
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_short",
        "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
        "rk_live_x",
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "xoxbabc",
        "AKIAIOSFODNN7EXAMPLE",
        "eyJhbGciOiJIUzI1NiJ9",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "a3f1c94be0d8427f",
        "deadbeefdeadbeefdeadbeefdeadbee0",
        "c2VjcmV0IHNlY3JldCE=",
        "two words",
        "hunter2!",
        "NAME=value",
        "a-b",
        "1ABC",
        "",
        "A" * 200,
        "ssm:relative",
        "ssm://",
        "secretsmanager: ",
        "ssm:/MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "TRANSACTIONS_SECRET\n",
        "ПАРОЛЬ",
    ],
)
def test_a_value_is_refused_and_not_repeated(value: str) -> None:
    """Complaints are shown on terminals and in logs: a secret in one would not be secret any more."""
    with pytest.raises(UnusableError, match=VALUE) as caught:
        secret_name(value)
    assert "environment variable" in str(caught.value)
    assert not value or value not in str(caught.value)


@pytest.mark.parametrize("value", [1, True, None, ["A"], {"name": "A"}])
def test_what_is_no_text_is_refused(value: object) -> None:
    """A list inside the list is a mistake in the brackets."""
    with pytest.raises(UnusableError, match="not the name"):
        secret_name(value)


def test_nearly_every_random_key_is_recognised() -> None:
    """Base64 of 24 and 32 random bytes is what senders give; a few that pass are the price of accepting names."""
    chance = random.Random(7)
    for size in (24, 32):
        keys = [base64.b64encode(chance.randbytes(size)).decode().rstrip("=") for _ in range(2000)]
        assert sum(map(is_refused, keys)) > 1960
        hexes = [chance.randbytes(size).hex() for _ in range(500)]
        assert all(map(is_refused, hexes))


def is_refused(value: str) -> bool:
    """Whether it ends as a complaint."""
    try:
        secret_name(value)
    except UnusableError:
        return True
    return False


@given(st.text())
def test_no_text_raises_anything_else(value: str) -> None:
    """Whatever is in the file ends as a name or as a complaint."""
    is_refused(value)
