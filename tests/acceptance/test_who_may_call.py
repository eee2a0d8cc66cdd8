"""With access keys every caller of the admin port proves itself, and does only what its key allows."""

from __future__ import annotations

import base64
import http.client
import json
import signal
import socket
import ssl
import stat
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import boto3  # type: ignore[import-untyped] # boto3 carries no types
import pytest
from botocore.auth import SigV4Auth  # type: ignore[import-untyped] # botocore carries no types
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped] # as above
from botocore.config import Config  # type: ignore[import-untyped] # as above
from botocore.credentials import Credentials  # type: ignore[import-untyped] # as above
from botocore.exceptions import ClientError  # type: ignore[import-untyped] # as above

from acceptance.sender import send_raw, transaction
from acceptance.server import Server, read_rows, refused_start, until
from certificates import self_signed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Client: TypeAlias = Any  # boto3 builds its clients at run time, so that there is no type to name

SECRETS = {
    "CONSUMER_SECRET": "consumer-secret-of-enough-length",
    "VIEWER_SECRET": "viewer+secret/of=enough-length",
    "OPERATOR_SECRET": "operator-secret-of-enough-length",
}
ACCESS = """
[[access]]
id = "shop"
secret = "CONSUMER_SECRET"
rights = ["consume"]
queues = ["payments", "payments-dlq"]

[[access]]
id = "viewer"
secret = "VIEWER_SECRET"
rights = ["view"]
queues = ["*"]

[[access]]
id = "operator"
secret = "OPERATOR_SECRET"
rights = ["operate"]
queues = ["*"]
"""
SECRET_OF = {
    "shop": SECRETS["CONSUMER_SECRET"],
    "viewer": SECRETS["VIEWER_SECRET"],
    "operator": SECRETS["OPERATOR_SECRET"],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the whole file."""
    with Server(tmp_path_factory.mktemp("access"), more=ACCESS, environment=SECRETS) as server:
        yield server


def client(server: Server, key_id: str, secret: str | None = None, **options: Any) -> Client:  # boto3's own options
    """A consumer with this key."""
    given: dict[str, Any] = {
        "endpoint_url": server.admin,
        "region_name": "eu-central-1",
        "aws_access_key_id": key_id,
        "aws_secret_access_key": secret or SECRET_OF[key_id],
        "config": Config(retries={"max_attempts": 0}),
    }
    return boto3.client("sqs", **(given | options))


def url(server: Server, queue: str = "payments") -> str:
    """The queue's URL."""
    return f"{server.admin}/000000000000/{queue}"


def code(call: Any) -> str:  # a call that is to fail
    """The error code that the SDK shows."""
    with pytest.raises(ClientError) as caught:
        call()
    found: str = caught.value.response["Error"]["Code"]
    return found


def signed(
    server: Server,
    action: str,
    parameters: Mapping[str, object],
    *,
    key_id: str = "shop",
    at: datetime | None = None,
    service: str = "sqs",
    region: str = "us-east-1",
) -> AWSRequest:
    """A request as botocore signs it, at any time and for any scope."""
    request = AWSRequest(
        method="POST",
        url=f"{server.admin}/",
        data=json.dumps(parameters).encode(),
        headers={"X-Amz-Target": f"AmazonSQS.{action}", "Content-Type": "application/x-amz-json-1.0"},
    )
    signer = SigV4Auth(Credentials(key_id, SECRET_OF[key_id]), service, region)
    request.context["timestamp"] = (at or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    request.headers["X-Amz-Date"] = request.context["timestamp"]
    canonical = signer.canonical_request(request)
    proof = signer.signature(signer.string_to_sign(request, canonical), request)
    names = signer.signed_headers(signer.headers_to_sign(request))
    request.headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={signer.scope(request)}, SignedHeaders={names}, Signature={proof}"
    )
    return request


def post(server: Server, request: AWSRequest, body: bytes | None = None, **headers: str) -> tuple[int, str]:
    """The status, and the error code or "": what a request gets that is sent as it was signed, or changed."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.admin_port, timeout=10)) as connection:
        fields = dict(request.headers.items()) | {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("POST", "/", request.data if body is None else body, fields)
        answer = connection.getresponse()
        answer.read()
        return answer.status, (answer.headers["x-amzn-query-error"] or "").partition(";")[0]


def get(port: int, path: str, **headers: str) -> tuple[int, dict[str, Any], Mapping[str, str]]:
    """The status, the document and the headers of a GET."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read()), {name.lower(): value for name, value in answer.headers.items()}


def password(key_id: str, secret: str | None = None) -> str:
    """An Authorization header for HTTP Basic."""
    return f"Basic {base64.b64encode(f'{key_id}:{secret or SECRET_OF[key_id]}'.encode()).decode()}"


# SigV4


def test_the_right_key_consumes(server: Server) -> None:
    """A consumer written for SQS: its id and secret are all that changes."""
    with server.sender() as sender:
        assert sender.post(transaction()).status == 202
    consumer = client(server, "shop")
    queue = consumer.get_queue_url(QueueName="payments")["QueueUrl"]

    (message,) = consumer.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
    consumer.change_message_visibility(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=60)
    consumer.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])

    attributes = consumer.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == "0"


