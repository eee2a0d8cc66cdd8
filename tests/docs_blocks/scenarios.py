"""How each page is tried, and why a command is not run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docs_blocks.blocks import Command

__all__ = ["ELSEWHERE", "NOT_RUN", "SCENARIOS", "Scenario", "reason"]

_SHOP = """
[sources.shop]
verify = { scheme = "stripe", secrets = ["SHOP_SECRET"] }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What is there before the first command of a page, and what replaces its words."""

    more: str = ""
    """TOML that the project has in addition to the example's."""
    setup: str = ""
    """Commands ahead of the page's own."""
    serves: bool = True
    """Whether a server runs from the start."""
    blocks_first: int = 0
    """How many of the page's blocks of TOML are in the project before the server starts."""
    blocks: int = 0
    """How many are put into it when the test reaches them on the page."""
    instead: Mapping[str, str] = field(default_factory=dict)
    """Times, folders and names of this run, in place of the page's."""
    stops_before: tuple[str, ...] = ()
    """The server is stopped before a command that begins so, because the page says it in words."""
    may_fail: tuple[str, ...] = ()
    """Commands that end with another exit code than 0, as the page says."""
    differs: tuple[str, ...] = ()
    """Commands whose output depends on more than a page shows; that they succeed is what is tested."""


SCENARIOS: Mapping[str, Scenario] = {
    "tutorial/first-event.md": Scenario(serves=False, stops_before=("hookline serve 2>",), may_fail=("wait $sender",)),
    "how-to/back-up.md": Scenario(
        setup="mkdir backups\nhookline send transactions samples/payment.json --count 12",
        instead={
            " --every 15m": "",
            "restore /mnt/backups/hookline-20260301T120000.000000Z.db": "restore backups/*.db",
            "/mnt/backups": "backups",
            "/var/lib/hookline": "data",
        },
    ),
    "how-to/canary.md": Scenario(
        blocks_first=1,
        setup="""until curl -s http://127.0.0.1:8081/health | grep -q '"last_success":"'; do sleep 0.1; done""",
    ),
    "how-to/consume.md": Scenario(),
    "how-to/dead-letters.md": Scenario(
        setup="hookline send transactions samples/payment.json --count 5\n"
        "hookline queues move payments payments-dlq --yes --reason 'the consumer is broken'\n"
        "hookline send transactions samples/payment.json --count 12\n"
        "hookline queues receive payments --max 3",
        differs=("hookline queues peek",),
    ),
    "how-to/encrypt-at-rest.md": Scenario(
        setup="hookline send transactions samples/payment.json --count 3",
        blocks=1,
    ),
    "how-to/erase-personal-data.md": Scenario(
        setup="sed s/ada@/bob@/ samples/dispute.json > another.json\nhookline send transactions another.json\n"
        "hookline send transactions samples/payment.json --count 2\n"
        "hookline queues receive payments --max 1 --ack\n"
        "hookline send transactions samples/payment.json --tamper || true",
        instead={
            "ann@example.com": "ada@example.com",
            "--reason 'request": "--yes --reason 'request",  # there is no terminal that could be asked
        },
    ),
    "how-to/find-why-a-signature-fails.md": Scenario(
        more=_SHOP,
        setup="""hookline secrets fresh
secret=$(sed -n 's/^SHOP_SECRET=//p' .env) body='{"id": "evt_1", "type": "charge.succeeded"}' at=$(date +%s)
signature=$(printf '%s.%s' $at "$body" | openssl dgst -sha256 -hmac "$secret" | sed 's/.* //')
curl -s http://127.0.0.1:8080/webhook/shop -H 'content-type: application/json' -H "stripe-signature: t=$at,v1=$signature" \\
    --data-binary "$body
"
""",
        instead={"--rejected 17": "--rejected 1"},
        may_fail=("hookline rejected retry",),  # the body of this run stays what it is
    ),
    "how-to/handshakes.md": Scenario(
        more='[sources.tasks]\nverify = { scheme = "asana", secrets = ["ASANA_TASKS"] }\n'
    ),
    "how-to/operate.md": Scenario(more=_SHOP, setup="hookline secrets fresh"),
    "how-to/replay.md": Scenario(
        setup="hookline send transactions samples/payment.json --count 3",
        instead={"--since 2026-03-01T12:00:00Z --until 2026-03-01T14:00:00Z": "--since 1h"},
    ),
    "how-to/test-your-configuration.md": Scenario(
        more=_SHOP.replace("shop", "stripe").replace("SHOP", "STRIPE"), setup="hookline secrets fresh"
    ),
    "how-to/upgrade.md": Scenario(
        setup="hookline send transactions samples/payment.json --count 3", stops_before=("hookline restore",)
    ),
    "how-to/watch-with-prometheus.md": Scenario(setup="hookline send transactions samples/payment.json"),
    "how-to/what-it-costs.md": Scenario(serves=False),
    "how-to/who-may-call.md": Scenario(differs=("hookline access new",)),
}
"""The pages whose commands are run."""

