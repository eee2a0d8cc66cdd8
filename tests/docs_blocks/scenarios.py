"""What is there before the first command of a page, and what replaces its words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ON_AWS", "SCENARIOS", "Scenario"]

_SHOP = """
[sources.shop]
verify = { scheme = "stripe", secrets = ["SHOP_SECRET"] }
"""
_FORGED_FOR_SHOP = r"""
secret=$(sed -n 's/^SHOP_SECRET=//p' .env) body='{"id": "evt_1", "type": "charge.succeeded"}' at=$(date +%s)
signature=$(printf '%s.%s' $at "$body" | openssl dgst -sha256 -hmac "$secret" | sed 's/.* //')
curl -s http://127.0.0.1:8080/webhook/shop -H 'content-type: application/json' -H "stripe-signature: t=$at,v1=$signature" \
    --data-binary "$body
" > /dev/null
"""
"""A call whose body got a line break after it was signed."""
_STORED = "until hookline rejected list | grep -q signature_mismatch; do true; done\n"
"""A rejected request is stored soon after its answer, not before it."""
_RECONCILED = """
[sources.stripe]
verify = { scheme = "stripe", secrets = ["STRIPE_SECRET"] }

[sources.hub]
verify = { scheme = "github", secrets = ["GITHUB_SECRET"] }

[sources.adyen]
verify = { scheme = "adyen", secrets = ["ADYEN_SECRET"] }
"""
_REPORT = """Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Booking Date,TimeZone,Record Type
Co,Shop,7914073381342284,Order 1,visa,'$(date -u -d '1 hour ago' '+%F %T')',UTC,Authorised"""
_COPY = "hookline-20260301T120000.000000Z.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """How a page is read."""

    more: str = ""
    """TOML that the project has in addition to the example's."""
    before_the_server: str = ""
    """Commands that the server needs to have been run when it starts."""
    setup: str = ""
    """Commands ahead of the page's own."""
    serves: bool = True
    """Whether a server runs from the start, on this machine."""
    asks_senders: bool = False
    """Whether the page asks senders' own APIs, which are then served on this machine."""
    files: Mapping[str, int] = field(default_factory=dict)
    """Files that the page shows as JSON: which of its blocks each is."""
    adds_first: tuple[int, ...] = ()
    """Which of the page's blocks of TOML are in the project before the server starts."""
    adds: tuple[int, ...] = ()
    """Which are put into it when the reader reaches them."""
    instead: Mapping[str, str] = field(default_factory=dict)
    """Times, folders and names of this run, in place of the page's."""
    ahead_of: Mapping[str, str] = field(default_factory=dict)
    """What the page says in words before a command that begins so: a command, or what happens to the server."""
    runs_until: Mapping[str, str] = field(default_factory=dict)
    """Commands that run until they are ended, and the condition on which the reader ends them."""
    fails: tuple[str, ...] = ()
    """Commands that end with the exit code 1, as the page says."""
    afterwards: str = ""
    """Commands that succeed if the page has done what it says."""
    differs: tuple[str, ...] = ()
    """Commands whose output depends on more than a page shows; the test checks only that they succeed."""


