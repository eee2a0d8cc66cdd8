"""The AWS home, ready to deploy. docs/how-to/deploy-to-aws.md says how, docs/reference/stack-settings.md what can be set."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
from pulumi.runtime import config as stack_configuration

from hookline.errors import ConfigError
from hookline.infra import PipelineArgs, WebhookPipeline, read_settings


def written() -> dict[str, str]:
    """The stack's own keys, without their ``hookline:``."""
    everything = {**stack_configuration.get_config_env(), **stack_configuration.CONFIG.get()}
    return {key.removeprefix("hookline:"): text for key, text in everything.items() if key.startswith("hookline:")}


def told() -> PipelineArgs:
    """What to deploy, or the end of the program with all that is wrong with it."""
    try:
        return PipelineArgs(settings=read_settings(written(), stack=pulumi.get_stack()))
    except ConfigError as error:
        raise pulumi.RunError(f"nothing was changed:\n{error}") from None


args = told()
tags = aws.ProviderDefaultTagsArgs(tags=dict(args.settings.all_tags))
provider = aws.Provider("aws", region=args.settings.region, default_tags=tags)
pipeline = WebhookPipeline("hookline", args, pulumi.ResourceOptions(providers=[provider]))
for output, value in pipeline.outputs.items():
    pulumi.export(output, value)
