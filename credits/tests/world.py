"""A course with a pool of fake codes."""

from pathlib import Path

from courses.models import Course, Enrollment
from credits.domain import codes
from credits.models import CreditPool
from portal.testing import NOON

DEMO = Path(__file__).resolve().parents[2] / "demo"


def fake_codes(number: int, start: int = 1) -> list[str]:
    return [f"FAKE-Code-{n:04}" for n in range(start, start + number)]


def make_pool(course: Course, stock: int = 3, **fields: object) -> CreditPool:
    pool = CreditPool.objects.create(course=course, program=fields.pop("program", "Invented credits"), **fields)
    pool.sections.set(course.sections.all())
    if stock:
        fill(pool, fake_codes(stock, start=1 + pool.pk % 9 * 1000))
    return pool


def fill(pool: CreditPool, texts: list[str]) -> codes.Report:
    return codes.import_codes(pool, "\n".join(texts).encode(), by=None, now=NOON)


def students_of(course: Course) -> list[Enrollment]:
    return list(course.enrollments.students())
