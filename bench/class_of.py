"""The bench's own course.

`seed N` makes it and signs N students in, `queue N` lets them wait in a queue besides, `desk SECONDS` calls them one by
one, `tally` counts what arrived.
"""

import json
import os
import sys
from datetime import UTC, datetime, time, timedelta
from importlib import import_module
from pathlib import Path
from time import monotonic, sleep

import django

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.db.models import Sum  # noqa: E402

from accounts.models import User  # noqa: E402
from courses.domain import calendar  # noqa: E402
from courses.models import Course, Enrollment, Section, WeeklyTime  # noqa: E402
from feedback.domain import surveys  # noqa: E402
from feedback.models import Survey, SurveyPlan  # noqa: E402
from officehours.domain import queues, series  # noqa: E402
from officehours.models import HoursQueue  # noqa: E402

SLUG = "bench-burst"
CALLS_EVERY = 20  # seconds
SCALE = {"kind": "scale", "min": 1, "max": 10}
QUESTIONS = [
    {**SCALE, "key": "material", "prompt": "How new was the material?"},
    {**SCALE, "key": "pace", "prompt": "How was the pace?"},
    {"key": "question", "kind": "text", "required": False, "prompt": "Anything unclear?"},
]
BACKEND = "django.contrib.auth.backends.ModelBackend"


def seed(students: int) -> dict[str, object]:
    """A course that meets every day, the open survey of today's class, and a session cookie for each student."""
    now = datetime.now(UTC)
    survey = surveys.open_survey(_course(now).meetings.get(date=now.date()), now=now)
    cookies = [_signed_in(person) for person in _enroll(survey.course, students)]
    return {"path": f"/c/{SLUG}/classes/{survey.meeting.date}/survey", "cookies": cookies}


def queue(students: int) -> dict[str, object]:
    """The same, with all of them waiting in the queue of today's office hours."""
    found, now = seed(students), datetime.now(UTC)
    course = Course.objects.get(slug=SLUG)
    host = User.objects.create_user("host@bench.example", "Wren Host")
    terms = series.Terms(weekday=now.weekday(), start=time(0, 0), end=time(23, 59))
    made = series.create(course, host=host, terms=terms, first_on=now.date(), last_on=now.date(), now=now)
    hours = made.dates.get()
    opened = queues.open_queue(hours, now=now)
    for person in course.enrollments.students():
        queues.join(opened, by=person, topic="Why does my Lambda time out?", team=None, now=now)
    return {**found, "queue": f"/c/{SLUG}/office-hours/{hours.pk}/queue"}


def desk(seconds: int) -> dict[str, object]:
    """Staff who call the next of the queue every 20 seconds."""
    opened, end, called = HoursQueue.objects.get(hours__course__slug=SLUG), monotonic() + seconds, 0
    print("ready", file=sys.stderr, flush=True)
    while monotonic() < end:
        called += bool(queues.call_next(opened, now=datetime.now(UTC)))
        sleep(CALLS_EVERY)
    return {"called": called}


def _course(now: datetime) -> Course:
    first, last = now.date(), now.date() + timedelta(days=30)
    course = Course.objects.create(
        slug=SLUG,
        code="BENCH 1/2",
        title="A burst",
        term="Now",
        timezone="UTC",
        starts_on=first,
        ends_on=last,
        meetings_first_on=first,
        meetings_last_on=last,
    )
    for position in range(2):
        Section.objects.create(course=course, code=f"BENCH {position + 1}", position=position)
    for weekday in range(7):
        WeeklyTime.objects.create(course=course, weekday=weekday, start=time(0, 0), end=time(0, 1))
    calendar.lay_out(course)
    SurveyPlan.objects.create(
        course=course, title="Survey", due_days=0, due_time=time(23, 59), reminder_time=time(9), questions=QUESTIONS
    )
    return course


def _enroll(course: Course, students: int) -> list[User]:
    sections = list(course.sections.all())
    people = User.objects.bulk_create(
        [User(email=f"student{i}@bench.example", name=f"Student {i}", password="!") for i in range(students)]
    )
    Enrollment.objects.bulk_create(
        [
            Enrollment(course=course, user=person, section=sections[i % len(sections)], login=f"student{i}")
            for i, person in enumerate(people)
        ]
    )
    return people


def _signed_in(person: User) -> str:
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    keys = {SESSION_KEY: str(person.pk), BACKEND_SESSION_KEY: BACKEND, HASH_SESSION_KEY: person.get_session_auth_hash()}
    key = store._get_new_session_key()
    Session.objects.create(
        session_key=key, session_data=store.encode(keys), expire_date=datetime.now(UTC) + timedelta(days=1)
    )
    return f"{settings.SESSION_COOKIE_NAME}={key}"


def tally() -> dict[str, object]:
    """What the database holds: completions, texts, and the counts of every question."""
    survey = Survey.objects.get(course__slug=SLUG)
    counts = {
        question.key: {
            str(row["value"]): row["all"]
            for row in question.counts.values("value").annotate(all=Sum("count")).order_by("value")
            if row["all"]
        }
        for question in survey.questions.filter(kind="scale")
    }
    people = survey.completions.values("enrollment").distinct().count()
    return {
        "completions": survey.completions.count(),
        "people": people,
        "texts": survey.texts.count(),
        "counts": counts,
    }


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    json.dump({"seed": seed, "queue": queue, "desk": desk, "tally": tally}[what](*map(int, rest)), sys.stdout)
