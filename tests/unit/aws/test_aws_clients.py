"""The SDK's clients: made late and cheaply, pointed where they belong, and never past the deadline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hookline.adapters.aws.clients import Clients, Deadline, opened
from hookline.adapters.aws.errors import translated
from hookline.errors import UnavailableError
from unit.aws.stubs import Stub

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")


def test_a_client_is_made_when_it_is_first_asked_for_and_once() -> None:
    """The validator must not wait for a client of SQS that it never uses."""
    with Clients("us-east-1") as clients:
        lazy = opened(clients.sqs)
        before = list(clients._clients)  # what nobody needs from outside

        first, second = lazy(), clients.sqs()

        assert before == []
        assert first is second
        assert list(clients._clients) == ["sqs"]


def test_a_client_may_be_given_as_it_is() -> None:
    """A caller that has a client already passes it on."""
    with Clients("us-east-1") as clients:
        client = clients.sqs()

        assert opened(client)() is client


def test_the_times_of_a_try_fit_into_the_deadline() -> None:
    """Three seconds at most for a try, and three tries: the SDK's own minute would outlive every function."""
    with Clients("us-east-1") as clients:
        config = clients.dynamodb().meta.config

    assert (config.connect_timeout, config.read_timeout) == (1, 2)
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}
    assert config.tcp_keepalive


def test_no_try_begins_that_could_end_after_the_deadline() -> None:
    """The sender gets an answer in time, with the reason, and AWS is not called for a result that nobody waits for."""
    deadline = Deadline()
    with Clients("us-east-1", deadline=deadline) as clients:
        stub = Stub()
        client = stub.before(clients.ssm())
        deadline.start(2.9)

        with pytest.raises(UnavailableError) as caught, translated():
            client.get_parameters(Names=["a"])

        assert caught.value.code == "deadline_reached"
        assert stub.requests == []


def test_a_second_try_needs_its_time_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first try may have used the time that was left."""
    lefts = iter([3.1, 2.9])
    deadline = Deadline()
    monkeypatch.setattr(deadline, "left", lambda: next(lefts))
    with Clients("us-east-1", deadline=deadline) as clients:
        stub = Stub(answers=[(500, b"{}")])
        client = stub.before(clients.ssm())

        with pytest.raises(UnavailableError) as caught, translated():
            client.get_parameters(Names=["a"])

        assert caught.value.code == "deadline_reached"
        assert len(stub.requests) == 1


def test_without_a_deadline_there_is_always_time() -> None:
    """The command line and the recoverer take the time that they need, also after a call with a deadline."""
    deadline = Deadline()
    deadline.start(0)
    deadline.clear()

    deadline.require(1_000_000)

    assert deadline.left() is None


def test_credentials_of_the_environment_come_first() -> None:
    """A function has them there; the SDK asks neither files nor an address on the network."""
    with Clients("us-east-1") as clients:
        stub = Stub()

        stub.before(clients.ssm()).get_parameters(Names=["a"])

        assert "Credential=AKIDENVIRONMENT/" in str(stub.requests[0].headers["Authorization"])


def test_an_operators_profile_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the command line credentials are in the places where every AWS tool looks for them."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    shared = tmp_path / "credentials"
    shared.write_text("[default]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = secret\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(shared))
    with Clients("us-east-1") as clients:
        stub = Stub()

        stub.before(clients.ssm()).get_parameters(Names=["a"])

        assert "Credential=AKIDPROFILE/" in str(stub.requests[0].headers["Authorization"])


def test_no_credentials_at_all_is_a_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is reported as that, and nothing is sent unsigned."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with Clients("us-east-1") as clients:
        stub = Stub()

        with pytest.raises(UnavailableError, match="NoCredentialsError") as caught, translated():
            stub.before(clients.ssm()).get_parameters(Names=["a"])

        assert caught.value.code == "internal_fault"
        assert stub.requests == []
