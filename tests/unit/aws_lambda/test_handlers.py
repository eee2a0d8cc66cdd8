"""The modules that Lambda calls: what they load, when they open, and what they do when they cannot."""

from __future__ import annotations

import importlib
import json
import sys
from typing import TYPE_CHECKING, Any  # Any: handlers are found by name, as Lambda finds them

import pytest

from hookline.adapters.aws import names
from hookline.adapters.aws.secrets import AwsSecrets
from hookline.adapters.local import FreezableClock
from hookline.error_codes import CODES
from hookline.errors import HooklineError
from hookline.runtimes.aws_lambda.lazy import Lazy
from hookline.runtimes.aws_lambda.wiring.functions import open_recoverer, open_router, open_validator
from processes import run_process
from unit.aws_lambda.fakes import PROJECT, Invocation, body_of, recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

ENVIRON = {
    names.VAR_ENVIRONMENT: "dev",
    names.VAR_TABLE: "transaction-events-dev",
    names.VAR_BUCKET: "webhook-bodies",
    names.VAR_ROUTER: "event-router-dev",
    names.VAR_QUEUE_URL_PREFIX: "https://sqs.us-east-1.amazonaws.com/123456789012/",
    names.VAR_CONFIG: str(PROJECT),
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
}
NOT_FOR_VALIDATING = [
    "apsw",
    "boto3",
    "click",
    "hookline.adapters.aws.outbox",
    "hookline.adapters.aws.quarantine",
    "hookline.adapters.aws.queues",
    "hookline.adapters.memory",
    "hookline.adapters.sqlite",
    "hookline.cli",
    "hookline.config.lines",
    "hookline.demo",
    "hookline.dashboard",
    "hookline.infra",
    "hookline.pipeline.route",
    "hookline.pipeline.rejected",
    "hookline.runtimes.aws_lambda.quarantine",
    "hookline.runtimes.aws_lambda.recoverer",
    "hookline.runtimes.aws_lambda.retry",
    "hookline.runtimes.aws_lambda.router",
    "hookline.runtimes.embedded",
    "hookline.sqs_api",
    "pulumi",
    "rich",
    "sqlite3",
    "starlette",
    "uvicorn",
]


def loaded_by(program: str, environ: Mapping[str, str]) -> set[str]:
    """The modules that a fresh interpreter has loaded after ``program``."""
    command = [sys.executable, "-c", f"{program}\nimport sys, json; print(json.dumps(sorted(sys.modules)))"]
    done = run_process(command, env=dict(environ), capture_output=True, text=True, check=True, timeout=60)
    return set(json.loads(done.stdout.splitlines()[-1]))


def handler(function: str) -> Any:
    """The handler by the name that Lambda is configured with, its module as fresh as in a new process."""
    module, _, name = names.HANDLERS[function].rpartition(".")
    sys.modules.pop(module, None)
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("function", names.HANDLERS)
def test_importing_a_handler_elsewhere_opens_nothing(function: str) -> None:
    """Tests, linters and documentation import every module."""
    module = names.HANDLERS[function].rpartition(".")[0]

    loaded = loaded_by(f"import {module}", {})

    assert "botocore" not in loaded


def test_the_validator_loads_what_one_request_needs_and_no_more() -> None:
    """A cold start waits for every module, and a sender waits for the cold start."""
    module = names.HANDLERS["validator"].rpartition(".")[0]

    loaded = loaded_by(
        f"import {module}; {module}._validator.get()", ENVIRON | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    )

    assert "botocore.client" in loaded
    assert [name for name in NOT_FOR_VALIDATING if name in loaded] == []


def test_inside_lambda_a_handler_is_open_once_it_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """That phase has a whole processor, and no sender waits in it."""
    opened: list[str] = []

    Lazy(lambda: opened.append("outside"))
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "webhook-validator-dev")
    Lazy(lambda: opened.append("inside"))

    assert opened == ["inside"]


def test_what_is_open_is_not_opened_again() -> None:
    """Clients and their connections serve every request of the process."""
    opened: list[object] = []

    def open_() -> object:
        opened.append(object())
        return opened[-1]

    lazy = Lazy(open_)

    assert lazy.get() is lazy.get()
    assert len(opened) == 1


def test_what_could_not_be_opened_is_tried_again() -> None:
    """A secret's grant that came a second late must not cost a process its life."""
    answers: list[RuntimeError | str] = [RuntimeError("not yet"), "open"]

    def open_() -> str:
        answer = answers.pop(0)
        if isinstance(answer, RuntimeError):
            raise answer
        return answer

    lazy = Lazy(open_)

    with pytest.raises(RuntimeError):
        lazy.get()
    assert lazy.get() == "open"


def test_a_fault_of_the_early_opening_is_reported_at_the_first_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Raised while the module is imported, it would be Lambda's error and no answer to anybody."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "webhook-validator-dev")

    def open_() -> str:
        raise RuntimeError("no settings")

    lazy = Lazy(open_)

    with pytest.raises(RuntimeError, match="no settings"):
        lazy.get()


@pytest.fixture
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of the variables."""
    for name in ENVIRON:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("unset")
def test_a_validator_without_settings_answers_503_and_says_what_is_missing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A wrong deployment costs time and no event: senders come again."""
    answer = handler("validator")(recorded("payment"), Invocation())

    line = json.loads(capsys.readouterr().out)
    assert (answer["statusCode"], body_of(answer)["code"]) == (503, "internal_fault")
    assert names.VAR_TABLE not in json.dumps(answer)
    assert f"{names.VAR_TABLE}: is not set" in line["detail"]
    assert (line["level"], line["Unavailable"], line["Environment"]) == ("error", 1, "unknown")


@pytest.mark.usefixtures("unset")
@pytest.mark.parametrize("function", ["router", "recoverer"])
def test_the_others_without_settings_raise_one_line(function: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Lambda counts it, and a reader of the failure queue sees immediately what is missing."""
    with pytest.raises(HooklineError) as raised:
        handler(function)({}, Invocation())

    assert raised.value.code == "config_invalid"
    assert f"{names.VAR_TABLE}: is not set; " in str(raised.value)
    assert "\n" not in str(raised.value)
    assert json.loads(capsys.readouterr().out)["event"] == "cannot start"


def test_a_configuration_that_is_not_right_answers_503(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Packaging checks it; if a wrong one is deployed anyway, no sender is refused permanently."""
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    broken = tmp_path / "hookline.toml"
    broken.write_text("nonsense = 1\n")
    monkeypatch.setenv(names.VAR_CONFIG, str(broken))

    answer = handler("validator")(recorded("payment"), Invocation())

    assert CODES[body_of(answer)["code"]].status == answer["statusCode"] == 503
    assert "nonsense" in json.loads(capsys.readouterr().out)["detail"]


@pytest.mark.parametrize("open_", [open_validator, open_router, open_recoverer])
def test_the_functions_go_by_a_clock_that_freezing_does_not_stop(
    open_: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lambda freezes a process between two requests: by a clock that stops, a secret that was withdrawn would be good all day."""
    for variable, value in ENVIRON.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr(AwsSecrets, "read", lambda *_: ())

    opened = vars(open_())

    assert isinstance(opened["_clock"], FreezableClock)
