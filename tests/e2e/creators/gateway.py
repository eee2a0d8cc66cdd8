"""The REST API."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from e2e.creators.creator import Aws, Made
    from e2e.inputs import Inputs

__all__ = ["CREATORS"]

_METHOD_SETTINGS = {
    "cacheDataEncrypted": "caching/dataEncrypted",
    "cachingEnabled": "caching/enabled",
    "dataTraceEnabled": "logging/dataTrace",
    "loggingLevel": "logging/loglevel",
    "metricsEnabled": "metrics/enabled",
    "throttlingBurstLimit": "throttling/burstLimit",
    "throttlingRateLimit": "throttling/rateLimit",
}


def _rest_api(aws: Aws, given: Inputs) -> Made:
    name, gateway = given.need("name"), aws.client("apigateway")
    kind = given.inside("endpointConfiguration").take("types")
    made = gateway.create_rest_api(
        name=name,
        tags=given.take("tags") or {},
        **({"endpointConfiguration": {"types": [kind]}} if kind else {}),
        **given.pick(binaryMediaTypes="binaryMediaTypes", description="description", policy="policy"),
    )
    root = gateway.get_resources(restApiId=made["id"])["items"][0]["id"]
    outputs = {
        "name": name,
        "arn": f"arn:aws:apigateway:{aws.region}::/restapis/{made['id']}",
        "executionArn": aws.arn("execute-api", made["id"]),
        "rootResourceId": root,
    }
    return made["id"], outputs


def _resource(aws: Aws, given: Inputs) -> Made:
    made = aws.client("apigateway").create_resource(
        restApiId=given.need("restApi"), parentId=given.need("parentId"), pathPart=given.need("pathPart")
    )
    return made["id"], {"path": made["path"]}


def _model(aws: Aws, given: Inputs) -> Made:
    name = given.need("name")
    made = aws.client("apigateway").create_model(
        restApiId=given.need("restApi"),
        name=name,
        contentType=given.need("contentType"),
        schema=given.need("schema"),
        **given.pick(description="description"),
    )
    return made["id"], {"name": name}


def _request_validator(aws: Aws, given: Inputs) -> Made:
    name = given.need("name")
    made = aws.client("apigateway").create_request_validator(
        restApiId=given.need("restApi"),
        name=name,
        **given.pick(validateRequestBody="validateRequestBody", validateRequestParameters="validateRequestParameters"),
    )
    return made["id"], {"name": name}


def _method(aws: Aws, given: Inputs) -> Made:
    api, resource, method = given.need("restApi"), given.need("resourceId"), given.need("httpMethod")
    aws.client("apigateway").put_method(
        restApiId=api,
        resourceId=resource,
        httpMethod=method,
        authorizationType=given.need("authorization"),
        **given.pick(
            requestModels="requestModels",
            requestParameters="requestParameters",
            requestValidatorId="requestValidatorId",
        ),
    )
    return f"agm-{api}-{resource}-{method}", {"httpMethod": method}


def _integration(aws: Aws, given: Inputs) -> Made:
    api, resource, method = given.need("restApi"), given.need("resourceId"), given.need("httpMethod")
    aws.client("apigateway").put_integration(
        restApiId=api,
        resourceId=resource,
        httpMethod=method,
        type=given.need("type"),
        **given.pick(integrationHttpMethod="integrationHttpMethod", timeoutMilliseconds="timeoutInMillis", uri="uri"),
    )
    return f"agi-{api}-{resource}-{method}", {}


def _response(aws: Aws, given: Inputs) -> Made:
    api, kind = given.need("restApiId"), given.need("responseType")
    aws.client("apigateway").put_gateway_response(
        restApiId=api,
        responseType=kind,
        **given.pick(
            responseParameters="responseParameters", responseTemplates="responseTemplates", statusCode="statusCode"
        ),
    )
    return f"aggr-{api}-{kind}", {}


def _deployment(aws: Aws, given: Inputs) -> Made:
    given.take("triggers")  # for the engine: when to deploy again
    made = aws.client("apigateway").create_deployment(
        restApiId=given.need("restApi"), **given.pick(description="description")
    )
    return made["id"], {}


def _stage(aws: Aws, given: Inputs) -> Made:
    api, name, gateway = given.need("restApi"), given.need("stageName"), aws.client("apigateway")
    gateway.create_stage(
        restApiId=api,
        stageName=name,
        deploymentId=given.need("deployment"),
        tags=given.take("tags") or {},
        **given.pick(description="description", variables="variables", xrayTracingEnabled="tracingEnabled"),
    )
    log = given.inside("accessLogSettings")
    changes = {
        "/accessLogSettings/destinationArn": log.take("destinationArn"),
        "/accessLogSettings/format": log.take("format"),
    }
    gateway.update_stage(restApiId=api, stageName=name, patchOperations=_replacing(changes))
    outputs = {
        "arn": f"arn:aws:apigateway:{aws.region}::/restapis/{api}/stages/{name}",
        "executionArn": aws.arn("execute-api", f"{api}/{name}"),
        # On AWS it is https://{api}.execute-api.{region}.amazonaws.com/{stage}.
        "invokeUrl": f"{aws.endpoint}/_aws/execute-api/{api}/{name}",
        "stageName": name,
    }
    return f"ags-{api}-{name}", outputs


def _method_settings(aws: Aws, given: Inputs) -> Made:
    api, stage, path = given.need("restApi"), given.need("stageName"), given.need("methodPath")
    settings = given.inside("settings").pick(**_METHOD_SETTINGS)
    changes = {f"/{path}/{name}": value for name, value in settings.items()}
    aws.client("apigateway").update_stage(restApiId=api, stageName=stage, patchOperations=_replacing(changes))
    return f"{api}-{stage}-{path}", {}


def _replacing(changes: dict[str, object]) -> list[dict[str, str]]:
    """A patch: all values are text."""
    return [
        {"op": "replace", "path": path, "value": str(value).lower() if isinstance(value, bool) else str(value)}
        for path, value in changes.items()
        if value is not None
    ]


CREATORS = {
    "aws:apigateway/deployment:Deployment": _deployment,
    "aws:apigateway/integration:Integration": _integration,
    "aws:apigateway/method:Method": _method,
    "aws:apigateway/methodSettings:MethodSettings": _method_settings,
    "aws:apigateway/model:Model": _model,
    "aws:apigateway/requestValidator:RequestValidator": _request_validator,
    "aws:apigateway/resource:Resource": _resource,
    "aws:apigateway/response:Response": _response,
    "aws:apigateway/restApi:RestApi": _rest_api,
    "aws:apigateway/stage:Stage": _stage,
}
