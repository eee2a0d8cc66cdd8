"""Clients of AWS's services, each created at its first use."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partialmethod
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeAlias

import botocore.session  # type: ignore[import-untyped] # botocore carries no types
from botocore.config import Config  # type: ignore[import-untyped] # the same

from hookline import __version__
from hookline.adapters.aws.rights import note_service
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

__all__ = ["ATTEMPT_SECONDS", "Client", "Clients", "Deadline", "LazyClient", "opened"]

Client: TypeAlias = Any  # botocore creates its client classes at run time from the service models
LazyClient: TypeAlias = Client | Callable[[], Client]
"""A client, or a function that returns it and creates it at the first call."""

_CONNECT_SECONDS = 1
_READ_SECONDS = 2
ATTEMPT_SECONDS = _CONNECT_SECONDS + _READ_SECONDS
"""The longest time that one attempt of a call takes."""

_MAX_ATTEMPTS = 3
_CONNECTIONS = 16
"""The number of connections that the recoverer uses in parallel: one for each shard of the outbox."""


class Deadline:
    """The deadline of the current request or batch; None means no deadline. Set it again for each one."""

    def __init__(self) -> None:
        self._end: float | None = None

    def start(self, seconds: float) -> None:
        """Set the deadline this many seconds from now."""
        self._end = time.monotonic() + seconds

    def clear(self) -> None:
        """Remove the deadline."""
        self._end = None

    def left(self) -> float | None:
        """Seconds until the deadline, below zero when it has passed; None without a deadline."""
        return None if self._end is None else self._end - time.monotonic()

    def require(self, seconds: float) -> None:
        """Raise UnavailableError ``deadline_reached`` when fewer than ``seconds`` are left."""
        left = self.left()
        if left is not None and left < seconds:
            raise UnavailableError(
                "deadline_reached", f"{max(left, 0):.1f} seconds are left, and an attempt may take {seconds:g}"
            )


class Clients:
    """One session, and one plain client for each service that is used.

    Region and credentials are found as in every AWS SDK: a function has them in its environment. A call is tried three
    times at most, for at most three seconds each, and no attempt begins that could end after ``deadline``.
    """

    def __init__(
        self,
        region: str | None = None,
        *,
        endpoint: str | None = None,
        deadline: Deadline | None = None,
        is_saved: bool = False,
    ) -> None:
        """``is_saved`` is for a process that is saved as a snapshot: ``forget`` then closes the connection for credentials too."""
        self.deadline = deadline or Deadline()
        self._region = region
        self._endpoint = endpoint
        self._session = botocore.session.Session()
        self._for_credentials = _container_credentials(self._session) if is_saved else None
        self._config = _config(path_style=endpoint is not None)
        self._clients: dict[str, Client] = {}
        self._lock = Lock()

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def forget(self) -> None:
        """Close every connection but keep the clients: the next call of each client opens a new connection."""
        self.deadline.clear()
        with self._lock:
            for client in self._clients.values():
                client.close()
        if self._for_credentials is not None:
            self._for_credentials.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _client(self, service: str) -> Client:
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._made(service)
            return self._clients[service]

    dynamodb = partialmethod(_client, "dynamodb")
    """The client for DynamoDB, which has the tables."""
    invoker = partialmethod(_client, "lambda")
    """The client for Lambda, to invoke the router."""
    sqs = partialmethod(_client, "sqs")
    """The client for SQS, which has the queues."""
    s3 = partialmethod(_client, "s3")
    """The client for S3, which has the large bodies."""
    logs = partialmethod(_client, "logs")
    """The client for CloudWatch Logs, for operators' commands."""
    ssm = partialmethod(_client, "ssm")
    """The client for SSM, which has the secrets as parameters."""
    secretsmanager = partialmethod(_client, "secretsmanager")
    """The client for Secrets Manager, for the secrets that are kept there."""
    cloudwatch = partialmethod(_client, "cloudwatch")
    """The client for CloudWatch, for operators' commands: no function reads metrics."""

    apigateway = partialmethod(_client, "apigateway")
    """The client for API Gateway, for operators' commands."""
    scheduler = partialmethod(_client, "scheduler")
    """The client for EventBridge Scheduler, which runs the recoverer, for operators' commands."""
    iam = partialmethod(_client, "iam")
    """The client for IAM, which has the functions' roles, for operators' commands."""
    kms = partialmethod(_client, "kms")
    """The client for KMS, to resolve the names of keys, for operators' commands."""

    def once(self, service: str, *, connect: float, read: float) -> Client:
        """A separate client that tries each call once, with these timeouts in seconds, and does not look at the deadline.

        It shares no retry quota with the other client of the service.
        """
        config = self._config.merge(
            Config(connect_timeout=connect, read_timeout=read, retries={"mode": "standard", "total_max_attempts": 1})
        )
        with self._lock:
            name = f"{service}, once"
            if name not in self._clients:
                self._clients[name] = self._create(service, config)
            return self._clients[name]

    def _made(self, service: str) -> Client:
        client = self._create(service, self._config)
        client.meta.events.register("before-send", self._refuse_late)
        return client

    def _create(self, service: str, config: Config) -> Client:
        client = self._session.create_client(
            service, region_name=self._region, endpoint_url=self._endpoint, config=config
        )
        client.meta.events.register("after-call", note_service)
        return client

    def _refuse_late(self, **_: object) -> None:
        """Called by botocore before each attempt; returning None lets the attempt begin."""
        self.deadline.require(ATTEMPT_SECONDS)


def _container_credentials(session: Any) -> Any:  # botocore's own
    """The connections over which ``session`` fetches credentials in a process with SnapStart, where Lambda serves them over HTTP.

    botocore keeps such a connection open, and has no way to close it.
    https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html#snapstart-credentials
    """
    from botocore.credentials import ContainerProvider  # type: ignore[import-untyped]  # noqa: PLC0415 -- needed only here
    from botocore.httpsession import URLLib3Session  # type: ignore[import-untyped]  # noqa: PLC0415 -- needed only here
    from botocore.utils import ContainerMetadataFetcher  # type: ignore[import-untyped]  # noqa: PLC0415 -- needed only here

    connections = URLLib3Session(timeout=ContainerMetadataFetcher.TIMEOUT_SECONDS)
    provider = ContainerProvider(fetcher=ContainerMetadataFetcher(session=connections))
    session.get_component("credential_provider").insert_before(ContainerProvider.METHOD, provider)
    return connections


def opened(client: LazyClient) -> Callable[[], Client]:
    """A function that returns the client. If ``client`` is a function that creates it, this is called once, at the first use."""
    if callable(client):
        return client
    return lambda: client


def _config(*, path_style: bool) -> Config:
    return Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": _MAX_ATTEMPTS},
        max_pool_connections=_CONNECTIONS,
        tcp_keepalive=True,
        user_agent_extra=f"hookline/{__version__}",
        s3={"us_east_1_regional_endpoint": "regional", "addressing_style": "path" if path_style else "auto"},
    )
