"""What can go wrong with a sealed code; no error ever holds a code."""

from accounts.errors import DomainError


class VaultError(DomainError):
    """A sealed code stays closed; the sentence says why, in words for staff."""


class NoKeyError(VaultError):
    """No key is set, so no code can be sealed, opened or looked for."""


class BadKeyError(VaultError):
    """The key ring cannot be read."""


class UnknownKeyError(VaultError):
    """The code was sealed with a key that is not in the ring."""


class NotAnEnvelopeError(VaultError):
    """What is stored is no envelope of ours: cut off, or overwritten."""


class TamperedError(VaultError):
    """The seal is broken: another code's, changed since, or sealed with another key of the same name."""
