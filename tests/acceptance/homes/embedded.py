"""The home in one process."""

from __future__ import annotations

import json
import urllib.request
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import apsw
import boto3  # type: ignore[import-untyped] # boto3 carries no types
from botocore.config import Config  # type: ignore[import-untyped] # botocore carries no types

from acceptance.homes.home import needs_config, taken_from
from acceptance.sender import sign
from acceptance.server import Server
from commands import printed_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from acceptance.homes.home import Taken
    from acceptance.sender import Answer

__all__ = ["open_embedded"]


@contextmanager
def open_embedded(folder: Path, more: str, secrets: Mapping[str, str], *, before: str = "") -> Iterator[Embedded]:
    """A server with the example's sources and ``more``. ``before`` is Python that runs ahead of it."""
    config = Config(
        region_name="us-east-1",
        parameter_validation=False,
        retries={"max_attempts": 0},
        connect_timeout=5,
        read_timeout=10,
    )
    with Server(folder, more=more, environment=secrets, before=before) as server:
        sqs = boto3.client(
            "sqs", endpoint_url=server.admin, aws_access_key_id="any", aws_secret_access_key="any", config=config
        )
        with closing(sqs):
            yield Embedded(server, sqs)


class Embedded:
    """The one-process home, reached as senders and consumers reach it."""

    behind_a_gateway = False

    def __init__(self, server: Server, sqs: Any) -> None:  # boto3 builds its clients at run time
        self._server = self.server = server
        self._sqs = sqs

    def post(
        self,
        body: bytes,
        *,
        path: str = "/webhook",
        headers: Mapping[str, str] | None = None,
        method: str = "POST",
    ) -> Answer:
        with self._server.sender() as sender:
            return sender.request(method, path, body, sign(body) if headers is None else headers)

    def receive(self, queue: str) -> list[Taken]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url(queue),
            MaxNumberOfMessages=10,
            WaitTimeSeconds=1,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
        return taken_from(answer)

    def look(self, queue: str) -> list[Taken]:
        """Up to ten messages, which can be received again immediately."""
        answer = self._sqs.receive_message(
            QueueUrl=self._url(queue),
            MaxNumberOfMessages=10,
            VisibilityTimeout=0,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
        return taken_from(answer)

    def give_back(self, queue: str, taken: Taken) -> None:
        self._sqs.change_message_visibility(QueueUrl=self._url(queue), ReceiptHandle=taken.receipt, VisibilityTimeout=0)

    def fetch(self, dataref: str) -> tuple[bytes, str]:
        """Ask the admin port."""
        with urllib.request.urlopen(dataref, timeout=30) as answer:  # noqa: S310 -- the server's own address
            return answer.read(), answer.headers["content-type"]

    def delete(self, queue: str, taken: Taken) -> None:
        self._sqs.delete_message(QueueUrl=self._url(queue), ReceiptHandle=taken.receipt)

    def status(self, event_id: str) -> tuple[str, int]:
        rows = self._server.rows(f"SELECT status, conflicts FROM events WHERE id = '{event_id}'")  # noqa: S608 -- ids of these tests
        return rows[0][0], rows[0][1]

    def arm(self, source: str) -> str:
        return str(json.loads(self.operate("sources", "arm", source, "--json"))["address"])

    def operate(self, *words: str) -> str:
        config = ["--config", str(self._server.project / "hookline.toml")] if needs_config(words) else []
        words = (*words, *config, "--data-dir", str(self._server.data_dir))
        return printed_by(*words, environment=self._server._environment)

    def said(self) -> str:
        return "\n".join(map(str, self._server.lines[-20:]))

    def let_released_go(self) -> None:
        """The server does it immediately."""

    @contextmanager
    def without_storage(self) -> Iterator[None]:
        connection = apsw.Connection(str(self._server.data_dir / "hookline.db"))
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")
            connection.close()

    def _url(self, queue: str) -> str:
        url: str = self._sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        return url
