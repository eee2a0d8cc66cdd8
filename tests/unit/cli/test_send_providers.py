"""``hookline send`` for every sender of the catalogue: to a real server that knows them all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from hookline.domain.source import KeyReference
from hookline.providers import PROVIDERS
from hookline.providers.provider import Proves
from unit.cli.sending import serving
from vectors.senders import KEYS, NAMES, OWN_TOML, URL, private_key_of, secret_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result

    from unit.cli.sending import Project

FETCHED = [name for name in NAMES if PROVIDERS[name].needs_keys]
"""The senders whose key the server would fetch: the test gives it one."""

NO_ONES = """
[sources.anyone]
verify = { scheme = "hmac", secrets = ["OTHER_SECRET"], header = "X-Signature" }
id = "content-hash"
"""
every_sender = pytest.mark.parametrize("name", NAMES)


def variable(name: str) -> str:
    """The environment variable of a sender's secret."""
    return f"{name.upper().replace('-', '_')}_SECRET"


def source(name: str) -> str:
    """A source of this sender, called another name than its scheme."""
    url = f'public_url = "{URL}"\n' if PROVIDERS[name].needs_url else ""
    secrets = f', secrets = ["{variable(name)}"]' if PROVIDERS[name].needs_secret else ""
    own = OWN_TOML.get(name, "")
    return f'\n[sources.from-{name}]\nverify = {{ scheme = "{name}"{secrets}{own} }}\n{url}'


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """One server for all."""
    lines = [f"{variable(name)}={secret_of(name).decode()}" for name in NAMES]
    sources = "".join(map(source, NAMES)) + NO_ONES
    folder = tmp_path_factory.mktemp("every")
    words = []
    for name in FETCHED:
        (folder / name).write_bytes(KEYS.fetch(KeyReference(provider=name, name="ours")))
        words += ["--public-key", f"{name}={folder / name}"]
    with serving(folder, sources=sources, secrets=lines, words=words) as project:
        for name in NAMES:
            own = project.folder / "own" / name
            own.mkdir(parents=True)
            (own / "hookline.toml").write_text(f"{source(name)}\n[queues.q]\n")
            (own / ".env").write_bytes((project.folder / ".env").read_bytes())
        yield project


@pytest.fixture(scope="module")
def send(served: Project) -> object:
    """The command, with the private keys of the senders that have one, and with a configuration of one source.

    To read that of all senders each time would take ten times as long as all else.
    """

    def run(name: str, *words: str) -> Result:
        config = served.folder / "own" / name / "hookline.toml"
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PRIVATE", private_key_of(name).decode())
            return served.send(name, *words, "--private-key-env", "PRIVATE", "--config", str(config))

    return run


def outcomes(result: Result) -> dict[str, int]:
    """How many were taken, known and refused."""
    answers = json.loads(result.stdout)
    return {"taken": answers["accepted"] + answers["duplicate"], "refused": sum(answers["rejected"].values())}


@every_sender
def test_a_sample_is_accepted(send: object, name: str) -> None:
    """One command shows that a source works, before the sender uses it."""
    assert callable(send)

    result = send(name)

    assert result.exit_code == 0, result.output
    assert "accepted" in result.stdout


@every_sender
def test_samples_are_fresh_and_a_duplicate_is_asked_for(send: object, name: str) -> None:
    """A sample that the server has seen would show nothing."""
    assert callable(send)

    several, twice = send(name, "--count", "3", "--json"), send(name, "--duplicates", "--json")

    assert outcomes(several) == {"taken": 3, "refused": 0}
    assert json.loads(several.stdout)["duplicate"] == 0
    assert outcomes(twice) == {"taken": 2, "refused": 0}


@every_sender
def test_a_tampered_call_is_refused(send: object, name: str) -> None:
    """A good call that is accepted proves only half."""
    assert callable(send)

    result = send(name, "--tamper")

    assert result.exit_code == 1
    answers = {
        "xero": "401 ",
        "aws-sns": "401 signature_missing",
    }  # Xero gets nothing else; half a private key signs nothing
    assert result.stderr.startswith(answers.get(name, "401 signature_mismatch"))


@every_sender
def test_a_stale_call_is_refused_where_the_time_is_signed(send: object, name: str) -> None:
    """Elsewhere no call gets too old, and the command says so."""
    assert callable(send)
    signs_time = (
        "tolerance" in PROVIDERS[name].options and name != "gitlab"
    )  # its token is the default, and has no time

    result = send(name, "--stale")

    assert result.exit_code == (1 if signs_time else 2)
    assert ("401 timestamp_outside_tolerance" if signs_time else "does not sign a time") in result.stderr


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("stripe", "charge.refunded"),
        ("square", "refund.updated"),
        ("adyen", "REFUND"),
        ("gocardless", "payments.charged_back"),
        ("github", "issues"),
        ("shopify", "refunds/create"),
        ("paystack", "refund.processed"),
        ("pagerduty", "incident.triggered"),
        ("clerk", "user.deleted"),
    ],
)
def test_a_type_is_sent_from_its_sample_or_put_in_its_place(send: object, name: str, kind: str) -> None:
    """Routes look at the type."""
    assert callable(send)

    result = send(name, "--type", kind)

    assert result.exit_code == 0, result.output
    assert result.stdout.split()[-1] == "accepted"


@pytest.mark.parametrize("kind", ["../../etc/passwd", "a b", "", ".."])
def test_a_type_that_no_sample_has_reads_no_other_file(send: object, kind: str) -> None:
    """The name of a type comes from a command line, and becomes part of a path only where it is one name."""
    assert callable(send)

    result = send("gocardless", "--type", kind)

    assert result.exit_code == 2
    assert "has no sample of the type" in result.stderr


def test_many_of_a_type_that_no_sample_has_are_refused_before_the_first(send: object) -> None:
    """One mistake is one sentence, however many requests were asked for."""
    assert callable(send)

    result = send("gocardless", "--type", "no-such-type", "--count", "3")

    assert result.exit_code == 2
    assert "has no sample of the type" in result.stderr


def test_what_is_not_sent_as_proved_says_so() -> None:
    """The catalogue knows which senders sign no body: for them another secret is the only thing to tamper with."""
    assert {name for name in NAMES if PROVIDERS[name].proves is not Proves.BODY} >= {
        "gitlab",
        "mailgun",
        "telegram",
        "adyen",
    }


def test_a_sender_with_a_key_pair_needs_a_private_key(served: Project) -> None:
    """Nobody can sign as Discord."""
    result = served.send("discord")

    assert result.exit_code == 2
    assert "--private-key-env" in result.stderr


def test_a_sender_whose_key_is_fetched_needs_a_server_that_was_given_one(served: Project) -> None:
    """Nobody can sign as PayPal either, and the server would ask PayPal itself."""
    result = served.send("paypal")

    assert result.exit_code == 2
    assert "serve --public-key" in result.stderr


def test_a_scheme_that_is_no_ones_has_no_sample(served: Project) -> None:
    """These schemes have no sender of their own."""
    with_file = served.send("hmac", served.folder / "samples/payment.json")
    without = served.send("hmac")

    assert with_file.exit_code == 0
    assert (without.exit_code, "name a FILE" in without.stderr) == (2, True)
