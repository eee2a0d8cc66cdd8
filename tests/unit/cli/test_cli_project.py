"""``init`` and ``check``: a project that runs, and what its configuration means."""

from __future__ import annotations

import json
import re
import stat
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hookline.cli.init import init
from hookline.config import load
from hookline.runtimes.embedded.settings import read_secrets
from processes import run_process

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

REPOSITORY = Path(__file__).parents[3]
EXAMPLE = REPOSITORY / "examples" / "transactions"


def test_init_writes_the_example_byte_for_byte(project: Path) -> None:
    """There is one set of files: people get the files that the documentation explains."""
    names = [
        "hookline.toml",
        "transaction.schema.json",
        ".env.example",
        *(f"samples/{n}.json" for n in ("payment", "refund", "dispute")),
    ]
    assert {name: (project / name).read_bytes() for name in names} == {
        name: (EXAMPLE / name).read_bytes() for name in names
    }


def test_the_wheel_carries_every_file_that_init_writes() -> None:
    """An installed hookline has no repository around it; and a developer's own .env must never be packed."""
    build = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    packed = {name: target for name, target in build["force-include"].items() if name.startswith("examples/")}
    assert {
        name: f"hookline/cli/template/{Path(name).relative_to('examples/transactions')}" for name in packed
    } == packed
    entries = {path.relative_to(EXAMPLE).parts[0] for path in EXAMPLE.iterdir() if path.name not in {".env", "data"}}
    assert {Path(name).name for name in packed} == entries


def test_each_project_gets_a_secret_of_its_own(project: Path, run: Callable[..., Result], tmp_path: Path) -> None:
    """A secret that two projects share is a secret that everybody has."""
    run("init", tmp_path / "other")
    secrets = [
        read_secrets(load(folder / "hookline.toml"), folder / ".env") for folder in (project, tmp_path / "other")
    ]
    assert secrets[0].keys() == {"TRANSACTIONS_SECRET"}
    assert secrets[0] != secrets[1]


def test_only_its_owner_may_read_the_secret_and_it_is_never_committed(project: Path) -> None:
    """Other users of the machine, and everyone with the repository, could sign payments otherwise."""
    assert stat.S_IMODE((project / ".env").stat().st_mode) == 0o600
    assert (project / ".gitignore").read_text().splitlines() == [".env", "data/"]


