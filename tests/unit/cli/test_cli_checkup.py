"""``doctor`` without a request: a whole installation."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from certificates import self_signed
from contract.aws import ENVIRONMENT
from hookline.adapters.aws.clients import Clients
from hookline.adapters.local.machine import file_system_kind, is_taken, newest_backup, write_times

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from emulator.server import Emulator
    from unit.cli.projects import Served, Store

PUBLISHED = "whsec_RVhBTVBMRS1vbmx5LW5ldmVyLWluLXByb2R1Y3Rpb24h"
QUIET = {"file_system_volatile", "clock_not_synchronized", "clock_unknown", "file_limit_low", "file_system_unknown"}
"""Findings that depend on the machine that the tests run on."""


@pytest.fixture(autouse=True)
def free_ports(project: Path) -> None:
    """Ports that no other test listens on."""
    toml = project / "hookline.toml"
    toml.write_text(f"{toml.read_text()}\n[server]\nport = 0\nadmin_port = 0\n")


def found(result: Result) -> dict[str | None, dict[str, Any]]:
    """The findings by their code, without those of the machine."""
    document = json.loads(result.stdout)
    assert document["sound"] is (result.exit_code == 0)
    return {one["code"]: one for one in document["findings"] if one["code"] not in QUIET | {None}}


def more(project: Path, text: str) -> None:
    """Settings of the server."""
    toml = project / "hookline.toml"
    toml.write_text(f"{toml.read_text()}\n{text}\n")


def test_a_project_before_its_first_start_has_no_problem(project: Path, run: Callable[..., Result]) -> None:
    """People run it first: a file that does not exist yet is no fault."""
    assert project.is_dir()

    assert set(found(run("doctor", "--json"))) == {"data_directory_missing", "server_not_running", "backup_unknown"}


def test_text_says_what_to_fix(project: Path, run: Callable[..., Result]) -> None:
    """A reader would have to look up a bare code."""
    (project / ".env").unlink()

    result = run("doctor")

    assert result.exit_code == 1
    assert re.search(
        r"^problem secrets \[secret_unusable\]: .*TRANSACTIONS_SECRET is missing$", result.stdout, re.MULTILINE
    )
    assert "        fix: Put the secret into the env file" in result.stdout
    assert re.search(r"\d+ findings: 1 problem, ", result.stdout)


def test_each_fault_of_the_configuration_is_a_finding(project: Path, run: Callable[..., Result]) -> None:
    """A script reads one document, whatever is wrong, and a person one line for each fault."""
    more(project, "prot = 1\n[surces.a]")

    result = run("doctor", "--json")

    assert set(found(result)) == {"configuration_invalid"}
    whats = [one["what"] for one in json.loads(result.stdout)["findings"]]
    assert [("surces" in what, "prot" in what) for what in sorted(whats)] == [(False, True), (True, False)]


def test_a_folder_without_a_configuration_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Callable[..., Result]
) -> None:
    """A new user runs it anywhere, and reads what to do first."""
    monkeypatch.chdir(tmp_path)

    result = run("doctor")

    assert result.exit_code == 1
    assert "problem configuration [configuration_missing]: there is no file hookline.toml" in result.stdout
    assert "hookline init DIR" in result.stdout


def test_an_address_of_another_machine_is_found(project: Path, run: Callable[..., Result]) -> None:
    """Another port would not help: the advice must be for the address."""
    more(project, 'health_port = 8082\nhealth_host = "192.0.2.7"')

    findings = found(run("doctor", "--json"))

    assert findings["address_not_here"]["what"] == "health: 192.0.2.7 is not an address of this machine"
    assert "port_taken" not in findings


def test_the_disk_is_looked_at_before_the_first_start(project: Path, run: Callable[..., Result]) -> None:
    """The folder does not exist yet, but the disk does: later would be too late."""
    assert not (project / "data").exists()

    checks = [one["check"] for one in json.loads(run("doctor", "--json").stdout)["findings"]]

    assert {"disk", "file system"} <= set(checks)
    assert not (project / "data").exists()


def test_published_secrets_and_open_files_are_found(store: Store, run: Callable[..., Result]) -> None:
    """Anyone who reads the documentation could sign, and anyone on the machine could read."""
    (store.project / ".env").write_text(f"TRANSACTIONS_SECRET={PUBLISHED}\n")
    (store.project / ".env").chmod(0o644)
    (store.project / "data").chmod(0o755)
    (store.project / "data" / "hookline.db").chmod(0o644)

    result = run("doctor", "--json")

    assert {"secret_published", "file_open_to_others", "data_directory_open"} <= set(found(result))
    assert PUBLISHED not in result.stdout
    assert found(result)["secret_published"]["level"] == "warning"


def test_ports_that_others_reach_are_found(project: Path, run: Callable[..., Result]) -> None:
    """A published secret is a problem where other machines can reach the port."""
    (project / ".env").write_text(f"TRANSACTIONS_SECRET={PUBLISHED}\n")
    text = (project / "hookline.toml").read_text()
    (project / "hookline.toml").write_text(text.replace("[server]\n", '[server]\nhost = "0.0.0.0"\n'))

    findings = found(run("doctor", "--json"))

    assert findings["webhooks_without_tls"]["level"] == "warning"
    assert findings["secret_published"]["level"] == "problem"


def test_a_port_that_another_program_has_is_found(project: Path, run: Callable[..., Result]) -> None:
    """The server would not start, and the message would be in a log that nobody reads yet."""
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        more(project, f"health_port = {other.getsockname()[1]}")

        assert "health: 127.0.0.1" in found(run("doctor", "--json"))["port_taken"]["what"]


def test_a_certificate_near_its_end_is_found(project: Path, run: Callable[..., Result]) -> None:
    """The tests' certificates live for a day."""
    self_signed(project)
    more(project, 'admin_tls_certificate = "admin.crt"\nadmin_tls_key = "admin.key"')
    assert "certificate_expires_soon" in found(run("doctor", "--json"))

    (project / "admin.key").write_text("no key")
    assert "certificate_unusable" in found(run("doctor", "--json"))


