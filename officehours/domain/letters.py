"""Letters about appointments, each once for a state of one, with a calendar part if it is close; and who gets them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings

from accounts.models import User
from courses.domain import ical
from courses.domain import letters as course_letters
from courses.models import Course, Enrollment
from mail.domain import preferences, wording
from mail.domain.kinds import Choice
from mail.models import Message
from officehours.domain import teams
from officehours.models import Appointment, OfficeHours, QueueEntry

KIND, OFFER, REMINDER = "appointment", "appointment_offer", "appointment_reminder"
NEAR = "queue_near"
GONE = (Appointment.State.CANCELLED, Appointment.State.DECLINED, Appointment.State.LAPSED)


class HoursLetter:
    def __init__(
        self,
        template: str,
        *,
        people: Iterable[Enrollment],
        key: str = "",
        kind: str = KIND,
        is_urgent: bool = False,
        **words: Any,
    ) -> None:
        self.template, self.key, self.kind, self.is_urgent, self.words = template, key, kind, is_urgent, words
        self.people = tuple(people)

    @property
    def readers(self) -> list[User]:
        """Who gets it: each once, who is in the course and wants letters of this kind."""
        present = {person.user_id: person.user for person in self.people if person.dropped_at is None}
        choices = preferences.choices_of(present, self.kind)
        return [user for pk, user in present.items() if choices.get(pk) != Choice.OFF]

    def subject(self, course: Course, reader: User) -> str:
        known = {"sender_name": course.code, "zone": course.timezone, "course_slug": course.slug, "course": course}
        return wording.write(self.template, to=reader, kind=self.kind, **known, **self.words).subject

    def post(self, course: Course, now: datetime) -> int:
        what = {"kind": self.kind, "now": now, "is_urgent": self.is_urgent, **self.words}
        return course_letters.post_to(course, self.template, people=self.people, key=self.key, **what)


class AppointmentLetter(HoursLetter):
    """A letter about what became of an appointment, with a part for calendars if it is close.

    What is only offered is no event of a calendar yet.
    """

    def __init__(
        self, template: str, appointment: Appointment, hours: OfficeHours | None, *, now: datetime, **what: Any
    ) -> None:
        self.appointment, self.hours = appointment, hours
        place, link = place_and_link(appointment, hours)
        what.setdefault("people", teams.people_of(appointment.course, appointment))
        is_urgent = is_close(appointment, now, was=what.get("was"))
        super().__init__(template, is_urgent=is_urgent, appointment=appointment, place=place, link=link, **what)

    def post(self, course: Course, now: datetime) -> int:
        appointment = self.appointment
        ical.publish([(appointment, digest_of(appointment, self.hours))], now)
        self.key = f"{appointment.uid}:{appointment.sequence}:{appointment.state}"
        has_part = self.is_urgent and appointment.starts_at is not None and not appointment.offered_until
        what = {"kind": self.kind, "now": now, "is_urgent": self.is_urgent, "thread": appointment.uid, **self.words}
        return sum(
            course_letters.post_to(
                course, self.template, people=[person], key=self.key, **what,
                calendar=_part(appointment, person, self.hours, now) if has_part else "",
            )
            for person in self.people
        )  # fmt: skip


@dataclass(frozen=True)
class Recipient:
    name: str
    subjects: tuple[str, ...]


@dataclass(frozen=True)
class Recipients:
    """Everybody who gets a letter, each once, by name; `letters` is how many letters there are."""

    shown: ClassVar = 10
    first: tuple[Recipient, ...]  # those whom a page names
    people: int
    letters: int

    @classmethod
    def of(cls, course: Course, letters: Iterable[HoursLetter]) -> "Recipients":
        each = [(user, letter) for letter in letters for user in letter.readers]
        users = sorted({user for user, _ in each}, key=lambda user: (user.sort_key, user.name, user.pk))
        first = []
        for user in users[: cls.shown]:
            subjects = [
                letter.subject(course, user).removeprefix(f"{course.code}: ") for who, letter in each if who == user
            ]
            first.append(Recipient(str(user), tuple(subjects)))
        return cls(tuple(first), len(users), len(each))

    @property
    def more(self) -> int:
        return self.people - len(self.first)

    def __bool__(self) -> bool:
        return bool(self.letters)

    def __str__(self) -> str:
        """How many, in words: "4 people", "1 person (2 letters)"."""
        people = f"{self.people} {'person' if self.people == 1 else 'people'}"
        return people if self.people == self.letters else f"{people} ({self.letters} letters)"


def domain() -> str:
    """The portal's name in UIDs."""
    return urlsplit(settings.PORTAL_URL).hostname or "localhost"


def place_and_link(appointment: Appointment, hours: OfficeHours | None) -> tuple[str, str]:
    return (hours.where, hours.url) if hours else (appointment.place, "")


def digest_of(appointment: Appointment, hours: OfficeHours | None) -> str:
    course = appointment.course
    place = (hours.mode, hours.place, hours.url) if hours else (appointment.place, "")
    shown = (appointment.starts_at, appointment.ends_at, appointment.host_id, *place, appointment.state in GONE)
    return ical.digest(course.code, course.timezone, appointment.host, *shown)


