"""The only place where a code is plain text: AES-256-GCM, bound to the row it lies in; and the keys for that.

Keys come from the environment, a file or AWS; a laptop makes a file of them at first need. An envelope is
`v1.<key id>.<base64 of nonce + ciphertext>`; the associated data is the place of the code.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
import tempfile
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from credits.errors import BadKeyError, NoKeyError, NotAnEnvelopeError, TamperedError, UnknownKeyError

VERSION = "v1"
NONCE_BYTES = 12
TAG_BYTES = 16
KEY_BYTES = 32
WRAPPED = "kms:"
KMS_CONTEXT = {"purpose": "credit codes"}  # what a key was wrapped with, KMS asks for again
LAPTOP_FILE = "credit_keys"
NO_KEY = (
    "No key for credit codes is set, so nothing was done. Give CREDIT_KEYS and CREDIT_INDEX_KEY, or files that hold "
    "them in CREDIT_KEYS_FILE and CREDIT_INDEX_KEY_FILE, or CREDIT_KEYS_SECRET."
)


class Secret:
    """Text that no log line, error page or traceback shows; `show` is called where it leaves for its owner."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret(…)"

    def show(self) -> str:
        return self._text


def place_of(code_id: UUID, pool_id: int) -> str:
    """What the seal of a code is bound to: moved to another row, it no longer opens."""
    return f"{code_id}:{pool_id}"


@sensitive_variables()
def seal(text: Secret, place: str) -> str:
    opened = ring()
    nonce = os.urandom(NONCE_BYTES)
    ciphertext = AESGCM(opened.sealing[opened.first]).encrypt(nonce, text.show().encode(), place.encode())
    return f"{VERSION}.{opened.first}.{base64.urlsafe_b64encode(nonce + ciphertext).decode()}"


@sensitive_variables()
def unseal(envelope: str, place: str) -> Secret:
    """The text of an envelope. Raises a VaultError of its own kind for all that is not exactly what was sealed here."""
    sealing = ring().sealing
    name, content = _parts(envelope)
    if name not in sealing:
        raise UnknownKeyError("This was sealed with a key that is not in CREDIT_KEYS; put that key back.")
    try:
        plain = AESGCM(sealing[name]).decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], place.encode())
    except InvalidTag:
        raise TamperedError("The seal of this code is broken: it was changed, moved, or its key is another.") from None
    return Secret(plain.decode())


def key_of(envelope: str) -> str:
    return _parts(envelope)[0]


def _parts(envelope: str) -> tuple[str, bytes]:
    version, _, rest = envelope.partition(".")
    name, dot, encoded = rest.partition(".")
    try:
        content = base64.b64decode(encoded, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if version != VERSION or not name or not dot or len(content) <= NONCE_BYTES + TAG_BYTES:
        raise NotAnEnvelopeError("What is stored here is not a sealed code: it was cut off or overwritten.")
    return name, content


@sensitive_variables()
def folded(text: Secret) -> Secret:
    """A code as it is compared: without spaces, dashes and invisible marks, in one case and width."""
    wide = unicodedata.normalize("NFKC", text.show()).casefold()
    kept = (letter for letter in wide if unicodedata.category(letter) not in ("Pd", "Cf", "Cc") and letter != "−")
    return Secret("".join(letter for letter in kept if not letter.isspace()))


@sensitive_variables()
def fingerprint(code: Secret) -> str:
    """What a code is found by: keyed, so that nobody without the key can try codes against it."""
    return mac("fingerprint", folded(code).show().encode())


def mac(purpose: str, message: bytes) -> str:
    return hmac.digest(_key_for(purpose), message, hashlib.sha256).hex()


def fingerprinter() -> Callable[[str], str]:
    """What makes the fingerprints of many folded pieces: the key is derived once."""
    own_key = _key_for("fingerprint")
    return lambda piece: hmac.digest(own_key, piece.encode(), hashlib.sha256).hex()


def _key_for(purpose: str) -> bytes:
    return hmac.digest(ring().index, f"credits:{purpose}:1".encode(), hashlib.sha256)


@dataclass(frozen=True)
class KeyRing:
    """The keys that seal, by name (the first writes, all read), and the one that makes fingerprints and the log."""

    sealing: dict[str, bytes]
    index: bytes

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self.sealing)})"

    @property
    def first(self) -> str:
        return next(iter(self.sealing))


