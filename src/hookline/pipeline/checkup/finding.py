"""The findings of a check of an installation, and every code that a finding can have."""

from __future__ import annotations

from dataclasses import field
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["FINDINGS", "Finding", "FindingKind", "Level", "finding_document", "is_sound"]


class Level(Enum):
    """How important a finding is. ``UNKNOWN`` is for checks that could not be made from here."""

    OK = "ok"
    UNKNOWN = "unknown"
    WARNING = "warning"
    PROBLEM = "problem"


@record
class FindingKind:
    """The meaning of a code: its usual level, and what to do."""

    level: Level
    fix: str


_PROBLEM, _WARNING, _UNKNOWN = Level.PROBLEM, Level.WARNING, Level.UNKNOWN

FINDINGS: Mapping[str, FindingKind] = MappingProxyType(
    {
        # both homes
        "configuration_missing": FindingKind(
            level=_PROBLEM,
            fix="Run this in the folder of hookline.toml, or name the file with --config; `hookline init DIR` writes a new one.",
        ),
        "configuration_invalid": FindingKind(
            level=_PROBLEM, fix="Fix this line of hookline.toml; then `hookline check` prints how it is understood."
        ),
        "secret_unusable": FindingKind(
            level=_PROBLEM,
            fix="Put the secret into the env file or the environment; on AWS: `hookline secrets set NAME --target aws:ENV`.",
        ),
        "secret_published": FindingKind(
            level=_WARNING,
            fix="Remove its line from the env file, run `hookline secrets fresh`, and give the sender the new value.",
        ),
        # the embedded home
        "file_open_to_others": FindingKind(
            level=_WARNING, fix="Remove the permissions of others: chmod 600 for a file, chmod 700 for a folder."
        ),
        "clock_in_doubt": FindingKind(
            level=_PROBLEM,
            fix="Correct the clock. If the date is right, run `hookline storage confirm-clock`: until then nothing expires.",
        ),
        "clock_behind": FindingKind(
            level=_PROBLEM,
            fix="Correct the clock (chronyd, systemd-timesyncd): signed times may differ from it by 300 s at most.",
        ),
        "clock_not_synchronized": FindingKind(
            level=_WARNING, fix="Start chronyd or systemd-timesyncd, or find out why it cannot reach its time servers."
        ),
        "clock_off": FindingKind(
            level=_PROBLEM, fix="Correct the clock: senders' signed times may differ from it by 300 s at most."
        ),
        "clock_unknown": FindingKind(
            level=_UNKNOWN,
            fix="Check that the host's clock is synchronized, or name a host to compare with: --clock-from URL.",
        ),
        "data_directory_missing": FindingKind(
            level=_WARNING, fix="Name the right folder with --data-dir, or start `hookline serve`, which creates it."
        ),
        "data_directory_unusable": FindingKind(
            level=_PROBLEM,
            fix="Make the server's user the owner of the folder (chown, chmod 700), on a writable disk.",
        ),
        "data_directory_open": FindingKind(
            level=_WARNING, fix="Remove the permissions of others: chmod 700 DIRECTORY. It contains payment events."
        ),
        "database_unreadable": FindingKind(
            level=_PROBLEM, fix="Read the reason. If the file is damaged, restore a backup."
        ),
        "disk_full": FindingKind(
            level=_PROBLEM, fix="Free space or enlarge the disk: new events get 503 below the reserve."
        ),
        "disk_nearly_full": FindingKind(
            level=_WARNING, fix="Free space or enlarge the disk before new events are refused."
        ),
        "disk_slow": FindingKind(
            level=_WARNING,
            fix="Use a local SSD, or a volume with more operations a second: each commit waits for one such write.",
        ),
        "file_system_network": FindingKind(
            level=_PROBLEM,
            fix="Put the data directory on a local disk or a block volume: SQLite's log does not work on this file system.",
        ),
        "file_system_volatile": FindingKind(
            level=_PROBLEM, fix="Put the data directory on a disk or a volume: here all data is lost at a restart."
        ),
        "file_system_unknown": FindingKind(level=_UNKNOWN, fix="Check that the data directory is on a local disk."),
        "file_limit_low": FindingKind(
            level=_WARNING,
            fix="Raise the hard limit (LimitNOFILE= in systemd, --ulimit nofile= in Docker), or lower max_connections.",
        ),
        "port_taken": FindingKind(
            level=_PROBLEM,
            fix="Stop the other program, allow this user to listen there, or choose another port under [server].",
        ),
        "address_not_here": FindingKind(
            level=_PROBLEM,
            fix="Name an address of this machine under [server] (`ip address` lists them), or 127.0.0.1.",
        ),
        "webhooks_without_tls": FindingKind(
            level=_WARNING,
            fix="Put a proxy with TLS in front, and set `host` to an address that only the proxy can reach.",
        ),
        "admin_open": FindingKind(
            level=_PROBLEM, fix='Add an [[access]] (`hookline access new ID`), or set admin_host = "127.0.0.1".'
        ),
        "admin_without_tls": FindingKind(
            level=_WARNING, fix="Set admin_tls_certificate and admin_tls_key: answers contain messages unencrypted."
        ),
        "socket_open_to_all": FindingKind(
            level=_WARNING,
            fix='Set admin_socket_mode = "0600" or "0660": every user of this machine may read and delete messages.',
        ),
        "certificate_unusable": FindingKind(
            level=_PROBLEM, fix="Name a PEM certificate chain and its key, without a passphrase."
        ),
        "certificate_expired": FindingKind(
            level=_PROBLEM, fix="Renew the certificate, then send SIGHUP to the server: clients no longer accept it."
        ),
        "certificate_expires_soon": FindingKind(
            level=_WARNING, fix="Renew the certificate, then send SIGHUP to the server."
        ),
        "server_not_running": FindingKind(
            level=_WARNING, fix="Start `hookline serve`, if this machine should receive webhooks."
        ),
        "server_unreachable": FindingKind(
            level=_WARNING,
            fix="Run this with the server's own hookline.toml: nothing answers on the admin port that this file names.",
        ),
        "server_not_ready": FindingKind(level=_PROBLEM, fix="Read the reason here or in the server's log."),
        "server_other_version": FindingKind(
            level=_WARNING, fix="Restart the server with the version that is installed."
        ),
        "canary_late": FindingKind(
            level=_PROBLEM,
            fix="See the canary's section in the runbook; the log has the reason for each late event.",
        ),
        "storage_key_missing": FindingKind(
            level=_PROBLEM,
            fix="Add the secret that holds this key to `key` under [storage]: without it the server does not start.",
        ),
        "backup_missing": FindingKind(level=_WARNING, fix="Make a backup on another disk: `hookline backup FILE`."),
        "backup_old": FindingKind(
            level=_WARNING, fix="Find out why no newer backup was made; see docs/how-to/back-up.md."
        ),
        "backup_unknown": FindingKind(level=_UNKNOWN, fix="Name the folder of the backups: --backups DIRECTORY."),
        "sqlite_weak": FindingKind(level=_WARNING, fix="Install apsw with its own SQLite, 3.51.3 or later."),
        # AWS
        "part_missing": FindingKind(
            level=_PROBLEM, fix="Deploy again (`pulumi up --refresh`) with this hookline.toml."
        ),
        "part_inactive": FindingKind(level=_PROBLEM, fix="Read the reason in the AWS console, and deploy again."),
        "version_differs": FindingKind(
            level=_WARNING,
            fix="Deploy this version (`pulumi up`), or use the commands of the version that is deployed.",
        ),
        "expiry_off": FindingKind(
            level=_PROBLEM, fix="Deploy again (`pulumi up --refresh`): it turns time to live on, by `expires_at`."
        ),
        "recovery_off": FindingKind(
            level=_PROBLEM, fix="Deploy again (`pulumi up --refresh`): it turns point-in-time recovery on."
        ),
        "recoverer_off": FindingKind(
            level=_PROBLEM,
            fix="Deploy again (`pulumi up --refresh`): without it an event that failed once never reaches its queue.",
        ),
        "dead_letters_waiting": FindingKind(
            level=_WARNING,
            fix="Find the reason (`hookline queues peek`), fix the consumer, and move them back (`hookline queues redrive`).",
        ),
        "logs_without_end": FindingKind(
            level=_WARNING, fix="Deploy again (`pulumi up --refresh`): it sets `logRetentionDays`."
        ),
        "look_refused": FindingKind(
            level=_UNKNOWN, fix="Give the operator's role the permission for this call, or use another role."
        ),
        "secret_key_not_granted": FindingKind(
            level=_PROBLEM,
            fix="Add the key to hookline:secretKeys and deploy (`pulumi up`), or write the secret with another key "
            "(`hookline secrets set NAME --target aws:ENV --key alias/aws/ssm`).",
        ),
        "alarm_firing": FindingKind(
            level=_PROBLEM, fix="See the section of the runbook that the alarm's description names."
        ),
        "canary_absent": FindingKind(
            level=_UNKNOWN,
            fix="Deploy it (`pulumi config set hookline:canary true`): its events then test the functions' permissions.",
        ),
        "canary_refused": FindingKind(
            level=_PROBLEM,
            fix="Check the answer's code and the validator's log: it may lack a permission, to read its secret or to write the table.",
        ),
        "canary_not_stored": FindingKind(
            level=_PROBLEM, fix="Check the validator's log: it answered that the event was accepted."
        ),
        "canary_not_delivered": FindingKind(
            level=_PROBLEM,
            fix="Check the router's log and failure queue: it may lack the permission to send to the queue, or not run at all.",
        ),
        "canary_changed": FindingKind(
            level=_PROBLEM,
            fix="Find what changes the body between the sender and the queue: it must arrive byte for byte.",
        ),
        "canary_slow": FindingKind(
            level=_WARNING,
            fix="Check the functions' duration and throttles in CloudWatch; after a deployment a cold start is normal.",
        ),
        "canary_left_behind": FindingKind(
            level=_WARNING,
            fix="Give the operator's role dynamodb:DeleteItem on the table and sqs:DeleteMessage on hookline-canary.",
        ),
    }
)
"""By code; docs/reference/doctor.md has a row for each, and a test compares them."""


@record
class Finding:
    """The result of one check. ``code`` is None if nothing is wrong; if ``level`` is None, the code's own applies.

    ``check`` is what was checked, ``text`` what was found. ``facts`` are the measured values, for programs.
    """

    check: str
    text: str
    code: str | None = None
    level: Level | None = None
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def severity(self) -> Level:
        """How important it is."""
        if self.code is None:
            return Level.OK
        return self.level or FINDINGS[self.code].level

    @property
    def fix(self) -> str | None:
        """What to do, None if nothing is wrong."""
        return None if self.code is None else FINDINGS[self.code].fix


def is_sound(findings: Iterable[Finding]) -> bool:
    """Whether none of ``findings`` is a problem. Warnings and unknown results do not count as problems."""
    return all(finding.severity is not Level.PROBLEM for finding in findings)


def finding_document(finding: Finding) -> dict[str, object]:
    """The finding as a document for a program."""
    return {
        "level": finding.severity.value,
        "check": finding.check,
        "code": finding.code,
        "what": finding.text,
        "fix": finding.fix,
        "facts": dict(finding.facts),
    }
