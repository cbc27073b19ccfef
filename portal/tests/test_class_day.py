"""The class day of the staff: office hours, agenda, talks and survey of the demo's course, in their order."""

import pytest
import time_machine

from courses.domain import calendar
from courses.models import Course, Role
from officehours.tests.factories import at, cancel
from portal import today
from portal.class_day import DayEntry
from portal.course_file.loading import load, read_folder
from portal.testing import client_of
from portal.tests.course_files import DEMO
from presentations.models import Release

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(db: None) -> Course:
    return load(read_folder(DEMO), now=at("2023-10-01T12:00-07:00")).course


def day_at(course: Course, moment: str) -> list[DayEntry]:
    staff = course.enrollments.staff().get(role=Role.INSTRUCTOR)
    return today.today_for(staff, now=at(moment)).day


def local(course: Course, entries: list[DayEntry]) -> list[tuple[str, str]]:
    return [
        (f"{entry.at.astimezone(course.zone):%H:%M}" if entry.at else "", entry.lead.strip(":") or entry.rest)
        for entry in entries
    ]


def test_talks_that_no_agenda_names_stand_at_their_own_hours(demo: Course):
    found = day_at(demo, "2023-11-30T16:05-08:00")
    assert local(demo, found) == [
        ("15:40", "Team 5"), ("16:00", "Team 2"), ("16:20", "Guest Speaker"),
        ("17:40", "Survey opens for 69 people"),
    ]  # fmt: skip
    assert (found[0].rest, found[0].more) == ("Amazon DynamoDB", "20 min")
    assert [(entry.is_past, entry.is_now) for entry in found[:2]] == [(True, False), (False, True)]


def test_office_hours_come_first_and_an_agenda_keeps_its_order_with_the_talks_that_it_names(demo: Course):
    found = day_at(demo, "2023-11-28T14:45-08:00")
    shown = local(demo, found)
    assert shown[:2] == [("14:30", "Office hours"), ("15:40", "Questions from 11/21")]
    assert [words for _, words in shown].count("Team 3") == 1 and shown[-1] == ("17:40", "Survey opens for 69 people")
    assert found[0].is_now and found[0].rest.startswith("CP 229") and found[0].more == "The queue"
    staff = client_of(demo.enrollments.staff().get(role=Role.INSTRUCTOR))
    with time_machine.travel(at("2023-11-28T14:45-08:00"), tick=False):
        assert staff.get(found[0].url).status_code == 200


def test_cancelled_hours_and_a_draft_are_not_the_day(demo: Course):
    tuesday = demo.hours_series.get(weekday=1)
    cancel(tuesday, at("2023-11-28T12:00-08:00").date(), reason="ill", now=at("2023-11-27T12:00-08:00"))
    Release.objects.all().delete()
    assert "Office hours" not in [words for _, words in local(demo, day_at(demo, "2023-11-28T12:00-08:00"))]
    assert local(demo, day_at(demo, "2023-11-30T12:00-08:00"))[0] == ("15:40", "Class")


@pytest.mark.parametrize("role", [Role.INSTRUCTOR, Role.STUDENT])
def test_a_cancelled_class_is_on_todays_page_with_its_talks_struck_until_it_is_past(demo: Course, role: Role):
    thursday = demo.meetings.get(date="2023-11-30")
    calendar.cancel_meeting(thursday, reason="Flooded", now=at("2023-11-27T12:00-08:00"))
    browser = client_of(demo.enrollments.active().filter(role=role)[0])
    pages = {}
    for moment in ("2023-11-28T09:00-08:00", "2023-11-30T17:39-08:00", "2023-11-30T17:41-08:00"):
        with time_machine.travel(at(moment), tick=False):
            pages[moment] = browser.get(f"/c/{demo.slug}/").content.decode()
    *before, after = pages.values()
    for page in before:
        assert "No class on Thursday, November 30</b>: Flooded" in page
        assert "<del>Team 5: Amazon DynamoDB</del>" in page
    assert "No class on" not in after
