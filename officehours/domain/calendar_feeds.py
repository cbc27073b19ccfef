import re
import unicodedata
from datetime import datetime

from courses.domain import ical
from courses.models import Course, Enrollment
from officehours.domain import letters, series, teams
from officehours.models import Appointment, CalendarFeed, OfficeHours
from officehours.models.feed import new_token

LINK = re.compile(r"://|[\w-]\.[^\W\d_]{2,}")  # also without a scheme: zoom.example.edu/j/1
DATE = re.compile(r"\d{4}-\d\d-\d\d")
NUMBER = re.compile(r"\d(?:[ -]?\d){6}")  # seven digits and more: a meeting's or a telephone's
ROOM = re.compile(r"\b[A-Z]{2,} ?\d+[A-Za-z]?\b")
APOSTROPHE = re.compile("['\u2018\u2019\u02bc\u02bb`\u00b4]")


def feed_of(person: Enrollment) -> CalendarFeed:
    return CalendarFeed.objects.get_or_create(enrollment=person)[0]


def feed_behind(token: str) -> CalendarFeed | None:
    people = CalendarFeed.objects.select_related("enrollment__course", "enrollment__user", "enrollment__section")
    return people.filter(token=token).first()


def reset(feed: CalendarFeed) -> None:
    feed.token = new_token()
    feed.save(update_fields=["token"])


def hours(course: Course, *, now: datetime, is_public: bool) -> list[ical.Event]:
    """The office hours of a course; in public without links and names."""
    rows = list(course.office_hours.in_order())
    ical.publish([(row, series.digest_of(row)) for row in rows], now)
    names = _names(course) if is_public else set()
    return [_event(row, now, is_public, names) for row in rows]


def _event(row: OfficeHours, now: datetime, is_public: bool, names: set[str]) -> ical.Event:
    host = "" if is_public else f", {row.host}"
    name = "Office hours" if is_public else row.series.name
    return ical.Event(
        uid=row.uid,
        summary=f"{row.course.code}: {name}{host}",
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        changed_at=row.changed_at or now,
        sequence=row.sequence,
        place=row.where_at(_public(row.place, names)) if is_public else row.where,
        text=_public(row.reason, names) if is_public else row.reason,
        url="" if is_public else row.url,
        is_cancelled=row.is_cancelled,
    )


def _names(course: Course) -> set[str]:
    """The words of all names in a course, its hosts' too, folded; initials are none, save where one sign is a name."""
    names = [
        *course.enrollments.values_list("user__name", flat=True),
        *course.office_hours.order_by().values_list("host__name", flat=True).distinct(),
    ]
    return {word for name in names for word in _words(_folded(name)) if len(word) > 1 or _is_name_alone(word)}


def _is_name_alone(sign: str) -> bool:
    """Whether one sign can be a whole name: a letter of a script without capitals, which has no initials."""
    return sign.isalpha() and sign.upper() == sign.lower()


def _folded(text: str) -> str:
    marked = unicodedata.normalize("NFKD", APOSTROPHE.sub("'", text)).casefold()
    return "".join(sign for sign in marked if not unicodedata.combining(sign))


def _words(folded: str) -> set[str]:
    """The words of a text, with what stands before and after an apostrophe both alone and together."""
    return set(re.findall(r"[^\W_]+", folded)) | set(re.findall(r"[^\W_]+", folded.replace("'", "")))


def _holds_name(text: str, names: set[str]) -> bool:
    """Whether a text holds one of these names: as a word, or, since some scripts part no words, anywhere."""
    folded = _folded(text)
    return bool(_words(folded) & names) or any(not name.isascii() and name in folded for name in names)


def _public(text: str, names: set[str]) -> str:
    """A text that the public may read as it is; nothing if it leads into a meeting, or holds a name of the course.

    A name counts however it is written, save where capitals with a number are a room: "HALL 2" is not Bo Hall.
    """
    leads_there = "@" in text or LINK.search(text) or NUMBER.search(DATE.sub("", text))
    return "" if leads_there or _holds_name(ROOM.sub("", text), names) else text


def appointments(person: Enrollment, *, now: datetime) -> list[ical.Event]:
    """What a student or their team is booked for, or a host is booked by; cancelled ones say so."""
    booked = person.course.appointments.filter(starts_at__isnull=False, offered_until=None)
    mine = booked.filter(host=person.user_id) if person.is_staff else booked.filter(teams.belongs_to(person))
    rows = list(mine.select_related("host", "student__user", "hours", "course"))
    ical.publish([(row, letters.digest_of(row, row.hours)) for row in rows], now)
    return [letters.event_of(row, now=now, whom=_whom(row, person)) for row in rows]


def _whom(row: Appointment, person: Enrollment) -> str:
    return str(row.student.user if person.is_staff else row.host)