def test_a_wrong_secret_does_not_fit(server: Server) -> None:
    """AWS gives exactly the same code."""
    consumer = client(server, "shop", "another-secret-of-enough-length")

    assert code(lambda: consumer.receive_message(QueueUrl=url(server))) == "SignatureDoesNotMatch"


def test_an_unknown_key_is_no_client(server: Server) -> None:
    """AWS gives exactly the same code."""
    consumer = client(server, "nobody", "another-secret-of-enough-length")

    assert code(lambda: consumer.receive_message(QueueUrl=url(server))) == "InvalidClientTokenId"


def test_a_call_without_a_signature_is_asked_for_one(server: Server) -> None:
    """A call from loopback proves nothing any more."""
    from botocore import UNSIGNED  # type: ignore[import-untyped] # noqa: PLC0415 -- botocore carries no types

    consumer = client(server, "shop", config=Config(signature_version=UNSIGNED))

    assert code(lambda: consumer.receive_message(QueueUrl=url(server))) == "MissingAuthenticationToken"


@pytest.mark.parametrize("region", ["us-east-1", "eu-north-1", "xx-nowhere-7"])
def test_any_region_is_taken(server: Server, region: str) -> None:
    """A consumer keeps the region of its queues on AWS."""
    consumer = client(server, "shop", region_name=region)

    assert consumer.get_queue_url(QueueName="payments")["QueueUrl"] == url(server)


def test_a_session_token_that_was_left_over_does_no_harm(server: Server) -> None:
    """AWS_SESSION_TOKEN stays in many shells."""
    consumer = client(server, "shop", aws_session_token="left over")

    assert consumer.get_queue_url(QueueName="payments")["QueueUrl"] == url(server)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(-4, (200, "")), (4, (200, "")), (-6, (400, "RequestExpired")), (6, (400, "RequestExpired"))],
)
def test_a_clock_may_differ_by_five_minutes(server: Server, minutes: int, expected: tuple[int, str]) -> None:
    """A recorded request cannot be used later."""
    at = datetime.now(UTC) + timedelta(minutes=minutes)

    assert post(server, signed(server, "GetQueueUrl", {"QueueName": "payments"}, at=at)) == expected


def test_another_service_s_signature_is_not_meant_for_hookline(server: Server) -> None:
    """A signed call to S3 is no call to SQS."""
    request = signed(server, "GetQueueUrl", {"QueueName": "payments"}, service="s3")

    assert post(server, request) == (403, "SignatureDoesNotMatch")


def test_a_changed_body_does_not_fit(server: Server) -> None:
    """The headers of an overheard call prove nothing about another body."""
    request = signed(server, "ReceiveMessage", {"QueueUrl": url(server)})
    other = json.dumps({"QueueUrl": url(server, "payments-dlq")}).encode()

    assert post(server, request) == (200, "")
    assert post(server, request, other) == (403, "SignatureDoesNotMatch")
    assert post(server, request, b"") == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    "change",
    [
        {"X_Amz_Target": "AmazonSQS.DeleteMessage"},
        {"Content_Type": "application/x-www-form-urlencoded"},
        {"Host": "other.example.com"},
    ],
    ids="+".join,
)
def test_a_changed_header_does_not_fit(server: Server, change: dict[str, str]) -> None:
    """A receive that was overheard must not become a delete."""
    request = signed(server, "ReceiveMessage", {"QueueUrl": url(server)})

    assert post(server, request, None, **change) == (403, "SignatureDoesNotMatch")


def test_a_changed_time_does_not_fit(server: Server) -> None:
    """A call that was overheard must not be good for longer."""
    request = signed(server, "ReceiveMessage", {"QueueUrl": url(server)})
    later = (datetime.now(UTC) + timedelta(seconds=90)).strftime("%Y%m%dT%H%M%SZ")

    assert post(server, request, None, X_Amz_Date=later) == (403, "SignatureDoesNotMatch")