@pytest.mark.parametrize("name", ["hookline.toml", ".env", "samples/refund.json"])
def test_init_overwrites_nothing(name: str, run: Callable[..., Result], tmp_path: Path) -> None:
    """A lost .env is a lost secret. No file is written, so the folder is not left half made."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).symlink_to(tmp_path / "nowhere")
    result = run("init", tmp_path)
    assert result.exit_code == 2
    assert f"has {name} already" in result.stderr
    assert [path.name for path in tmp_path.rglob("*") if not path.is_dir()] == [Path(name).name]


def test_init_where_nothing_can_be_written_is_reported_without_a_traceback(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    """A file where a folder should be is an everyday mistake."""
    (tmp_path / "file").touch()
    result = run("init", tmp_path / "file" / "project")
    assert result.exit_code == 1
    assert result.stderr.startswith("error [system]: ")


def test_init_says_what_comes_next(run: Callable[..., Result], tmp_path: Path) -> None:
    """A new user needs to know the next step to continue."""
    steps = run("init", tmp_path / "new").stdout
    assert all(
        step in steps for step in ("cd ", "hookline check --secrets", "hookline serve", "hookline send transactions")
    )


def test_a_new_project_passes_its_check(project: Path, run: Callable[..., Result]) -> None:  # noqa: ARG001 -- the folder it runs in
    """The files of init must run unchanged, secrets from .env included."""
    result = run("check", "--secrets")
    assert result.exit_code == 0
    assert "secrets: 1 of 1 there and usable" in result.stdout
    assert all(
        word in result.stdout
        for word in ("POST /webhook", "TRANSACTIONS_SECRET", "event_id", "payments-dlq", "unrouted")
    )


def test_check_says_where_a_body_would_go_and_why(project: Path, run: Callable[..., Result]) -> None:
    """Rules are changed by people who want to see the effect on one webhook before they serve it."""
    (project / "body.json").write_text('{"event_id": "1", "transaction_type": "refund"}')

    result = run("check", "--try", "body.json")

    assert result.stdout.splitlines() == [
        "type: refund",
        "the event goes to refunds",
        'rule 1 did not match: type is "refund", wanted "payment"',
        'rule 2 matched because type is "refund"',
        'rule 3 did not match: type is "refund", wanted "dispute"',
    ]
    document = json.loads(run("check", "--try", "body.json", "--source", "transactions", "--json").stdout)
    assert (document["type"], document["queues"], document["unmatched"]) == ("refund", ["refunds"], False)
    assert run("check", "--source", "transactions").exit_code == 2
    assert run("check", "--try", "body.json", "--source", "nobody").exit_code == 2


def test_a_tried_body_that_would_be_refused_is_reported_with_its_code(
    project: Path, run: Callable[..., Result]
) -> None:
    """The file may contain anything."""
    (project / "body.json").write_text("{")

    result = run("check", "--try", "body.json")

    assert result.exit_code == 1
    assert "body_not_json" in result.stderr


def test_check_reports_all_of_it_as_json(project: Path, run: Callable[..., Result]) -> None:  # noqa: ARG001 -- as above
    """Every default is filled in: what a reviewer or a program sees is what will happen."""
    document = json.loads(run("check", "--json").stdout)
    assert document["sources"] == [
        {
            "name": "transactions",
            "path": "/webhook",
            "scheme": "standard-webhooks",
            "secrets": ["TRANSACTIONS_SECRET"],
            "id": "event_id",
            "type": "transaction_type",
            "time": "timestamp",
            "schema": "transaction.schema.json",
            "on_conflict": "reject",
            "max_body": 1048576,
            "media_types": ["application/json"],
            "rate_limit": None,
            "failed_rate_limit": 100.0,
            "max_age": None,
            "repeated_body": None,
            "remembered_for": None,
            "allow_from": [],
            "handshakes": [],
            "answer": None,
            "retention": None,
        }
    ]
    assert document["queues"][0] == {
        "name": "payments",
        "dead_letter_queue": "payments-dlq",
        "max_receives": 3,
        "visibility_timeout": "5m",
        "retention": "7d",
        "dead_letter_retention": "14d",
        "fifo_group": None,
    }
    assert document["routes"][0] == {"match": {"type": ["payment"]}, "queues": ["payments"]}
    assert (document["event_retention"], document["secrets_checked"]) == ("30d", None)
    assert document["notes"] == []


@pytest.mark.parametrize(
    ("routes", "note"),
    [
        ("", "there is no route, so every event goes to the queue unrouted"),
        ('[[routes]]\nmatch = { type = ["x"] }\nqueues = ["q"]\n', "no route sends events to the queue idle"),
    ],
)
def test_check_notes_queues_that_no_event_reaches(
    run: Callable[..., Result], tmp_path: Path, routes: str, note: str
) -> None:
    """Such a queue may be there to be drained, so it is no error; a route that was forgotten shows."""
    (tmp_path / "hookline.toml").write_text(f"{DEFAULTS}[queues.idle]\n{routes}")

    text = run("check", "--config", str(tmp_path / "hookline.toml")).stdout
    document = json.loads(run("check", "--json", "--config", str(tmp_path / "hookline.toml")).stdout)

    assert f"note: {note}\n" in text
    assert document["notes"] == [note]


def test_check_shows_how_long_a_source_keeps_its_events(run: Callable[..., Result], tmp_path: Path) -> None:
    """A message that nobody consumes keeps its body for longer: an operator who promised less has to know."""
    lines = DEFAULTS.replace("[queues", 'retention = "6h"\n[queues', 1)
    (tmp_path / "hookline.toml").write_text(f'{lines}[[routes]]\nmatch = {{ type = ["x"] }}\nqueues = ["q"]\n')

    text = run("check", "--config", str(tmp_path / "hookline.toml")).stdout
    document = json.loads(run("check", "--json", "--config", str(tmp_path / "hookline.toml")).stdout)

    assert [source["retention"] for source in document["sources"]] == [None, "6h"]
    assert re.search(r"retention +6h", text)
    (note,) = document["notes"]
    assert note == (
        "b keeps its events for 6h, and a queue keeps messages for up to 14d: a message that is not consumed keeps its body for that time"
    )


def test_check_counts_the_whole_time_that_a_message_may_wait(run: Callable[..., Result], tmp_path: Path) -> None:
    """A dead letter of a FIFO queue begins a new age."""
    lines = DEFAULTS.replace("[queues", 'retention = "6h"\n[queues', 1)
    queue = 'retention = "10d"\nfifo = { group = "source" }'
    (tmp_path / "hookline.toml").write_text(f"{lines}[queues.other]\n{queue}\n")

    document = json.loads(run("check", "--json", "--config", str(tmp_path / "hookline.toml")).stdout)

    assert any("keeps messages for up to 24d" in note for note in document["notes"])


@pytest.mark.parametrize(
    ("lines", "notes"),
    [
        ('{ scheme = "github", secrets = ["S"] }', ["a call to a verifies at b too: they share the secret S"]),
        ('{ scheme = "github", secrets = ["OTHER"] }', []),
        ('{ scheme = "stripe", secrets = ["S"] }', []),
    ],
)
def test_check_notes_sources_where_a_call_to_one_is_an_event_of_the_other(
    run: Callable[..., Result], tmp_path: Path, lines: str, notes: list[str]
) -> None:
    """Few senders sign the URL that they call: an overheard call is valid for every source that has its secret."""
    (tmp_path / "hookline.toml").write_text(
        '[sources.a]\nverify = { scheme = "github", secrets = ["S", "OLD"] }\n'
        f"[sources.b]\nverify = {lines}\n"
        '[queues.q]\n[[routes]]\nmatch = { source = ["hookline/a"] }\nqueues = ["q"]\n'
    )

    document = json.loads(run("check", "--json", "--config", str(tmp_path / "hookline.toml")).stdout)

    assert document["notes"] == notes


@pytest.mark.parametrize(
    ("verify", "note"),
    [
        (
            'scheme = "etsy"',
            "the scheme etsy of a is experimental: its sender's documentation is incomplete or contradicts itself",
        ),
        ('scheme = "hmac", header = "X-S", algorithm = "md5"', "a is verified by MD5, which is weak"),
        ('scheme = "hmac", header = "X-S", algorithm = "sha1"', "a is verified by SHA-1, which is weak"),
        (
            'scheme = "hmac", header = "X-S", algorithm = "sha256-plain"',
            "a is verified by a plain SHA256 of the secret",
        ),
        ('scheme = "public-key", header = "X-S", algorithm = "rsa-sha1"', "a is verified by SHA-1, which is weak"),
        (
            'scheme = "hmac", header = "X-S", template = "{form}"',
            "the template of a has nothing between the fields of {form}: anyone who overhears a call can split its text at other",
        ),
        (
            'scheme = "hmac", header = "X-S", template = "{header:X-Id}{header:X-Type}{body}"',
            "the template of a has nothing between {header:X-Id} and {header:X-Type}: anyone",
        ),
        ('scheme = "hmac", header = "X-S"', ""),
        ('scheme = "hmac", header = "X-S", template = "{header:X-Id}{body}"', ""),
        ('scheme = "vercel"', ""),
    ],
)
def test_check_notes_schemes_that_prove_less_than_they_seem_to(
    run: Callable[..., Result], tmp_path: Path, verify: str, note: str
) -> None:
    """Weak forms have to be written out, and what is not known for certain has to be tried first."""
    (tmp_path / "hookline.toml").write_text(
        f'[sources.a]\nverify = {{ {verify}, secrets = ["S"] }}\nid = "content-hash"\n'
        '[queues.q]\n[[routes]]\nmatch = { source = ["hookline/a"] }\nqueues = ["q"]\n'
    )

    (*notes,) = json.loads(run("check", "--json", "--config", str(tmp_path / "hookline.toml")).stdout)["notes"]

    assert [one[: len(note)] for one in notes] == ([note] if note else [])


def test_an_id_header_is_the_id_and_needs_no_other(run: Callable[..., Result], tmp_path: Path) -> None:
    """It is signed, so that nobody can give an overheard call another one."""
    (tmp_path / "hookline.toml").write_text(
        '[sources.a]\nverify = { scheme = "hmac", header = "X-S", id_header = "X-Id", secrets = ["S"] }\n[queues.q]\n'
    )

    (source,) = json.loads(run("check", "--json", "--config", str(tmp_path / "hookline.toml")).stdout)["sources"]

    assert source["id"] == "header:X-Id"
    assert source["repeated_body"] is None


DEFAULTS = """
[sources.a]
verify = { scheme = "standard-webhooks", secrets = ["A_SECRET"] }
[sources.b]
verify = { scheme = "none" }
id = "content-hash"
[queues.q]
"""


def test_check_shows_where_defaults_come_from(run: Callable[..., Result], tmp_path: Path) -> None:
    """A scheme brings its own id, type and time; the reader must notice a source that proves nothing."""
    (tmp_path / "hookline.toml").write_text(DEFAULTS)
    a, b = json.loads(run("check", "--config", tmp_path / "hookline.toml", "--json").stdout)["sources"]
    assert (a["path"], a["id"], a["type"], a["time"]) == ("/webhook/a", "header:webhook-id", "type", "timestamp")
    assert (b["id"], b["type"], b["time"]) == ("content-hash", None, None)
    shown = run("check", "--config", tmp_path / "hookline.toml").stdout
    assert all(words in shown for words in ("none (takes anything)", "always webhook", "time of receipt"))


SIGNED_URL = """
[sources.calls]
verify = { scheme = "twilio", secrets = ["S"] }
public_url = "https://hooks.example.com/webhook/calls"
[sources.plain]
verify = { scheme = "none" }
id = "content-hash"
[queues.q]
"""


@pytest.mark.parametrize("command", [("check",), ("plan", "--rate", "1", "--size", "1kb")], ids=["check", "plan"])
def test_what_aws_takes_less_of_is_said_before_a_deployment(
    command: tuple[str, ...], run: Callable[..., Result], tmp_path: Path
) -> None:
    """A sender whose signed query cannot be recovered is refused there: better read before than found out."""
    written = tmp_path / "hookline.toml"
    written.write_text(SIGNED_URL)

    lines = [line for line in run(*command, "--config", written).stdout.splitlines() if line.startswith("on AWS")]
    document = json.loads(run(*command, "--config", written, "--json").stdout)

    assert len(lines) == 1
    assert lines[0].startswith("on AWS: sources.calls.public_url is signed together with its query")
    assert [warning["where"] for warning in document["on_aws"]] == ["sources.calls.public_url"]


@pytest.mark.parametrize("command", [("check",), ("plan", "--rate", "1", "--size", "1kb")], ids=["check", "plan"])
def test_how_a_queue_that_becomes_fifo_drains_is_said_before_a_deployment(
    command: tuple[str, ...], run: Callable[..., Result], project: Path
) -> None:
    """A deployment would delete the former queue with what is on it."""
    written = project / "hookline.toml"
    text = written.read_text()
    written.write_text(text.replace("[queues.payments]", '[queues.payments]\nfifo = { group = "source" }'))

    (line,) = [line for line in run(*command, "--config", written).stdout.splitlines() if line.startswith("on AWS")]

    assert line.startswith("on AWS: queues.payments.fifo makes a queue of its own on AWS (payments-queue-ENV.fifo)")
    assert "hookline:draining" in line


def test_check_needs_no_pulumi(tmp_path: Path) -> None:
    """Pulumi is an extra, and takes a second to import."""
    code = "import sys, hookline.cli.check, hookline.cli.plan; sys.exit('pulumi' in sys.modules)"

    assert run_process([sys.executable, "-c", code], cwd=tmp_path).returncode == 0


def test_check_reports_every_complaint_together(run: Callable[..., Result], tmp_path: Path) -> None:
    """Exit code 2, for a pipeline that must stop here."""
    (tmp_path / "hookline.toml").write_text("[sources.a]\n[queues.q]\nmax_receives = 0\n")
    result = run("check", "--config", tmp_path / "hookline.toml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "sources.a.verify" in result.stderr
    assert "queues.q.max_receives (line 3)" in result.stderr
    error = json.loads(run("check", "--json", "--config", tmp_path / "hookline.toml").stderr)["error"]
    assert (error["code"], len(error["complaints"])) == ("config_invalid", 2)


def test_check_without_a_configuration_says_so(run: Callable[..., Result], tmp_path: Path) -> None:
    """The most frequent mistake is the wrong folder."""
    result = run("check", "--config", tmp_path / "hookline.toml")
    assert result.exit_code == 2
    assert "hookline.toml cannot be read" in result.stderr


@pytest.mark.parametrize("secret", ["", "TRANSACTIONS_SECRET=whsec_c2hvcnQ="])
def test_missing_and_weak_secrets_are_found_before_the_first_webhook(
    secret: str, project: Path, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the sender learns of it first, when its events are refused."""
    monkeypatch.delenv("TRANSACTIONS_SECRET", raising=False)
    (project / "other.env").write_text(f"{secret}\n")
    result = run("check", "--secrets", "--env-file", "other.env")
    assert result.exit_code == 2
    assert "the secret TRANSACTIONS_SECRET" in result.stderr
    assert "c2hvcnQ" not in result.stderr


