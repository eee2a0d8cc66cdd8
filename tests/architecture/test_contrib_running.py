"""The files in ``contrib`` that run hookline: they say what the program, its settings and its other files say."""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any  # YAML holds any values

import click
import pytest
import yaml  # type: ignore[import-untyped]  # PyYAML ships no types

from hookline.cli import main
from hookline.config import load
from hookline.config.model import ServerSettings
from hookline.domain.source import Source
from hookline.runtimes.embedded.bare_health import HEALTH_PATH, READY_PATH
from processes import run_process

if TYPE_CHECKING:
    from hookline.config import Config

ROOT = Path(__file__).parents[2]
CONTRIB = ROOT / "contrib"
DOCKERFILE = CONTRIB / "Dockerfile"
UNITS = sorted((CONTRIB / "systemd").iterdir())
SERVER = ServerSettings()
LARGEST_BODY = next(field.default for field in Source.__dataclass_fields__.values() if field.name == "max_body")
ANSWERED_WITHIN = 15
"""Seconds that a proxy has to wait for an answer: docs/how-to/operate.md."""


def instructions(text: str) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile, each with its words."""
    lines = re.sub(r"\\\n", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    return [(name, words) for line in lines if line for name, _, words in [line.partition(" ")]]


def last(name: str) -> str:
    """The words of the last instruction of this name."""
    return [words for one, words in instructions(DOCKERFILE.read_text()) if one == name][-1]


def parameters(words: list[str]) -> dict[str, Any]:
    """What a command line of ``hookline`` means; wrong usage raises."""
    context = main.make_context("hookline", list(words), resilient_parsing=False)
    command = main.get_command(context, words[0])
    assert command is not None
    return command.make_context(words[0], words[1:], parent=context).params


def unit(name: str) -> dict[str, list[str]]:
    """A unit's settings of all sections."""
    found: dict[str, list[str]] = {}
    for line in (CONTRIB / "systemd" / name).read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def manifests() -> dict[str, Any]:
    """The Kubernetes objects by their kind."""
    return {one["kind"]: one for one in yaml.safe_load_all((CONTRIB / "kubernetes" / "hookline.yaml").read_text())}


def configuration(tmp_path: Path) -> Config:
    """That of the ConfigMap."""
    (tmp_path / "hookline.toml").write_text(manifests()["ConfigMap"]["data"]["hookline.toml"])
    return load(tmp_path / "hookline.toml")


def test_the_image_runs_a_command_that_there_is() -> None:
    """It runs as a user without rights, in a folder that is a volume."""
    words = json.loads(last("ENTRYPOINT")) + json.loads(last("CMD"))

    assert words[0] == "hookline"
    assert parameters(words[1:])["data_dir"] == Path(last("VOLUME"))
    assert last("USER") == "10001:10001"
    assert set(last("EXPOSE").split()) == {str(SERVER.port), str(SERVER.admin_port)}


def test_no_health_check_restarts_a_server_that_only_has_no_room() -> None:
    """A full disk is not ready, and alive: a restart would not free it, and would cut off consumers. Readiness only takes traffic away."""
    pod = manifests()["StatefulSet"]["spec"]["template"]["spec"]["containers"][0]
    compose = yaml.safe_load((CONTRIB / "compose.yaml").read_text())["services"]["hookline"]

    assert f"127.0.0.1:{SERVER.admin_port}{HEALTH_PATH}'" in last("HEALTHCHECK")
    assert "healthcheck" not in compose, "it would replace the image's"
    assert pod["livenessProbe"]["httpGet"]["path"] == pod["startupProbe"]["httpGet"]["path"] == HEALTH_PATH
    assert pod["readinessProbe"]["httpGet"]["path"] == READY_PATH
    assert "WatchdogSec" not in unit("hookline.service")


def test_the_image_is_built_of_files_that_are_there_and_not_ignored() -> None:
    """No .env, no data and no tests are in it."""
    ignored = (CONTRIB / "Dockerfile.dockerignore").read_text().split()
    taken = [pattern[1:] for pattern in ignored if pattern.startswith("!")]
    assert (ignored[0], ignored[-1]) == ("*", "**/.env")

    copied = [words.split()[:-1] for name, words in instructions(DOCKERFILE.read_text()) if name == "COPY"]

    for path in (path for words in copied if not words[0].startswith("--") for path in words):
        assert (ROOT / path).exists(), path
        assert any(fnmatch.fnmatch(path, one) or one.startswith(f"{path}/") for one in taken), path
    for path in taken:
        assert any(path == one or path.startswith(f"{one}/") for words in copied for one in words), path


