"""Office hours and appointments as calendar events, and a person's own calendar address."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime

from courses.domain import ical
from courses.models import Course, Enrollment
from officehours.domain import letters, occurrences, teams, told
from officehours.domain.occurrences import Occurrence
from officehours.models import Appointment, CalendarFeed
from officehours.models.feed import new_token

LINK = re.compile(r"://|[\w-]\.[^\W\d_]{2,}")  # also without a scheme: zoom.example.edu/j/1
DATE = re.compile(r"\d{4}-\d\d-\d\d")
NUMBER = re.compile(r"\d(?:[ -]?\d){6}")  # seven digits and more: a meeting's or a telephone's
ROOM = re.compile(r"\b[A-Z]{2,} ?\d+[A-Za-z]?\b")
APOSTROPHE = re.compile("['\u2018\u2019\u02bc\u02bb`\u00b4]")


def feed_of(person: Enrollment) -> CalendarFeed:
    """A person's calendar address; made when it is first asked for."""
    return CalendarFeed.objects.get_or_create(enrollment=person)[0]


def feed_behind(token: str) -> CalendarFeed | None:
    """Whose calendar address this is; none for one that never was, or was reset."""
    people = CalendarFeed.objects.select_related("enrollment__course", "enrollment__user", "enrollment__section")
    return people.filter(token=token).first()


def reset(feed: CalendarFeed) -> None:
    """Give a person another calendar address; the old one is gone at once."""
    feed.token = new_token()
    feed.save(update_fields=["token"])


def hours(course: Course, *, now: datetime, is_public: bool) -> list[ical.Event]:
    """The office hours of a course; in public without links and names."""
    every = occurrences.of_course(course)
    as_told = told.tell(course, every, now)
    names = _names(course) if is_public else set()
    return [_event(course, one, as_told[one.uid], is_public, names) for one in every]


def _event(course: Course, one: Occurrence, as_told: told.Told, is_public: bool, names: set[str]) -> ical.Event:
    host = "" if is_public else f", {one.series.host}"
    name = "Office hours" if is_public else one.series.name
    return ical.Event(
        uid=one.uid,
        summary=f"{course.code}: {name}{host}",
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        told_at=as_told.at,
        sequence=as_told.sequence,
        place=one.where(_public(one.place, names) if is_public else one.place),
        text=_public(one.reason, names) if is_public else one.reason,
        url="" if is_public else one.url,
        is_cancelled=one.is_cancelled,
    )


def _names(course: Course) -> set[str]:
    """The words of all names in a course, its hosts' too, folded; initials are none, save where one sign is a name."""
    names = [
        *course.enrollments.values_list("user__name", flat=True),
        *course.hours_series.values_list("host__name", flat=True),
    ]
    return {word for name in names for word in _words(_folded(name)) if len(word) > 1 or _is_name_alone(word)}


def _is_name_alone(sign: str) -> bool:
    """Whether one sign can be a whole name: a letter of a script without capitals, which has no initials."""
    return sign.isalpha() and sign.upper() == sign.lower()


def _folded(text: str) -> str:
    """A text in small letters and without accents, however it is composed."""
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
    rows = person.course.appointments.filter(starts_at__isnull=False, offered_until=None)
    mine = rows.filter(host=person.user_id) if person.is_staff else rows.filter(teams.theirs(person))
    every = list(mine.select_related("host", "student__user", "series", "course"))
    held = {(one.series.pk, one.on): one for one in occurrences.of_course(person.course)} if every else {}
    pairs = [(one, held.get((one.series_id or 0, one.on or one.created_at.date()))) for one in every]
    as_told = told.tell_all(person.course, {one.uid: letters.content_of(one, there) for one, there in pairs}, now)
    return list(_with_names(person, pairs, as_told))


def _with_names(
    person: Enrollment, pairs: Iterable[tuple[Appointment, Occurrence | None]], as_told: dict[str, told.Told]
) -> Iterable[ical.Event]:
    for one, there in pairs:
        whom = str(one.student.user) if person.is_staff else str(one.host)
        yield letters.event_of(one, there, as_told[one.uid], whom=whom)
