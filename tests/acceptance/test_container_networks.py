"""Consumers in the network of a container: what the how-to says of settings and names, with a network stack that is really another.

A network namespace and a pair of virtual interfaces are what a container engine makes as well. They need root, and not more.
"""

from __future__ import annotations

import os
import random
import re
import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any  # boto3 makes its clients' classes at run time

import boto3  # type: ignore[import-untyped] # it carries no types
import pytest

from acceptance.consumers import ROOT, Queue, consuming, settings_of
from acceptance.server import Server, refused_start
from processes import run_process
from tools import tool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from acceptance.sender import Answer

SECRET = "container-secret-0123456789abcdef-0123456789"
NAME = "host.docker.internal"
HOW_TO = ROOT / "docs" / "how-to" / "consume.md"
ACCESS = """
[[access]]
id = "payments-consumer"
secret = "PAYMENTS_CONSUMER_SECRET"
rights = ["consume"]
queues = ["payments", "payments-dlq"]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network of its own, in which ``host.docker.internal`` is the host. ``wrapper`` runs a command there."""

    host: str
    wrapper: Sequence[str]


@pytest.fixture
def network() -> Iterator[Network]:
    """A container's network, as a bridge would give it."""
    ip = tool("ip")
    if os.geteuid() != 0:
        pytest.skip("only root can make a network")
    name = f"hl{random.randrange(1 << 32):08x}"
    host = f"10.{random.randrange(64, 128)}.{random.randrange(256)}.{random.randrange(64) * 4 + 1}"
    other = host.rpartition(".")[0] + "." + str(int(host.rpartition(".")[2]) + 1)
    names = Path("/etc/netns") / name
    try:
        names.mkdir(parents=True)
        (names / "hosts").write_text(f"127.0.0.1 localhost\n{host} {NAME}\n")
        for words in (
            f"netns add {name}",
            f"link add {name} type veth peer name eth0 netns {name}",
            f"addr add {host}/30 dev {name}",
            f"link set {name} up",
            f"-n {name} addr add {other}/30 dev eth0",
            f"-n {name} link set eth0 up",
            f"-n {name} link set lo up",
        ):
            run_process([ip, *words.split()], check=True)
        yield Network(host=host, wrapper=[ip, "netns", "exec", name])
    finally:
        run_process([ip, "netns", "delete", name])
        shutil.rmtree(names, ignore_errors=True)


def queue_of(server: Server, settings: Mapping[str, str], *, secret: str = SECRET) -> Queue:
    """What container.env has, with the port of this server and the secret."""
    client: Any = boto3.client(
        "sqs",
        endpoint_url=server.admin,
        region_name="eu-central-1",
        aws_access_key_id="payments-consumer",
        aws_secret_access_key=SECRET,
    )

    def post(body: bytes, headers: Mapping[str, str]) -> Answer:
        with server.sender() as sender:
            return sender.post(body, headers=headers)

    settings = {
        **settings,
        "AWS_ENDPOINT_URL_SQS": settings["AWS_ENDPOINT_URL_SQS"].replace(":8081", f":{server.admin_port}"),
        "AWS_SECRET_ACCESS_KEY": secret,
    }
    return Queue(settings=settings, client=client, post=post)


def documented(key: str) -> str:
    """A value of a setting that the how-to shows."""
    found = re.search(rf"^{key} = (.+)$", HOW_TO.read_text(), re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("name", ["boto3", "sqs-consumer"])
def test_a_consumer_in_a_container_reaches_the_host_with_its_key(name: str, network: Network, tmp_path: Path) -> None:
    """As the how-to has it: `admin_host` is an address of the bridge, and the name that the container uses need not be known."""
    assert documented("admin_host") == '"172.17.0.1"'  # of the bridge, as ``network.host`` is here
    more = f'[server]\nadmin_host = "{network.host}"\n{ACCESS}'
    with Server(tmp_path, more=more, environment={"PAYMENTS_CONSUMER_SECRET": SECRET}) as server:
        queue = queue_of(server, settings_of("container.env"))
        with closing(queue.client):
            queue.send("evt_1")
            with consuming(name, queue, tmp_path / "consumer", wrapper=network.wrapper) as consumer:
                consumer.until(lambda: consumer.booked() and queue.depth() == 0)
                consumer.stop()

    assert consumer.booked() == ["transactions:evt_1"]


def test_a_wrong_secret_is_refused_by_its_name(network: Network, tmp_path: Path) -> None:
    """The how-to's table says what to look at for each error: the consumer ends with AWS's own word for it."""
    more = f'[server]\nadmin_host = "{network.host}"\n{ACCESS}'
    with Server(tmp_path, more=more, environment={"PAYMENTS_CONSUMER_SECRET": SECRET}) as server:
        queue = queue_of(server, settings_of("container.env"), secret="another")
        with (
            closing(queue.client),
            consuming("boto3", queue, tmp_path / "consumer", wrapper=network.wrapper) as consumer,
        ):
            assert consumer.process.wait(60) != 0

    assert "SignatureDoesNotMatch" in consumer.output.read_text()


def test_the_hosts_loopback_is_not_the_containers(network: Network, tmp_path: Path) -> None:
    """Without any setting no port of hookline is reachable from a container: it fails immediately, and does not hang."""
    with Server(tmp_path) as server:
        queue = queue_of(server, settings_of("local.env"))
        with (
            closing(queue.client),
            consuming("boto3", queue, tmp_path / "consumer", wrapper=network.wrapper) as consumer,
        ):
            assert consumer.process.wait(60) != 0

    assert "Could not connect" in consumer.output.read_text()


def test_without_a_key_no_other_address_is_served(tmp_path: Path) -> None:
    """The bridge's address without an [[access]] is a mistake that is reported at the start."""
    server = Server(tmp_path, more=f"[server]\nadmin_host = {documented('admin_host')}")

    code, said = refused_start(server)

    assert code != 0
    assert "admin_host" in said


@pytest.mark.parametrize("name", ["boto3", "sqs-consumer"])
def test_a_forwarded_loopback_needs_only_the_name(name: str, tmp_path: Path) -> None:
    """Docker Desktop connects host.docker.internal to the host's own 127.0.0.1: hookline has to know the name, and needs no key."""
    unshare = tool("unshare")
    if os.geteuid() != 0:
        pytest.skip("only root can give a name another address")
    hosts = tmp_path / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {NAME}\n")
    program = f'mount --bind {hosts} /etc/hosts && exec "$@"'
    wrapper = [unshare, "--mount", "sh", "-c", program, "sh"]
    with Server(tmp_path, more=f"[server]\nadmin_names = {documented('admin_names')}") as server:
        queue = queue_of(server, settings_of("container.env"))
        with closing(queue.client):
            queue.send("evt_1")
            with consuming(name, queue, tmp_path / "consumer", wrapper=wrapper) as consumer:
                consumer.until(lambda: consumer.booked() and queue.depth() == 0)
                consumer.stop()

    assert consumer.booked() == ["transactions:evt_1"]
