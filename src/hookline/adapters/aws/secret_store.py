"""Writes signing secrets and checks which exist; module ``secrets`` reads their values."""

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
    """A secret without its value: its name in hookline.toml, where it is stored, and when it was written; None when it is missing."""

    name: str
    place: str
    changed_at: datetime | None

    def as_row(self) -> tuple[object, ...]:
        """The columns of the table that a person sees."""
        return self.name, self.place, self.changed_at or "missing"

    def as_document(self) -> dict[str, object]:
        """The JSON object that a program reads."""
        return {
            "name": self.name,
            "place": self.place,
            "there": self.changed_at is not None,
            "changed_at": moment_text(self.changed_at),
        }


@record
class WrittenSecret:
    """Where a secret was written, and with which key; None where Secrets Manager kept the previous key."""

    place: str
    key: str | None

    @property
    def needs_grant(self) -> bool:
        """Whether the functions' policies must name the key of the secret before they can read it."""
        return self.key is not None and not self.key.startswith("alias/aws/")


class SecretStore:
    """The secrets of one environment, by their names in hookline.toml."""

    def __init__(self, clients: Clients, *, environment: str) -> None:
        self._clients = clients
        self._environment = environment

    def put(self, name: str, value: str, *, key: str | None = None) -> WrittenSecret:
        """Write the value, encrypted; it replaces the previous value.

        ``key`` is the KMS key to encrypt with, as ARN, id or alias: by default the previous key, or else the account's default key.
        """
        if name.startswith(_MANAGED):
            self._put_managed(name.removeprefix(_MANAGED), value, key)
            return WrittenSecret(place=self._place(name), key=key)
        path = self._path(name)
        # A write without a key would silently change to the account's default key.
        used = key or key_of_parameter(self._clients, path) or _ACCOUNTS_OWN
        with translated():
            self._clients.ssm().put_parameter(Name=path, Value=value, Type="SecureString", Overwrite=True, KeyId=used)
        return WrittenSecret(place=self._place(name), key=used)

    def look(self, name: str) -> KeptSecret:
        """Whether the secret exists; its value is not read."""
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
