"""Writing signing secrets, and seeing which are there; reading their values is ``secrets``' part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.aws import names
from hookline.adapters.aws.errors import translated
from hookline.adapters.aws.secret_keys import key_of_parameter
from hookline.adapters.aws.secrets import read_parameters
from hookline.domain.moment import moment_text
from hookline.record import record

if TYPE_CHECKING:
    from datetime import datetime

    from hookline.adapters.aws.clients import Clients

__all__ = ["KeptSecret", "SecretStore", "WrittenSecret"]

_MANAGED = "secretsmanager:"
_ACCOUNTS_OWN = "alias/aws/ssm"
_NO_SUCH_SECRET = "ResourceNotFoundException"  # noqa: S105 -- the name of an error


@record
class KeptSecret:
    """What may be shown of a secret: its name in hookline.toml, where it is kept, and when it was written; None when it is not there."""

    name: str
    place: str
    changed_at: datetime | None

    def as_row(self) -> tuple[object, ...]:
        """For a person."""
        return self.name, self.place, self.changed_at or "missing"

    def as_document(self) -> dict[str, object]:
        """For a program."""
        return {
            "name": self.name,
            "place": self.place,
            "there": self.changed_at is not None,
            "changed_at": moment_text(self.changed_at),
        }


@record
class WrittenSecret:
    """Where a secret was written, and with which key; None where Secrets Manager kept the one that it had."""

    place: str
    key: str | None

    @property
    def needs_grant(self) -> bool:
        """Whether functions may read it only where their policies name its key."""
        return self.key is not None and not self.key.startswith("alias/aws/")


class SecretStore:
    """The places of one environment's secrets, by the names that hookline.toml has for them."""

    def __init__(self, clients: Clients, *, environment: str) -> None:
        self._clients = clients
        self._environment = environment

    def put(self, name: str, value: str, *, key: str | None = None) -> WrittenSecret:
        """Write the value, encrypted, over what was there.

        ``key`` is the KMS key that encrypts it, by ARN, id or alias: unless given, the one that encrypted it until now, else the account's.
        """
        if name.startswith(_MANAGED):
            self._put_managed(name.removeprefix(_MANAGED), value, key)
            return WrittenSecret(place=self._place(name), key=key)
        path = self._path(name)
        # A write without a key would change to the account's own without a word.
        used = key or key_of_parameter(self._clients, path) or _ACCOUNTS_OWN
        with translated():
            self._clients.ssm().put_parameter(Name=path, Value=value, Type="SecureString", Overwrite=True, KeyId=used)
        return WrittenSecret(place=self._place(name), key=used)

    def look(self, name: str) -> KeptSecret:
        """Whether the secret is there; its value is not read."""
        changed_at = (
            self._managed_changed_at(name.removeprefix(_MANAGED))
            if name.startswith(_MANAGED)
            else self._parameter_changed_at(self._path(name))
        )
        return KeptSecret(name=name, place=self._place(name), changed_at=changed_at)

    def _put_managed(self, secret_id: str, value: str, key: str | None) -> None:
        client = self._clients.secretsmanager()
        encrypted = {} if key is None else {"KmsKeyId": key}
        write = client.put_secret_value if key is None else client.update_secret
        try:
            with translated(but=(_NO_SUCH_SECRET,)):
                write(SecretId=secret_id, SecretString=value, **encrypted)
        except ClientError:
            with translated():
                client.create_secret(Name=secret_id, SecretString=value, **encrypted)

    def _parameter_changed_at(self, path: str) -> datetime | None:
        found = read_parameters(self._clients, [path], decrypted=False)
        moment: datetime | None = found[path]["LastModifiedDate"] if path in found else None
        return moment

    def _managed_changed_at(self, secret_id: str) -> datetime | None:
        try:
            with translated(but=(_NO_SUCH_SECRET,)):
                answer = self._clients.secretsmanager().describe_secret(SecretId=secret_id)
        except ClientError:
            return None
        moment: datetime = answer.get("LastChangedDate") or answer["CreatedDate"]
        return moment

    def _path(self, name: str) -> str:
        return names.parameter(name, self._environment)

    def _place(self, name: str) -> str:
        return name if name.startswith(_MANAGED) else f"ssm:{self._path(name)}"
