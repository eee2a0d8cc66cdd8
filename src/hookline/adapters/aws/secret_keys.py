"""Reads which customer managed KMS keys encrypt an environment's secrets, and which of them a function may use."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.aws import names
from hookline.adapters.aws.errors import translated
from hookline.adapters.aws.secrets import MANAGED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.adapters.aws.clients import Clients

__all__ = ["SecretKeys", "key_of_parameter"]

_ACCOUNTS_OWN = "alias/aws/"
_KEY_ARN = ":key/"
_NO_SUCH_SECRET = "ResourceNotFoundException"  # noqa: S105 -- the name of an error


class SecretKeys:
    """The keys of one environment's secrets. Keys that AWS manages need no grant and are left out."""

    def __init__(self, clients: Clients, *, environment: str) -> None:
        self._clients = clients
        self._environment = environment

    def used(self, secret_names: Sequence[str]) -> Mapping[str, str]:
        """The ARN of the key that encrypts each secret, by the secret's name. The secrets' values are not read."""
        found = {name: self._key(name) for name in dict.fromkeys(secret_names)}
        return {name: self._arn(key) for name, key in found.items() if key and not key.startswith(_ACCOUNTS_OWN)}

    def granted(self, function: str) -> frozenset[str]:
        """The ARNs of the keys that the function's own policy allows it to decrypt with."""
        with translated():
            role = self._clients.invoker().get_function_configuration(FunctionName=function)["Role"]
            policy = self._clients.iam().get_role_policy(RoleName=role.rpartition("/")[2], PolicyName=function)
        document = policy["PolicyDocument"]
        statements = (json.loads(document) if isinstance(document, str) else document)["Statement"]
        return frozenset(
            arn for one in statements if "kms:Decrypt" in _many(one["Action"]) for arn in _many(one["Resource"])
        )

    def _key(self, name: str) -> str | None:
        if not name.startswith(MANAGED):
            return key_of_parameter(self._clients, names.parameter(name, self._environment))
        try:
            with translated(but=(_NO_SUCH_SECRET,)):
                found = self._clients.secretsmanager().describe_secret(SecretId=name.removeprefix(MANAGED))
        except ClientError:
            return None
        key: str | None = found.get("KmsKeyId")
        return key

    def _arn(self, key: str) -> str:
        """The ARN of a key, which may be given as an id or an alias."""
        if _KEY_ARN in key:
            return key
        with translated():
            return str(self._clients.kms().describe_key(KeyId=key)["KeyMetadata"]["Arn"])


def key_of_parameter(clients: Clients, path: str) -> str | None:
    """The key that encrypts the parameter at ``path``, as it was given at the write; None where there is no such secret."""
    named = {"Key": "Name", "Option": "Equals", "Values": [path]}
    with translated():
        found = clients.ssm().describe_parameters(ParameterFilters=[named])["Parameters"]
    key: str | None = found[0].get("KeyId") if found else None
    return key


def _many(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
