"""Who may sign in."""

from accounts.models import User


def who_signs_in(email: str) -> User | None:
    """The person with this address, in whatever case it is typed; None for the unknown and the closed account."""
    return User.objects.filter(email=email.strip().lower(), is_active=True).first()
