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
