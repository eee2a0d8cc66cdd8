"""Secrets where AWS keeps them, read by the deployed validator with its own role."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING

import pytest

from acceptance.server import until
from e2e.conftest import SECRET_KEY, VAULT_SECRETS
from e2e.deployed import ENVIRONMENT

if TYPE_CHECKING:
    from acceptance.sender import Answer
    from e2e.deployed import Deployed, Project

BROUGHT = "TASKS_SECRET"
"""No operator sets this one: its sender brings it, while an operator expects that."""


def key_of(stack: Deployed, path: str) -> str:
    """The key that a parameter is encrypted with."""
    named = {"Key": "Name", "Option": "Equals", "Values": [path]}
    return str(stack.client("ssm").describe_parameters(ParameterFilters=[named])["Parameters"][0]["KeyId"])


def post(stack: Deployed, event_id: str, secret: str) -> Answer:
    """What the source ``vault`` says to an event that is signed with ``secret``."""
    body = json.dumps({"id": event_id}).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Vault-Signature": signature}
    return stack.post(body, path="/webhook/vault", headers=headers)


@pytest.mark.parametrize("place", VAULT_SECRETS)
def test_a_secret_is_found_in_either_store(stack: Deployed, place: str) -> None:
    """Secrets Manager and the parameter store, with names of their owner's own choice, and no right to read any other."""
    stack.set_secret(place, VAULT_SECRETS[place], key=SECRET_KEY)

    until(lambda: post(stack, place, VAULT_SECRETS[place]).status == 202)


def test_a_rotated_secret_is_taken_up_at_the_first_signature_that_needs_it(stack: Deployed) -> None:
    """A sender that switches immediately does not wait for five minutes."""
    post(stack, "before", VAULT_SECRETS["secretsmanager:vault"])
    stack.client("secretsmanager").put_secret_value(SecretId="vault", SecretString="a fresh secret")

    answer = post(stack, "after", "a fresh secret")
    forged = post(stack, "forged", "nobody's secret")

    assert answer.status == 202
    assert (forged.status, forged.code) == (401, "signature_mismatch")


def test_a_secret_can_be_set_from_the_command_line(
    stack: Deployed, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first step of a deployment, and of every rotation."""
    monkeypatch.setenv("NEW_VALUE", "set by hand")

    at = ["--target", f"aws:{ENVIRONMENT}", "--config", str(project.toml)]
    stack.hookline("secrets", "set", "ssm:/shared/vault", *at, "--value-env", "NEW_VALUE")
    listed = json.loads(stack.hookline("secrets", "list", *at, "--json"))

    found = stack.client("ssm").get_parameter(Name="/shared/vault", WithDecryption=True)["Parameter"]
    assert (found["Value"], found["Type"]) == ("set by hand", "SecureString")
    assert key_of(stack, "/shared/vault") == SECRET_KEY
    assert all(secret["there"] for secret in listed if secret["name"] != BROUGHT)
