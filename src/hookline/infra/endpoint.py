"""The REST API: a path with methods for each source, checked by API Gateway and answered by the validator."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import pulumi
from pulumi_aws import apigateway, iam, lambda_

from hookline.adapters.aws import names
from hookline.infra import permissions
from hookline.infra.functions import log_group, role_name
from hookline.infra.gateway_permissions import permitted
from hookline.infra.gateway_responses import RESPONSES
from hookline.infra.request_models import DEFAULT_PATH, binary_media_types, model_name, model_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hookline.domain.source import Source
    from hookline.infra.functions import Bundle, Function
    from hookline.infra.gateway_permissions import Permitted

__all__ = ["ACCESS_LOG", "INTEGRATION_TIMEOUT_MILLISECONDS", "Endpoint", "EndpointArgs"]

INTEGRATION_TIMEOUT_MILLISECONDS = 10_000
"""Milliseconds; longer than the validator's own deadline of 8 s, so that its 503 comes first."""

ACCESS_LOG: Mapping[str, str] = {
    "requestId": "$context.requestId",
    "time": "$context.requestTimeEpoch",
    "ip": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "status": "$context.status",
    "responseType": "$context.error.responseType",
    "responseLength": "$context.responseLength",
    "responseLatency": "$context.responseLatency",
    "integrationLatency": "$context.integrationLatency",
    "integrationStatus": "$context.integrationStatus",
    "traceId": "$context.xrayTraceId",
}
"""The fields of a request in the access log: its result, but no part of its content."""

_API_GATEWAY = "apigateway.amazonaws.com"
_JSON = "application/json"
_ANY_OTHER_TYPE = "$default"  # without it, a body of another content type would not be checked


R = TypeVar("R", bound=pulumi.Resource)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointArgs:
    """The sources, and the function that answers them."""

    sources: Sequence[Source]
    validator: Function
    bundle: Bundle


