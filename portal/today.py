"""Today: what waits for one person in one course. Each app adds its lines here, and each number leads to its rows."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q
from django.urls import reverse

from courses.domain import agenda, assignments, calendar
from courses.domain.cards import Card, Page, cards_on
from courses.models import Announcement, Assignment, ClassMeeting, Course, Enrollment
from credits.queries import ledger, mine
from credits.queries.mine import MyPool
from feedback.queries import overview, recap
from feedback.queries.overview import MySurvey
from feedback.queries.recap import Recap
from mail.models import Message
from officehours.domain import polls, queues
from officehours.models import AvailabilityPoll
from officehours.queries import appointments, desk, week
from officehours.queries.desk import QueuePlace
from officehours.queries.week import HoursLine
from portal import class_day
from portal.class_day import WEEK, CancelledClass, DayEntry
from presentations.queries.waiting import TalksWaiting, swaps_for_staff, talks_waiting_for


@dataclass(frozen=True)
class Waiting:
    """A number of things that wait for staff, leading to the rows that it counts."""

    number: int
    words: str
    url: str
    more: str = ""


@dataclass
class Today:
    """What everyone sees: the class that is on or comes next, and what is new."""

    now: datetime
    meeting: ClassMeeting | None
    when: str  # how far off the class is, in words
    is_today: bool
    agenda: list[agenda.ShownLine]
    due: list[Assignment]
    announcements: list[Announcement]
    cancelled: list[CancelledClass]  # until they are past
    surveys: list[MySurvey] = field(default_factory=list)
    day: list[DayEntry] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    last: Recap | None = None
    talks: TalksWaiting | None = None
    codes: list[MyPool] = field(default_factory=list)  # credit codes that wait to be collected
    cards: list[Card] = field(default_factory=list)  # of apps that may be left out
    hours: list[HoursLine] = field(default_factory=list)
    booked: list[appointments.Mine] = field(default_factory=list)  # with a host, within a week
    offers: list[appointments.Mine] = field(default_factory=list)  # times with a host that wait for an answer
    places: list[QueuePlace] = field(default_factory=list)  # in queues that are not closed
    poll: AvailabilityPoll | None = None  # that this student has not answered


def today_for(person: Enrollment, *, now: datetime) -> Today:
    course = person.course
    meeting = calendar.meeting_of_the_day(course, now)
    today = Today(
        now=now,
        meeting=meeting,
        when=far_off(meeting, now) if meeting else "",
        is_today=meeting is not None and meeting.date == calendar.local_date(course, now),
        agenda=agenda.shown_lines(meeting, now) if meeting else [],
        due=_due_soon(person, now),
        announcements=list(course.announcements.posted()[:3]),
        cancelled=class_day.cancelled_classes(course, meeting, now),
        cards=cards_on(Page.TODAY, person),
        hours=week.this_week(course, now, joins=None if person.is_staff else person),
    )
    return _for_staff(today, person) if person.is_staff else _for_student(today, person)


def far_off(meeting: ClassMeeting, now: datetime) -> str:
    """How far off a class is: "in 38 minutes", "on now", "over"."""
    if meeting.ends_at <= now:
        return "over"
    if meeting.starts_at <= now:
        return "on now"
    minutes = int((meeting.starts_at - now).total_seconds() // 60)
    days = (meeting.date - calendar.local_date(meeting.course, now)).days
    if days == 1:
        return "tomorrow"
    if days > 1:
        return f"in {days} days"
    return f"in {minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"in {minutes} minute{'s' * (minutes != 1)}"


def _due_soon(person: Enrollment, now: datetime) -> list[Assignment]:
    """What is due within a week, the nearest first, and what is announced but not posted."""
    soon = Q(due_at__gt=now - calendar.MINUTE, due_at__lt=now + WEEK)
    to_come = Q(due_at=None, state=Assignment.State.ANNOUNCED)
    found = assignments.readable_by(person).filter(soon | to_come)
    return sorted(found, key=lambda assignment: (assignment.due_at is None, assignment.due_at or now))


def _for_student(today: Today, student: Enrollment) -> Today:
    today.surveys = [survey for survey in overview.surveys_of(student, now=today.now) if survey.waits]
    today.talks = talks_waiting_for(student, now=today.now)
    today.booked = appointments.booked_soon(student, today.now)
    today.offers = appointments.to_answer(student, today.now)
    today.places = desk.places(student, now=today.now)
    today.poll = polls.to_answer(student)
    today.codes = [pool for pool in mine.pools_of(student, now=today.now) if pool.ready]
    return today


def _for_staff(today: Today, person: Enrollment) -> Today:
    today.day = class_day.day_entries(today.meeting, today.agenda, now=today.now) if today.meeting else []
    today.waiting = [*_unopened(today, person), *waiting_for_staff(person.course, now=today.now)]
    frozen = person.course.surveys.frozen().select_related("meeting").order_by("meeting__starts_at").last()
    today.last = recap.recap_of(frozen) if frozen else None
    return today


def waiting_for_staff(course: Course, *, now: datetime) -> list[Waiting]:
    """What staff should look at, each with its number."""
    inbox = course.student_questions.in_inbox()
    drafts = inbox.exclude(reply="").count()
    unanswered = inbox.filter(reply="").count()
    unposted = course.announcements.filter(posted_at=None).count()
    held_back = Message.objects.parked().filter(course_slug=course.slug).count()
    return [
        *_open_surveys(course, now),
        Waiting(
            unanswered,
            "question without an answer" if unanswered == 1 else "questions without an answer",
            _url(course, "inbox"),
            f"{drafts} draft{'s' * (drafts != 1)}" if drafts else "",
        ),
        *_swaps(course),
        *_credits(course, now),
        *_office_hours(course),
        Waiting(
            unposted,
            "announcement not posted yet" if unposted == 1 else "announcements not posted yet",
            _url(course, "announcements"),
        ),
        Waiting(
            held_back,
            "letter held back" if held_back == 1 else "letters held back",
            _url(course, "letters"),
        ),
    ]


def _swaps(course: Course) -> list[Waiting]:
    number = swaps_for_staff(course)
    return [Waiting(number, f"swap{'s' * (number != 1)} to decide", _url(course, "swaps"))] if number else []


def _office_hours(course: Course) -> list[Waiting]:
    asked = course.appointments.asked().count()
    page = _url(course, "office_hours")
    return [
        *(
            Waiting(
                number,
                f"in the queue of {queue.hours.date:%b} {queue.hours.date.day}",
                _queue_url(course, queue.hours_id),
            )
            for queue, number in queues.busy(course)
        ),
        *([Waiting(asked, f"request{'s' * (asked != 1)} for an appointment", page)] if asked else []),
    ]


def _unopened(today: Today, host: Enrollment) -> list[Waiting]:
    """Office hours of one's own that are on while students cannot join their queue."""
    rows = [line.hours for line in today.hours if not line.is_former]
    return [
        Waiting(1, "queue to open: your office hours are on", _queue_url(host.course, row.pk))
        for row in appointments.unopened(host, rows, today.now)
    ]