SCENARIOS: Mapping[str, Scenario] = {
    "tutorial/first-event.md": Scenario(
        serves=False,
        instead={"sleep 2;": "until hookline queues list | grep -Eq '^payments +[1-9]'; do sleep 0.1; done;"},
        ahead_of={"hookline serve 2>": "systemctl stop hookline"},
        fails=("wait $sender",),
    ),
    "how-to/alerts-to-a-url.md": Scenario(
        serves=False,
        adds=(0,),
        setup="echo ONCALL_SECRET=whsec_$(openssl rand -base64 32) >> .env",
        instead={
            'url = "https://chat.example.com/hooks/payments"': 'allow_private = true\nurl = "{receiver}"',
            'url = "https://oncall.example.com/hookline"': 'allow_private = true\nurl = "{receiver}"',
        },
        afterwards="test $(wc -l < received.txt) -eq 2",
    ),
    "how-to/back-up.md": Scenario(
        setup="mkdir backups\nhookline send transactions samples/payment.json --count 12",
        instead={
            " --every 15m": "",
            f"restore /mnt/backups/{_COPY}": "restore backups/*.db",
            "/mnt/backups": "backups",
            "/var/lib/hookline": "data",
            "/tmp/restored.db": "restored.db",  # noqa: S108 -- the page's name
        },
        ahead_of={
            "litestream replicate": "export HOOKLINE_DATA_DIR=$PWD/data HOOKLINE_REPLICA_URL=file://$PWD/replica",
            "hookline restore /tmp": "systemctl stop hookline",
        },
        runs_until={"litestream replicate": "test -n \"$(find replica -name '*.ltx' 2> errors.txt)\""},
    ),
    "how-to/canary.md": Scenario(
        adds_first=(0,),
        setup="""until curl -s http://127.0.0.1:8081/health | grep -q '"last_success":"'; do sleep 0.1; done""",
    ),
    "how-to/consume.md": Scenario(),
    "how-to/dead-letters.md": Scenario(
        setup="hookline send transactions samples/payment.json --count 5\n"
        "hookline queues move payments payments-dlq --yes --reason 'the consumer is broken'\n"
        "hookline send transactions samples/payment.json --count 12\n"
        "hookline queues receive payments --max 3",
        differs=("hookline queues peek payments-dlq",),
    ),
    "how-to/encrypt-at-rest.md": Scenario(
        setup="hookline send transactions samples/payment.json --count 3",
        adds=(0,),
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
        before_the_server="hookline secrets fresh",
        setup=_FORGED_FOR_SHOP + _STORED,
        instead={"--rejected 17": "--rejected 1"},
        files={"request.json": 0},
        fails=(
            "hookline rejected retry --source shop",
            "hookline doctor shop --request request.json",
        ),  # the body of this run stays what it is; so does the page's
    ),
    "how-to/forward-to-http.md": Scenario(
        setup="hookline send transactions samples/payment.json\necho LEDGER_SECRET=whsec_$(openssl rand -base64 32) >> .env",
        instead={"https://ledger.example.com/hooks": "{receiver} --allow-private"},
        runs_until={"hookline forward": "test -s received.txt"},
    ),
    "how-to/handshakes.md": Scenario(
        more='[sources.tasks]\nverify = { scheme = "asana", secrets = ["ASANA_TASKS"] }\n'
    ),
    "how-to/operate.md": Scenario(more=_SHOP, before_the_server="hookline secrets fresh"),
    "how-to/reconcile.md": Scenario(
        more=_RECONCILED,
        before_the_server="hookline secrets fresh",
        asks_senders=True,
        setup=f"echo '{_REPORT}' > payments_accounting_report_2026_03_01.csv\n"
        'notify() { grep -q evt_1NG8Du2eZvKYlo2C "$1"; }',
        fails=(
            "hookline reconcile stripe --since 24h --type 'charge.*' --type 'payout.*'",
            "hookline reconcile hub --since 2d --hook repos/acme/shop/hooks/42",
            "hookline reconcile adyen --since 2d --report payments_accounting_report_2026_03_01.csv",
        ),
    ),
    "how-to/replay.md": Scenario(
        setup="hookline send transactions samples/payment.json --count 3",
        instead={"--since 2026-03-01T12:00:00Z --until 2026-03-01T14:00:00Z": "--since 1h"},
    ),
    "how-to/run-it-anywhere.md": Scenario(
        ahead_of={"systemctl reload": "echo '[events]\nretention = \"20d\"' >> hookline.toml"}
    ),
    "how-to/runbook.md": Scenario(
        setup="hookline send transactions samples/payment.json\n"
        "hookline send transactions samples/payment.json --tamper || true\n" + _STORED,
        instead={"DIR": "data", "--rejected 17": "--rejected 1"},
        fails=("hookline doctor --rejected 17",),
    ),
    "how-to/sign-by-another-scheme.md": Scenario(
        serves=False, files={"request.json": 0}, setup="export SHOP_SECRET=5f1a3c9e7b2d4f60a18e6c0b93d7245f"
    ),
    "how-to/test-your-configuration.md": Scenario(
        more=_SHOP.replace("shop", "stripe").replace("SHOP", "STRIPE"), before_the_server="hookline secrets fresh"
    ),
    "how-to/traces.md": Scenario(
        serves=False,
        adds_first=(0,),
        instead={"http://127.0.0.1:4318": "{receiver}"},
        setup="export OTEL_BSP_SCHEDULE_DELAY=50",
        afterwards="hookline send transactions samples/payment.json; until grep -q /v1/traces received.txt; do sleep 0.1; done",
    ),
    "how-to/upgrade.md": Scenario(
        setup="hookline send transactions samples/payment.json --count 3",
        ahead_of={"hookline restore": "systemctl stop hookline"},
    ),
    "how-to/watch-with-prometheus.md": Scenario(
        setup="hookline send transactions samples/payment.json\nmkdir prometheus",
        instead={"/etc/prometheus": "prometheus"},
    ),
    "how-to/what-it-costs.md": Scenario(serves=False),
    "how-to/who-may-call.md": Scenario(
        adds=(5,),
        instead={
            "--role operator": "--role operator <<< $'correct horse battery\\ncorrect horse battery'",
            "AWS_SECRET_ACCESS_KEY=…": "AWS_SECRET_ACCESS_KEY=$(sed -n s/^PAYMENTS_CONSUMER_SECRET=//p .env)",
        },
        ahead_of={
            "aws --endpoint-url": "systemctl restart hookline",
            "curl --unix-socket": "systemctl restart hookline",
        },
    ),
}
"""The pages with commands that are run with a server on this machine."""

