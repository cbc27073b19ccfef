"""One row of everything that an address can name, in one course; and a person who belongs to another course."""

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from accounts.models import User
from cloudguard.models import AccountLink
from courses.models import Announcement, Assignment, Course, Enrollment, NoClassDay, Role, RosterImport
from credits.domain import requests
from credits.tests.world import give, make_pool
from feedback.domain import surveys
from feedback.models import StudentQuestion
from feedback.tests.world import make_plan
from mail.models import Message
from officehours.domain import queues
from officehours.models import Appointment, AvailabilityPoll, FormerAddress
from officehours.models.hours import monday
from officehours.tests.factories import make_hours, on
from portal.testing import NOON, Cast, client_of, enroll, make_course
from portal.tests.routes import Route
from presentations.tests import factories as talks


@dataclass
class World:
    """The cast, their course's rows, and what the names in an address stand for."""

    cast: Cast
    elsewhere: Enrollment  # teaches another course
    dropped: Enrollment
    rows: dict[str, Any] = field(default_factory=dict)
    browsers: dict[int, Client] = field(default_factory=dict)

    @property
    def insiders(self) -> list[Enrollment]:
        return [self.cast.student, self.cast.assistant, self.cast.instructor]

    @property
    def outsiders(self) -> list[Enrollment | User]:
        return [self.cast.stranger, self.elsewhere, self.dropped]

    def browser_of(self, person: Enrollment | User) -> Client:
        """A browser in which this person stays signed in."""
        key = person.pk if isinstance(person, User) else person.user_id
        if key not in self.browsers:
            self.browsers[key] = client_of(person)
        return self.browsers[key]

    def url_of(self, route: Route, course: Course | None = None) -> str:
        """The address with this world's rows in it; in another course, if one is given."""
        names = {"course_slug": (course or self.cast.course).slug, **NAMES}
        if row := row_behind(route.name):
            names["pk"] = self.rows[row].pk
        missing = route.wants - set(names)
        assert not missing, f'say what {missing} of "{route.name}" stands for in portal/tests/world.py'
        kwargs = {name: names[name](self) if callable(names[name]) else names[name] for name in route.wants}
        return reverse(route.name, kwargs=kwargs)


FORMER = 77  # an address from before dates of office hours were rows
# What a name in an address stands for, wherever it occurs …
NAMES: dict[str, Any] = {
    "date": lambda world: world.rows["survey"].meeting.date,
    "token": "no-such-token",
    "name": "no-such-letter",
    "kind": "announcement",
    "number": FORMER,
    "page": "queue",
}
# … and what `pk` stands for: the row whose addresses begin so, or are listed here.
ROW_OF_PREFIX = {
    "credit_decline": "credit_request",
    "credit_withdraw": "credit_request",
    "cost_reminder": "cost_reminder",
    "credit_reveal": "grant",
    "credit_report": "grant",
    "credit_reopen": "grant",
    "credit_faulty": "grant",
    "credit_": "credit_pool",
    "running_price": "price",
    "assignment_": "assignment",
    "announcement_": "announcement",
    "letter_": "letter",
    "staff_": "staff",
    "weekly_time_": "weekly_time",
    "no_class_day_": "no_class_day",
    "roster_": "roster_import",
    "team": "team",
    "swap_": "swap",
    "talk_": "talk",
    "topic_": "topic",
    "review_s": "review",
    "review_file": "review",
    "hours_": "hours",
    "queue_entry": "place",
    "poll": "poll",
    "appointment_": "appointment",
    "published_": "published",
}
QUESTION_PAGES = {
    "student_question",
    "unpublish_question",
    "merge_question",
    "unmerge_question",
    "set_question_aside",
    "take_question_back",
}


def row_behind(name: str) -> str:
    """Which row of the world an address named so takes as its `pk`."""
    if name in QUESTION_PAGES:
        return "question"
    return next((row for prefix, row in ROW_OF_PREFIX.items() if name.startswith(prefix)), "")


def make_world(cast: Cast) -> World:
    """Fill the cast's course, and give a teacher to an empty one."""
    course = cast.course
    other = make_course("cs102-s24")
    world = World(cast, enroll(other, "Di Elsewhere", Role.INSTRUCTOR), enroll(course, "Eve Dropped"))
    Enrollment.objects.filter(pk=world.dropped.pk).update(dropped_at=NOON)
    make_plan(course)
    *_, before, meeting = course.meetings.filter(ends_at__lt=NOON).order_by("starts_at")
    frozen = surveys.open_survey(before, now=before.ends_at)
    survey = surveys.open_survey(meeting, now=NOON)
    question = StudentQuestion.objects.create(
        course=course, survey=frozen, asked="Why so?", wording="Why so?", published_at=NOON, published_in=meeting
    )
    by = cast.instructor.user
    series = make_hours(cast, weekday=survey.meeting.date.weekday())
    hours = on(series, survey.meeting.date)
    FormerAddress.objects.create(series_number=FORMER, monday=monday(hours.on), hours=hours)
    pool = make_pool(course)
    world.rows |= {
        "credit_pool": pool,
        "grant": give(pool, cast.student),
        "cost_reminder": course.cost_reminders.create(text="Stop your machines", usd_per_hour="0.03"),
        "credit_request": requests.ask(pool, by=cast.other_student, now=NOON),
        "price": course.running_prices.create(kind="instance", size="c5d.large", usd=1, priced_on=NOON.date()),
        "hours": hours,
        "poll": AvailabilityPoll.objects.create(
            course=course, weekdays=[1], start=time(9), end=time(11), opened_at=NOON
        ),
        "place": queues.join(
            queues.open_queue(hours, now=survey.meeting.starts_at),
            by=cast.student,
            topic="Lambdas",
            team=None,
            now=survey.meeting.starts_at,
        ),
        "appointment": Appointment.objects.create(
            course=course,
            host=by,
            student=cast.student,
            hours=hours,
            starts_at=NOON + timedelta(hours=2),
            ends_at=NOON + timedelta(hours=3),
            state=Appointment.State.BOOKED,
            created_at=NOON,
        ),
        "survey": survey,
        "frozen": frozen,
        "question": question,
        "published": question,
        "letter": Message.objects.create(
            recipient=cast.student.user,
            kind="announcement",
            key="x",
            course_slug=course.slug,
            state=Message.State.PARKED,
            created_at=NOON,
        ),
        "staff": cast.assistant,
        "weekly_time": course.weekly_times.first(),
        "no_class_day": NoClassDay.objects.create(course=course, date=date(2024, 5, 27), reason="Memorial Day"),
        "roster_import": RosterImport.objects.create(course=course, by=by, file_name="roster.csv", created_at=NOON),
        "assignment": Assignment.objects.create(course=course, name="A1", title="Invented", due_at=NOON),
        "announcement": Announcement.objects.create(
            course=course, title="Moved", text="To Friday.", author=by, created_at=NOON, posted_at=NOON
        ),
    }
    AccountLink.objects.create(enrollment=cast.student, external_id="portal-invented", consented_at=NOON)
    world.rows |= talks.rows(cast)
    return world
