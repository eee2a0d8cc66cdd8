"""The validator that people write by hand: boto3 as its documentation shows it, clients made when the module is imported.

It does less than hookline: the signature, the required fields, one conditional put and one asynchronous invocation.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import time
from decimal import Decimal
from typing import Any

import boto3  # type: ignore[import-untyped] # boto3 carries no types
from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
invoker = boto3.client("lambda")
key = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))

_REQUIRED = ("event_id", "transaction_type", "amount", "timestamp")
_TOLERANCE = 300  # seconds


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:  # Any: a proxy event
    """Verify, validate, store, pass on."""
    headers = {name.lower(): value for name, value in event["headers"].items()}
    body = event["body"]
    if not _is_signed(headers, body):
        return _answer(401, {"message": "invalid signature"})
    transaction = json.loads(body, parse_float=Decimal)
    if missing := [name for name in _REQUIRED if name not in transaction]:
        return _answer(400, {"message": f"missing: {', '.join(missing)}"})
    item = {
        "event_id": transaction["event_id"],
        "transaction_type": transaction["transaction_type"],
        "received_at": int(time.time()),
        "sha256": hashlib.sha256(body.encode()).hexdigest(),
        "payload": transaction,
        "status": "received",
    }
    try:
        table.put_item(Item=item, ConditionExpression="attribute_not_exists(event_id)")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return _answer(200, {"event_id": item["event_id"], "status": "duplicate"})
    invoker.invoke(FunctionName=os.environ["ROUTER_NAME"], InvocationType="Event", Payload=body.encode())
    print(json.dumps({"message": "accepted", "event_id": item["event_id"]}))
    return _answer(202, {"event_id": item["event_id"], "status": "accepted"})


def _is_signed(headers: dict[str, str], body: str) -> bool:
    at = headers.get("webhook-timestamp", "0")
    if abs(time.time() - int(at)) > _TOLERANCE:
        return False
    mac = hmac.digest(key, f"{headers['webhook-id']}.{at}.{body}".encode(), "sha256")
    return hmac.compare_digest(f"v1,{base64.b64encode(mac).decode()}", headers.get("webhook-signature", ""))


def _answer(status: int, document: dict[str, Any]) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(document),
    }
