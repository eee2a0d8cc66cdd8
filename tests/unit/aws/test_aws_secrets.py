"""Secrets that are kept for a while, outlive an outage, and are looked at again when a signature does not fit."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from botocore.stub import Stubber  # type: ignore[import-untyped] # botocore carries no types

from contract.aws import ENVIRONMENT, shared_cloud
from contract.builders import START
from hookline.adapters.aws.names import parameter
from hookline.adapters.aws.secrets import AwsSecrets
from hookline.adapters.memory.clock import MemoryClock
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from contract.aws import Cloud

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


class Safe:
    """Secrets over an empty emulator, and the calls that they make."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.clock = MemoryClock(START)
        self.secrets = AwsSecrets(cloud.clients, environment=ENVIRONMENT, clock=self.clock)
        self.calls: list[str] = []

    def note(self, event_name: str, **_: object) -> None:
        """Called by botocore before each try."""
        self.calls.append(event_name.rpartition(".")[2])

    def put(self, name: str, value: str, *, path: str | None = None) -> None:
        """Keep a secret where hookline looks for this name."""
        self.cloud.emulator.client("ssm").put_parameter(
            Name=path or parameter(name, ENVIRONMENT), Value=value, Type="SecureString", Overwrite=True
        )

    def remove(self, name: str) -> None:
        """Take it away."""
        self.cloud.emulator.client("ssm").delete_parameter(Name=parameter(name, ENVIRONMENT))

    def read(self, *names: str) -> list[bytes]:
        """The values."""
        return [secret.value for secret in self.secrets.read(names)]

    def fail(self) -> None:
        """Let the parameter store be down."""
        self.cloud.emulator.fail("ssm", "GetParameters", status=400, code="ThrottlingException")


@pytest.fixture
def safe() -> Iterator[Safe]:
    """An empty one."""
    cloud = shared_cloud()
    cloud.emulator.reset()
    found = Safe(cloud)
    clients = [cloud.clients.ssm(), cloud.clients.secretsmanager()]
    for client in clients:
        client.meta.events.register("before-send", found.note)
    yield found
    for client in clients:
        client.meta.events.unregister("before-send", found.note)


def test_secrets_are_asked_for_once_in_five_minutes(safe: Safe) -> None:
    """A call for each request would be slow, and over the parameter store's limit at forty a second."""
    safe.put("A", "1")
    safe.read("A")
    safe.put("A", "2")

    safe.clock.advance(SECOND * 299)
    before = (safe.read("A"), list(safe.calls))
    safe.clock.advance(SECOND)
    after = safe.read("A")

    assert before == ([b"1"], ["GetParameters"])
    assert after == [b"2"]


def test_during_an_outage_the_last_good_values_are_used(safe: Safe) -> None:
    """A payment can be taken without the parameter store: senders notice nothing."""
    safe.put("A", "1")
    safe.read("A")
    safe.clock.advance(MINUTE * 60)
    safe.fail()

    values = safe.read("A")

    assert values == [b"1"]


def test_during_an_outage_it_is_asked_again_after_half_a_minute(safe: Safe) -> None:
    """Each request would wait for three tries otherwise; and the new value is found soon after the end."""
    safe.put("A", "1")
    safe.read("A")
    safe.clock.advance(MINUTE * 60)
    safe.fail()
    safe.read("A")
    tries = len(safe.calls)
    safe.put("A", "2")
    safe.cloud.emulator.heal()

    safe.clock.advance(SECOND * 29)
    before = (safe.read("A"), len(safe.calls))
    safe.clock.advance(SECOND)
    after = safe.read("A")

    assert before == ([b"1"], tries)
    assert after == [b"2"]


def test_an_outage_at_the_start_fails_closed(safe: Safe) -> None:
    """Without a secret nothing can be verified, and nothing is accepted without verification."""
    safe.put("A", "1")
    safe.fail()

    with pytest.raises(UnavailableError) as caught:
        safe.read("A")

    assert caught.value.code == "secrets_unavailable"


