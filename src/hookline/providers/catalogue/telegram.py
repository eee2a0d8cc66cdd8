"""Telegram bots: the secret token in ``X-Telegram-Bot-Api-Secret-Token`` (https://core.telegram.org/bots/api#setwebhook)."""

from __future__ import annotations

from hookline.domain.source import SuccessAnswer
from hookline.providers.provider import Evidence, Proves, Provider, Sample
from hookline.providers.shared_token import SharedToken

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="telegram",
    title="Telegram",
    signed_with="the secret_token that setWebhook was given (1 to 256 characters; hookline asks for 8)",
    scheme=SharedToken(header="X-Telegram-Bot-Api-Secret-Token"),
    proves=Proves.SENDER,
    covers="nothing: the secret itself stands in a header of each call",
    find_id="update_id",
    keeps_id=True,
    answer=SuccessAnswer(body=b""),
    retries="a reasonable number of times, until any 2xx",
    notes="A body in the answer would be read as a call of the bot's API: the answer has none.",
    evidence=Evidence.DOCUMENTATION,
    documentation="https://core.telegram.org/bots/api#setwebhook",
    sample=Sample(
        body='{"update_id": 10000, "message": {"date": 1441645532, "chat": {"id": 1111111, "type": "private", "first_name": "Test"}, "message_id": 1365, "from": {"id": 1111111, "first_name": "Test", "is_bot": false}, "text": "/start"}}'
    ),
)