def test_a_running_server_is_asked(served: Served, project: Path, run: Callable[..., Result]) -> None:
    """It knows its storage better than any other process."""
    assert "server_unreachable" in found(run("doctor", "--json"))  # the system chose its port

    toml = project / "hookline.toml"
    toml.write_text(toml.read_text().replace("admin_port = 0", f"admin_port = {served.admin.rpartition(':')[2]}"))
    result = run("doctor", "--json")

    assert set(found(result)) == {"backup_unknown"}
    assert '"runs, and can take events"' in result.stdout


def test_the_clock_is_compared_where_a_host_is_named(served: Served, project: Path, run: Callable[..., Result]) -> None:
    """The embedded server says its time as every HTTP server does; nothing is asked unless it is named."""
    agrees = run("doctor", "--json", "--clock-from", served.url)
    silent = run("doctor", "--json", "--clock-from", "http://127.0.0.1:1")

    assert "agrees with" in agrees.stdout
    assert '"clock_unknown"' in silent.stdout
    assert project.is_dir()


def test_a_database_that_cannot_be_read_is_a_finding(store: Store, run: Callable[..., Result]) -> None:
    """The rest of the installation is checked anyway."""
    (store.project / "data" / "hookline.db").write_bytes(b"no database" * 1000)

    findings = found(run("doctor", "--json"))

    assert "database_unreadable" in findings
    assert "server_not_running" in findings


