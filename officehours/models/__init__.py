"""When staff can be reached: weekly hours, a row for each date, who booked, who waits, and the drop-in queue."""

from officehours.models.booking import Appointment, BookingRules, WaitingListEntry
from officehours.models.feed import CalendarFeed
from officehours.models.hours import FormerAddress, HoursSeries, OfficeHours
from officehours.models.poll import AvailabilityPoll, PollAnswer
from officehours.models.queue import HoursQueue, QueueEntry

__all__ = [
    "Appointment",
    "AvailabilityPoll",
    "BookingRules",
    "CalendarFeed",
    "FormerAddress",
    "HoursQueue",
    "HoursSeries",
    "OfficeHours",
    "PollAnswer",
    "QueueEntry",
    "WaitingListEntry",
]