def ring() -> KeyRing:
    """The key ring of this portal. Raises NoKeyError, or BadKeyError for one that cannot be read."""
    written, index = settings.CREDIT_KEYS, settings.CREDIT_INDEX_KEY
    if settings.CREDIT_KEYS_SECRET:
        written, index = _from_secrets_manager(settings.CREDIT_KEYS_SECRET)
    if not written and not index and not settings.IS_PRIVATE:
        written, _, index = _laptop_keys(settings.DATA_DIR / LAPTOP_FILE).partition("\n")
    if not written or not index:
        raise NoKeyError(NO_KEY)
    return _read(written, index.strip())


@cache
def _read(written: str, index: str) -> KeyRing:
    sealing: dict[str, bytes] = {}
    for entry in written.split(","):
        name, colon, key = entry.strip().partition(":")
        if not colon or not name.replace("-", "").replace("_", "").isalnum() or len(name) > 40:
            raise BadKeyError("CREDIT_KEYS must be written id:base64,id:base64; an id is letters and digits.")
        if name in sealing:
            raise BadKeyError(f'CREDIT_KEYS names "{name}" twice.')
        sealing[name] = _bytes_of(key, f'The key "{name}" of CREDIT_KEYS')
    index_key = _bytes_of(index, "CREDIT_INDEX_KEY")
    if index_key in sealing.values():
        raise BadKeyError("CREDIT_INDEX_KEY is one of CREDIT_KEYS too; each key has one purpose, so make another.")
    return KeyRing(sealing, index_key)


def _bytes_of(text: str, what: str) -> bytes:
    try:
        is_wrapped = text.startswith(WRAPPED)
        key = _unwrapped(text.removeprefix(WRAPPED), what) if is_wrapped else base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadKeyError(f"{what} is not base64.") from None
    if len(key) != KEY_BYTES:
        raise BadKeyError(f"{what} has {len(key)} bytes; it must have {KEY_BYTES}.")
    return key


def new_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _laptop_keys(path: Path) -> str:
    """The keys of a laptop's portal, made once and readable by their owner only; two that make them get the same."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 0600
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(f"laptop:{new_key()}\n{new_key()}\n")
            with suppress(FileExistsError):
                os.link(unfinished, path)  # exclusive, and whole at once
        finally:
            os.unlink(unfinished)
    return path.read_text()


@cache
def _from_secrets_manager(name: str) -> tuple[str, str]:
    """CREDIT_KEYS and CREDIT_INDEX_KEY out of one secret, a JSON object with these two names. Raises BadKeyError."""
    try:
        answer = boto3.client("secretsmanager").get_secret_value(SecretId=name)
        found: dict[str, Any] = json.loads(answer["SecretString"])
        return str(found["CREDIT_KEYS"]), str(found["CREDIT_INDEX_KEY"])
    except (BotoCoreError, ClientError) as error:
        raise BadKeyError(f"Secrets Manager did not give CREDIT_KEYS_SECRET: {_code_of(error)}.") from None
    except (ValueError, KeyError, TypeError):
        raise BadKeyError("CREDIT_KEYS_SECRET must be JSON with CREDIT_KEYS and CREDIT_INDEX_KEY.") from None


@cache
def _unwrapped(wrapped: str, what: str) -> bytes:
    """A key that KMS wrapped under the context above; `what` names it in an error. Raises BadKeyError."""
    try:
        blob = base64.b64decode(wrapped, validate=True)
        plain: bytes = boto3.client("kms").decrypt(CiphertextBlob=blob, EncryptionContext=KMS_CONTEXT)["Plaintext"]
    except binascii.Error:
        raise BadKeyError(f"{what} is not base64 after kms:.") from None
    except (BotoCoreError, ClientError) as error:
        raise BadKeyError(f"KMS did not unwrap {what}: {_code_of(error)}.") from None
    return plain


def _code_of(error: Exception) -> str:
    """What AWS calls an error, without what it quotes."""
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else type(error).__name__
