"""How much is tried: the quick tests, that ``make test`` runs while somebody waits, and all that ``make test-all`` runs.

A test file is slow as a whole when it is in ``SLOW``; a single test is slow when it is marked so in its file (``pytest.mark.slow``).
``HYPOTHESIS_PROFILE=thorough`` has every test of many examples or rounds try as many as it names; without it, it tries a few.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FIRST", "PROFILE", "PROFILES", "SLOW", "comes_first", "examples", "rounds", "slow_reason"]

PROFILES = ("quick", "thorough")
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "quick")
"""Read by the tests only: hypothesis itself has no such variable."""
_ROOT = Path(__file__).parents[1]
_FEWEST_EXAMPLES = 10
_EXAMPLES_FOR_ONE = 8
_ROUNDS_FOR_ONE = 5

_DEPLOYS = "deploys to an emulator; tests/acceptance/test_contract.py does it once in the quick tests"
_GRAPHS = "runs the program many times; tests/infra/test_stack.py and test_golden.py look at what it declares"
_COMMANDS = "runs each command in a process; tests/unit/cli runs them in its own"
_CONSUMERS = "runs others' consumers; tests/acceptance/test_sqs_api.py and tests/contract ask for the same as they do"
_KILLS = "kills many times; tests/acceptance/test_crash.py, test_replay.py and test_redrive.py kill a few times"
_PAGES = "opens many pages; tests/browser/test_find_and_fix.py walks through the most important ones"
_HURTS = "hurts a whole server; tests/unit/embedded and tests/contract try the same faults on its parts"
_PACKAGES = "builds archives; test_contract.py deploys what was built of the example"

SLOW: Mapping[str, str] = {
    "tests/acceptance/test_alerts.py": "waits for alerts; tests/unit/pipeline/test_alerts.py decides on them",
    "tests/acceptance/test_browser.py": _PAGES,
    "tests/acceptance/test_celery_worker.py": _CONSUMERS,
    "tests/acceptance/test_commands_beside_a_server.py": _COMMANDS,
    "tests/acceptance/test_commands_over_the_network.py": _COMMANDS,
    "tests/acceptance/test_concurrent_consumers.py": _CONSUMERS,
    "tests/acceptance/test_consumers.py": _CONSUMERS,
    "tests/acceptance/test_container_networks.py": _CONSUMERS,
    "tests/acceptance/test_continuous_copy.py": "runs Litestream; test_cli_backup.py and test_cli_restore.py copy and restore",
    "tests/acceptance/test_damaged_files.py": _HURTS,
    "tests/acceptance/test_dead_key_host.py": _HURTS,
    "tests/acceptance/test_doubtful_clock.py": _HURTS,
    "tests/acceptance/test_erasure.py": "deploys, and erases while a server runs; tests/contract/test_erasures.py erases in each home",
    "tests/acceptance/test_faults.py": _HURTS,
    "tests/acceptance/test_forwards.py": "waits for backoff; tests/unit/runtimes/test_forwarder.py forwards with shorter pauses",
    "tests/acceptance/test_full_disk.py": _HURTS,
    "tests/acceptance/test_gone_consumers.py": _CONSUMERS,
    "tests/acceptance/test_heavy_bodies.py": _HURTS,
    "tests/acceptance/test_hostile.py": "many connections and large bodies; tests/unit/embedded/test_protocol.py feeds the same parser",
    "tests/acceptance/test_killed_between_receive_and_delete.py": _KILLS,
    "tests/acceptance/test_login_in_a_browser.py": _PAGES,
    "tests/acceptance/test_operations.py": _COMMANDS,
    "tests/acceptance/test_quarantine.py": "deploys to an emulator; tests/contract/test_quarantine.py asks the same of the parts",
    "tests/acceptance/test_sealed_bodies.py": "kills and fills a server that seals; tests/unit/sqlite/test_sealing.py seals in its parts",
    "tests/acceptance/test_sqs_clients.py": _CONSUMERS,
    "tests/browser/test_accessibility.py": _PAGES,
    "tests/browser/test_hostile_text.py": _PAGES,
    "tests/browser/test_keyboard.py": _PAGES,
    "tests/browser/test_masking_on_pages.py": _PAGES,
    "tests/browser/test_pages.py": _PAGES,
    "tests/browser/test_pages_on_aws.py": "deploys, and opens many pages; test_cli_dashboard.py draws each page over AWS, and "
    "test_find_and_fix.py walks through the pages that both homes have",
    "tests/browser/test_roles_on_pages.py": _PAGES,
    "tests/browser/test_subject_pages.py": _PAGES,
    "tests/differential": "compares with two other implementations of SQS; tests/contract says what hookline promises",
    "tests/docs_blocks/test_pages_on_aws.py": "deploys, and runs a hundred commands; test_blocks.py reads the words of every command",
    "tests/docs_blocks/test_reader.py": "follows twenty pages, each with a server; test_tutorial.py follows one, and "
    "test_blocks.py reads the words of every command",
    "tests/e2e": _DEPLOYS,
    "tests/emulator": "tests the emulator itself, which the other tests use all the time",
    "tests/infra/test_aws_calls.py": _PACKAGES,
    "tests/infra/test_changes.py": _GRAPHS,
    "tests/infra/test_controls_pack.py": "runs a policy pack; test_controls.py tries the same rules",
    "tests/infra/test_first_attempt.py": _GRAPHS,
    "tests/infra/test_handshake_methods.py": _GRAPHS,
    "tests/infra/test_large_stacks.py": _GRAPHS,
    "tests/infra/test_other_pythons.py": _PACKAGES,
    "tests/infra/test_packaging.py": _PACKAGES,
    "tests/infra/test_packaging_bytecode.py": _PACKAGES,
    "tests/infra/test_packaging_wheels.py": _PACKAGES,
    "tests/infra/test_service_limits.py": _GRAPHS,
    "tests/powercut": "replays what a disk may have kept; tests/unit/sqlite and test_crash.py cover failed syncs and kills",
    "tests/property/test_aws_model.py": "asks an emulator for each step; tests/contract asks the AWS home the same",
    "tests/public_judges/test_cfn_lint.py": "shows cfn-lint many stacks; make lint shows it two, and test_requests.py asks other models",
    "tests/public_judges/test_checkov.py": "shows checkov many stacks; make lint shows it two, test_controls.py tries our own rules",
    "tests/vectors/test_every_bit.py": "turns every bit; test_catalogue_vectors.py turns one bit of each byte",
}
"""Folders and files that ``make test`` leaves out, each with the reason, and with the tests that replace it there."""

FIRST = "tests/acceptance/test_contract.py"
"""It deploys once for hundreds of tests. What begins last is shared among processes, each of which would deploy again."""


def examples(number: int) -> int:
    """How many examples a test runs that tries ``number`` where there is time."""
    return number if PROFILE == "thorough" else max(_FEWEST_EXAMPLES, number // _EXAMPLES_FOR_ONE)


def rounds(number: int) -> int:
    """How many rounds (of kills, of power cuts) a test runs that tries ``number`` where there is time."""
    return number if PROFILE == "thorough" else max(1, number // _ROUNDS_FOR_ONE)


def comes_first(path: Path) -> bool:
    """Whether the tests of this file run before all others."""
    return path == _ROOT / FIRST


@cache
def slow_reason(path: Path) -> str | None:
    """Why the test file at ``path`` is slow as a whole; None when it is not."""
    if not path.is_relative_to(_ROOT):
        return None
    parts = path.relative_to(_ROOT)
    return next((SLOW[str(part)] for part in (parts, *parts.parents) if str(part) in SLOW), None)
