"""How pulumi-aws and Terraform's AWS provider name the same things: pulumi-aws is made from that provider, by rules and a few exceptions.

The exceptions are those of https://github.com/pulumi/pulumi-aws/blob/master/provider/resources.go for the types that hookline uses.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

__all__ = ["RENAMED", "TYPES", "input_name", "snake", "type_name"]

_MODULES: Mapping[str, str] = {"apigateway": "api_gateway"}
TYPES: Mapping[str, str] = {
    "apigateway.Response": "aws_api_gateway_gateway_response",
    "sqs.RedriveAllowPolicy": "aws_sqs_queue_redrive_allow_policy",
}
"""Types that have another name in pulumi-aws than in the provider."""
RENAMED: Mapping[tuple[str, str], str] = {
    ("apigateway", "restApi"): "rest_api_id",
    ("apigateway", "deployment"): "deployment_id",
    ("cloudwatch.MetricAlarm", "name"): "alarm_name",
    ("lambda", "code"): "filename",
    ("lambda.Function", "name"): "function_name",
    ("lambda.Permission", "function"): "function_name",
    ("sns.TopicSubscription", "topic"): "topic_arn",
}
"""Inputs and outputs that have another name there, by the module or the type."""


def type_name(kind: str) -> str:
    """The provider's type of the kind ``sqs.Queue``: ``aws_sqs_queue``."""
    module, _, word = kind.partition(".")
    return TYPES.get(kind, f"aws_{_MODULES.get(module, module)}_{snake(word)}")


def input_name(kind: str, key: str, known: Collection[str], *, nested: bool = False) -> str | None:
    """The provider's name of the input or output ``key``, one of ``known``; None where it has none.

    ``nested`` is for the keys of blocks inside a resource, to which the exceptions do not apply.
    """
    renamed = None if nested else RENAMED.get((kind, key)) or RENAMED.get((kind.partition(".")[0], key))
    candidates = [renamed] if renamed else list(_words(snake(key)))
    return next((name for name in candidates if name in known), None)


def snake(word: str) -> str:
    """``kmsMasterKeyId`` as ``kms_master_key_id``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word).lower()


def _words(word: str) -> Iterator[str]:
    """The word, and its singulars: pulumi-aws calls a list of the blocks ``rule`` ``rules``."""
    yield word
    for plural, singular in (("ies", "y"), ("es", ""), ("s", "")):
        if word.endswith(plural):
            yield word.removesuffix(plural) + singular
