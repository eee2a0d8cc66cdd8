"""The home on AWS: deployed to an emulator that enforces IAM, from the archives that are deployed."""

from __future__ import annotations

import json
import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from acceptance.homes.home import needs_config, taken_from
from e2e.deployed import ENVIRONMENT, deployed, package
from hookline.adapters.aws import names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from acceptance.homes.home import Taken
    from acceptance.sender import Answer
    from e2e.deployed import Deployed, Project

__all__ = ["open_aws"]


@contextmanager
def open_aws(
    folder: Path, more: str, secrets: Mapping[str, str], *, added: Mapping[str, str] | None = None
) -> Iterator[Aws]:
    """The example's sources and ``more``, deployed. ``added`` is Python at the end of modules of the archive, by their paths in it."""
    project = package(folder, more=more)
    if added:
        add_to(project.archives.function.path, added)
    with deployed(project, secrets=secrets) as stack:
        yield Aws(stack, project)


def add_to(archive: Path, added: Mapping[str, str]) -> None:
    """Add code to modules of an archive."""
    with zipfile.ZipFile(archive) as before:
        files = {name: before.read(name) for name in before.namelist()}
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as after:
        for name, content in files.items():
            after.writestr(name, content + added.get(name, "").encode())


class Aws:
    """A deployed system, reached as senders and consumers reach it."""

    behind_a_gateway = True

    def __init__(self, stack: Deployed, project: Project) -> None:
        self._stack = self.stack = stack
        self._project = project

    def post(
        self,
        body: bytes,
        *,
        path: str = "/webhook",
        headers: Mapping[str, str] | None = None,
        method: str = "POST",
    ) -> Answer:
        return self._stack.post(body, path=path, headers=headers, method=method)

    def receive(self, queue: str) -> list[Taken]:
        self._stack.settle()
        answer = self._stack.client("sqs").receive_message(
            QueueUrl=self._stack.queue_url(queue),
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
        return taken_from(answer)

    def give_back(self, queue: str, taken: Taken) -> None:
        self._stack.client("sqs").change_message_visibility(
            QueueUrl=self._stack.queue_url(queue), ReceiptHandle=taken.receipt, VisibilityTimeout=0
        )

    def fetch(self, dataref: str) -> tuple[bytes, str]:
        """Ask the bucket."""
        bucket, _, key = dataref.removeprefix("s3://").partition("/")
        found = self._stack.client("s3").get_object(Bucket=bucket, Key=key)
        with found["Body"] as stream:
            return stream.read(), found["ContentType"]

    def delete(self, queue: str, taken: Taken) -> None:
        self._stack.client("sqs").delete_message(QueueUrl=self._stack.queue_url(queue), ReceiptHandle=taken.receipt)

    def status(self, event_id: str) -> tuple[str, int]:
        self._stack.settle()
        conflicts = self._stack.item(f"~{event_id}").get("conflicts", {"N": "0"})
        return self._stack.item(event_id)["status"]["S"], int(conflicts["N"])

    def arm(self, source: str) -> str:
        printed = self._stack.hookline(
            "sources",
            "arm",
            source,
            "--for",
            "5m",
            "--json",
            "--config",
            str(self._project.toml),
            "--target",
            f"aws:{ENVIRONMENT}",
        )
        return str(json.loads(printed)["address"])

    def operate(self, *words: str) -> str:
        config = ["--config", str(self._project.toml)] if needs_config(words) else []
        return self._stack.hookline(*words, *config, "--target", f"aws:{ENVIRONMENT}")

    def said(self) -> str:
        return self._stack.logs()

    def let_released_go(self) -> None:
        self._stack.invoke(names.recoverer(ENVIRONMENT))

    @contextmanager
    def without_storage(self) -> Iterator[None]:
        self._stack.emulator.fail("dynamodb", "PutItem", status=500, code="InternalServerError")
        try:
            yield
        finally:
            self._stack.emulator.heal()
