"""The only place where a code is plain text: AES-256-GCM, bound to the row it lies in.

An envelope is `v1.<key id>.<base64 of nonce + ciphertext>`; the associated data is the place of the code.
"""

import base64
import binascii
import hashlib
import hmac
import os
import unicodedata
from collections.abc import Iterable
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.views.decorators.debug import sensitive_variables

from credits.domain import keys
from credits.errors import NotAnEnvelopeError, TamperedError, UnknownKeyError

VERSION = "v1"
NONCE_BYTES = 12
TAG_BYTES = 16


class Secret:
    """Text that no log line, error page or traceback shows; `show` is called where it leaves for its owner."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret(…)"

    def show(self) -> str:
        """The text itself."""
        return self._text


def place_of(code_id: UUID, pool_id: int) -> str:
    """What the seal of a code is bound to: moved to another row, it no longer opens."""
    return f"{code_id}:{pool_id}"


@sensitive_variables()
def seal(text: Secret, place: str) -> str:
    """The envelope of a text for one place, by the first key of the ring."""
    ring = keys.ring()
    nonce = os.urandom(NONCE_BYTES)
    ciphertext = AESGCM(ring.sealing[ring.first]).encrypt(nonce, text.show().encode(), place.encode())
    return f"{VERSION}.{ring.first}.{base64.urlsafe_b64encode(nonce + ciphertext).decode()}"


@sensitive_variables()
def unseal(envelope: str, place: str) -> Secret:
    """The text of an envelope. Raises a VaultError of its own kind for all that is not exactly what was sealed here."""
    sealing = keys.ring().sealing
    name, content = _parts(envelope)
    if name not in sealing:
        raise UnknownKeyError("This was sealed with a key that is not in CREDIT_KEYS; put that key back.")
    try:
        plain = AESGCM(sealing[name]).decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], place.encode())
    except InvalidTag:
        raise TamperedError("The seal of this code is broken: it was changed, moved, or its key is another.") from None
    return Secret(plain.decode())


def key_of(envelope: str) -> str:
    """The name of the key that an envelope was sealed with."""
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


@sensitive_variables()
def fingerprints_in(text: Secret, lengths: Iterable[int]) -> set[str]:
    """The fingerprints of every piece of a text that is as long as a code may be, whatever stands between its parts."""
    whole, own_key = folded(text).show(), _key_for("fingerprint")
    runs = {whole, "".join(filter(str.isalnum, whole))}
    pieces = {run[at : at + length] for run in runs for length in lengths for at in range(len(run) - length + 1)}
    return {hmac.digest(own_key, piece.encode(), hashlib.sha256).hex() for piece in pieces}


def mac(purpose: str, message: bytes) -> str:
    """A keyed digest for one purpose."""
    return hmac.digest(_key_for(purpose), message, hashlib.sha256).hex()


def _key_for(purpose: str) -> bytes:
    return hmac.digest(keys.ring().index, f"credits:{purpose}:1".encode(), hashlib.sha256)
