"""One deployed system for all tests here that do not change the program; each finds it whole, with its queues empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from e2e.deployed import deployed, package

if TYPE_CHECKING:
    from collections.abc import Iterator

    from e2e.deployed import Deployed, Project


VAULT = """
[sources.vault]
verify = { scheme = "hmac", secrets = ["secretsmanager:vault", "ssm:/shared/vault"], header = "X-Vault-Signature" }
id = "id"

[sources.tasks]
verify = { scheme = "asana", secrets = ["TASKS_SECRET"] }
retention = "90d"
"""
VAULT_SECRETS = {"secretsmanager:vault": "kept by Secrets Manager", "ssm:/shared/vault": "kept as a parameter"}

SECRET_KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
"""The customer's own, which these two are encrypted with; the others are encrypted with the account's."""


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The example project with a source whose secrets lie elsewhere and one whose sender brings its own, packaged."""
    return package(tmp_path_factory.mktemp("e2e"), more=VAULT)


@pytest.fixture(scope="session")
def live(project: Project) -> Iterator[Deployed]:
    """The system, for tests that leave it as it is."""
    with deployed(project, more={"secretKeys": SECRET_KEY}) as stack:
        for place, value in VAULT_SECRETS.items():
            stack.set_secret(place, value, key=SECRET_KEY)
        yield stack


@pytest.fixture(name="stack")
def whole(live: Deployed) -> Iterator[Deployed]:
    """The same system for tests that hurt it: they find it whole, with empty queues, and it is whole after them.

    Lambda may still try again what failed in an earlier test, so a test looks only for its own events.
    """
    live.reset()
    yield live
    live.reset()
