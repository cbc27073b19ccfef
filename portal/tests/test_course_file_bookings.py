"""What a loaded course file changes of bookings: no letter by loading, and nobody left without one."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from courses.models import Course, Enrollment
from mail.models import Message
from officehours.domain import appointments, calendar_feeds, waiting_list
from officehours.domain.series import Terms, terms_of
from officehours.models import Appointment, BookingRules, WaitingListEntry
from officehours.tests.factories import change_to_come, on
from portal.course_file.loading import Loaded
from portal.course_file.problems import CourseFileRefused
from portal.feeds import personal
from portal.management.commands.load_course import Command
from portal.testing import NOON, client_of, enroll
from portal.tests.course_files import load_tree, small
from portal.today import waiting_for_staff

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
    one = by.course.hours_series.get()
    return book(one, by, offset, day, now=NOON)


def with_holiday(tree: dict[str, Any], day: date = APRIL_19) -> dict[str, Any]:
    off = [{"date": f"{day}", "reason": "Holiday"}]
    return tree | {"meetings": tree["meetings"] | {"no_class": off}}


def at_two(tree: dict[str, Any]) -> dict[str, Any]:
    return tree | {"office_hours": [tree["office_hours"][0] | {"start": "14:00", "end": "15:00"}]}


def subjects() -> list[tuple[str, str]]:
    rows = Message.objects.order_by("pk").values_list("recipient__name", "subject")
    return [(name, subject.partition(": ")[2]) for name, subject in rows]


def test_a_new_holiday_in_the_file_mails_nobody_names_who_is_booked_and_one_button_tells_them_once(
    tree: dict[str, Any], course: Course, ada: Enrollment, timo: Enrollment, tmp_path: Path
):
    mine, theirs = book(ada), book(timo, 30)
    Message.objects.all().delete()
    loaded = load_tree(tmp_path, with_holiday(tree))
    assert not Message.objects.exists()
    assert [note.partition(", does")[0] for note in loaded.tally.notes] == [
        "office_hours: Ada Fictive, booked for 2024-04-19 10:00",
        "office_hours: Timo Placeholder, booked for 2024-04-19 10:30",
    ]
    with time_machine.travel(NOON, tick=False):
        assert "Cancelled: Holiday" in client_of(ada).get("/c/cs9/office-hours/").content.decode()
        staff = client_of(course.enrollments.get(user__email="wren@example.edu"))
        assert "Tell them, mail 2 people" in staff.get("/c/cs9/office-hours/").content.decode()
        assert "2 letters are on their way" in staff.post("/c/cs9/office-hours/tell", follow=True).content.decode()
        assert "Nobody is mailed" in staff.post("/c/cs9/office-hours/tell", follow=True).content.decode()
        assert "Tell them" not in staff.get("/c/cs9/office-hours/").content.decode()
    assert subjects() == [
        ("Ada Fictive", "appointment of Fri Apr 19 is cancelled"),
        ("Timo Placeholder", "appointment of Fri Apr 19 is cancelled"),
    ]
    assert "Why: Holiday" in Message.objects.latest("pk").text
    assert {one.state for one in Appointment.objects.filter(pk__in=(mine.pk, theirs.pk))} == {"cancelled"}
    assert not load_tree(tmp_path, with_holiday(tree)).tally.notes


def test_who_waits_is_counted_and_someone_with_two_bookings_is_one_person(
    tree: dict[str, Any], course: Course, ada: Enrollment, timo: Enrollment, tmp_path: Path
):
    late = enroll(course, "Late Comer")
    for person, offset in [(ada, 0), (ada, 30)]:
        book(person, offset)
    for person in (timo, late):
        waiting_list.join(course, by=person, series=course.hours_series.get().pk, on=APRIL_19, topic="", now=NOON)
    Enrollment.objects.filter(pk=late.pk).update(dropped_at=NOON)
    Message.objects.all().delete()
    load_tree(tmp_path, with_holiday(tree))
    staff = client_of(enroll(course, "Ann Assistant", role="assistant"))
    with time_machine.travel(NOON, tick=False):
        page = staff.get("/c/cs9/office-hours/").content.decode()
        assert "hours that 2 people count on" in page and "Timo Placeholder waits for Fri Apr 19: not held" in page
        assert "Tell them, mail 2 people (3 letters)" in page and "Late Comer" not in page
        assert [one.number for one in waiting_for_staff(course, now=NOON) if "not told" in one.words] == [2]
        said = staff.post("/c/cs9/office-hours/tell", follow=True).content.decode()
        assert "3 letters are on their way" in said and "Tell them" not in said
    assert {name for name, _ in subjects()} == {"Ada Fictive", "Timo Placeholder"}


def test_a_holiday_on_a_day_of_class_mails_nobody_either(tree: dict[str, Any], tmp_path: Path):
    tuesday = date(2024, 4, 16)
    tree["office_hours"][0] |= {"weekday": "tuesday", "start": "14:00", "end": "15:00"}
    course = load_tree(tmp_path, tree).course
    BookingRules.objects.create(course=course, is_on=True)
    book(enroll(course, "Ada Fictive"), day=tuesday)
    Message.objects.all().delete()
    load_tree(tmp_path, with_holiday(tree, tuesday))
    assert course.meetings.get(date=tuesday).is_cancelled
    assert not Message.objects.exists() and len(untold.of(course)) == 1


def test_whom_nobody_told_is_told_the_day_before_also_after_reading_the_calendar(
    tree: dict[str, Any], course: Course, ada: Enrollment, tmp_path: Path
):
    mine = book(ada)
    Message.objects.all().delete()
    load_tree(tmp_path, at_two(tree))
    mine.refresh_from_db()
    assert mine.starts_at is not None and mine.starts_at.astimezone(course.zone).hour == 14
    assert b"20240419T140000" in personal(calendar_feeds.feed_of(ada), now=NOON)
    day_before = datetime(2024, 4, 18, 10, tzinfo=course.zone)
    assert untold.tell_due(day_before - timedelta(seconds=1)) == 0 and not Message.objects.exists()
    assert untold.tell_due(day_before) == 1
    assert untold.tell_due(day_before) == 0
    assert subjects() == [("Ada Fictive", "appointment now Fri Apr 19, 2:00 pm CEST")]
    letter = Message.objects.get()
    assert "It was Fri Apr 19, 10:00 am CEST" in letter.text and "SEQUENCE:1" in letter.calendar


@pytest.mark.parametrize("reads_feed", [True, False])
def test_a_file_that_takes_its_change_back_leaves_nothing_to_tell(
    tree: dict[str, Any], course: Course, ada: Enrollment, tmp_path: Path, reads_feed: bool
):
    book(ada)
    Message.objects.all().delete()
    load_tree(tmp_path, at_two(tree))
    if reads_feed:
        personal(calendar_feeds.feed_of(ada), now=NOON)
    assert load_tree(tmp_path, tree).tally.notes == []
    assert untold.tell(course, now=NOON) == 0 and not Message.objects.exists()


def test_another_place_by_file_is_told_by_the_next_change_of_staff_in_one_letter(
    tree: dict[str, Any], course: Course, ada: Enrollment, tmp_path: Path
):
    book(ada)
    Message.objects.all().delete()
    load_tree(tmp_path, tree | {"office_hours": [tree["office_hours"][0] | {"place": "H 9"}]})
    personal(calendar_feeds.feed_of(ada), now=NOON)
    assert [one.student for one in untold.of(course)] == [ada]
    one = course.hours_series.get()
    at_nine = {"start": time(9), "end": time(10)}
    change_to_come(one, Terms(**{**vars(terms_of(one)), **at_nine}), now=NOON)
    assert subjects() == [("Ada Fictive", "appointment now Fri Apr 19, 9:00 am CEST")]
    assert "H 9" in Message.objects.get().text and not untold.of(course)


def test_who_gave_back_or_was_dropped_or_waits_in_vain_is_told_nothing_wrong(
    tree: dict[str, Any], course: Course, ada: Enrollment, timo: Enrollment, tmp_path: Path
):
    mine, _ = book(ada), book(timo, 30)
    late = enroll(course, "Late Comer")
    waiting_list.join(course, by=late, series=course.hours_series.get().pk, on=APRIL_19, topic="", now=NOON)
    load_tree(tmp_path, at_two(tree))
    mine.refresh_from_db()
    appointments.give_up(mine, by=mine.student, now=NOON)
    Enrollment.objects.filter(pk=timo.pk).update(dropped_at=NOON)
    assert untold.of(course) == []
    appointments.release_dropped(NOON + appointments.GRACE)
    Message.objects.all().delete()
    Appointment.objects.all().delete()
    WaitingListEntry.objects.create(series=course.hours_series.get(), on=APRIL_19, student=late, since=NOON)
    load_tree(tmp_path, with_holiday(at_two(tree)))
    assert not Message.objects.exists() and WaitingListEntry.objects.exists()
    assert untold.tell_due(datetime(2024, 4, 18, 12, tzinfo=course.zone)) == 1
    assert subjects() == [("Late Comer", "no office hours on Fri Apr 19")]


def test_shrinking_over_a_booking_by_file_is_refused_with_the_name_and_its_place(
    tree: dict[str, Any], course: Course, ada: Enrollment, tmp_path: Path
):
    book(ada, 30)
    shorter = tree | {"office_hours": [tree["office_hours"][0] | {"end": "10:30"}]}
    with pytest.raises(CourseFileRefused) as refused:
        load_tree(tmp_path, shorter)
    (problem,) = refused.value.problems
    assert problem.path == "office_hours" and problem.line > 1
    assert "Ada Fictive (Apr 19, 10:30)" in problem.sentence and "in the portal first" in problem.sentence
    assert on(course.hours_series.get(), APRIL_19).end == time(11)


def test_the_command_names_them_on_stderr(
    tree: dict[str, Any], course: Course, ada: Enrollment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    book(ada)
    Command().report(Loaded(course, load_tree(tmp_path, with_holiday(tree)).tally, 0))
    told = capsys.readouterr()
    assert "Ada Fictive" in told.err and "Ada" not in told.out
