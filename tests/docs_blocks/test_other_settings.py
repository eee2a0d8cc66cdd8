"""What the pages say to other programs: each word of it is one that the program knows."""

from __future__ import annotations

import ast
import json
import re
import shlex
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml  # type: ignore[import-untyped]  # PyYAML ships no types
from botocore.session import get_session  # type: ignore[import-untyped]  # botocore ships no types

from docs_blocks.blocks import PAGES, blocks_of
from hookline.config.model import ServerSettings
from hookline.infra.settings import read_settings
from hookline.pipeline.alerts import sample_notice
from hookline.runtimes.embedded.bare_health import HEALTH_PATH, READY_PATH

if TYPE_CHECKING:
    from docs_blocks.blocks import Block

ROOT = Path(__file__).parents[2]
BLOCKS = [block for page in PAGES for block in blocks_of(page)]
COMMANDS = [command for block in BLOCKS if block.language in {"console", "sh"} for command in block.commands]
SERVER = ServerSettings()
HEALTH_PORT = 8082
"""That of the page's example; hookline has none by default."""

SCRAPE_CONFIG = {"job_name", "scheme", "static_configs", "authorization", "basic_auth"}
"""Keys of https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config that the pages use."""
PROXY_DIRECTIVES = {"proxy_pass", "proxy_set_header", "proxy_read_timeout"}
"""Of https://nginx.org/en/docs/http/ngx_http_proxy_module.html."""
_DIRECTIVE = re.compile(r"^(?P<name>\w+) [^;{}]+;(?: +#.*)?$")


def in_yaml() -> list[dict[str, Any]]:
    """Every YAML document of the pages."""
    return [document for block in BLOCKS if block.language == "yaml" for document in yaml.safe_load_all(block.text)]


def settings_of(page: str) -> dict[str, Any]:
    """What the TOML blocks of a page set under ``[server]``."""
    found: dict[str, Any] = {}
    for block in blocks_of(page):
        if block.language == "toml":
            found |= tomllib.loads(block.text).get("server", {})
    return found


def test_every_document_in_yaml_is_one_of_those_below() -> None:
    """Another one would be looked at by nobody."""
    first_keys = [next(iter(document)) for document in in_yaml()]

    assert sorted(set(first_keys)) == ["healthcheck", "livenessProbe", "scrape_configs"]


@pytest.mark.parametrize(
    "probe", [one for document in in_yaml() for name, one in document.items() if name.endswith("Probe")]
)
def test_a_probe_of_kubernetes_asks_a_path_and_a_port_that_answer(probe: dict[str, Any]) -> None:
    """A kubelet restarts what does not answer."""
    assert set(probe) == {"httpGet"}
    assert set(probe["httpGet"]) == {"path", "port"}
    assert probe["httpGet"]["path"] in {HEALTH_PATH, READY_PATH}
    assert probe["httpGet"]["port"] in {SERVER.admin_port, settings_of("how-to/operate.md")["health_port"]}


def test_the_health_check_of_compose_is_a_program_that_asks_the_health_port() -> None:
    """Compose runs the words as they are, in the container."""
    (check,) = [one["healthcheck"] for one in in_yaml() if "healthcheck" in one]

    kind, program, option, text = check["test"]

    assert (set(check), kind, program, option) == ({"test"}, "CMD", "python", "-c")
    assert ast.parse(text)
    assert f"http://127.0.0.1:{settings_of('how-to/operate.md')['health_port']}{HEALTH_PATH}" in text