def test_a_signed_call_under_any_name_is_answered(server: Server) -> None:
    """The name is signed: it is the caller's own, whichever name a proxy or a service of Kubernetes has."""
    request = AWSRequest(
        method="POST",
        url="http://queues.default.svc/",
        data=b'{"QueueName": "payments"}',
        headers={"X-Amz-Target": "AmazonSQS.GetQueueUrl", "Content-Type": "application/x-amz-json-1.0"},
    )
    SigV4Auth(Credentials("shop", SECRET_OF["shop"]), "sqs", "us-east-1").add_auth(request)
    request.headers["Host"] = "queues.default.svc"

    assert post(server, request, X_Forwarded_For="192.0.2.1") == (200, "")


def test_a_proxy_with_tls_does_not_lead_consumers_to_plain_http(server: Server) -> None:
    """SDKs for JavaScript take the URL of a queue as their endpoint."""
    request = signed(server, "GetQueueUrl", {"QueueName": "payments"})
    with closing(http.client.HTTPConnection("127.0.0.1", server.admin_port, timeout=10)) as connection:
        headers = dict(request.headers.items()) | {"X-Forwarded-Proto": "https"}
        connection.request("POST", "/", request.data, headers)
        document = json.loads(connection.getresponse().read())

    assert document["QueueUrl"] == url(server).replace("http:", "https:")


def test_the_older_protocol_is_refused_in_its_own_words(server: Server) -> None:
    """Old SDKs read XML."""
    words = "Action=ReceiveMessage&QueueUrl=payments&Version=2012-11-05"
    raw = (
        f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{server.admin_port}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(words)}\r\n\r\n{words}"
    )

    (answer,) = send_raw(server.admin_port, raw.encode())

    assert answer.status == 403
    assert b"<Code>MissingAuthenticationToken</Code>" in answer.body


# rights and queues


def test_a_viewer_looks_and_does_not_receive(server: Server) -> None:
    """A dashboard's key must not take messages from consumers."""
    viewer = client(server, "viewer")

    assert viewer.get_queue_attributes(QueueUrl=url(server, "refunds"), AttributeNames=["All"])["Attributes"]
    assert code(lambda: viewer.receive_message(QueueUrl=url(server))) == "AccessDenied"
    assert code(lambda: viewer.delete_message(QueueUrl=url(server), ReceiptHandle="x")) == "AccessDenied"


def test_an_operator_does_not_read_messages(server: Server) -> None:
    """An operator can move dead letters back without seeing their content."""
    operator = client(server, "operator")

    assert operator.get_queue_url(QueueName="refunds")["QueueUrl"] == url(server, "refunds")
    assert code(lambda: operator.receive_message(QueueUrl=url(server))) == "AccessDenied"


def test_what_a_key_does_to_a_queue_is_recorded_with_its_id(server: Server) -> None:
    """The key's id is in the message and in the audit log: it says who sent a message and who emptied a queue."""
    operator, consumer = client(server, "operator"), client(server, "shop")
    operator.send_message(QueueUrl=url(server, "payments-dlq"), MessageBody="by hand")

    (message,) = consumer.receive_message(
        QueueUrl=url(server, "payments-dlq"), WaitTimeSeconds=5, MessageSystemAttributeNames=["SenderId"]
    )["Messages"]
    operator.purge_queue(QueueUrl=url(server, "payments-dlq"))

    assert message["Attributes"] == {"SenderId": "operator"}
    audit = read_rows(server.data_dir, "SELECT action, subject, actor, affected FROM audit")
    assert audit == [("purge", "payments-dlq", "key:operator", 1)]


@pytest.mark.parametrize("queue", ["refunds", "refunds-dlq", "unrouted", "nowhere"])
def test_a_key_reaches_its_queues_only(server: Server, queue: str) -> None:
    """One answer for queues of others and for none at all: the names of queues are not for other consumers."""
    consumer = client(server, "shop")

    assert code(lambda: consumer.receive_message(QueueUrl=url(server, queue))) == "AccessDenied"
    assert code(lambda: consumer.get_queue_url(QueueName=queue)) == "AccessDenied"
    assert consumer.receive_message(QueueUrl=url(server, "payments-dlq"))