def _queue_url(course: Course, hours: int) -> str:
    return reverse("hours_queue", kwargs={"course_slug": course.slug, "pk": hours})


def _credits(course: Course, now: datetime) -> list[Waiting]:
    pools = list(course.credit_pools.prefetch_related("sections"))
    if not pools:
        return []
    asked = sum(pool.requests.asked().count() for pool in pools)
    counts = ledger.as_of(course, now)
    more = f"{counts.stock} codes in stock, {counts.fulfilled} of {counts.eligible} fulfilled"
    reported = ledger.reported(course).count()
    words = f"code{'s' * (reported != 1)} reported as not working"
    return [
        Waiting(asked, "credit requests", _url(course, "credit_requests"), more),
        *([Waiting(reported, words, _url(course, "credits"))] if reported else []),
    ]


def _open_surveys(course: Course, now: datetime) -> list[Waiting]:
    return [
        Waiting(
            class_feedback.took_part.completed or 0,
            f"of {class_feedback.enrolled} answered so far, {class_feedback.meeting.label}",
            reverse("survey_recap", kwargs={"course_slug": course.slug, "date": class_feedback.meeting.date}),
        )
        for class_feedback in overview.classes_of(course, now=now)
        if class_feedback.is_open
    ]


def _url(course: Course, name: str) -> str:
    return reverse(name, kwargs={"course_slug": course.slug})