@pytest.mark.parametrize(
    ("store", "operation", "said"),
    [
        (
            "ssm",
            "get_parameters",
            "The ciphertext refers to a customer master key that does not exist, or you are not allowed to access.",
        ),
        (
            "ssm",
            "get_parameters",
            "User: arn:aws:sts::1:assumed-role/r is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:k",
        ),
        ("secretsmanager", "get_secret_value", "Access to KMS is not allowed"),
    ],
)
def test_a_key_that_may_not_be_used_is_named_as_what_is_missing(
    safe: Safe, store: str, operation: str, said: str
) -> None:
    """AWS names a ciphertext; the operator has to know which setting it is about."""
    stubbed = Stubber(getattr(safe.cloud.clients, store)())
    stubbed.add_client_error(operation, "AccessDeniedException", said)

    with stubbed, pytest.raises(UnavailableError, match="name the key in hookline:secretKeys") as caught:
        safe.read("secretsmanager:A" if store == "secretsmanager" else "A")

    assert caught.value.code == "secrets_unavailable"


def test_another_missing_right_is_not_taken_for_a_key(safe: Safe) -> None:
    """A hint to the wrong setting costs more time than no hint."""
    stubbed = Stubber(safe.cloud.clients.ssm())
    said = (
        "User: arn:aws:sts::1:assumed-role/r is not authorized to perform: ssm:GetParameters on resource: arn:aws:ssm:p"
    )
    stubbed.add_client_error("get_parameters", "AccessDeniedException", said)

    with stubbed, pytest.raises(UnavailableError) as caught:
        safe.read("A")

    assert "secretKeys" not in caught.value.detail
    assert caught.value.code == "internal_fault"


def test_a_secret_that_was_removed_is_gone(safe: Safe) -> None:
    """Removal is how a leaked secret is revoked; the last good value is only for outages."""
    safe.put("A", "1")
    safe.read("A")
    safe.remove("A")
    safe.clock.advance(MINUTE * 5)

    with pytest.raises(UnavailableError, match="there is no secret A"):
        safe.read("A")


def test_a_refresh_says_whether_anything_changed(safe: Safe) -> None:
    """A secret was just rotated: the signature is checked once more, and its sender is not refused for five minutes."""
    safe.put("A", "1")
    safe.put("B", "1")
    safe.read("A", "B")

    unchanged = safe.secrets.refresh(["A", "B"])
    safe.clock.advance(SECOND * 30)
    safe.put("B", "2")
    changed = safe.secrets.refresh(["A", "B"])

    assert (unchanged, changed) == (False, True)
    assert safe.read("A", "B") == [b"1", b"2"]


def test_refreshes_are_half_a_minute_apart(safe: Safe) -> None:
    """Otherwise every false signature would make a call to AWS, and its limits would then refuse the honest senders."""
    safe.put("A", "1")
    safe.read("A")
    safe.secrets.refresh(["A"])
    asked = len(safe.calls)
    safe.put("A", "2")

    safe.clock.advance(SECOND * 29)
    too_soon = (safe.secrets.refresh(["A"]), len(safe.calls))
    safe.clock.advance(SECOND)
    in_time = safe.secrets.refresh(["A"])

    assert too_soon == (False, asked)
    assert in_time


def test_one_sources_forgeries_do_not_hold_up_another(safe: Safe) -> None:
    """Each secret has its own half minute."""
    safe.put("A", "1")
    safe.put("B", "1")
    safe.read("A", "B")
    safe.secrets.refresh(["A"])
    safe.put("B", "2")

    changed = safe.secrets.refresh(["B"])

    assert changed


def test_what_an_operator_asks_for_is_read_immediately(safe: Safe) -> None:
    """A retry that follows the fix by seconds must not be checked with the secret before it."""
    safe.put("A", "old")
    safe.secrets.read(["A"])
    safe.secrets.refresh(["A"])
    safe.put("A", "new")

    soon, at_once = safe.secrets.refresh(["A"]), safe.secrets.refresh(["A"], at_once=True)

    assert (soon, at_once) == (False, True)
    assert safe.secrets.read(["A"])[0].value == b"new"