def test_a_key_for_every_queue_hears_which_do_not_exist(server: Server) -> None:
    """A typing error must not look like a missing right."""
    viewer = client(server, "viewer")

    assert code(lambda: viewer.get_queue_url(QueueName="nowhere")) == "AWS.SimpleQueueService.NonExistentQueue"


# pages and documents


@pytest.mark.parametrize("path", ["/", "/metrics", "/000000000000/payments", "/nowhere"])
def test_a_page_asks_who_calls(server: Server, path: str) -> None:
    """A browser shows its own dialogue, and a program a stable code."""
    status, document, headers = get(server.admin_port, path)

    assert (status, document["code"]) == (401, "credentials_missing")
    assert headers["www-authenticate"].startswith('Basic realm="')


def test_metrics_are_not_for_a_key_of_some_queues(server: Server) -> None:
    """They say how deep every queue is, and how old its oldest message: more than such a key reads anywhere else."""
    status, document, _ = get(server.admin_port, "/metrics", Authorization=password("shop"))

    assert (status, document["code"]) == (403, "access_denied")
    assert "payments" not in document["detail"]


@pytest.mark.parametrize("path", ["/", "/api/events", "/metrics", "/bodies/transactions:evt_1", "/health", "/nowhere"])
@pytest.mark.parametrize("key", ["viewer", "shop", None])
def test_every_answer_to_a_browser_carries_the_security_headers(server: Server, path: str, key: str | None) -> None:
    """Refusals, health and metrics too: what a browser keeps or takes for a page must not depend on who is refused."""
    fields = {} if key is None else {"Authorization": password(key)}
    with closing(http.client.HTTPConnection("127.0.0.1", server.admin_port, timeout=20)) as connection:
        connection.request("GET", path, headers=fields)
        headers = {name.lower(): value for name, value in connection.getresponse().getheaders()}

    assert "default-src 'none'" in headers["content-security-policy"]
    assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")


def test_health_is_bare_without_credentials_and_whole_with_them(server: Server) -> None:
    """Probes have none; what runs here, and why it is not ready, is not for strangers."""
    assert get(server.admin_port, "/health")[:2] == (200, {"status": "ok"})
    assert get(server.admin_port, "/health", Authorization=password("viewer", "wrong"))[:2] == (200, {"status": "ok"})
    assert get(server.admin_port, "/health", Host="10.0.0.7:8081")[:2] == (200, {"status": "ok"})
    assert "version" in get(server.admin_port, "/health", Authorization=password("viewer"))[1]


def test_a_password_opens_pages_and_not_the_queues(server: Server) -> None:
    """A browser repeats a password on its own, for other pages too; it cannot make a signature."""
    request = AWSRequest(
        method="POST",
        url=f"{server.admin}/",
        data=b'{"QueueName": "payments"}',
        headers={
            "X-Amz-Target": "AmazonSQS.GetQueueUrl",
            "Content-Type": "application/x-amz-json-1.0",
            "Authorization": password("shop"),
        },
    )

    status, document, _ = get(server.admin_port, "/nowhere", Authorization=password("viewer"))

    assert (status, document.get("code")) != (401, "credentials_missing")
    assert get(server.admin_port, "/nowhere", Authorization=password("viewer", "wrong"))[0] == 401
    assert post(server, request) == (400, "IncompleteSignature")


def test_a_page_of_another_origin_is_refused_with_a_password_too(server: Server) -> None:
    """A browser that knows the password sends it along."""
    status, document, _ = get(
        server.admin_port, "/metrics", Authorization=password("viewer"), Origin="http://evil.example.com"
    )

    assert (status, document["code"]) == (403, "request_cross_site")


def test_refusals_are_logged_without_secrets(server: Server) -> None:
    """An operator sees who tries, and nobody learns a secret from the log."""
    get(server.admin_port, "/metrics", Authorization=password("viewer", "a wrong secret"))

    until(lambda: server.all("a call to the admin port was refused"))
    logged = str(server.lines)
    assert "a wrong secret" not in logged
    assert not [secret for secret in SECRETS.values() if secret in logged]


def test_uses_are_written_down(tmp_path: Path) -> None:
    """A key that nobody uses any more can go."""
    with Server(tmp_path, more=ACCESS, environment=SECRETS) as server:
        assert client(server, "shop").get_queue_url(QueueName="payments")
        assert server.terminate() == 0

    uses = dict(server.rows("SELECT id, last_used_at IS NOT NULL FROM access_keys"))
    assert uses == {"shop": 1, "viewer": 0, "operator": 0}


