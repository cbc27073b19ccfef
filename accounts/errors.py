"""The one error of the portal's rules."""


class DomainError(Exception):
    """A rule of the course refused; `message` is what the person reads: what happened, what was kept, what to do."""

    @property
    def message(self) -> str:
        """The text as it is shown."""
        return str(self)
