"""A store of secrets decrypts with the caller's rights: of a key of the customer's own, ``kms:Decrypt`` through that store.

MiniStack gives every secret whose store may be asked, whatever key it is encrypted with.
https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from ministack.core import iam_evaluator  # type: ignore[import-untyped] # MiniStack carries no types
from ministack.core.responses import error_response_json  # type: ignore[import-untyped] # the same
from ministack.services import kms, secretsmanager, ssm  # type: ignore[import-untyped] # the same

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["patch"]

_caller: ContextVar[tuple[str, str] | None] = ContextVar("caller", default=None)
"""Access key and region of the call whose rights were checked, passed to the store."""


def patch() -> None:
    """Judge the use of each key that a secret is encrypted with."""
    iam_evaluator.enforce = _noting_callers(iam_evaluator.enforce)
    ssm._get_parameters = _decrypting(ssm._get_parameters, "ssm", _keys_of_parameters, "The ciphertext refers to a customer master key "
                                      "that does not exist, does not exist in this region, or you are not allowed to access.")  # fmt: skip
    secretsmanager._get_secret_value = _decrypting(
        secretsmanager._get_secret_value, "secretsmanager", _keys_of_secret, "Access to KMS is not allowed"
    )


def _noting_callers(enforce: Callable[..., Any]) -> Callable[..., Any]:
    def enforced(access_key: str, action: str, service: str, region: str, **named: Any) -> Any:  # passed on
        _caller.set((access_key, region))
        return enforce(access_key, action, service, region, **named)

    return enforced


def _decrypting(
    answer: Callable[..., Any], store: str, keys_of: Callable[[dict[str, Any]], list[str]], refusal: str
) -> Callable[..., Any]:
    def answered(asked: dict[str, Any]) -> Any:  # as a client sends it, and as MiniStack answers
        caller = _caller.get()
        if caller is not None:
            for key in keys_of(asked):
                context = {"kms:ViaService": f"{store}.{caller[1]}.amazonaws.com"}
                if iam_evaluator.enforce(
                    caller[0], "kms:Decrypt", "kms", caller[1], resource_arn=key, service_context=context
                ):
                    return error_response_json("AccessDeniedException", refusal, 400)
        return answer(asked)

    return answered


def _keys_of_parameters(asked: dict[str, Any]) -> list[str]:  # as above
    if not asked.get("WithDecryption"):
        return []
    found = (ssm._parameters.get(name) for name in asked.get("Names", ()))
    return _own(one.get("KeyId") for one in found if one)


def _keys_of_secret(asked: dict[str, Any]) -> list[str]:  # as above
    _, secret = secretsmanager._resolve(asked.get("SecretId"))
    return _own([secret.get("KmsKeyId")] if secret else ())


def _own(keys: Any) -> list[str]:  # ids, aliases and ARNs
    """The ARNs of the keys that are the customer's own; a key that is not there is refused by its name."""
    named = (key for key in keys if key and not key.startswith("alias/aws/"))
    return [(kms._resolve_key(key) or {"Arn": key})["Arn"] for key in named]
