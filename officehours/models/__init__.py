"""When staff can be reached: weekly hours, what differs on one date, who booked, and what calendars were told."""

from officehours.models.booking import Appointment, BookingRules, Waiting
from officehours.models.feed import CalendarFeed
from officehours.models.hours import HoursChange, HoursSeries
from officehours.models.poll import AvailabilityPoll, PollAnswer
from officehours.models.queue import HoursQueue, QueueEntry
from officehours.models.told import ToldEvent

__all__ = [
    "Appointment",
    "AvailabilityPoll",
    "BookingRules",
    "CalendarFeed",
    "HoursChange",
    "HoursQueue",
    "HoursSeries",
    "PollAnswer",
    "QueueEntry",
    "ToldEvent",
    "Waiting",
]