def test_compose_gives_the_image_what_it_needs_and_no_more() -> None:
    """It has the project of `hookline init`, read-only, and one volume."""
    service = yaml.safe_load((CONTRIB / "compose.yaml").read_text())["services"]["hookline"]

    targets = [one.split(":")[1] for one in service["volumes"]]
    assert targets == ["/etc/hookline/hookline.toml", "/etc/hookline/transaction.schema.json", last("VOLUME")]
    assert service["read_only"]
    assert (ROOT / "examples" / "transactions" / "transaction.schema.json").exists()
    assert (CONTRIB / service["build"]["context"] / service["build"]["dockerfile"]).resolve() == DOCKERFILE
    assert int(service["stop_grace_period"].rstrip("s")) > SERVER.shutdown_timeout.total_seconds()
    assert service["ports"] == [f"{SERVER.port}:{SERVER.port}"]


def test_kubernetes_runs_the_image_by_the_configuration_that_it_is_given(tmp_path: Path) -> None:
    """Ports, probes and secrets are those of the ConfigMap's hookline.toml, which is whole."""
    config, pod = configuration(tmp_path), manifests()["StatefulSet"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    ports = {one["name"]: one["containerPort"] for one in container["ports"]}

    assert ports == {"webhooks": config.server.port, "health": config.server.health_port}
    assert {container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness")} == {"/health"}
    assert container["readinessProbe"]["httpGet"] == {"path": "/ready", "port": "health"}
    assert parameters(container["args"])["data_dir"].is_relative_to(last("VOLUME"))
    assert str(pod["securityContext"]["runAsUser"]) == last("USER").split(":")[0]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert pod["terminationGracePeriodSeconds"] > config.server.shutdown_timeout.total_seconds()
    for name in (name for source in config.sources for name in source.secret_names):
        assert f"--from-literal={name}=" in (CONTRIB / "kubernetes" / "hookline.yaml").read_text()


def test_kubernetes_never_runs_two_of_it() -> None:
    """The second one would be refused by the lock of the data directory."""
    spec = manifests()["StatefulSet"]["spec"]

    assert spec["replicas"] == 1
    assert spec["volumeClaimTemplates"][0]["spec"]["accessModes"] == ["ReadWriteOncePod"]


@pytest.mark.parametrize("name", ["hookline.service", "hookline-backup.service"])
def test_a_unit_runs_a_command_that_there_is(name: str) -> None:
    """It has a data directory of its own."""
    (line,) = unit(name)["ExecStart"]
    program, *words = shlex.split(line)

    assert program == "/opt/hookline/bin/hookline"
    assert parameters(words)["data_dir"] == Path("/var/lib/hookline")


def test_the_unit_fits_how_the_server_starts_reloads_and_stops() -> None:
    """A stop that systemd cuts short would leave the log to the next start."""
    settings = unit("hookline.service")

    assert settings["Type"] == ["notify"]
    assert settings["ExecReload"] == ["/bin/kill -HUP $MAINPID"]
    assert int(settings["TimeoutStopSec"][0]) > SERVER.shutdown_timeout.total_seconds()


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    """Where systemd is at hand: it knows each setting, and finds little that is exposed."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed on this machine")
    copies = [tmp_path / path.name for path in UNITS]
    for path, copy in zip(UNITS, copies, strict=True):
        copy.write_text(path.read_text().replace("/opt/hookline/bin/hookline", "/bin/true"))

    said = run_process([program, "verify", *map(str, copies)], capture_output=True, text=True, timeout=60)
    judged = run_process(
        [program, "security", "--offline=true", str(copies[[path.name for path in UNITS].index("hookline.service")])],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert [line for line in said.stderr.splitlines() if any(copy.name in line for copy in copies)] == []
    level = re.search(r"exposure level for hookline.service: ([0-9.]+)", judged.stdout)
    assert level is None or float(level[1]) < 2


@pytest.mark.parametrize(
    ("file", "waits", "idle", "body"),
    [
        ("nginx.conf", r"proxy_read_timeout (\d+)s;", r"keepalive_timeout (\d+)s;", r"client_max_body_size (\d+)m;"),
        ("Caddyfile", r"response_header_timeout (\d+)s", r"keepalive (\d+)s", r"max_size (\d+)MB"),
    ],
)
def test_a_proxy_waits_long_enough_and_closes_first(file: str, waits: str, idle: str, body: str) -> None:
    """A proxy that gives up first has senders repeat what was stored; one that closes last sends into a closed connection."""
    text = (CONTRIB / "proxy" / file).read_text()

    def number(pattern: str) -> int:
        found = re.search(pattern, text)
        assert found is not None, pattern
        return int(found[1])

    assert number(waits) > ANSWERED_WITHIN
    assert number(idle) < SERVER.keep_alive_timeout.total_seconds()
    assert number(body) * 1_000_000 > LARGEST_BODY
    assert f"127.0.0.1:{SERVER.port}" in text


def test_each_file_is_named_in_the_how_to() -> None:
    """A file that nobody finds helps nobody."""
    text = "".join((ROOT / "docs" / "how-to" / name).read_text() for name in ("run-it-anywhere.md", "back-up.md"))
    files = [
        path for path in CONTRIB.rglob("*") if path.is_file() and path.parent.name not in ("grafana", "prometheus")
    ]

    assert [path.name for path in files if str(path.relative_to(ROOT)) not in text] == []
    assert isinstance(main, click.Group)