# how the port is opened


def test_others_cannot_reach_the_port_without_access_keys(tmp_path: Path) -> None:
    """Anyone in the network could read and delete payments."""
    exit_code, said = refused_start(Server(tmp_path, more='[server]\nadmin_host = "0.0.0.0"\n'))

    assert exit_code == 2
    assert "error [config_invalid]" in said
    assert "server.admin_host" in said
    assert "[[access]]" in said


def test_the_command_line_cannot_open_it_either(tmp_path: Path) -> None:
    """People write options in a hurry."""
    server = Server(tmp_path)
    server.more_options = ["--admin-port", "0", "--admin-host", "0.0.0.0"]  # noqa: S104 -- refused

    exit_code, said = refused_start(server)

    assert exit_code == 2
    assert "server.admin_host" in said


def test_a_reload_cannot_open_it_either(tmp_path: Path) -> None:
    """The port is already open when the last key is removed from the file."""
    server = Server(tmp_path, more=f'{ACCESS}[server]\nadmin_host = "0.0.0.0"\nadmin_port = 0\n', environment=SECRETS)
    server.more_options = []
    with server:
        toml = server.project / "hookline.toml"
        toml.write_text(toml.read_text().split("[[access]]")[0])
        server.signal(signal.SIGHUP)

        line = server.wait_for("the configuration was not reloaded: the previous one stays in use")
        assert "server.admin_host" in str(line["complaints"])
        assert get(int(server.admin.rpartition(":")[2]), "/metrics")[0] == 401


def test_a_reload_changes_keys_and_secrets(tmp_path: Path) -> None:
    """A key that leaked is taken out without a restart, and consumers of other keys notice nothing."""
    with Server(tmp_path) as server:
        env = server.project / ".env"
        toml = server.project / "hookline.toml"
        before = toml.read_text()

        def reload(text: str, secrets: dict[str, str]) -> None:
            toml.write_text(text)
            env.write_text("".join(f"{name}={value}\n" for name, value in secrets.items()))
            env.chmod(0o600)
            count = len(server.all("reloaded"))
            server.signal(signal.SIGHUP)
            until(lambda: len(server.all("reloaded")) > count)

        assert client(server, "shop").get_queue_url(QueueName="refunds")
        reload(before + ACCESS, SECRETS)
        assert code(lambda: client(server, "shop").get_queue_url(QueueName="refunds")) == "AccessDenied"
        assert client(server, "shop").get_queue_url(QueueName="payments")
        assert server.all("reloaded")[-1]["access_added"] == ["operator", "shop", "viewer"]

        reload(before + ACCESS, SECRETS | {"CONSUMER_SECRET": "a-new-secret-of-enough-length"})
        assert code(lambda: client(server, "shop").get_queue_url(QueueName="payments")) == "SignatureDoesNotMatch"
        assert client(server, "shop", "a-new-secret-of-enough-length").get_queue_url(QueueName="payments")
        assert server.all("reloaded")[-1]["secrets_changed"] == ["CONSUMER_SECRET"]

        reload(before, SECRETS)
        assert client(server, "shop").get_queue_url(QueueName="refunds")


def test_a_missing_or_short_secret_stops_the_start(tmp_path: Path) -> None:
    """A key that anyone could guess is worse than no key."""
    exit_code, said = refused_start(
        Server(tmp_path, more=ACCESS, environment={"CONSUMER_SECRET": "short", "VIEWER_SECRET": "with a blank in it"})
    )

    assert exit_code == 2
    assert "the secret OPERATOR_SECRET is missing" in said
    assert "the secret CONSUMER_SECRET has 5 bytes" in said
    assert "the secret VIEWER_SECRET contains a space" in said
    assert "with a blank in it" not in said


