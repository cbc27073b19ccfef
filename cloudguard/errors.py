"""What can go wrong at AWS; no error ever holds an account or a role."""

from accounts.errors import DomainError


class RoleRefusedError(DomainError):
    """AWS does not let the portal use a role: it is gone, was changed, or asks for another external id."""


class RoleOpenError(DomainError):
    """A role can be used without its external id, or with a wrong one: the portal keeps its hands off it."""


class AwsSilentError(DomainError):
    """AWS gave no answer this time; nothing is known."""
