"""The SQS wire protocol over the queues port, so that a consumer changes nothing but its endpoint URL."""

from __future__ import annotations

from hookline.sqs_api.app import LARGEST_BODY, refusal, speaks_sqs, sqs_app

__all__ = ["LARGEST_BODY", "refusal", "speaks_sqs", "sqs_app"]