def event_of(appointment: Appointment, *, now: datetime, whom: str = "") -> ical.Event:
    """An appointment as its student's calendar shows it, or that of `whom` it is with; it is published already."""
    assert appointment.starts_at is not None and appointment.ends_at is not None
    place, url = place_and_link(appointment, appointment.hours)
    return ical.Event(
        uid=appointment.uid,
        summary=f"{appointment.course.code}: appointment with {whom or appointment.host}",
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        changed_at=appointment.changed_at or now,
        sequence=appointment.sequence,
        place=place,
        text=appointment.topic,
        url=url,
        is_cancelled=appointment.state in GONE,
    )


def tell(
    appointment: Appointment, template: str, *, now: datetime, beside: Enrollment | None = None, **what: Any
) -> int:
    """Write to the student of an appointment, and to their team, what became of it; once for each state that it was in.

    Who did it themselves (`beside`) gets none.
    """
    people = [person for person in teams.people_of(appointment.course, appointment) if person != beside]
    letter = AppointmentLetter(template, appointment, appointment.hours, now=now, people=people, **what)
    return letter.post(appointment.course, now)


def of_change(
    appointment: Appointment, hours: OfficeHours, *, now: datetime, was: datetime | None, reason: str
) -> AppointmentLetter:
    """The letter that an appointment moved with its office hours, or is cancelled; `was` is when it was to begin."""
    if appointment.state in GONE:
        return AppointmentLetter("appointment_cancelled", appointment, hours, now=now, was=was)
    if appointment.state == Appointment.State.OFFERED:
        return AppointmentLetter("appointment_offer", appointment, hours, now=now, kind=OFFER)
    return AppointmentLetter("appointment_moved", appointment, hours, now=now, was=was, reason=reason)


def is_close(appointment: Appointment, now: datetime, *, was: datetime | None = None) -> bool:
    """Whether an appointment is or was within two days or is on, or may come to be by the times that are proposed."""
    if appointment.starts_at and ical.is_close(appointment.starts_at, now, end=appointment.ends_at):
        return True
    proposed = [] if appointment.starts_at else [datetime.fromisoformat(time) for time in appointment.proposed]
    return any(ical.is_close(time, now) for time in (*([was] if was else []), *proposed))


def tell_host(appointment: Appointment, template: str, *, occasion: str, now: datetime, **words: Any) -> int:
    """Write to the host of an appointment, if they are still of the course."""
    host = Enrollment.objects.active().filter(course=appointment.course, user=appointment.host_id).first()
    return course_letters.post_to(
        appointment.course,
        template,
        people=[host] if host else [],
        key=f"{appointment.uid}:host:{occasion}",
        kind=KIND,
        thread=appointment.uid,
        now=now,
        is_urgent=is_close(appointment, now),
        appointment=appointment,
        **words,
    )


def tell_host_of(appointment: Appointment, done: str, *, by: Enrollment | None, now: datetime, **words: Any) -> None:
    """Write to the host of an appointment what another of the staff did about it."""
    if by is not None and by.user_id != appointment.host_id:
        tell_host(appointment, "appointment_by_staff", occasion=f"staff-{done}", now=now, by=by, done=done, **words)


def still_holds(message: Message) -> bool:
    """Whether a letter is still of use: an offer or a reminder is not once its appointment stands otherwise.

    Nor is "your turn is near" to someone who was called, is away or has left.
    """
    if message.kind == NEAR:
        return QueueEntry.objects.waiting().filter(pk=message.key.removeprefix("place-")).exists()
    if message.kind not in (OFFER, REMINDER):
        return True
    number, _, occasion = message.key.removeprefix("appointment-").partition(":")
    wanted = Appointment.State.OFFERED if message.kind == OFFER else Appointment.State.BOOKED
    appointment = Appointment.objects.filter(pk=number, state=wanted).first()
    if appointment is None:
        return False
    is_unchanged = appointment.changed_at is None or appointment.changed_at <= message.created_at
    return message.kind == OFFER or (occasion == reminded_of(appointment) and is_unchanged)


def reminded_of(appointment: Appointment) -> str:
    """What a reminder is of: the time, however else the appointment changes."""
    assert appointment.starts_at is not None
    return f"{appointment.starts_at:%Y-%m-%dT%H:%M}"


def reminded(appointments: Iterable[Appointment]) -> set[tuple[int, int]]:
    """Who was reminded of the time that these appointments have: their numbers with those of persons."""
    keys = {f"{appointment.uid}:{reminded_of(appointment)}": appointment.pk for appointment in appointments}
    posted = Message.objects.filter(kind=REMINDER, key__in=list(keys)).values_list("key", "recipient")
    return {(keys[key], person) for key, person in posted}


def remind(appointment: Appointment, *, people: Iterable[Enrollment], now: datetime) -> int:
    place, url = place_and_link(appointment, appointment.hours)
    return course_letters.post_to(
        appointment.course,
        "appointment_reminder",
        people=people,
        key=f"{appointment.uid}:{reminded_of(appointment)}",
        kind=REMINDER,
        thread=appointment.uid,
        now=now,
        expires_at=appointment.starts_at,
        appointment=appointment,
        place=place,
        link=url,
    )


def _part(appointment: Appointment, person: Enrollment, hours: OfficeHours | None, now: datetime) -> str:
    appointment.hours = hours
    event = replace(
        event_of(appointment, now=now),
        organizer=(str(appointment.host), appointment.host.email),
        attendee=(str(person.user), person.user.email),
    )
    course, method = appointment.course, "CANCEL" if event.is_cancelled else "REQUEST"
    return ical.calendar([event], zone=course.zone, name=course.code, domain=domain(), method=method).decode()
