"""The SQS wire protocols over the queues port, so that a client only changes its endpoint URL."""

from __future__ import annotations

from hookline.sqs_api.app import LARGEST_BODY, refusal, speaks_sqs, sqs_app
from hookline.sqs_api.large_messages import BODIES
from hookline.sqs_api.purges import Purges

__all__ = ["BODIES", "LARGEST_BODY", "Purges", "refusal", "speaks_sqs", "sqs_app"]