def test_the_newest_backup_is_judged(store: Store, tmp_path: Path, run: Callable[..., Result]) -> None:
    """Other files in the folder are no backups."""
    backups = tmp_path / "backups"
    backups.mkdir()
    (backups / "notes.txt").write_text("new")
    assert "backup_missing" in found(run("doctor", "--json", "--backups", backups))

    shutil.copy(store.project / "data" / "hookline.db", backups / "a.db")
    assert not {"backup_missing", "backup_old"} & set(found(run("doctor", "--json", "--backups", backups)))

    old = time.time() - 3 * 86400
    os.utime(backups / "a.db", (old, old))
    assert "backup_old" in found(run("doctor", "--json", "--backups", backups))


def test_nothing_is_left_in_the_data_directory(store: Store, run: Callable[..., Result]) -> None:
    """The disk is measured in a file, which must be gone afterwards."""
    before = sorted(path.name for path in (store.project / "data").iterdir())

    run("doctor")

    assert sorted(path.name for path in (store.project / "data").iterdir()) == before


def test_the_kind_of_a_file_system_is_that_of_the_deepest_mount(tmp_path: Path) -> None:
    """A volume may be mounted below a container's own layer, under a name with a space."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 1 0:21 / / rw - overlay overlay rw\n"
        "23 22 8:1 / /data rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        "24 22 0:44 / /my\\040data rw - nfs4 server:/ rw\n"
    )
    root = type(tmp_path)("/")

    kinds = [file_system_kind(root / name, mounts) for name in ("data/hookline", "my data", "srv")]

    assert kinds == ["ext4", "nfs4", "overlay"]
    assert file_system_kind(root, tmp_path / "none") is None


def test_measures_are_of_this_machine(tmp_path: Path) -> None:
    """A disk that answers in no time was not waited for."""
    times = write_times(tmp_path)

    assert len(times) > 10
    assert all(0 < seconds < 60 for seconds in times)
    assert newest_backup(tmp_path) is None
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        assert is_taken("127.0.0.1", other.getsockname()[1])
    assert is_taken("127.0.0.1", 0) is None


def test_what_is_missing_on_aws_is_listed_and_the_rest_is_looked_at(
    deployed: Emulator, project: Path, run: Callable[..., Result]
) -> None:
    """A failed deployment leaves half an environment: here only a router."""
    assert deployed.endpoint
    assert project.is_dir()

    result = run("doctor", "--target", f"aws:{ENVIRONMENT}", "--api-endpoint", "http://127.0.0.1:1", "--json")

    missing = [one["what"] for one in json.loads(result.stdout)["findings"] if one["code"] == "part_missing"]
    assert result.exit_code == 1
    assert [what.partition(":")[0] for what in missing][:2] == ["validator_lambda_arn", "the recoverer"]
    assert {"secret_unusable", "canary_absent"} <= set(found(result))


def test_a_call_that_aws_refuses_is_a_finding(
    deployed: Emulator, project: Path, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A role that may not read alarms can still find what else is wrong."""
    assert deployed.endpoint
    assert project.is_dir()
    whole = Clients.cloudwatch

    def elsewhere(clients: Clients) -> object:
        """CloudWatch as it answers a role without rights."""
        client = whole(clients)
        client.meta.events.register("before-call.cloudwatch", _denied)
        return client

    monkeypatch.setattr(Clients, "cloudwatch", elsewhere)

    result = run("doctor", "--target", f"aws:{ENVIRONMENT}", "--api-endpoint", "http://127.0.0.1:1", "--json")

    refused = found(result)["look_refused"]
    assert (refused["check"], refused["level"], refused["facts"]) == (
        "alarms",
        "unknown",
        {"error": "aws_access_denied"},
    )
    assert "canary_absent" in found(result)


def _denied(**_: object) -> tuple[object, dict[str, object]]:
    class Answer:
        status_code = 400
        headers: dict[str, str] = {}  # noqa: RUF012 -- what botocore looks at, and nothing changes

    return Answer(), {"Error": {"Code": "AccessDenied", "Message": "not allowed"}, "ResponseMetadata": {}}
