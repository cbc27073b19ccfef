"""Where the keys come from: the environment, a file, AWS; on a laptop a file made at first need."""

import binascii
import os
import secrets
import tempfile
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

from credits.domain import aws_keys
from credits.errors import BadKeyError, NoKeyError

KEY_BYTES = 32
WRAPPED = "kms:"
LAPTOP_FILE = "credit_keys"
NO_KEY = (
    "No key for credit codes is set, so nothing was done. Give CREDIT_KEYS and CREDIT_INDEX_KEY, or files that hold "
    "them in CREDIT_KEYS_FILE and CREDIT_INDEX_KEY_FILE, or CREDIT_KEYS_SECRET."
)


@dataclass(frozen=True)
class KeyRing:
    """The keys that seal, by name (the first writes, all read), and the one that makes fingerprints and the log."""

    sealing: dict[str, bytes]
    index: bytes

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self.sealing)})"

    @property
    def first(self) -> str:
        """The name of the key that writes."""
        return next(iter(self.sealing))


def ring() -> KeyRing:
    """The key ring of this portal. Raises NoKeyError, or BadKeyError for one that cannot be read."""
    written, index = settings.CREDIT_KEYS, settings.CREDIT_INDEX_KEY
    if settings.CREDIT_KEYS_SECRET:
        written, index = aws_keys.from_secrets_manager(settings.CREDIT_KEYS_SECRET)
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
    """A key written as base64, or as `kms:` and what KMS made of it."""
    try:
        is_wrapped = text.startswith(WRAPPED)
        key = aws_keys.unwrapped(text.removeprefix(WRAPPED), what) if is_wrapped else b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadKeyError(f"{what} is not base64.") from None
    if len(key) != KEY_BYTES:
        raise BadKeyError(f"{what} has {len(key)} bytes; it must have {KEY_BYTES}.")
    return key


def new_key() -> str:
    """A random key, as the environment takes it."""
    return b64encode(secrets.token_bytes(KEY_BYTES)).decode()


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
