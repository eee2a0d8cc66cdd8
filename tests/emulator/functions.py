"""Small functions and REST APIs for the tests of the emulator."""

from __future__ import annotations

import http.client
import io
import json
import zipfile
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emulator.server import Emulator

ECHO = """
import json
def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event)}
"""
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}},
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}},
        ],
    }
)


def archive(**files: str) -> bytes:
    """A zip of modules: name without ``.py``, and text."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as opened:
        for name, text in files.items():
            opened.writestr(f"{name.replace('__', '/')}.py", text)
    return out.getvalue()


def role(aws: Emulator, name: str, *statements: Mapping[str, object]) -> str:
    """A role of functions that allows what ``statements`` say, and its ARN."""
    iam = aws.client("iam")
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    if statements:
        document = json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **each} for each in statements]}
        )
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document)
    return arn


def function(aws: Emulator, name: str, code: str, *, layers: Sequence[str] = (), run_as: str | None = None) -> str:
    """A function with the module ``code``, and its ARN."""
    functions = aws.client("lambda")
    arn: str = functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=run_as or role(aws, f"{name}-role"),
        Handler="index.handler",
        Code={"ZipFile": archive(index=code)},
        Layers=list(layers),
        Timeout=10,
    )["FunctionArn"]
    functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.05})
    return arn


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer of the stage."""

    status: int
    body: bytes

    def json(self) -> dict[str, Any]:  # JSON of any shape
        """The body, read."""
        found: dict[str, Any] = json.loads(self.body)
        return found


class Api:
    """A REST API with one path, ``POST /hook``, deployed at the stage ``prod``."""

    def __init__(self, aws: Emulator, code: str = ECHO, *, timeout: int = 10_000) -> None:
        self._aws = aws
        self._gateway = aws.client("apigateway")
        self.function_arn = function(aws, "hook", code)
        self.id: str = self._gateway.create_rest_api(name="api")["id"]
        root = self._gateway.get_resources(restApiId=self.id)["items"][0]["id"]
        self.resource: str = self._gateway.create_resource(restApiId=self.id, parentId=root, pathPart="hook")["id"]
        self._timeout = timeout

    def add_method(self, method: str = "POST", models: Mapping[str, str] | None = None) -> None:
        """Send ``method`` to the function, after ``models``."""
        named: dict[str, Any] = {}  # boto3's parameters
        if models:
            validator = self._gateway.create_request_validator(restApiId=self.id, name="body", validateRequestBody=True)
            named = {"requestValidatorId": validator["id"], "requestModels": dict(models)}
        place = {"restApiId": self.id, "resourceId": self.resource, "httpMethod": method}
        self._gateway.put_method(**place, authorizationType="NONE", **named)
        uri = f"arn:aws:apigateway:{self._aws.region}:lambda:path/2015-03-31/functions/{self.function_arn}/invocations"
        self._gateway.put_integration(
            **place, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri, timeoutInMillis=self._timeout
        )

    def permit(self, place: str = "prod/POST/hook", **more: str) -> None:
        """Let API Gateway invoke the function for ``place``."""
        self._aws.client("lambda").add_permission(
            FunctionName="hook",
            StatementId="api",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{self._aws.region}:{self._aws.account}:{self.id}/{place}",
            **more,
        )

    def add_model(self, name: str, schema: Mapping[str, object]) -> None:
        """A model of JSON bodies."""
        self._gateway.create_model(
            restApiId=self.id, name=name, contentType="application/json", schema=json.dumps(schema)
        )

    def deploy(self) -> None:
        """Put what there is now on the stage."""
        self._gateway.create_deployment(restApiId=self.id, stageName="prod")

    def post(
        self, body: bytes = b"{}", headers: Sequence[tuple[str, str]] = (), *, method: str = "POST", path: str = "/hook"
    ) -> Answer:
        """The stage's answer."""
        split = urlsplit(self._aws.endpoint)
        with closing(http.client.HTTPConnection(split.hostname or "", split.port, timeout=30)) as connection:
            connection.putrequest(method, f"/_aws/execute-api/{self.id}/prod{path}")
            for name, value in [("Content-Length", str(len(body))), *headers]:
                connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            return Answer(status=response.status, body=response.read())


def ready(aws: Emulator, code: str = ECHO, *, timeout: int = 10_000) -> Api:
    """An API that works."""
    api = Api(aws, code, timeout=timeout)
    api.add_method()
    api.permit()
    api.deploy()
    return api
