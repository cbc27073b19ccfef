"""What a course file changes of office hours that people have booked in."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from courses.models import Course, Enrollment
from mail.models import Message
from officehours.models import Appointment, BookingRules
from officehours.tests.factories import book as book_slot
from portal.course_file.loading import load, read_folder
from portal.testing import NOON, enroll
from portal.tests.course_files import load_tree, small, write

pytestmark = pytest.mark.django_db
APRIL_19 = date(2024, 4, 19)  # a Friday, on which there is no class
MONDAY = NOON + timedelta(days=6)


@pytest.fixture
def tree() -> dict[str, Any]:
    hours = {"key": "clinic", "host": "wren@example.edu", "weekday": "friday", "start": "10:00", "end": "11:00",
             "first_on": "2024-04-05", "last_on": "2024-04-26"}  # fmt: skip
    return small() | {"office_hours": [hours]}


@pytest.fixture
def course(tree: dict[str, Any], tmp_path: Path) -> Course:
    course = load_tree(tmp_path, tree).course
    BookingRules.objects.create(course=course, is_on=True, slot_minutes=30)
    return course


@pytest.fixture
def ada(course: Course) -> Enrollment:
    return enroll(course, "Ada Fictive")


@pytest.fixture
def timo(course: Course) -> Enrollment:
    return enroll(course, "Timo Placeholder")


def book(by: Enrollment, offset: int = 0, day: date = APRIL_19) -> Appointment:
    return book_slot(by.course.hours_series.get(), by, offset, day)


def with_holiday(tree: dict[str, Any], day: date = APRIL_19) -> dict[str, Any]:
    off = [{"date": f"{day}", "reason": "Holiday"}]
    return tree | {"meetings": tree["meetings"] | {"no_class": off}}


def subjects() -> list[tuple[str, str]]:
    rows = Message.objects.order_by("pk").values_list("recipient__name", "subject")
    return [(name, subject.partition(": ")[2]) for name, subject in rows]


def test_a_new_holiday_in_the_file_cancels_with_a_letter_that_the_plan_announces(
    tree: dict[str, Any], course: Course, ada: Enrollment, timo: Enrollment, tmp_path: Path
):
    mine, theirs = book(ada), book(timo, 30)
    Message.objects.all().delete()
    lines = load_tree(tmp_path, with_holiday(tree)).lines
    assert lines == [
        "created meetings.no_class[2024-04-19]",
        "mail to Ada Fictive, Timo Placeholder: no office hours on 2024-04-19",
    ]
    assert subjects() == [
        ("Ada Fictive", "appointment of Fri Apr 19 is cancelled"),
        ("Timo Placeholder", "appointment of Fri Apr 19 is cancelled"),
    ]
    states = Appointment.objects.filter(pk__in=(mine.pk, theirs.pk)).values_list("state", flat=True)
    assert set(states) == {"cancelled"}
    assert load_tree(tmp_path, with_holiday(tree)).is_unchanged


@pytest.mark.parametrize("change", [{"start": "14:00", "end": "15:00"}, {"end": "10:30"}, {"last_on": "2024-04-12"}])
def test_hours_in_which_someone_has_booked_stay_and_say_so(
    tree: dict[str, Any], course: Course, ada: Enrollment, tmp_path: Path, change: dict[str, str]
):
    mine = book(ada, 30)
    Message.objects.all().delete()
    tree["office_hours"][0] |= change
    loaded = load_tree(tmp_path, tree)
    assert loaded.is_unchanged
    assert loaded.lines == ["left alone office_hours.clinic (1 booked; --also-agreed changes them)"]
    mine.refresh_from_db()
    assert mine.state == "booked" and not Message.objects.exists()


def test_what_was_agreed_changes_with_a_letter_if_it_is_asked_for(
    tree: dict[str, Any], course: Course, ada: Enrollment, tmp_path: Path
):
    mine = book(ada)
    Message.objects.all().delete()
    tree["office_hours"][0] |= {"start": "14:00", "end": "15:00"}
    folder = read_folder(write(tmp_path, tree))
    lines = load(folder, now=NOON, also_agreed=True).lines
    assert lines[-1] == "mail to Ada Fictive: office hours clinic change"
    mine.refresh_from_db()
    assert mine.starts_at is not None and mine.starts_at.astimezone(course.zone).hour == 14
    assert subjects() == [("Ada Fictive", "appointment now Fri Apr 19, 2:00 pm CEST")]
    tree["office_hours"][0] |= {"end": "14:10"}
    load(read_folder(write(tmp_path, tree)), now=NOON, also_agreed=True)
    mine.refresh_from_db()
    assert mine.state == "cancelled"


def test_another_place_is_written_and_told(tree: dict[str, Any], course: Course, ada: Enrollment, tmp_path: Path):
    book(ada)
    Message.objects.all().delete()
    tree["office_hours"][0] |= {"place": "H 9"}
    lines = load_tree(tmp_path, tree).lines
    assert lines[-1] == "mail to Ada Fictive: office hours clinic change"
    assert [name for name, _ in subjects()] == ["Ada Fictive"] and "H 9" in Message.objects.get().text


def test_a_cancelled_date_without_bookings_is_written_though_another_is_booked(
    tree: dict[str, Any], course: Course, ada: Enrollment, tmp_path: Path
):
    mine = book(ada)
    tree["office_hours"][0]["changes"] = [{"date": "2024-04-26", "cancelled": True, "reason": "Trip"}]
    load_tree(tmp_path, tree)
    assert [row.on for row in course.office_hours.all() if row.is_cancelled] == [date(2024, 4, 26)]
    mine.refresh_from_db()
    assert mine.state == "booked"