@pytest.mark.parametrize("job", [job for one in in_yaml() for job in one.get("scrape_configs", ())])
def test_a_job_of_prometheus_has_keys_that_prometheus_knows(job: dict[str, Any]) -> None:
    """Prometheus does not start with an unknown key."""
    (targets,) = job["static_configs"]

    assert set(job) <= SCRAPE_CONFIG
    assert all(target.endswith(f":{SERVER.admin_port}") for target in targets["targets"])
    assert set(job.get("authorization", ())) <= {"type", "credentials", "credentials_file"}
    assert set(job.get("basic_auth", ())) <= {"username", "password", "password_file"}


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language == "nginx"])
def test_a_block_of_nginx_is_a_location_with_directives_that_nginx_has(block: Block) -> None:
    """And sends calls to the admin port, with the Host that was signed."""
    first, *directives, last = [line.strip() for line in block.text.splitlines()]
    found = [match["name"] for line in directives if (match := _DIRECTIVE.match(line))]

    assert (first, last, len(found)) == ("location / {", "}", len(directives))
    assert set(found) <= PROXY_DIRECTIVES
    assert f"proxy_pass http://127.0.0.1:{SERVER.admin_port};" in directives
    assert "proxy_set_header Host $http_host;" in directives


def test_the_alert_of_the_page_has_the_members_of_one_that_is_posted() -> None:
    """A receiver is written from this example."""
    (shown,) = [json.loads(block.text) for block in blocks_of("how-to/alerts-to-a-url.md") if block.language == "json"]
    posted = json.loads(sample_notice(datetime.now(UTC)).body("pay-1:/var/lib/hookline", at=datetime.now(UTC)))

    assert (shown.keys(), shown["data"].keys()) == (posted.keys(), posted["data"].keys())
    assert (shown["type"], shown["data"]["hookline"]) == (posted["type"], posted["data"]["hookline"])
    assert (ROOT / shown["data"]["runbook"].partition("#")[0]).exists()


def test_every_action_of_a_policy_on_a_page_is_one_of_its_service() -> None:
    """IAM takes a misspelt action, and the consumer is refused."""
    (policy,) = [json.loads(block.text) for block in blocks_of("how-to/consume.md") if block.language == "json"]
    known = get_session().get_service_model("sqs").operation_names

    actions = [action for statement in policy["Statement"] for action in statement["Action"]]

    assert "sqs:ReceiveMessage" in actions
    assert [action for action in actions if action.removeprefix("sqs:") not in known] == []


def test_every_target_of_make_exists() -> None:
    """Also where the command is not run here, because it runs other tests or asks a package index."""
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    named = {shlex.split(one.text, comments=True)[1] for one in COMMANDS if one.text.startswith("make ")}

    assert {"setup", "test"} <= named <= known


def test_every_test_that_a_page_runs_exists() -> None:
    """With the options of this repository's own."""
    words = [shlex.split(one.text, comments=True) for one in COMMANDS if "-m pytest" in one.text]
    words += [one.text.partition('ARGS="')[2].rstrip('"').split() for one in COMMANDS if "ARGS=" in one.text]
    paths = {word.partition("::")[0] for line in words for word in line if word.startswith("tests/")}
    options = {word for line in words for word in line if word.startswith("--")}

    assert len(paths) > 5
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert [one for one in options if f'"{one}"' not in (ROOT / "tests" / "conftest.py").read_text()] == []


def test_every_extra_that_a_page_installs_exists() -> None:
    """The command installs hookline without an extra that it does not know, and only warns."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    named = {
        extra
        for one in COMMANDS
        for extras in re.findall(r"hookline\[([\w,]+)\]", one.text)
        for extra in extras.split(",")
    }

    assert named
    assert named <= set(project["optional-dependencies"])


@pytest.mark.parametrize("page", sorted({one.page for one in COMMANDS if one.text.startswith("pulumi config set ")}))
def test_every_setting_of_a_stack_has_a_name_and_a_value_that_are_taken(page: str) -> None:
    """The engine is not here; what reads its configuration is."""
    words = [
        shlex.split(one.text, comments=True)[3:]
        for one in COMMANDS
        if one.page == page and one.text.startswith("pulumi config set ")
    ]
    values = {name.removeprefix("hookline:"): value for name, value in (line[-2:] for line in words) if "." not in name}
    known = {
        "$AWS_REGION": "eu-west-1",
        "$KEY": "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    }

    for name, value in values.items():
        assert read_settings({name: known.get(value, value)}, stack="prod").environment == "prod"