def test_further_names_are_taken(tmp_path: Path) -> None:
    """A name of /etc/hosts or of a tunnel, on a machine where nobody else has an account."""
    with Server(tmp_path, more='[server]\nadmin_names = ["Queues.Test"]\n') as server:
        answers = [
            send_raw(server.admin_port, f"GET /000000000000/payments HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())[0]
            for host in ("queues.test:8081", "QUEUES.TEST", "other.test")
        ]

    assert [answer.status for answer in answers] == [405, 405, 400]
    assert "queues.test" in answers[-1].json()["detail"]


# Unix socket


def ask(path: str, request: bytes) -> bytes:
    """What a request over a Unix socket gets."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(path)
        connection.sendall(request)
        found = b""
        while part := connection.recv(65536):
            found += part
        return found


HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def test_a_unix_socket_replaces_the_port(tmp_path: Path) -> None:
    """The file's mode says who may connect: other users of the machine cannot."""
    server = Server(tmp_path, more='[server]\nadmin_socket = "admin.sock"\n')
    server.more_options = []
    path = server.data_dir / "admin.sock"
    with server:
        assert server.admin == f"unix:{path}"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert b'"version"' in ask(str(path), HEALTH)
        assert b"request_forwarded" in ask(
            str(path), b"GET / HTTP/1.1\r\nHost: localhost\r\nForwarded: for=a\r\nConnection: close\r\n\r\n"
        )
        assert server.terminate() == 0
    assert not path.exists()


def test_a_socket_that_was_left_behind_is_replaced(tmp_path: Path) -> None:
    """A server that was killed has no time to remove it, and must start again."""
    server = Server(tmp_path, more='[server]\nadmin_socket = "admin.sock"\nadmin_socket_mode = "0660"\n')
    server.more_options = []
    path = server.data_dir / "admin.sock"
    with server:
        server.kill()
        assert path.is_socket()
        server.start()
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        assert b'"ok"' in ask(str(path), HEALTH)


@pytest.mark.parametrize("kind", ["file", "listened on"])
def test_another_s_socket_and_a_file_are_not_changed(tmp_path: Path, kind: str) -> None:
    """The path may be a typing error."""
    path = tmp_path / "theirs"
    server = Server(tmp_path, more=f'[server]\nadmin_socket = "{path}"\n')
    server.more_options = []
    with socket.socket(socket.AF_UNIX) as theirs:
        if kind == "file":
            path.write_text("kept")
        else:
            theirs.bind(str(path))
            theirs.listen()

        exit_code, said = refused_start(server)

    assert exit_code == 2
    assert f"{path}: cannot be listened on" in said
    assert path.exists()


# TLS


TLS = '[server]\nadmin_tls_certificate = "admin.crt"\nadmin_tls_key = "admin.key"\n'


def shown(server: Server) -> bytes:
    """The certificate that the admin port shows now; nothing while the port is opened with another one."""
    with suppress(OSError):
        return ssl.get_server_certificate(("127.0.0.1", server.admin_port)).encode().strip()
    return b""


def test_consumers_use_tls_and_a_renewed_certificate_is_used(tmp_path: Path) -> None:
    """Certificates are renewed every few weeks: no restart for that."""
    server = Server(tmp_path, more=ACCESS + TLS, environment=SECRETS)
    chain, _ = self_signed(server.project)
    with server:
        address = f"https://localhost:{server.admin_port}"
        consumer = client(server, "shop", endpoint_url=address, verify=str(chain))
        assert server.admin.startswith("https://")
        assert consumer.get_queue_url(QueueName="payments")["QueueUrl"] == f"{address}/000000000000/payments"
        assert consumer.receive_message(QueueUrl=f"{address}/000000000000/payments")
        assert shown(server) == chain.read_bytes().strip()

        self_signed(server.project)
        server.signal(signal.SIGHUP)
        until(lambda: shown(server) == chain.read_bytes().strip())
        renewed = client(server, "shop", endpoint_url=address, verify=str(chain))
        assert renewed.receive_message(QueueUrl=f"{address}/000000000000/payments")

        used = shown(server)
        chain.write_text("no certificate")
        server.signal(signal.SIGHUP)
        server.wait_for("the certificate of the admin port could not be read again: the previous one stays in use")
        assert shown(server) == used


def test_plain_http_to_a_tls_port_is_no_answer(tmp_path: Path) -> None:
    """A password must not be answered unencrypted."""
    server = Server(tmp_path, more=ACCESS + TLS, environment=SECRETS)
    self_signed(server.project)
    with server:
        with socket.create_connection(("127.0.0.1", server.admin_port), timeout=10) as connection:
            connection.sendall(HEALTH)
            try:
                answer = connection.recv(100)
            except ConnectionResetError:
                answer = b""
        assert not answer.startswith(b"HTTP/")
        assert b"ok" not in answer


def test_a_certificate_that_cannot_be_used_stops_the_start(tmp_path: Path) -> None:
    """The error is a sentence, not a traceback."""
    exit_code, said = refused_start(Server(tmp_path, more=TLS))

    assert exit_code == 2
    assert "server.admin_tls_certificate" in said
    assert "admin.crt" in said
