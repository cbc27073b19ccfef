"""A course with a pool of fake codes."""

from datetime import datetime
from pathlib import Path

import yaml

from accounts.domain.clock import clock
from accounts.models import User
from courses.domain import roster
from courses.models import Course, Enrollment
from credits.domain import audit, codes, grants
from credits.models import CreditPool, Grant
from portal.testing import NOON

DEMO = Path(__file__).resolve().parents[2] / "demo"


def fake_codes(number: int, start: int = 1) -> list[str]:
    return [f"FAKE-Code-{n:04}" for n in range(start, start + number)]


def make_pool(course: Course, stock: int = 3, **fields: object) -> CreditPool:
    pool = CreditPool.objects.create(course=course, program=fields.pop("program", "Invented credits"), **fields)
    pool.sections.set(course.sections.all())
    if stock:
        fill(pool, fake_codes(stock, start=2001 + pool.pk % 7 * 1000))
    return pool


def fill(pool: CreditPool, texts: list[str]) -> codes.CodesReport:
    return codes.import_codes(pool, "\n".join(texts).encode(), by=None, now=NOON, also_doubtful=True)


def give(pool: CreditPool, person: Enrollment, now: datetime = NOON, actor: User | None = None) -> Grant | None:
    """The next free code of a pool goes to a student; a refusal stands in the log."""
    with audit.logged(pool.course, now=now, **audit.ids_of(pool, person, actor)):
        return grants.take(pool, by=person, now=now, actor=actor)


def enroll_many(course: Course, number: int) -> list[Enrollment]:
    """So many more students, in all sections."""
    sections = list(course.sections.all())
    logins = [f"student{n:03}" for n in range(number)]
    users = User.objects.bulk_create(
        User(email=f"{login}@students.example.edu", name=f"Sam {login}", password="!") for login in logins
    )
    return Enrollment.objects.bulk_create(
        Enrollment(course=course, user=user, login=user.email.partition("@")[0], section=sections[n % len(sections)])
        for n, user in enumerate(users)
    )


def oracle() -> Course:
    """The demo's course with its sections and its 69 students, enrolled from its first day."""
    file = yaml.safe_load((DEMO / "course.yaml").read_text())
    known = {name: file["course"][name] for name in ("slug", "code", "title", "timezone", "starts_on", "ends_on")}
    first, last = file["meetings"]["first_on"], file["meetings"]["last_on"]
    course = Course.objects.create(
        **known, login_email_domain="students.example.edu", meetings_first_on=first, meetings_last_on=last
    )
    for position, section in enumerate(file["sections"]):
        course.sections.create(code=section["code"], position=position)
    for name in file["rosters"]:
        since = clock("2023-09-28T00:00-07:00")
        roster.load(course, (DEMO / name).read_bytes(), file_name=name, now=since, enrolled_at=since)
    return course
