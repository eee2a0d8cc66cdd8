"""Stores secrets that senders bring in handshakes: each is an encrypted SSM parameter that is never overwritten."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.aws import names as called
from hookline.adapters.aws.errors import translated, was_retried
from hookline.adapters.aws.secrets import read_parameters
from hookline.domain.handshake import Armed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from typing import Any

    from hookline.adapters.aws.clients import Clients
    from hookline.domain.handshake import Caller
    from hookline.ports.clock import Clock

__all__ = ["SsmHandshakeSecrets", "read_arming"]

_THERE_ALREADY = "ParameterAlreadyExists"


class SsmHandshakeSecrets:
    """HandshakeSecrets over one environment's parameters.

    A separate parameter arms a source: it has the name of the secret and the end of the time. Who writes the secret's parameter first
    has disarmed the source, since no parameter is overwritten: the validator has no right to overwrite one.
    """

    def __init__(
        self,
        clients: Clients,
        *,
        environment: str,
        clock: Clock,
        on_kept: Callable[[str, bytes], None] | None = None,
    ) -> None:
        """``on_kept`` is called with the name of each secret after it is stored."""
        self._on_kept = on_kept
        self._clients = clients
        self._environment = environment
        self._clock = clock

    def arm(self, expected: Armed) -> None:
        """Arm a source: expect its secret until a time."""
        value = json.dumps(
            {
                "secret": expected.secret,
                "until": expected.until.astimezone(UTC).isoformat(),
                "token_sha256": expected.token_digest.hex(),
                "networks": list(expected.networks),
            }
        )
        with translated():
            self._clients.ssm().put_parameter(
                Name=called.arming(expected.source, self._environment), Value=value, Type="String", Overwrite=True
            )

    def armed(self, sources: Collection[str]) -> list[Armed]:
        """The armed sources whose secret has not arrived and whose time has not ended."""
        wanted = {called.arming(source, self._environment): source for source in sources}
        found = [read_arming(wanted[path], one["Value"]) for path, one in self._read(list(wanted)).items()]
        timely = [one for one in found if one is not None and one.until > self._clock.now()]
        there = self.kept_at([one.secret for one in timely])
        return [one for one in timely if one.secret not in there]

    def kept_at(self, names: Collection[str]) -> dict[str, datetime]:
        """When each secret was written."""
        paths = {self._path(name): name for name in names}
        return {paths[path]: one["LastModifiedDate"] for path, one in self._read(list(paths)).items()}

    def reveal(self, name: str) -> bytes | None:
        """The secret."""
        one = self._read([self._path(name)], decrypted=True).get(self._path(name))
        return None if one is None else str(one["Value"]).encode()

    def keep(self, source: str, names: Sequence[str], value: bytes, caller: Caller) -> str | None:
        """Store the first secret that arrives in time."""
        found = self._read([called.arming(source, self._environment)])
        expected = next((read_arming(source, one["Value"]) for one in found.values()), None)
        if expected is None or expected.until <= self._clock.now() or expected.secret not in names:
            return None
        if not expected.admits(caller):
            return None
        if not self._is_written(expected.secret, value):
            return None
        if self._on_kept is not None:
            self._on_kept(expected.secret, value)
        return expected.secret

    def _is_written(self, name: str, value: bytes) -> bool:
        """Whether this call stored this value in the parameter."""
        try:
            with translated(but=(_THERE_ALREADY,)):
                self._clients.ssm().put_parameter(
                    Name=self._path(name), Value=value.decode(), Type="SecureString", Overwrite=False
                )
        except ClientError as error:  # an earlier attempt of this call may have stored it, and only the answer was lost
            return was_retried(error) and self.reveal(name) == value
        return True

    def _read(self, paths: Sequence[str], *, decrypted: bool = False) -> Mapping[str, Mapping[str, Any]]:  # botocore's
        """The parameters that exist, by path."""
        return read_parameters(self._clients, paths, decrypted=decrypted)

    def _path(self, name: str) -> str:
        return called.parameter(name, self._environment)


def read_arming(source: str, written: str) -> Armed | None:
    """The content of an arming parameter; None where it is not in the expected form."""
    try:
        said = json.loads(written)
        networks = tuple(str(ip_network(one, strict=False)) for one in said.get("networks", ()))
        return Armed(
            source=source,
            secret=str(said["secret"]),
            until=datetime.fromisoformat(said["until"]),
            token_digest=bytes.fromhex(said.get("token_sha256", "")),
            networks=networks,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
