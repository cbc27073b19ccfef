"""Keys that AWS keeps: the whole ring in Secrets Manager, or single keys wrapped by KMS."""

import base64
import binascii
import json
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from credits.errors import BadKeyError

CONTEXT = {"purpose": "credit codes"}  # what a key was wrapped with, KMS asks for again


@cache
def from_secrets_manager(name: str) -> tuple[str, str]:
    """CREDIT_KEYS and CREDIT_INDEX_KEY out of one secret, a JSON object with these two names. Raises BadKeyError."""
    try:
        answer = boto3.client("secretsmanager").get_secret_value(SecretId=name)
        found: dict[str, Any] = json.loads(answer["SecretString"])
        return str(found["CREDIT_KEYS"]), str(found["CREDIT_INDEX_KEY"])
    except (BotoCoreError, ClientError) as error:
        raise BadKeyError(f"Secrets Manager did not give CREDIT_KEYS_SECRET: {_kind(error)}.") from None
    except (ValueError, KeyError, TypeError):
        raise BadKeyError("CREDIT_KEYS_SECRET must be JSON with CREDIT_KEYS and CREDIT_INDEX_KEY.") from None


@cache
def unwrapped(wrapped: str, what: str) -> bytes:
    """A key that KMS wrapped under the context above; `what` names it in an error. Raises BadKeyError."""
    try:
        blob = base64.b64decode(wrapped, validate=True)
        plain: bytes = boto3.client("kms").decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT)["Plaintext"]
    except binascii.Error:
        raise BadKeyError(f"{what} is not base64 after kms:.") from None
    except (BotoCoreError, ClientError) as error:
        raise BadKeyError(f"KMS did not unwrap {what}: {_kind(error)}.") from None
    return plain


def _kind(error: Exception) -> str:
    """What AWS calls an error, without what it quotes."""
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else type(error).__name__