class Endpoint(pulumi.ComponentResource):
    """The API with its stage ``prod``. ``url`` is the URL of the default source, or else of the first one; ``stage_url`` has no path."""

    url: pulumi.Output[str]
    stage_url: pulumi.Output[str]
    stage_arn: pulumi.Output[str]

    def __init__(self, name: str, args: EndpointArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hookline:infra:Endpoint", name, None, opts)
        self._name, self._args = name, args
        self._settings, self._parts = args.bundle.settings, _Parts(self)
        self._api = self._rest_api()
        self._ids: dict[str, pulumi.Output[str]] = {"": self._api.root_resource_id}
        self._validator = self._request_validator()
        for source in args.sources:
            self._listen(source)
        for one in permitted(args.sources, self._settings):
            self._permit(one)
        self._answer()
        stage = self._stage()
        self.stage_url = stage.invoke_url
        self.url = pulumi.Output.concat(stage.invoke_url, _path_of_first(args.sources))
        self.stage_arn = stage.arn
        self.register_outputs({"url": self.url, "stage_arn": self.stage_arn})

    def _rest_api(self) -> apigateway.RestApi:
        binary = binary_media_types(self._args.sources)
        self._parts.note("RestApi", {"binary_media_types": binary})
        return apigateway.RestApi(
            self._name,
            name=names.api(self._settings.environment),
            description="Receives webhooks",
            endpoint_configuration=apigateway.RestApiEndpointConfigurationArgs(types="REGIONAL"),
            binary_media_types=binary or None,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _request_validator(self) -> apigateway.RequestValidator:
        return self._parts.add(
            "",
            apigateway.RequestValidator,
            self._name,
            content={
                "name": "body-and-parameters",
                "validate_request_body": True,
                "validate_request_parameters": True,
            },
            rest_api=self._api.id,
        )

    def _listen(self, source: Source) -> None:
        """POST on the source's path, and the methods of its sender's handshakes."""
        for verb in source.methods:
            self._take(source, verb, self._models(source) if verb == "POST" else None)

    def _take(self, source: Source, verb: str, models: Mapping[str, pulumi.Input[str]] | None) -> None:
        """One method of a path, answered by the validator."""
        suffix = _suffix(verb)
        name, validator = f"{self._name}{source.path}{suffix}", self._args.validator
        resource = self._resource(source.path)
        method = self._parts.add(
            f"{source.path}{suffix}",
            apigateway.Method,
            name,
            content={"http_method": verb, "authorization": "NONE", "request_models": models},
            rest_api=self._api.id,
            resource_id=resource,
            request_validator_id=self._validator.id,
        )
        self._parts.add(
            f"{source.path}{suffix}",
            apigateway.Integration,
            name,
            content={
                "http_method": method.http_method,
                "type": "AWS_PROXY",
                "integration_http_method": "POST",  # the method by which Lambda is invoked, independent of the sender's method
                "uri": validator.invoke_arn,
                "timeout_milliseconds": INTEGRATION_TIMEOUT_MILLISECONDS,
            },
            rest_api=self._api.id,
            resource_id=resource,
        )

    def _permit(self, one: Permitted) -> None:
        """Allow the gateway to call the validator for this method, or for the methods below this path.

        The right to call the alias is a separate resource, for which the deployment waits: when SnapStart is switched on or off, the old
        deployment keeps its right until the new one is served.
        """
        validator, name = self._args.validator, f"{self._name}{one.key}"
        permission = lambda_.Permission(
            name if validator.alias is None else f"{name} {names.LIVE}",
            statement_id=one.statement,
            action="lambda:InvokeFunction",
            function=validator.name,
            qualifier=validator.alias,
            principal=_API_GATEWAY,
            source_arn=pulumi.Output.concat(self._api.execution_arn, f"/{names.STAGE}/{one.verb}{one.path}"),
            source_account=self._args.bundle.location.account,
            # Replaced only together with the API; Lambda would not accept two statements with one name then.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        self._parts.made.append(permission)

    def _resource(self, path: str) -> pulumi.Output[str]:
        """The id of the path's resource, which is created at the first call, with its parents."""
        if path not in self._ids:
            above, _, part = path.rpartition("/")
            self._ids[path] = self._parts.add(
                path,
                apigateway.Resource,
                f"{self._name}{path}",
                content={"path_part": part},
                rest_api=self._api.id,
                parent_id=self._resource(above),
            ).id
        return self._ids[path]

    def _models(self, source: Source) -> Mapping[str, pulumi.Input[str]] | None:
        """The source's model under both content types, or None where the gateway accepts every body."""
        schema = model_schema(source)
        if schema is None:
            return None
        model = self._parts.add(
            source.path,
            apigateway.Model,
            # Named by its name on AWS without the environment, so that a source that moves to another path keeps its model.
            f"{self._name}-{model_name(source, '')}",
            content={
                "name": model_name(source, self._settings.environment),
                "description": f"The minimum that a body for {source.path} must fulfil",
                "content_type": _JSON,
                "schema": schema,
            },
            rest_api=self._api.id,
        )
        return {_JSON: model.name, _ANY_OTHER_TYPE: model.name}

    def _answer(self) -> None:
        """The gateway's own answers."""
        for response in RESPONSES:
            self._parts.add(
                response.kind,
                apigateway.Response,
                f"{self._name}-{response.kind.lower().replace('_', '-')}",
                content={
                    "response_type": response.kind,
                    "status_code": None if response.status is None else str(response.status),
                    "response_templates": {_JSON: response.document},
                    "response_parameters": response.headers,
                },
                rest_api_id=self._api.id,
            )

    def _stage(self) -> apigateway.Stage:
        deployment = apigateway.Deployment(
            self._name,
            rest_api=self._api.id,
            description="Everything that the trigger is a digest of",
            triggers={"content": self._parts.digest},
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._parts.made),
        )
        logs = log_group(
            f"{self._name}-access",
            names.access_log(self._settings.environment),
            self._args.bundle,
            parent=self,
        )
        # Otherwise API Gateway would create it and keep its logs forever.
        faults = log_group(
            f"{self._name}-faults",
            pulumi.Output.concat("API-Gateway-Execution-Logs_", self._api.id, f"/{names.STAGE}"),
            self._args.bundle,
            parent=self,
        )
        account = self._account() if self._settings.manage_api_gateway_account else []
        stage = apigateway.Stage(
            self._name,
            rest_api=self._api.id,
            deployment=deployment.id,
            stage_name=names.STAGE,
            description="Where senders post",
            access_log_settings=apigateway.StageAccessLogSettingsArgs(
                destination_arn=logs.arn, format=json.dumps(ACCESS_LOG)
            ),
            xray_tracing_enabled=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[faults, *account]),
        )
        self._settings_of_methods(stage)
        return stage

    def _settings_of_methods(self, stage: apigateway.Stage) -> None:
        """The stage's limits, and those of sources with their own, created one by one: a stage allows only one change at a time."""
        settings = self._settings
        last = self._method_settings(
            stage, self._name, "*/*", settings.throttle_rate, settings.throttle_burst, after=[]
        )
        for source in self._args.sources:
            for verb in source.methods if source.rate_limit is not None else ():
                rate = min(source.rate_limit or settings.throttle_rate, settings.throttle_rate)
                path = f"{source.path.replace('/', '~1')}/{verb}"
                name = f"{self._name}{source.path}{_suffix(verb)}"
                last = self._method_settings(stage, name, path, rate, math.ceil(rate), after=[last])

    def _method_settings(
        self,
        stage: apigateway.Stage,
        name: str,
        path: str,
        rate: float,
        burst: int,
        *,
        after: list[pulumi.Resource],
    ) -> apigateway.MethodSettings:
        """Create the stage's settings: its limits, and a log of faults without bodies.

        Alarms use the metrics of the stage, which are free. Metrics of each method would be charged as custom metrics:
        https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
        """
        return apigateway.MethodSettings(
            name,
            rest_api=self._api.id,
            stage_name=stage.stage_name,
            method_path=path,
            settings=apigateway.MethodSettingsSettingsArgs(
                logging_level="ERROR",
                metrics_enabled=False,
                data_trace_enabled=False,
                caching_enabled=False,
                cache_data_encrypted=True,
                throttling_rate_limit=rate,
                throttling_burst_limit=burst,
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=after),
        )

    def _account(self) -> list[pulumi.Resource]:
        """The role with which API Gateway writes logs: one setting for a whole account and region."""
        name, bundle = f"{self._name}-account", self._args.bundle
        owner = names.api(self._settings.environment)
        role = iam.Role(
            name,
            name=role_name(owner, bundle.location),
            description="Lets API Gateway write its logs",
            assume_role_policy=permissions.trust(_API_GATEWAY),
            permissions_boundary=self._settings.permissions_boundary,
            opts=pulumi.ResourceOptions(parent=self),
        )
        policy = iam.RolePolicy(
            name,
            name=owner,
            role=role.name,
            policy=bundle.location.known.apply(
                lambda where: permissions.document(permissions.gateway_log_statements(**where))
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        account = apigateway.Account(
            name, cloudwatch_role_arn=role.arn, opts=pulumi.ResourceOptions(parent=self, depends_on=[policy])
        )
        return [account]


def _suffix(verb: str) -> str:
    """A separator that makes the names of a path's other methods different from those of POST: no path contains a space."""
    return "" if verb == "POST" else f" {verb}"


def _path_of_first(sources: Sequence[Source]) -> str:
    return next((source.path for source in sources if source.path == DEFAULT_PATH), sources[0].path)


class _Parts:
    """The parts of one API.

    API Gateway serves a snapshot that is taken at each deployment: later changes are not served until the next one.
    So a deployment's trigger is a digest of the snapshot's whole content.
    """

    def __init__(self, parent: pulumi.Resource) -> None:
        self._parent = parent
        self._content: dict[str, Mapping[str, object]] = {}
        self.made: list[pulumi.Resource] = []

    def note(self, key: str, content: Mapping[str, object]) -> None:
        """Add ``content`` of a part that is created elsewhere. ``key`` identifies the part and stays the same."""
        self._content[key] = content

    def add(
        self, key: str, kind: Callable[..., R], name: str, *, content: Mapping[str, object], **references: object
    ) -> R:
        """Create a part and add its content, without ids, because AWS assigns new ids for every API."""
        self.note(f"{kind.__name__} {key}", content)
        made = kind(name, **content, **references, opts=pulumi.ResourceOptions(parent=self._parent))
        self.made.append(made)
        return made

    @property
    def digest(self) -> pulumi.Output[str]:
        """A digest that is equal for equal parts in any order, and different after any change."""
        return pulumi.Output.from_input(self._content).apply(_digest)


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