def test_secrets_may_come_from_the_environment(
    project: Path, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most containers have no such file."""
    (project / ".env").unlink()
    assert run("check", "--secrets").exit_code == 2
    monkeypatch.setenv("TRANSACTIONS_SECRET", "whsec_" + "QUJD" * 8)
    assert json.loads(run("check", "--secrets", "--json").stdout)["secrets_checked"] == ["TRANSACTIONS_SECRET"]


def test_a_secret_that_is_not_text_is_a_complaint(
    project: Path,  # noqa: ARG001 -- as above
    run: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The environment holds bytes: a secret store that gives a raw key must not end in a traceback."""
    monkeypatch.setenv("TRANSACTIONS_SECRET", "\udcff\udcfe")
    result = run("check", "--secrets", "--env-file", "/dev/null")
    assert result.exit_code == 2
    assert "the secret TRANSACTIONS_SECRET is not base64" in result.stderr


def test_an_env_file_that_would_not_be_read_is_wrong_usage(project: Path, run: Callable[..., Result]) -> None:  # noqa: ARG001 -- as above
    """Without the error it would look as if the secrets had been checked."""
    assert run("check", "--env-file", ".env").exit_code == 2


def test_init_is_the_command_of_its_module() -> None:
    """The root finds commands by module and name."""
    assert init.name == "init"
