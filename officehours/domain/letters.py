"""Letters about appointments: each tells of one state of one appointment, once, and says so to calendars close by."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from courses.domain import ical
from courses.domain import letters as course_letters
from courses.models import Enrollment
from mail.models import Message
from officehours.domain import teams, told
from officehours.domain.occurrences import Occurrence
from officehours.models import Appointment, QueueEntry

KIND, OFFER, REMINDER = "appointment", "appointment_offer", "appointment_reminder"
NEAR = "queue_near"
GONE = (Appointment.State.CANCELLED, Appointment.State.DECLINED, Appointment.State.LAPSED)


def domain() -> str:
    """The portal's name in UIDs."""
    return urlsplit(settings.PORTAL_URL).hostname or "localhost"


def where(appointment: Appointment, held: Occurrence | None) -> tuple[str, str]:
    """Place and link of an appointment, as its office hours are held."""
    if held is None:
        return appointment.place, ""
    return held.where(held.place), held.url


def content_of(appointment: Appointment, held: Occurrence | None) -> str:
    """The fingerprint of what an appointment says to calendars; other words for the same place are no other place."""
    one = appointment
    place = (held.mode, held.place, held.url) if held else (one.place, "")
    return told.digest(one.starts_at, one.ends_at, one.host_id, *place, one.state in GONE)


def differs(appointment: Appointment, held: Occurrence | None) -> bool:
    """Whether an appointment stands otherwise than its student was told."""
    return appointment.known_content != content_of(appointment, held)


def event_of(appointment: Appointment, held: Occurrence | None, as_told: told.Told, *, whom: str = "") -> ical.Event:
    """An appointment as its student's calendar shows it, or that of `whom` it is with."""
    assert appointment.starts_at is not None and appointment.ends_at is not None
    place, url = where(appointment, held)
    return ical.Event(
        uid=appointment.uid,
        summary=f"{appointment.course.code}: appointment with {whom or appointment.host}",
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        told_at=as_told.at,
        sequence=as_told.sequence,
        place=place,
        text=appointment.topic,
        url=url,
        is_cancelled=appointment.state in GONE,
    )


def tell(
    appointment: Appointment,
    letter: str,
    *,
    held: Occurrence | None,
    now: datetime,
    kind: str = KIND,
    beside: Enrollment | None = None,
    **words: Any,
) -> int:
    """Write to the student of an appointment, and to their team, what became of it; once for each state that it was in.

    Who did it themselves (`beside`) gets none. What is only offered is no event of a calendar yet.
    """
    content = content_of(appointment, held)
    know(appointment, None, content)
    sequence = told.tell_all(appointment.course, {appointment.uid: content}, now)[appointment.uid].sequence
    is_urgent = is_close(appointment, now, was=words.get("was"))
    has_part = is_urgent and appointment.starts_at is not None and not appointment.offered_until
    place, url = where(appointment, held)
    return sum(
        course_letters.post_to(
            appointment.course,
            letter,
            people=[person],
            key=f"{appointment.uid}:{sequence}:{appointment.state}",
            kind=kind,
            thread=appointment.uid,
            now=now,
            calendar=_part(appointment, person, held, sequence, now) if has_part else "",
            is_urgent=is_urgent,
            appointment=appointment,
            place=place,
            link=url,
            **words,
        )
        for person in teams.people_of(appointment.course, appointment)
        if person != beside
    )


def is_close(appointment: Appointment, now: datetime, *, was: datetime | None = None) -> bool:
    """Whether an appointment is or was within two days or is on, or may come to be by the times that are proposed."""
    if appointment.starts_at and ical.is_close(appointment.starts_at, now, end=appointment.ends_at):
        return True
    proposed = [] if appointment.starts_at else [datetime.fromisoformat(time) for time in appointment.proposed]
    return any(ical.is_close(time, now) for time in (*([was] if was else []), *proposed))


def tell_change(
    appointment: Appointment, held: Occurrence | None, *, now: datetime, was: datetime | None, reason: str = ""
) -> int:
    """Write to the student of an appointment that it was moved, or is cancelled; `was` is when they believe it is."""
    if appointment.state in GONE:
        return tell(appointment, "appointment_cancelled", held=held, now=now, was=was)
    if appointment.state == Appointment.State.OFFERED:
        return tell(appointment, "appointment_offer", held=held, now=now, kind=OFFER)
    reason = reason or (held.reason if held else "")
    return tell(appointment, "appointment_moved", held=held, now=now, was=was, reason=reason)


def know(appointment: Appointment, start: datetime | None, content: str) -> None:
    """Keep what the student of an appointment was told last, and when they still believe it is, or None."""
    if (appointment.known_start, appointment.known_content) != (start, content):
        appointment.known_start, appointment.known_content = start, content
        appointment.save(update_fields=["known_start", "known_content"])


def tell_host(appointment: Appointment, letter: str, *, occasion: str, now: datetime, **words: Any) -> int:
    """Write to the host of an appointment, if they are still of the course."""
    host = Enrollment.objects.active().filter(course=appointment.course, user=appointment.host_id).first()
    return course_letters.post_to(
        appointment.course,
        letter,
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
    one = Appointment.objects.filter(pk=number, state=wanted).select_related("course").first()
    if one is None:
        return False
    row = told.last(one.course, one.uid)
    is_as_told = row is None or row.told_at <= message.created_at
    return message.kind == OFFER or (occasion == reminded_of(one) and is_as_told)


def reminded_of(appointment: Appointment) -> str:
    """What a reminder is of: the time, however else the appointment changes."""
    assert appointment.starts_at is not None
    return f"{appointment.starts_at:%Y-%m-%dT%H:%M}"


def reminded(appointments: Iterable[Appointment]) -> set[tuple[int, int]]:
    """Who was reminded of the time that these appointments have: their numbers with those of persons."""
    keys = {f"{one.uid}:{reminded_of(one)}": one.pk for one in appointments}
    posted = Message.objects.filter(kind=REMINDER, key__in=list(keys)).values_list("key", "recipient")
    return {(keys[key], person) for key, person in posted}


def remind(appointment: Appointment, held: Occurrence | None, *, people: Iterable[Enrollment], now: datetime) -> int:
    """Remind these people of their appointment, each once for each time that it had."""
    place, url = where(appointment, held)
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


def _part(appointment: Appointment, person: Enrollment, held: Occurrence | None, sequence: int, now: datetime) -> str:
    method = "CANCEL" if appointment.state in GONE else "REQUEST"
    event = replace(
        event_of(appointment, held, told.Told(sequence, now)),
        organizer=(str(appointment.host), appointment.host.email),
        attendee=(str(person.user), person.user.email),
    )
    course = appointment.course
    whole = ical.calendar([event], zone=course.zone, name=course.code, domain=domain(), method=method)
    return whole.decode()
