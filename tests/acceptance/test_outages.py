"""An outage of an hour, by the schedule of each sender that documents one: whose events get through it, and whose are lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from hookline.cli import main
from hookline.providers import PROVIDERS
from hookline.providers.redeliveries import REDELIVERIES
from unit.cli.sending import NOBODY, serving
from vectors.senders import URL, secret_of, signing_secret_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unit.cli.sending import Project

DOCUMENTED = [name for name, redelivery in REDELIVERIES.items() if redelivery.documented]
LOST = {
    "affirm",
    "aws-sns",
    "deepgram",
    "github",
    "gitlab",
    "lemon-squeezy",
    "mailerlite",
    "monday",
    "pipedrive",
    "sanity",
    "slack",
    "todoist",
    "trello",
    "webflow",
    "woocommerce",
}
"""Senders whose last try is made before the hour is over, or that never try again."""
KEPT_BY_THE_SENDER = {name for name in DOCUMENTED if signing_secret_of(name) != secret_of(name)}
"""Senders whose private key nobody else has, so that hookline cannot sign a call of theirs."""
SURVIVING = [name for name in DOCUMENTED if name not in LOST | KEPT_BY_THE_SENDER]
EVERY = [*SURVIVING, "stripe", "mercado-pago", "github"]


def _source(name: str, *, called: str | None = None) -> str:
    url = f'public_url = "{URL}"\n' if PROVIDERS[name].needs_url else ""
    secret = name.upper().replace("-", "_")
    return f'\n[sources.{called or f"from-{name}"}]\nverify = {{ scheme = "{name}", secrets = ["{secret}_SECRET"] }}\n{url}'


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """One server for all of them."""
    secrets = [f"{name.upper().replace('-', '_')}_SECRET={secret_of(name).decode()}" for name in EVERY]
    sources = "".join(map(_source, EVERY)) + _source("zoom", called="short-outage")
    with serving(tmp_path_factory.mktemp("outages"), sources=sources, secrets=secrets) as project:
        yield project


def _events(project: Project, source: str) -> list[dict[str, object]]:
    words = ["events", "list", "--source", source, "--json", "--data-dir", str(project.folder / "data")]
    found: list[dict[str, object]] = json.loads(CliRunner().invoke(main, words).stdout)
    return found


@pytest.mark.parametrize("name", SURVIVING)
def test_no_event_of_a_sender_that_outlasts_the_outage_is_lost(served: Project, name: str) -> None:
    """The try after the outage is taken as if it were the first, and stored once."""
    result = served.send(f"from-{name}", "--as-real", "--fast", "--outage", "1h", "--json")

    story = json.loads(result.stdout)
    assert result.exit_code == 0, result.output
    assert story["arrived"]
    assert story["tries"][-1]["after_seconds"] >= 3600
    assert len(_events(served, f"from-{name}")) == 1


def test_the_senders_that_lose_events_in_an_hour_are_named() -> None:
    """An operator who relies on them has to fetch what was missed."""
    listed = json.loads(CliRunner().invoke(main, ["providers", "--outage", "1h", "--json"]).stdout)

    assert {one["name"] for one in listed if one["documented"] and not one["arrives"]} == LOST


def test_an_outage_that_is_shorter_than_the_first_pause_costs_one_try(served: Project) -> None:
    """The table says when each try was made, its result and what is next."""
    result = served.send("short-outage", "--as-real", "--fast", "--outage", "1m")

    rows = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert rows == [
        "try after result next",
        "1 0s nobody answers (outage) again in 5m",
        "2 5m 200 accepted arrived",
        "arrives with try 2, 5m after the first",
    ]


def test_a_plan_needs_no_server_and_no_secret(served: Project) -> None:
    """It is asked for before anything is set up."""
    own = served.folder / "plan.toml"
    own.write_text('[queues.q]\n[sources.hub]\nverify = { scheme = "github", secrets = ["NOT_THERE"] }\n')

    result = served.send("hub", "--as-real", "--dry-run", "--outage", "1h", "--config", own, "--url", NOBODY)

    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == "lost: the sender never tries again; `hookline reconcile` finds it"


def test_a_refused_event_is_tried_again_and_given_up(served: Project) -> None:
    """A wrong secret looks to the sender as an outage does: the event is lost at the end, and the table shows the cause."""
    result = served.send("from-zoom", "--as-real", "--fast", "--tamper")

    assert result.exit_code == 1
    assert result.stdout.count("401 signature_mismatch") == 4
    assert "gives up after 4 tries" in result.stdout


def test_a_sender_that_repeats_its_first_signature_gets_too_old(served: Project) -> None:
    """Its retries after an hour are outside a tolerance of five minutes: the source needs a longer one, and the simulation shows it."""
    result = served.send("from-mercado-pago", "--as-real", "--fast", "--outage", "1h")

    assert "401 timestamp_outside_tolerance" in result.stdout
    assert result.exit_code == 1


def test_a_duplicate_is_success_to_the_sender(served: Project) -> None:
    """A try whose answer was lost comes again, and must end the tries."""
    body = served.write({"id": "evt_answer_was_lost", "type": "charge.succeeded", "created": 1_700_000_000})
    assert served.send("from-stripe", body).exit_code == 0

    result = served.send("from-stripe", body, "--as-real", "--fast")

    assert " ".join(result.stdout.splitlines()[1].split()) == "1 0s 200 duplicate arrived"
    assert result.exit_code == 0


@pytest.mark.parametrize(
    "words",
    [("--fast",), ("--outage", "1h"), ("--dry-run",), ("--as-real", "--count", "2"), ("--as-real", "--duplicates")],
)
def test_what_makes_no_sense_is_refused(served: Project, words: tuple[str, ...]) -> None:
    """A user would believe that an option without effect has done something."""
    assert served.send("from-stripe", *words).exit_code == 2