_ON_AWS = (
    "needs an environment on AWS: its words are checked here; tests/e2e and tests/contract do the same on an emulator"
)

ELSEWHERE: Mapping[str, str] = {
    "how-to/add-a-provider.md": "runs other tests of this repository",
    "how-to/deploy-to-aws.md": _ON_AWS,
    "how-to/reconcile.md": "asks senders' own APIs: tests/unit/cli/test_cli_reconcile.py runs the command against recorded answers",
    "how-to/run-the-tests.md": "runs other tests of this repository",
    "how-to/runbook.md": f"{_ON_AWS}; tests/infra/test_runbook.py compares the page with the alarms",
    "how-to/sign-by-another-scheme.md": "tests/unit/providers/test_scheme_page.py runs the search, and verifies every request of the page",
    "how-to/start-from-a-snapshot.md": _ON_AWS,
    "how-to/what-the-emulator-cannot-show.md": "runs other tests of this repository",
}
"""Pages none of whose commands are run here, with the reason."""

NOT_RUN: Mapping[str, str] = {
    r"--target aws:|--env prod": _ON_AWS,
    r"^aws (?!--endpoint-url http://127)|^pulumi ": _ON_AWS,
    r"^docker |^kubectl ": "needs Docker or Kubernetes: tests/architecture/test_contrib_running.py reads the files",
    r"^useradd |^python3 -m venv /opt|^/opt/|^cp contrib/systemd|^systemctl reload": "changes the machine, as root",
    r"^hookline init contrib/hookline": "writes into this repository",
    r"^pip install": "asks a package index",
    r"^export OTEL_|^hookline serve$": "needs a collector: tests/acceptance/test_traces.py has one",
    r"^litestream |/tmp/restored\.db": "tests/acceptance/test_continuous_copy.py runs Litestream",
    r"^hookline forward ": "runs until it is stopped: tests/acceptance/test_forwards.py forwards to an endpoint",
    r"ALERTS_SECRET=|^hookline alerts test": "posts to an address of the page: tests/acceptance/test_alerts.py has an endpoint",
    r"^sed .*/etc/prometheus|^promtool": "writes into /etc: tests/architecture/test_contrib_watching.py reads the rules",
    r"METRICS_TOKEN=": "belongs to an address of the page: tests/acceptance/test_metrics.py scrapes with a token",
    r"^hookline users add": "asks for a password at a terminal: tests/unit/cli/test_cli_users.py answers",
    r"^export AWS_ACCESS_KEY_ID|^aws --endpoint-url http://127": "tests/acceptance/test_sqs_clients.py runs the AWS command line",
    r"--unix-socket": "tests/acceptance/test_who_may_call.py calls a socket",
    r"--request request\.json": "needs the page's shortened request: tests/unit/doctor/test_doctor.py has whole ones",
}
"""Commands that are not run, by what is found in them, with the reason."""


def reason(command: Command) -> str | None:
    """Why a command is not run; None when it is."""
    if command.page in ELSEWHERE:
        return ELSEWHERE[command.page]
    if command.page == "tutorial/first-event.md":
        return None
    return next((why for pattern, why in NOT_RUN.items() if re.search(pattern, command.text)), None)
