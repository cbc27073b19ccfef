"""The words a course file may use for a date, a time, an amount: each checked, and brought to one spelling."""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email

from accounts.errors import DomainError
from courses.domain import calendar

YEARS = range(1990, 2101)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
TIME = re.compile(r"^([01]?[0-9]|2[0-3]):([0-5][0-9])(:00)?$")
ZONES = frozenset(available_timezones())


def day_of(text: str) -> date:
    """The date written here, with or without its weekday. Raises DomainError with a sentence."""
    day = calendar.parse_date(text)
    if day.year not in YEARS:
        raise DomainError(f'"{text}" is not in the years {YEARS[0]} to {YEARS[-1]}.')
    return day


def time_of(text: str) -> time:
    """The wall-clock time written here. Raises DomainError with a sentence."""
    match = TIME.match(text.strip())
    if not match:
        raise DomainError(f'"{text}" is not a time of day; write it like 15:40.')
    return time(int(match[1]), int(match[2]))


def minute_of(text: str) -> datetime:
    """The wall-clock date and time written here, without zone. Raises DomainError with a sentence."""
    day, _, clock = text.strip().replace("T", " ").rpartition(" ") if "-" in text else ("", "", "")
    if not day:
        raise DomainError(f'"{text}" is not a date and time; write it like 2023-11-28 23:59.')
    return datetime.combine(day_of(day), time_of(clock))


def _date(text: str) -> str:
    return day_of(text).isoformat()


def _time(text: str) -> str:
    return f"{time_of(text):%H:%M}"


def _datetime(text: str) -> str:
    return f"{minute_of(text):%Y-%m-%d %H:%M}"


def _weekday(text: str) -> str:
    if text.strip().lower() not in WEEKDAYS:
        raise DomainError(f'"{text}" is not a day of the week; write it like tuesday.')
    return text.strip().lower()


def _decimal(pattern: str, words: str) -> Callable[[str], str]:
    def spell(text: str) -> str:
        if not re.match(pattern, text):
            raise DomainError(f'"{text}" is not {words}')
        number = format(Decimal(text), "f")
        return number.rstrip("0").rstrip(".") if "." in number else number

    return spell


def _matching(pattern: str, words: str, *, lower: bool = False) -> Callable[[str], str]:
    def spell(text: str) -> str:
        if not re.match(pattern, text):
            raise DomainError(f'"{text}" is not {words}')
        return text.lower() if lower else text

    return spell


def _email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise DomainError(f'"{text}" is not an e-mail address.') from None
    return text.lower()


def _url(text: str) -> str:
    try:
        if text:
            URLValidator(schemes=["http", "https"])(text)
    except ValidationError:
        raise DomainError(f'"{text}" is not a web address; write it like https://example.edu/page.') from None
    return text


def _zone(text: str) -> str:
    if text not in ZONES:
        raise DomainError(f'"{text}" is not a time zone that is known here; write it like America/Los_Angeles.')
    return text


def _whole_number(text: str) -> str:
    if not re.match(r"^-?[0-9]{1,5}$", text):
        raise DomainError(f'"{text}" is not a whole number.')
    return str(int(text))


SPELL: dict[str, Callable[[str], str]] = {
    "course-date": _date,
    "course-time": _time,
    "course-datetime": _datetime,
    "weekday": _weekday,
    "points": _decimal(r"^(0|[1-9][0-9]{0,3})(\.[0-9]{1,2})?\Z", "a number of points; write it like 1 or 0.5."),
    "amount": _decimal(
        r"^(0|[1-9][0-9]{0,6})(\.[0-9]{1,6})?\Z", "an amount; write it like 100.00, without a currency."
    ),
    "email-address": _email,
    "web-address": _url,
    "zone": _zone,
    "slug": _matching(r"^[a-z0-9]+(-[a-z0-9]+)*\Z", "a slug; small letters, digits and single dashes, like cs101-s24."),
    "domain": _matching(r"(?i)^([a-z0-9-]+(\.[a-z0-9-]+)+)?\Z", "an e-mail domain; write it like example.edu."),
    "file-name": _matching(r"^[^/\\.\s][^/\\]*\Z", "the name of a file beside this one; no folders, no dot in front."),
    "key": _matching(r"^[A-Za-z0-9_][A-Za-z0-9_-]*\Z", "a key; letters, digits, _ and - only."),
    "question-key": _matching(r"^[A-Za-z_][A-Za-z0-9_]*\Z", "a key; letters, digits and _ only, a letter first."),
    "whole-number": _whole_number,
}
