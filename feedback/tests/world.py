"""Courses with a daily survey: a small one with the cast of every test, and the demo's with its 69 students."""

import csv
import random
from datetime import date, datetime, time
from pathlib import Path

import yaml

from accounts.domain.clock import clock
from accounts.models import User, sort_name_of
from courses.domain import calendar
from courses.models import Course, Enrollment, NoClassDay, Role, Section, WeeklyTime
from feedback.domain import results_import, surveys
from feedback.models import Survey, SurveyPlan

DEMO = Path(__file__).resolve().parents[2] / "demo"
QUESTIONS = [
    {"key": "material", "kind": "scale", "min": 1, "max": 10, "prompt": "How new was it?", "anchors": {"5": "Equal"}},
    {"key": "pace", "kind": "scale", "min": 1, "max": 10, "prompt": "How fast was it?", "anchors": {}},
    {"key": "question", "kind": "text", "required": False, "prompt": "Anything unclear?"},
]
FINE = {"material": "7", "pace": "5", "question": ""}


def make_plan(course: Course, **fields: object) -> SurveyPlan:
    """Ask after every class; due at 20:59 the day before the next."""
    known = {"title": "Daily Survey", "due_time": time(20, 59), "reminder_time": time(9), "questions": QUESTIONS}
    return SurveyPlan.objects.create(course=course, **{**known, **fields})


def fill(course: Course, students: int) -> list[Enrollment]:
    """Students of a course, two of three in its first section, in an order that is no order of their names."""
    sections = list(course.sections.all())
    logins = sorted((f"student{n:03}" for n in range(students)), key=lambda login: hash_of(login))
    users = User.objects.bulk_create(
        User(email=f"{login}@students.example.edu", name=f"Sam {login}", sort_name=f"{login}, Sam", password="!")
        for login in logins
    )
    return Enrollment.objects.bulk_create(
        Enrollment(course=course, user=user, login=login, section=sections[n % 3 == 0])
        for n, (user, login) in enumerate(zip(users, logins, strict=True))
    )


def hash_of(text: str) -> int:
    """The same number at every run."""
    return sum(ord(letter) * 31**n for n, letter in enumerate(reversed(text))) * 2_654_435_761 % 2**32


def oracle() -> Course:
    """The demo's course: 44 and 25 students, Tuesdays and Thursdays, Thanksgiving off."""
    file = yaml.safe_load((DEMO / "course.yaml").read_text())
    course = Course.objects.create(
        slug="tcss562-f23",
        code="TCSS 462/562",
        title="Cloud Computing",
        timezone="America/Los_Angeles",
        starts_on=date(2023, 9, 28),
        ends_on=date(2023, 12, 18),
        meetings_first_on=date(2023, 9, 28),
        meetings_last_on=date(2023, 12, 7),
    )
    for weekday in (1, 3):
        WeeklyTime.objects.create(course=course, weekday=weekday, start=time(15, 40), end=time(17, 40))
    NoClassDay.objects.create(course=course, date=date(2023, 11, 23), reason="Thanksgiving")
    calendar.lay_out(course)
    for position, section in enumerate(file["sections"]):
        Section.objects.create(course=course, code=section["code"], position=position)
    for name in file["rosters"]:
        _enroll(course, DEMO / name)
    make_plan(course, questions=file["daily_survey"]["questions"])
    return course


def _enroll(course: Course, roster: Path) -> None:
    sections = list(course.sections.all())
    for row in csv.DictReader(roster.read_text().splitlines()):
        login = row["SIS Login ID"]
        if not login:
            continue
        last, _, first = row["Student"].partition(", ")
        named = {"name": f"{first} {last}", "sort_name": sort_name_of(f"{first} {last}"), "password": "!"}
        user, _ = User.objects.get_or_create(email=f"{login}@students.example.edu", defaults=named)
        section = next(s for s in sections if row["Section"].startswith(s.code))
        Enrollment.objects.create(course=course, user=user, role=Role.STUDENT, section=section, login=login)


def demo_file(day: str, what: str) -> bytes:
    """One of the demo's survey files."""
    return (DEMO / f"survey-{day}-{what}.csv").read_bytes()


def survey_of(course: Course, day: str) -> Survey:
    """The survey of the class on a date."""
    return Survey.objects.get(course=course, meeting__date=day)


def opened(course: Course, day: str = "2024-04-08") -> Survey:
    """The survey of one class, opened as it ended."""
    meeting = course.meetings.get(date=day)
    return surveys.open_survey(meeting, now=meeting.ends_at)


def answer_all(survey: Survey, people: list[Enrollment], *, seed: int, now: datetime | None = None) -> dict[int, str]:
    """Each of these people answers, in a random order, with a text of their own; who (enrollment) wrote what."""
    chance = random.Random(seed)
    wrote = {}
    for person in chance.sample(people, len(people)):
        text = f"Why is the sky of lecture {chance.randrange(10**9)} not green?"
        given = {"material": chance.randint(1, 10), "pace": chance.randint(1, 10), "question": text}
        surveys.submit_response(survey, by=person, answers=given, now=now or survey.opened_at)
        wrote[person.pk] = text
    return wrote


def import_demo(course: Course, day: str, *, completions: bool = True, freeze: bool = False) -> results_import.Outcome:
    """Import one of the demo's surveys."""
    return results_import.import_survey(
        course,
        date.fromisoformat(day),
        responses=demo_file(day, "responses"),
        completions=demo_file(day, "completions") if completions else None,
        freeze=freeze,
        now=real_now(),
    )


def real_now() -> datetime:
    """The real time, by which commands go."""
    return clock()


def one_more(course: Course, name: str) -> Enrollment:
    """One more student, in the course's first section."""
    login = name.lower().replace(" ", ".")
    user = User.objects.create(email=f"{login}@students.example.edu", name=name, password="!")
    return Enrollment.objects.create(course=course, user=user, login=login, section=course.sections.first())
