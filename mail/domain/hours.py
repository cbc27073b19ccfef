"""When letters may arrive: quiet hours and the hour of the daily letter, in the zone of the letter."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

MORNING = time(7)
NIGHT = time(22)


def after_quiet(now: datetime, zone: str) -> datetime | None:
    """The end of the quiet hours (22:00 to 7:00 local) that `now` lies in; None by day."""
    wall = now.astimezone(ZoneInfo(zone)).time()
    return next_morning(now, zone) if wall < MORNING or wall >= NIGHT else None


def next_morning(now: datetime, zone: str) -> datetime:
    """The first 7:00 local after `now`, in UTC."""
    morning = last_morning(now, zone).astimezone(ZoneInfo(zone))
    return _seven(morning + timedelta(days=1))


def last_morning(now: datetime, zone: str) -> datetime:
    """The last 7:00 local up to and with `now`, in UTC."""
    local = now.astimezone(ZoneInfo(zone))
    return _seven(local if local.time() >= MORNING else local - timedelta(days=1))


def _seven(local: datetime) -> datetime:
    return datetime.combine(local.date(), MORNING, tzinfo=local.tzinfo).astimezone(UTC)