def test_a_refresh_during_an_outage_changes_nothing(safe: Safe) -> None:
    """The refusal rests on the values that were good a moment ago."""
    safe.put("A", "1")
    safe.read("A")
    safe.fail()

    changed = safe.secrets.refresh(["A"])

    assert not changed
    assert safe.read("A") == [b"1"]


def test_a_refresh_of_what_was_never_read_may_fail(safe: Safe) -> None:
    """There is no last good value to continue with, and the caller still gets an ordinary answer."""
    safe.fail()

    changed = safe.secrets.refresh(["A"])

    assert not changed


def test_many_secrets_take_few_calls(safe: Safe) -> None:
    """GetParameters takes ten names: a cold start must not wait for each."""
    names = [f"NAME_{number}" for number in range(12)]
    for name in names:
        safe.put(name, name.lower())

    values = safe.read(*names)

    assert values == [name.lower().encode() for name in names]
    assert safe.calls == ["GetParameters"] * 2


def test_a_secret_may_be_another_parameter(safe: Safe) -> None:
    """A secret that another team keeps is read from its own place."""
    safe.put("", "theirs", path="/payments/webhook")
    safe.put("A", "ours")

    values = safe.read("ssm:/payments/webhook", "A")

    assert values == [b"theirs", b"ours"]


def test_a_secret_may_be_kept_in_secrets_manager(safe: Safe) -> None:
    """It may be text or bytes, under any name."""
    client = safe.cloud.emulator.client("secretsmanager")
    client.create_secret(Name="payments/text", SecretString="whsec_1")
    client.create_secret(Name="payments/bytes", SecretBinary=b"\x00\xff")

    values = safe.read("secretsmanager:payments/text", "secretsmanager:payments/bytes")

    assert values == [b"whsec_1", b"\x00\xff"]


def test_a_secret_that_secrets_manager_does_not_have_is_missing(safe: Safe) -> None:
    """It is reported by the name that hookline.toml has for it."""
    with pytest.raises(UnavailableError, match="there is no secret secretsmanager:nowhere") as caught:
        safe.read("secretsmanager:nowhere")

    assert caught.value.code == "secrets_unavailable"


def _learning(safe: Safe) -> AwsSecrets:
    return AwsSecrets(safe.cloud.clients, environment=ENVIRONMENT, clock=safe.clock, may_be_missing=["A"])


def test_a_secret_that_may_be_missing_is_left_out(safe: Safe) -> None:
    """Its sender has not brought it yet: that is no fault, and nothing that it signs is accepted meanwhile."""
    safe.put("B", "2")

    found = _learning(safe).read(["A", "B"])

    assert [secret.name for secret in found] == ["B"]


def test_a_missing_secret_is_not_looked_for_at_every_request(safe: Safe) -> None:
    """The parameter store takes forty calls a second; half a minute is soon enough."""
    secrets = _learning(safe)
    secrets.read(["A"])
    safe.put("A", "1")

    before = (secrets.read(["A"]), list(safe.calls))
    safe.clock.advance(SECOND * 30)
    after = secrets.read(["A"])

    assert before == ((), ["GetParameters"])
    assert [secret.value for secret in after] == [b"1"]


def test_a_signature_that_does_not_fit_has_a_missing_secret_looked_for(safe: Safe) -> None:
    """Another instance of the function has kept it: the first event must not be refused for that."""
    secrets = _learning(safe)
    secrets.read(["A"])
    safe.put("A", "1")

    changed = secrets.refresh(["A"])

    assert changed
    assert [secret.value for secret in secrets.read(["A"])] == [b"1"]


def test_a_secret_that_has_just_come_is_there_without_asking(safe: Safe) -> None:
    """The instance that kept it has it in memory."""
    secrets = _learning(safe)
    secrets.read(["A"])

    secrets.learn("A", b"1")

    assert [secret.value for secret in secrets.read(["A"])] == [b"1"]
    assert safe.calls == ["GetParameters"]
