"""Key rings kept by AWS, against moto."""

import base64
import json

import boto3
import pytest
from moto import mock_aws

from credits.domain import vault
from credits.domain.vault import Secret
from credits.errors import BadKeyError


@pytest.fixture
def aws(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "invented")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "invented")
    for cached in (vault._read, vault._from_secrets_manager, vault._unwrapped):
        cached.cache_clear()
    with mock_aws():
        yield


def wrapped(key: bytes, context=vault.KMS_CONTEXT) -> str:
    kms = boto3.client("kms")
    master = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=master, Plaintext=key, EncryptionContext=context)["CiphertextBlob"]
    return f"kms:{base64.b64encode(blob).decode()}"


def test_a_ring_in_secrets_manager_seals_and_opens(aws, settings):
    ring = {"CREDIT_KEYS": f"held:{vault.new_key()}", "CREDIT_INDEX_KEY": vault.new_key()}
    boto3.client("secretsmanager").create_secret(Name="portal/credits", SecretString=json.dumps(ring))
    settings.CREDIT_KEYS_SECRET = "portal/credits"
    envelope = vault.seal(Secret("FAKE-CODE-001"), "here")
    assert envelope.startswith("v1.held.") and vault.unseal(envelope, "here").show() == "FAKE-CODE-001"


@pytest.mark.parametrize(("text", "words"), [(None, "ResourceNotFound"), ("not json", "must be JSON"), ("{}", "JSON")])
def test_a_secret_that_is_missing_or_odd_is_an_error_without_its_content(aws, settings, text, words):
    if text:
        boto3.client("secretsmanager").create_secret(Name="portal/credits", SecretString=text)
    settings.CREDIT_KEYS_SECRET = "portal/credits"
    with pytest.raises(BadKeyError, match=words):
        vault.ring()


def test_a_key_that_kms_wrapped_is_unwrapped(aws, settings):
    key = bytes(range(32))
    settings.CREDIT_KEYS = f"wrapped:{wrapped(key)},{settings.CREDIT_KEYS}"
    assert vault.ring().sealing["wrapped"] == key and vault.ring().first == "wrapped"


def test_what_was_wrapped_for_something_else_or_is_no_blob_is_refused(aws, settings):
    settings.CREDIT_INDEX_KEY = wrapped(bytes(32), {"purpose": "something else"})
    with pytest.raises(BadKeyError, match="KMS did not unwrap CREDIT_INDEX_KEY"):
        vault.ring()
    settings.CREDIT_INDEX_KEY = "kms:not base64"
    with pytest.raises(BadKeyError, match="not base64 after kms:"):
        vault.ring()
