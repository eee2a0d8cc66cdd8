"""The commands that work on an environment on AWS, against an emulator."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any  # Any: JSON documents

import botocore.exceptions  # type: ignore[import-untyped] # botocore carries no types
import botocore.session  # type: ignore[import-untyped] # the same
import pytest
from click.testing import CliRunner

from acceptance.server import EXAMPLE
from contract.aws import BUCKET, ENVIRONMENT, TABLE, create_queue, shared_cloud
from contract.builders import event
from emulator.functions import archive
from emulator.server import ACCOUNT, REGION
from hookline.adapters.aws import names
from hookline.adapters.aws.bodies import S3Bodies
from hookline.adapters.aws.event_store import DynamoEventStore
from hookline.adapters.aws.operator_errors import _MEANINGS
from hookline.adapters.local import SystemClock
from hookline.cli import main
from hookline.domain.event import Status
from hookline.domain.fifo import Fifo
from hookline.domain.queue import Queue
from hookline.domain.replay import ReplayMark
from processes import run_process, running_process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from emulator.server import Emulator

TARGET = f"aws:{ENVIRONMENT}"
GOOD = "whsec_Zm9yLXRoZS10ZXN0cy1vZi10aGUtY29tbWFuZHMtMSE="
COMMON = {
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
"""Errors that any service may answer with, so that no model declares them (each API reference's page "Common Error Types")."""

PARAMETER = names.parameter("TRANSACTIONS_SECRET", ENVIRONMENT)


@pytest.fixture
def events() -> DynamoEventStore:
    """The environment's events."""
    clients = shared_cloud().clients
    bodies = S3Bodies(clients.s3, bucket=BUCKET)
    return DynamoEventStore(
        clients.dynamodb(), table=TABLE, bodies=bodies, clock=SystemClock(), event_retention=timedelta(days=30)
    )


def error_of(result: Result) -> dict[str, Any]:
    """What went wrong, from a command that was run with --json."""
    assert result.exit_code == 1, result.output
    reported: dict[str, Any] = json.loads(result.stderr)["error"]
    return reported


def status_of(events: DynamoEventStore, event_id: str) -> Status | None:
    """The status of an event."""
    stored = events.get(event_id)
    return None if stored is None else stored.event.status


def noted(aws: Emulator, *, wait: int = 10) -> list[dict[str, Any]]:
    """What the router received, once it has come; after ``wait`` seconds without it, nothing."""
    sqs = aws.client("sqs")
    answer = sqs.receive_message(QueueUrl=aws.queue_url("notes"), WaitTimeSeconds=wait, MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in answer.get("Messages", ())]


@pytest.mark.usefixtures("deployed")
def test_events_are_listed_and_shown(events: DynamoEventStore, run: Callable[..., Result]) -> None:
    """An alarm names an event: the operator sees which one it is, with its body as it was received."""
    now = datetime.now(UTC)
    events.add([event("a", b'{"n":1.10}', received_at=now), event("b", received_at=now, status=Status.FAILED)])

    listed = run("events", "list", "--target", TARGET, "--status", "failed", "--json")
    shown = run("events", "show", "transactions:a", "--target", TARGET, "--json")

    assert [one["id"] for one in json.loads(listed.stdout)] == ["transactions:b"]
    assert json.loads(shown.stdout)["body"] == '{"n":1.10}'


@pytest.mark.usefixtures("deployed")
def test_a_missing_event_is_reported_as_in_the_embedded_home(run: Callable[..., Result]) -> None:
    """The same words in both homes."""
    assert error_of(run("events", "show", "transactions:x", "--target", TARGET, "--json"))["code"] == "not_found"


def test_a_failed_event_goes_back_to_the_outbox_and_to_the_router(
    deployed: Emulator, events: DynamoEventStore, run: Callable[..., Result]
) -> None:
    """One command brings a payment to its queue, once the fault is fixed."""
    events.add([event("a", received_at=datetime.now(UTC), status=Status.FAILED)])

    result = run("replay", "transactions:a", "--target", TARGET, "--json")

    assert json.loads(result.stdout) == [
        {"event_id": "transactions:a", "replayed": True, "status": "received", "queues": []}
    ]
    assert status_of(events, "transactions:a") is Status.RECEIVED
    assert noted(deployed) == [{"v": 1, "ids": ["transactions:a"]}]


def test_each_event_has_its_own_result(
    deployed: Emulator, events: DynamoEventStore, run: Callable[..., Result]
) -> None:
    """One unknown id among a hundred must not keep the others back, nor go unnoticed."""
    now = datetime.now(UTC)
    events.add([event("waits", received_at=now), event("fell", received_at=now, status=Status.FAILED)])

    result = run("replay", "transactions:x", "transactions:waits", "transactions:fell", "--target", TARGET)

    assert result.exit_code == 1
    assert "failed [not_found]: there is no event transactions:x" in result.stdout
    assert "failed [not_replayable]" in result.stdout
    assert "passed to the router" in result.stdout
    assert noted(deployed) == [{"v": 1, "ids": ["transactions:fell"]}]
    (entry,) = json.loads(run("audit", "--target", TARGET, "--json").stdout)
    assert (entry["action"], entry["subject"], entry["affected"]) == ("replay", "events", 1)
    assert entry["details"]["events"] == "transactions:x transactions:waits transactions:fell"


def test_a_replay_of_named_events_is_planned_and_changes_nothing(
    deployed: Emulator, events: DynamoEventStore, run: Callable[..., Result]
) -> None:
    """With hookline.toml at hand the plan has the queues."""
    events.add([event("fell", received_at=datetime.now(UTC), status=Status.FAILED)])

    planned = json.loads(run("replay", "transactions:fell", "--dry-run", "--target", TARGET, "--json").stdout)

    assert [(one["event_id"], one["replayed"], one["queues"]) for one in planned] == [
        ("transactions:fell", True, ["payments"])
    ]
    assert status_of(events, "transactions:fell") is Status.FAILED
    assert noted(deployed, wait=2) == []


def test_a_router_that_takes_nothing_is_reported_and_loses_nothing(
    deployed: Emulator, events: DynamoEventStore, run: Callable[..., Result]
) -> None:
    """The event waits in the outbox until the recoverer's next run."""
    events.add([event("a", received_at=datetime.now(UTC), status=Status.FAILED)])
    deployed.fail("lambda", "Invoke", status=429, code="TooManyRequestsException")

    result = run("replay", "transactions:a", "--target", TARGET, "--json")

    (reported,) = json.loads(result.stdout)
    assert result.exit_code == 1
    assert "the recoverer puts it on its queues" in reported["error"]["detail"]
    assert status_of(events, "transactions:a") is Status.RECEIVED


SINCE = ("--since", "1h")


def keep(events: DynamoEventStore, *given: str, status: Status = Status.ROUTED, minutes: int = 10) -> None:
    """Events that consumers have had, some minutes old, a second apart."""
    begin = datetime.now(UTC) - timedelta(minutes=minutes)
    events.add(
        [event(name, received_at=begin + timedelta(seconds=number), status=status) for number, name in enumerate(given)]
    )


def test_a_replay_by_options_has_a_plan_a_price_and_an_audit_entry(
    deployed: Emulator, events: DynamoEventStore, run: Callable[..., Result]
) -> None:
    """The deployed router gets the ids, the first received first; each event says which replay and which queue it is for."""
    keep(events, "a", "b")
    keep(events, "old", minutes=90)

    plan = json.loads(run("replay", *SINCE, "--target", TARGET, "--dry-run", "--json").stdout)["plan"]
    text = run("replay", *SINCE, "--target", TARGET, "--dry-run").stdout
    nothing_yet = status_of(events, "transactions:a")
    done = json.loads(
        run("replay", *SINCE, "--queue", "payments", "--target", TARGET, "--reason", "bug", "--json").stdout
    )["replay"]
    (entry,) = json.loads(run("audit", "--target", TARGET, "--json").stdout)

    stored = events.get("transactions:a")
    assert (plan["matched"], plan["queues"]) == (2, {"payments": 2})
    assert 0 < plan["dollars"] < 0.01
    assert "cost on AWS" in text
    assert nothing_yet is Status.ROUTED
    assert (done["replayed"], done["state"]) == (2, "finished")
    assert noted(deployed) == [{"v": 1, "ids": ["transactions:a", "transactions:b"]}]
    assert stored is not None
    assert stored.replay == ReplayMark(id=done["id"], queue="payments")
    assert (entry["action"], entry["affected"], entry["reason"]) == ("replay", 2, "bug")
    assert status_of(events, "transactions:old") is Status.ROUTED


def test_a_range_of_time_is_read_without_a_scan(
    deployed: Emulator, events: DynamoEventStore, run: Callable[..., Result]
) -> None:
    """A scan of a large table takes minutes and costs money: it must not even be tried."""
    keep(events, "a", "b")
    deployed.fail("dynamodb", "Scan", status=400, code="AccessDeniedException")

    listed = run("events", "list", *SINCE, "--target", TARGET, "--json")
    whole = run("events", "list", "--target", TARGET)
    replayed = run("replay", *SINCE, "--target", TARGET, "--reason", "bug", "--json")
    endless = run("replay", "--type", "payment", "--target", TARGET, "--dry-run", "--json")

    assert [one["id"] for one in json.loads(listed.stdout)] == ["transactions:b", "transactions:a"]
    assert "warning" not in listed.stderr
    assert "reads the whole table" in whole.stderr
    assert whole.exit_code == 1
    assert replayed.exit_code == 0
    assert error_of(endless)["code"] == "time_range_missing"


def test_a_replay_that_was_killed_continues(
    deployed: Emulator, events: DynamoEventStore, run: Callable[..., Result]
) -> None:
    """On AWS nothing is transactional across services: an id may be passed twice, and none may be left out."""
    names_ = [f"e{number:02}" for number in range(12)]
    keep(events, *names_)
    words = ("replay", *SINCE, "--target", TARGET, "--reason", "bug", "--rate", "2", "--json")
    command = [sys.executable, "-m", "hookline", *words]
    with running_process(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        end = time.monotonic() + 60
        while status_of(events, "transactions:e03") is Status.ROUTED:
            assert time.monotonic() < end
            time.sleep(0.05)
        process.kill()
        assert process.wait(timeout=120) == -signal.SIGKILL
    left = [name for name in names_ if status_of(events, f"transactions:{name}") is Status.ROUTED]

    done = json.loads(run(*words[:-3], "--json").stdout)["replay"]
    entries = json.loads(run("audit", "--target", TARGET, "--json").stdout)
    wanted, handed = {f"transactions:{name}" for name in names_}, set[str]()
    end = time.monotonic() + 60
    while not wanted <= handed:
        assert time.monotonic() < end, "an event was never passed to the router"
        handed |= {one for payload in noted(deployed) for one in payload["ids"]}

    stored = [events.get(f"transactions:{name}") for name in names_]
    assert left, "the replay had ended before it was killed: the test proves nothing"
    assert done["replayed"] == 12
    assert {one.replay.id for one in stored if one is not None and one.replay is not None} == {done["id"]}
    assert {one.event.status for one in stored if one is not None} == {Status.RECEIVED}
    assert [one["affected"] is None for one in entries] == [False, True]


@pytest.mark.usefixtures("deployed")
def test_queues_are_listed(run: Callable[..., Result]) -> None:
    """The first look of an operator, from the laptop."""
    found = json.loads(run("queues", "list", "--target", TARGET, "--json").stdout)

    assert [one["name"] for one in found] == ["payments", "refunds", "unrouted"]
    assert found[0]["dead_letter_queue"] == "payments-dlq"
    assert "payments" in run("queues", "list", "--target", TARGET).stdout


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("words", [("events", "list"), ("replay", "transactions:a")], ids=["events", "replay"])
def test_a_missing_environment_is_reported(words: tuple[str, ...], run: Callable[..., Result]) -> None:
    """A mistyped name must not look like an empty table."""
    reported = error_of(run(*words, "--target", "aws:nowhere", "--json"))

    assert reported["code"] == "environment_unknown"
    assert "event-router-nowhere" in reported["detail"]


def test_a_function_that_is_somebody_elses_is_no_environment(aws: Emulator, run: Callable[..., Result]) -> None:
    """Its name proves nothing."""
    aws.client("lambda").create_function(
        FunctionName=names.router("other"),
        Runtime="python3.13",
        Role=f"arn:aws:iam::{ACCOUNT}:role/any",
        Handler="index.handler",
        Code={"ZipFile": archive(index="def handler(event, context): pass")},
    )

    assert error_of(run("events", "list", "--target", "aws:other", "--json"))["code"] == "environment_unknown"


@pytest.mark.usefixtures("aws")
def test_a_name_that_no_environment_can_have_asks_nobody(run: Callable[..., Result]) -> None:
    """The name would become a part of names and paths at AWS."""
    assert error_of(run("secrets", "list", "--target", "aws:../prod", "--json"))["code"] == "environment_unknown"


@pytest.mark.parametrize("target", ["prod", "aws:", "gcp:prod"])
def test_a_target_that_is_no_target_is_wrong_usage(target: str, run: Callable[..., Result]) -> None:
    """Taken for the data directory, it would replay payments in the wrong place."""
    assert run("events", "list", "--target", target).exit_code == 2


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("missing", [("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), ("AWS_DEFAULT_REGION",)])
def test_without_credentials_or_region_the_remedy_says_what_to_set(
    missing: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, run: Callable[..., Result]
) -> None:
    """New users meet this first."""
    for name in missing:
        monkeypatch.delenv(name)

    reported = error_of(run("events", "list", "--target", TARGET, "--json"))

    assert reported["code"] == "aws_credentials"
    assert "AWS_REGION" in reported["remedy"]


@pytest.mark.usefixtures("deployed")
def test_the_region_may_be_set_as_the_aws_cli_has_it(
    monkeypatch: pytest.MonkeyPatch, run: Callable[..., Result]
) -> None:
    """On its own the SDK knows only the older variable."""
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_REGION", REGION)

    assert run("events", "list", "--target", TARGET).exit_code == 0


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("AccessDeniedException", 400, "aws_access_denied"),
        ("ExpiredTokenException", 400, "aws_credentials"),
        ("ThrottlingException", 400, "aws_unreachable"),
        ("ValidationException", 400, "aws_refused"),
    ],
)
def test_each_refusal_of_aws_has_a_code(
    aws: Emulator, code: str, status: int, expected: str, run: Callable[..., Result]
) -> None:
    """Each needs another remedy."""
    aws.fail("ssm", "GetParameters", status=status, code=code)

    error = error_of(run("secrets", "list", "--target", f"aws:{ENVIRONMENT}", "--json"))

    assert error["code"] == expected
    assert code in error["detail"]


@pytest.mark.usefixtures("aws")
def test_no_connection_is_reported_as_such(monkeypatch: pytest.MonkeyPatch, run: Callable[..., Result]) -> None:
    """A person should check the network, not the rights."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    assert error_of(run("events", "list", "--target", TARGET, "--json"))["code"] == "aws_unreachable"


def test_every_error_with_a_code_of_its_own_is_one_that_exists() -> None:
    """A mistyped name would never match."""
    services = "dynamodb", "lambda", "s3", "secretsmanager", "sqs", "ssm"
    models = [botocore.session.Session().get_service_model(service) for service in services]
    declared = {shape.error_code for model in models for shape in model.error_shapes}

    assert set().union(*_MEANINGS.values()) - declared - vars(botocore.exceptions).keys() == COMMON


def test_without_the_sdk_it_is_said_how_to_install_it(project: Path) -> None:
    """The embedded home is installed without it."""
    program = "import sys; sys.modules['botocore'] = None; from hookline.cli import main; main()"

    done = run_process(
        [sys.executable, "-c", program, "events", "list", "--target", "aws:prod", "--json"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 1
    error = json.loads(done.stderr)["error"]
    assert error["code"] == "aws_sdk_missing"
    assert 'pip install "hookline[aws]"' in error["remedy"]


def parameter(aws: Emulator, name: str = PARAMETER) -> dict[str, Any]:
    """The parameter, decrypted."""
    found: dict[str, Any] = aws.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]
    return found


def set_secret(*words: str, value: str | bytes | None) -> Result:
    """The command with a value on its standard input."""
    return CliRunner().invoke(main, ["secrets", "set", *words], input=value)


@pytest.mark.parametrize("piped", [GOOD, f"{GOOD}\n", f"{GOOD}\r\n"], ids=["bare", "newline", "windows"])
def test_a_secret_is_written_encrypted(aws: Emulator, piped: str) -> None:
    """A newline that an editor added would make it another secret."""
    result = set_secret("TRANSACTIONS_SECRET", "--target", f"aws:{ENVIRONMENT}", value=piped)

    assert result.exit_code == 0, result.output
    assert (parameter(aws)["Type"], parameter(aws)["Value"]) == ("SecureString", GOOD)
    assert GOOD not in result.output


def test_a_secret_is_taken_from_a_variable(aws: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipeline has it in a variable."""
    monkeypatch.setenv("NEW_SECRET", GOOD)

    result = set_secret("TRANSACTIONS_SECRET", "--target", f"aws:{ENVIRONMENT}", "--value-env", "NEW_SECRET", value="")

    assert result.exit_code == 0, result.output
    assert parameter(aws)["Value"] == GOOD


@pytest.mark.usefixtures("aws")
def test_a_variable_that_is_not_set_is_wrong_usage() -> None:
    """An empty secret would be worse."""
    assert (
        set_secret("TRANSACTIONS_SECRET", "--target", f"aws:{ENVIRONMENT}", "--value-env", "NOPE", value="").exit_code
        == 2
    )


def test_a_secret_is_written_over_the_one_that_is_there(aws: Emulator) -> None:
    """A rotation does exactly that."""
    other = "whsec_QU5PVEhFUi1vbmx5LW5ldmVyLWluLXByb2R1Y3Rpb24h"
    set_secret("TRANSACTIONS_SECRET", "--target", f"aws:{ENVIRONMENT}", value=other)

    set_secret("TRANSACTIONS_SECRET", "--target", f"aws:{ENVIRONMENT}", value=GOOD)

    assert parameter(aws)["Value"] == GOOD


def encrypted_with(aws: Emulator) -> str:
    """The key of the parameter."""
    return str(aws.client("ssm").describe_parameters()["Parameters"][0]["KeyId"])


def test_a_secret_keeps_the_key_that_it_is_encrypted_with(aws: Emulator) -> None:
    """AWS would take the account's own key when nobody names one: a rotation would undo what an auditor asked for."""
    first = set_secret("TRANSACTIONS_SECRET", "--target", f"aws:{ENVIRONMENT}", "--key", "alias/payments", value=GOOD)
    again = set_secret("TRANSACTIONS_SECRET", "--target", f"aws:{ENVIRONMENT}", value=GOOD)
    kept = encrypted_with(aws)
    back = set_secret("TRANSACTIONS_SECRET", "--target", f"aws:{ENVIRONMENT}", "--key", "alias/aws/ssm", value=GOOD)

    assert (kept, encrypted_with(aws)) == ("alias/payments", "alias/aws/ssm")
    for shown in (first.output, again.output):
        assert "encrypted with alias/payments" in shown
        assert "hookline:secretKeys" in shown
    assert "hookline:secretKeys" not in back.output


def test_a_key_that_cannot_be_looked_up_is_not_replaced_by_another(aws: Emulator) -> None:
    """Without the right to look, the operator names the key."""
    set_secret("TRANSACTIONS_SECRET", "--target", f"aws:{ENVIRONMENT}", "--key", "alias/payments", value=GOOD)
    aws.fail("ssm", "DescribeParameters", status=400, code="AccessDeniedException")

    refused = set_secret("TRANSACTIONS_SECRET", "--target", f"aws:{ENVIRONMENT}", value=GOOD)
    named = set_secret("TRANSACTIONS_SECRET", "--target", f"aws:{ENVIRONMENT}", "--key", "alias/other", value=GOOD)
    aws.heal()

    assert refused.exit_code == 1
    assert "error [aws_access_denied]" in refused.output
    assert named.exit_code == 0
    assert encrypted_with(aws) == "alias/other"


def test_a_managed_secret_keeps_its_key_or_gets_another(aws: Emulator, tmp_path: Path) -> None:
    """Secrets Manager keeps the key on its own, and changes it together with the value."""
    written = tmp_path / "hookline.toml"
    written.write_text(
        (EXAMPLE / "hookline.toml").read_text().replace('"TRANSACTIONS_SECRET"', '"secretsmanager:signing"')
    )
    shutil.copy(EXAMPLE / "transaction.schema.json", tmp_path)
    at = ("secretsmanager:signing", "--target", f"aws:{ENVIRONMENT}", "--config", str(written))
    manager = aws.client("secretsmanager")

    keys = []
    for words in ((*at, "--key", "alias/payments"), at, (*at, "--key", "alias/other")):
        assert set_secret(*words, value=GOOD).exit_code == 0
        keys.append(manager.describe_secret(SecretId="signing")["KmsKeyId"])

    assert keys == ["alias/payments", "alias/payments", "alias/other"]
    assert manager.get_secret_value(SecretId="signing")["SecretString"] == GOOD


def test_a_value_on_the_command_line_is_refused_and_not_repeated(aws: Emulator) -> None:
    """The shell's history has it already; the terminal's scrollback need not."""
    result = set_secret("TRANSACTIONS_SECRET", GOOD, "--target", f"aws:{ENVIRONMENT}", value=None)

    assert result.exit_code == 2
    assert "history" in result.output
    assert GOOD not in result.output
    assert aws.client("ssm").describe_parameters()["Parameters"] == []


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("", "is empty"),
        ("\n", "is empty"),
        ("not base64 at all!", "is not base64"),
        ("whsec_c2hvcnQ=", "has 5 bytes"),
        (b"\xff\xfe" * 12, "base64"),
        ("QUFB" * 1500, "longer than 4096 bytes"),
    ],
)
def test_a_value_that_no_signature_would_fit_is_not_written(aws: Emulator, value: str | bytes, why: str) -> None:
    """Here the mistake costs a second; at the function it would cost every request."""
    result = set_secret("TRANSACTIONS_SECRET", "--target", f"aws:{ENVIRONMENT}", value=value)

    assert result.exit_code == 1
    assert "error [secret_unusable]" in result.output
    assert why in result.output
    assert "nothing was written" in result.output
    assert aws.client("ssm").describe_parameters()["Parameters"] == []


@pytest.mark.usefixtures("aws")
def test_a_name_that_the_configuration_does_not_have_is_refused_and_not_repeated() -> None:
    """It may be the secret, typed in the wrong place."""
    result = set_secret(GOOD, "--target", f"aws:{ENVIRONMENT}", value="x")

    assert result.exit_code == 1
    assert "it names TRANSACTIONS_SECRET" in result.output
    assert GOOD not in result.output


@pytest.mark.parametrize("name", ["ssm:/team/webhooks/one", "secretsmanager:team/webhooks/two"])
def test_secrets_that_live_elsewhere_are_written_there(aws: Emulator, project: Path, name: str) -> None:
    """The name in hookline.toml says where."""
    config = project / "hookline.toml"
    config.write_text(config.read_text().replace('"TRANSACTIONS_SECRET"', f'"{name}"'))

    results = [set_secret(name, "--target", f"aws:{ENVIRONMENT}", value=value) for value in (GOOD, GOOD)]

    assert [result.exit_code for result in results] == [0, 0]
    kind, _, place = name.partition(":")
    if kind == "ssm":
        assert parameter(aws, place)["Value"] == GOOD
    else:
        assert aws.client("secretsmanager").get_secret_value(SecretId=place)["SecretString"] == GOOD


@pytest.mark.usefixtures("aws")
def test_what_is_there_is_listed_without_a_value(project: Path, run: Callable[..., Result]) -> None:
    """Before a deployment one look must be enough."""
    config = project / "hookline.toml"
    config.write_text(
        config.read_text().replace('"TRANSACTIONS_SECRET"', '"TRANSACTIONS_SECRET", "NEXT", "secretsmanager:a/b"')
    )
    for name in ("TRANSACTIONS_SECRET", "secretsmanager:a/b"):
        set_secret(name, "--target", f"aws:{ENVIRONMENT}", value=GOOD)

    reported = run("secrets", "list", "--target", f"aws:{ENVIRONMENT}", "--json")
    table = run("secrets", "list", "--target", f"aws:{ENVIRONMENT}")

    assert [(one["name"], one["place"], one["there"]) for one in json.loads(reported.stdout)] == [
        ("TRANSACTIONS_SECRET", f"ssm:{PARAMETER}", True),
        ("NEXT", f"ssm:{names.parameter('NEXT', ENVIRONMENT)}", False),
        ("secretsmanager:a/b", "secretsmanager:a/b", True),
    ]
    assert "missing" in table.stdout
    assert GOOD not in reported.output + table.output


@pytest.mark.usefixtures("deployed")
def test_secrets_are_listed_with_their_last_use(events: DynamoEventStore, run: Callable[..., Result]) -> None:
    """After a rotation: the same words as on a data directory, from the table."""
    now = datetime.now(UTC).replace(microsecond=0)
    events.add([event("a", received_at=now), event("b", received_at=now - timedelta(days=1))])

    reported = run("secrets", "status", "--target", TARGET, "--json")

    assert reported.exit_code == 0, reported.stderr
    assert json.loads(reported.stdout) == [
        {
            "source": "transactions",
            "secret": "TRANSACTIONS_SECRET",
            "named": True,
            "last_used_at": now.isoformat().replace("+00:00", "Z"),
            "events": 2,
        }
    ]


# check --target


@pytest.mark.usefixtures("deployed")
def test_check_lists_deployed_queues_that_are_not_configured_with_their_depth(
    aws: Emulator, run: Callable[..., Result]
) -> None:
    """A queue that stayed on SQS when it left hookline.toml is paid for and consumed by nobody."""
    create_queue(aws, Queue(name="old"))
    create_queue(aws, Queue(name="empty"))
    url = aws.queue_url(names.queue("old", ENVIRONMENT))
    aws.client("sqs").send_message(QueueUrl=url, MessageBody="{}")

    result = run("check", "--target", TARGET, "--json")

    found = {one["name"]: one for one in json.loads(result.stdout)["stored"]}
    assert {name: (one["code"], one["facts"]["messages"]) for name, one in found.items()} == {
        "old": ("queue_not_configured", 1),
        "empty": ("queue_not_configured", 0),
    }
    assert "queue old: is stored, but hookline.toml no longer has it" in run("check", "--target", TARGET).stdout


@pytest.mark.usefixtures("deployed")
def test_check_reports_what_a_queue_was_before_it_became_fifo(aws: Emulator, run: Callable[..., Result]) -> None:
    """The former queue is another one, with messages that its consumers no longer ask for."""
    create_queue(aws, Queue(name="payments", fifo=Fifo(group="source")))
    url = aws.queue_url(names.queue("payments", ENVIRONMENT, fifo=True))
    aws.client("sqs").send_message(QueueUrl=url, MessageBody="{}", MessageGroupId="a", MessageDeduplicationId="1")

    (found,) = json.loads(run("check", "--target", TARGET, "--json").stdout)["stored"]

    assert (found["code"], found["name"], found["facts"]["messages"]) == ("queue_kind_changed", "payments", 1)


@pytest.mark.usefixtures("deployed")
def test_the_list_of_queues_shows_which_of_one_name_is_fifo(aws: Emulator, run: Callable[..., Result]) -> None:
    """While a queue that became FIFO drains, there are two."""
    create_queue(aws, Queue(name="payments", fifo=Fifo(group="source")))

    shown = run("queues", "list", "--target", TARGET).stdout
    found = json.loads(run("queues", "list", "--target", TARGET, "--json").stdout)

    assert [one["fifo"] for one in found if one["name"] == "payments"] == [False, True]
    assert [line.split("  ")[0] for line in shown.splitlines() if line.startswith("payments")] == [
        "payments",
        "payments (FIFO)",
    ]


@pytest.mark.usefixtures("deployed")
def test_the_list_of_named_queues_is_as_in_the_embedded_home(aws: Emulator, run: Callable[..., Result]) -> None:
    """Both queues of one name are listed, and an unknown name has the same error."""
    create_queue(aws, Queue(name="payments", fifo=Fifo(group="source")))

    found = json.loads(run("queues", "list", "--target", TARGET, "--queue", "payments", "--json").stdout)
    unknown = run("queues", "list", "--target", TARGET, "--queue", "paymnets", "--json")

    assert [(one["name"], one["fifo"]) for one in found] == [("payments", False), ("payments", True)]
    assert (error_of(unknown)["code"], error_of(unknown)["detail"]) == ("not_found", "there is no queue paymnets")


@pytest.mark.usefixtures("aws")
def test_check_of_an_environment_that_is_not_there_is_an_error(run: Callable[..., Result]) -> None:
    """A missing environment and a correct one must not look alike."""
    assert error_of(run("check", "--target", "aws:nowhere", "--json"))["code"] == "environment_unknown"
