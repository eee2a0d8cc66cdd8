"""The AWS home, ready to deploy: docs/how-to/deploy-to-aws.md says how, and docs/reference/stack-settings.md lists the settings."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
from pulumi.runtime import config as stack_configuration

from hookline.errors import OperatorError
from hookline.infra import PipelineArgs, WebhookPipeline


def written() -> dict[str, str]:
    """The stack's settings, without the prefix ``hookline:``."""
    everything = {**stack_configuration.get_config_env(), **stack_configuration.CONFIG.get()}
    return {key.removeprefix("hookline:"): text for key, text in everything.items() if key.startswith("hookline:")}


def deploy() -> None:
    """Creates all resources with one provider that has the region and the tags."""
    args = PipelineArgs.read(written(), stack=pulumi.get_stack())
    tags = aws.ProviderDefaultTagsArgs(tags=dict(args.settings.all_tags))
    provider = aws.Provider("aws", region=args.settings.region, default_tags=tags)
    pipeline = WebhookPipeline("hookline", args, pulumi.ResourceOptions(providers=[provider]))
    for output, value in pipeline.outputs.items():
        pulumi.export(output, value)


try:
    deploy()
except OperatorError as error:
    raise pulumi.RunError(f"nothing was changed:\n{error}") from None
