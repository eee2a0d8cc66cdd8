"""What measures of a machine mean, and that every code of a finding is documented."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import hookline
from hookline.config import parse
from hookline.config.canary import CANARY, CANARY_SECRET, with_canary
from hookline.errors import ConfigError
from hookline.pipeline.checkup import FINDINGS, Finding, Level, finding_document, is_sound
from hookline.pipeline.checkup.deployment import CanaryFlight, alarms_firing, canary_flight, part
from hookline.pipeline.checkup.machine import (
    backup_age,
    certificate_dates,
    clock_against,
    clock_of_database,
    clock_synchronized,
    disk_space,
    disk_speed,
    file_limit,
    file_system,
    open_mode,
)
from hookline.pipeline.route import Router
from unit.builders import event

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
CATCH_ALL = 'match = { specversion = ["1.0"] }'
PROJECT = f"""
[sources.shop]
verify = {{ scheme = "standard-webhooks", secrets = ["SHOP_SECRET"] }}
[queues.all]
[[routes]]
{CATCH_ALL}
queues = ["all"]
"""
MIB = 1024 * 1024
PAGE = Path(__file__).parents[3] / "docs" / "reference" / "doctor.md"
ROW = re.compile(r"^\| `([a-z0-9_]+)` \| (\w+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def codes(*findings: Finding | None) -> list[str | None]:
    """Their codes."""
    return [finding.code for finding in findings if finding is not None]


def test_every_code_has_a_row_that_says_the_same_and_every_row_a_code() -> None:
    """People search for the code; the page and the program must not give different advice."""
    rows = {found[1]: (found[2], found[5]) for found in ROW.finditer(PAGE.read_text())}

    assert rows == {code: (kind.level.value, kind.fix) for code, kind in FINDINGS.items()}


def test_every_code_is_used() -> None:
    """A monitor that waits for a code that no check reports would never get it."""
    sources = [path for path in Path(hookline.__file__).parent.rglob("*.py") if path.name != "finding.py"]
    text = "\n".join(path.read_text() for path in sources)

    assert [code for code in FINDINGS if f'"{code}"' not in text] == []


@pytest.mark.parametrize(
    ("free", "code"), [(100, "disk_full"), (128, "disk_nearly_full"), (383, "disk_nearly_full"), (384, None)]
)
def test_the_disk_is_judged_by_its_reserve(free: int, code: str | None) -> None:
    """Below the reserve senders get 503: an operator wants to know before that."""
    assert disk_space(free * MIB, 128 * MIB).code == code


def test_a_slow_disk_is_judged_by_its_median() -> None:
    """One slow write says nothing; if half of them are slow, that says much."""
    assert codes(disk_speed([0.001] * 20 + [0.5] * 4), disk_speed([0.001] * 10 + [0.05] * 11)) == [None, "disk_slow"]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("ext4", None),
        ("nfs4", "file_system_network"),
        ("fuse.sshfs", "file_system_network"),
        ("tmpfs", "file_system_volatile"),
        ("overlay", "file_system_volatile"),
        (None, "file_system_unknown"),
    ],
)
def test_a_file_system_that_loses_events_is_a_problem(kind: str | None, code: str | None) -> None:
    """An acknowledged event must never be lost."""
    finding = file_system(kind)

    assert finding.code == code
    assert is_sound([finding]) is (code in (None, "file_system_unknown"))


@pytest.mark.parametrize(
    ("seconds", "code"), [(0, None), (30, None), (-30, None), (31, "clock_off"), (-400, "clock_off")]
)
def test_a_clock_is_compared_on_both_sides(seconds: int, code: str | None) -> None:
    """A clock that is ahead refuses genuine calls, like one that is behind."""
    finding = clock_against(NOW + timedelta(seconds=seconds), NOW, "https://example.com")

    assert finding.code == code
    assert finding.facts == {"seconds_ahead": seconds}


def test_a_clock_is_compared_with_what_is_stored() -> None:
    """A machine without a battery starts in 1970, and a wrong date could remove everything."""
    hour = timedelta(hours=1)

    assert codes(*clock_of_database(NOW, held_at=NOW - 300 * hour, newest_write=NOW)) == ["clock_in_doubt"]
    assert codes(*clock_of_database(NOW, held_at=None, newest_write=NOW + hour)) == ["clock_behind"]
    assert codes(*clock_of_database(NOW, held_at=None, newest_write=NOW - hour)) == []
    assert codes(*clock_of_database(NOW, held_at=None, newest_write=None)) == []


def test_what_the_kernel_does_not_say_is_not_known() -> None:
    """A guess would be worse than no value."""
    found = [clock_synchronized(True), clock_synchronized(False), clock_synchronized(None)]

    assert [one.severity for one in found] == [Level.OK, Level.WARNING, Level.UNKNOWN]


def test_few_files_are_reported_with_the_connections_that_they_leave() -> None:
    """The number of files says little; the connections are what senders notice."""
    assert codes(file_limit(1024, 704, 8192), file_limit(20000, 8192, 8192)) == ["file_limit_low", None]


@pytest.mark.parametrize(("mode", "is_open"), [(0o600, False), (0o640, False), (0o644, True), (0o601, True)])
def test_what_everyone_may_open_is_found(mode: int, is_open: bool) -> None:  # noqa: FBT001 -- a parameter of the test
    """Rights of a group are given on purpose, and rights of everyone usually by mistake."""
    file, folder = (open_mode("x", mode, is_folder=is_folder) for is_folder in (False, True))

    assert codes(file, folder) == (["file_open_to_others", "data_directory_open"] if is_open else [])


@pytest.mark.parametrize(("days", "code"), [(-1, "certificate_expired"), (20, "certificate_expires_soon"), (22, None)])
def test_a_certificate_is_reported_before_it_ends(days: int, code: str | None) -> None:
    """Consumers stop on the day on which it ends."""
    assert certificate_dates("a.pem", not_after=NOW + timedelta(days=days), now=NOW).code == code


def test_the_age_of_a_backup_is_judged() -> None:
    """Otherwise a backup that stopped months ago is noticed only when it is needed."""
    ages = (timedelta(hours=25), timedelta(hours=27))

    found = [backup_age(NOW - age, folder="b", now=NOW) for age in ages] + [backup_age(None, folder="b", now=NOW)]

    assert codes(*found) == [None, "backup_old", "backup_missing"]


def test_only_problems_make_an_installation_unsound() -> None:
    """A script stops on what will lose or refuse events, and not on advice."""
    warning, problem = (Finding(check="x", text="y", code=code) for code in ("disk_nearly_full", "disk_full"))
    worse = Finding(check="x", text="y", code="secret_published", level=Level.PROBLEM)

    assert is_sound([warning, Finding(check="x", text="y")])
    assert not is_sound([problem])
    assert not is_sound([worse])
    assert finding_document(worse) == {
        "level": "problem",
        "check": "x",
        "code": "secret_published",
        "what": "y",
        "fix": FINDINGS["secret_published"].fix,
        "facts": {},
    }


@pytest.mark.parametrize(
    ("flight", "code"),
    [
        (CanaryFlight(answer=503, code="secrets_unavailable"), "canary_refused"),
        (CanaryFlight(answer=202, accepted=0.1), "canary_not_stored"),
        (CanaryFlight(answer=202, accepted=0.1, stored=0.2), "canary_not_delivered"),
        (CanaryFlight(answer=202, accepted=0.1, stored=0.2, delivered=0.3, is_whole=False), "canary_changed"),
        (CanaryFlight(answer=202, accepted=0.1, stored=0.2, delivered=11), "canary_slow"),
        (CanaryFlight(answer=202, accepted=0.1, stored=0.2, delivered=0.3), None),
    ],
)
def test_the_canary_is_found_where_it_stopped(flight: CanaryFlight, code: str | None) -> None:
    """Each step has its own role, so the step shows an operator which policy to check."""
    assert codes(*canary_flight(flight)) == [code]


def test_a_canary_that_could_not_be_removed_is_reported_with_its_flight() -> None:
    """A canary that is left behind does not make the environment unhealthy."""
    found = canary_flight(CanaryFlight(answer=202, accepted=0.1, stored=0.2, delivered=0.3, fault="denied"))

    assert codes(*found) == [None, "canary_left_behind"]
    assert is_sound(found)


def test_parts_and_alarms_are_judged() -> None:
    """What is missing is worse than what is being changed just now, and both stop a script."""
    parts = [
        part("x", "y", value=None, fault=None),
        part("x", "y", value="z", fault="is Failed"),
        part("x", "y", value="z", fault=None),
    ]

    assert codes(*parts) == ["part_missing", "part_inactive", None]
    assert codes(*alarms_firing({}), *alarms_firing({"a": "b", "c": "d"})) == [None, "alarm_firing", "alarm_firing"]


def test_no_route_of_the_project_sees_the_canary_and_its_own_sees_nothing_else() -> None:
    """A consumer of payments must not get an event that nobody paid."""
    config = with_canary(parse(PROJECT, base=Path()))
    router = Router(config.routes, config.queues)

    assert router.route(replace(event(), source=CANARY)).queues == (CANARY,)
    assert router.route(replace(event(), source="shop")).queues == ("all",)
    assert config.secret_names == ("SHOP_SECRET", CANARY_SECRET)
    assert config.queue("unrouted").name == "unrouted"


def test_with_a_hundred_routes_no_route_of_the_project_sees_the_canary() -> None:
    """Routes that are looked up keep away from it like those that are tested one by one."""
    more = "".join(f'[[routes]]\nmatch = {{ type = ["{name}", "payment"] }}\nqueues = ["all"]\n' for name in range(100))
    router = Router(with_canary(parse(f"{PROJECT}\n{more}", base=Path())).routes)

    assert router.route(replace(event(), source=CANARY)).queues == (CANARY,)
    assert router.route(replace(event(), source="shop")).queues == ("all",)


@pytest.mark.parametrize("taken", [f"[sources.{CANARY}]", f"[queues.{CANARY}]"])
def test_a_project_that_has_the_canary_s_name_is_refused(taken: str) -> None:
    """Two sources of one name would share their secret and their events."""
    more = 'verify = { scheme = "standard-webhooks", secrets = ["OTHER"] }' if "sources" in taken else ""

    with pytest.raises(ConfigError) as caught:
        with_canary(parse(f"{PROJECT}\n{taken}\n{more}\n", base=Path()))

    assert "belongs to hookline's canary" in str(caught.value)