_TEST = {
    "aws:prod": "aws:test",
    "aws:dev": "aws:test",
    "-prod": "-test",
    "-dev": "-test",
    "ENV=prod": "ENV=test",
    "/hookline/dev/": "/hookline/test/",
    "$(pulumi stack output api_endpoint --cwd ../../deploy)": "$API_ENDPOINT",
    "$(pulumi stack output payments_queue_url --cwd ../../deploy)": "$QUEUE_URL",
}
"""The environment on the emulator, and its outputs."""

_ONLY_CHECK = "--generate-cli-skeleton output"
"""Compares a command with the service's model and calls nothing: the emulator does not have these services."""
_DELETE = "".join(
    f'aws dynamodb delete-item --table-name transaction-events-test --key \'{{"event_id": {{"S": "\'${{EVENT_ID}}{number}\'"}}}}\'\n'
    for number in (1, 2)
)

ON_AWS: Mapping[str, Scenario] = {
    "how-to/alerts-to-a-url.md": Scenario(
        instead={
            **_TEST,
            "REGION:ACCOUNT:webhook-alarms-ENV": "us-east-1:123456789012:webhook-alarms-test",
            "https --notification-endpoint https://chat.example.com/hooks": "http --notification-endpoint {receiver}",
        }
    ),
    "how-to/back-up.md": Scenario(
        setup="BACKUP=$(aws dynamodb create-backup --table-name transaction-events-test --backup-name all "
        "--query BackupDetails.BackupArn --output text)",
        instead={**_TEST, "--backup-arn ARN": "--backup-arn $BACKUP"},
        ahead_of={
            "hookline restore --target": _DELETE,
            "aws dynamodb restore-table-from-backup": "aws dynamodb wait table-not-exists --table-name transaction-events-test-restored",
        },
    ),
    "how-to/dead-letters.md": Scenario(instead=_TEST),
    "how-to/deploy-to-aws.md": Scenario(
        setup="mkdir -p deploy examples/transactions\ncp -r hookline.toml *.json samples examples/transactions\n"
        "echo $SIGNING_SECRET > examples/transactions/secret.txt\nPROJECT=$PWD\ncd deploy\n"
        "aws kms create-alias --alias-name alias/payments "
        "--target-key-id $(aws kms create-key --query KeyMetadata.KeyId --output text)",
        instead={
            **_TEST,
            "whsec_$(openssl rand -base64 32)": "$SIGNING_SECRET",
            "python3.13 ": "python3 ",
            "AWS_REGION=eu-west-1": "AWS_REGION=us-east-1",
            "aws service-quotas request-service-quota-increase": f"aws service-quotas request-service-quota-increase {_ONLY_CHECK}",
            "hookline doctor --target aws:prod": "hookline doctor --target aws:test --api-endpoint $API_ENDPOINT",
        },
        ahead_of={"cd deploy": "cd $PROJECT", "hookline check --target": "cd $PROJECT/examples/transactions"},
        fails=(
            "hookline doctor --target aws:prod                  # says whether the functions may decrypt every secret",
        ),
    ),
    "how-to/find-why-a-signature-fails.md": Scenario(
        more=_SHOP,
        setup="echo $SIGNING_SECRET > secret.txt\nSHOP_SECRET=$SIGNING_SECRET\n"
        + _FORGED_FOR_SHOP.replace("secret=$(sed -n 's/^SHOP_SECRET=//p' .env)", "secret=$SIGNING_SECRET").replace(
            "http://127.0.0.1:8080/webhook/shop", "$API_ENDPOINT/shop"
        )
        + "until REJECTED=$(hookline rejected list --target aws:test --source shop | grep -o '^[0-9]\\+'); do true; done",
        instead={**_TEST, "--rejected 1767323045120331": "--rejected $REJECTED"},
        fails=("hookline rejected retry --source shop --target aws:prod",),
    ),
    "how-to/forward-to-http.md": Scenario(
        setup="echo LEDGER_SECRET=whsec_$(openssl rand -base64 32) >> .env",
        instead={**_TEST, "https://ledger.example.com/hooks": "{receiver} --allow-private"},
        runs_until={"hookline forward": "test -s received.txt"},
    ),
    "how-to/runbook.md": Scenario(
        setup="echo $SIGNING_SECRET > secret.txt",
        instead={
            **_TEST,
            "sleep 5": "sleep 0",
            "aws health describe-events": f"aws health describe-events {_ONLY_CHECK}",
            "transactions:evt_1 ": "${EVENT_ID}1 ",
            "shop:evt_2 ": "${EVENT_ID}2 ",
            " EVENT_ID ": " ${EVENT_ID}1 ",
            "resume SOURCE": "resume transactions",
            "hookline doctor --target aws:$ENV": "hookline doctor --target aws:$ENV --api-endpoint $API_ENDPOINT",
            "hookline secrets set TRANSACTIONS_SECRET --target aws:$ENV": "hookline secrets set TRANSACTIONS_SECRET "
            "--target aws:$ENV < secret.txt",
        },
        ahead_of={
            "hookline sources resume": "hookline sources pause transactions --hold --reason 'routes change' --target aws:test"
        },
    ),
    "how-to/start-from-a-snapshot.md": Scenario(
        setup="mkdir deploy\n"
        "for memory in 300 310 320; do\n"
        "aws lambda update-function-configuration --function-name webhook-validator-test --memory-size $memory > changed.json\n"
        "aws lambda publish-version --function-name webhook-validator-test > published.json\ndone",
        instead={**_TEST, "--function-version 7": "--function-version 4"},
        afterwards='test "$(aws lambda list-versions-by-function --function-name webhook-validator-test '
        "--query 'Versions[].Version' --output text)\" = \"$(printf '$LATEST\\t3\\t4')\"",
    ),
}
"""The pages with commands that are run against an environment on the emulator."""
