"""What time the sweeps go by: the real one, or the one that a command names."""

from datetime import UTC, datetime

from accounts.errors import DomainError


def clock(at: str | None = None) -> datetime:
    """The instant (UTC) that `at` names as ISO 8601 with its zone; the real one if it is None.

    Raises DomainError for a text that is no time, or names no zone.
    """
    if at is None:
        return datetime.now(UTC)  # noqa: TID251 - the one place where the sweeps read the real clock
    try:
        instant = datetime.fromisoformat(at)
    except ValueError:
        raise DomainError(f'"{at}" is not a time; write it like 2023-11-27T09:00-08:00.') from None
    if instant.tzinfo is None:
        raise DomainError(f'"{at}" has no zone, so it could be any hour; write it like 2023-11-27T09:00-08:00.')
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise DomainError(f'"{at}" is before the first day or after the last day of the calendar.') from None
