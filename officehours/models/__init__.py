"""When staff can be reached: weekly hours, what differs on one date, and what was told of it."""

from officehours.models.hours import HoursChange, HoursSeries
from officehours.models.told import ToldEvent

__all__ = ["HoursChange", "HoursSeries", "ToldEvent"]
