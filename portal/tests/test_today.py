"""Today: what waits for a student, and the class day of the staff; every number leads to its rows."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from courses.domain import agenda, announcements, assignments
from courses.models import Assignment, ClassMeeting
from credits.tests.world import make_pool
from feedback.domain import separation, surveys
from feedback.tests.world import FINE, fill, make_plan
from officehours.domain import appointment_requests, appointments, queues
from officehours.domain.appointments import Wish
from officehours.tests.factories import book, cancel, make_hours, open_queue, turn_booking_on, wait
from portal import today
from portal.testing import Cast, client_of

MONDAY_NOON = datetime(2024, 4, 8, 19, tzinfo=UTC)  # class was 9:00-10:30


@pytest.fixture
def meeting(cast: Cast) -> ClassMeeting:
    make_plan(cast.course)
    return cast.course.meetings.get(date="2024-04-08")


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(minutes=38), "in 38 minutes"),
        (timedelta(minutes=1), "in 1 minute"),
        (timedelta(hours=2, minutes=5), "in 2 h 5 min"),
        (timedelta(hours=20), "tomorrow"),
        (timedelta(days=3), "in 3 days"),
        (timedelta(minutes=-1), "on now"),
        (timedelta(hours=-2), "over"),
    ],
)
def test_how_far_off_a_class_is_is_said_in_words(meeting: ClassMeeting, before: timedelta, words: str):
    assert today.far_off(meeting, meeting.starts_at - before) == words


def test_today_is_about_todays_class_until_midnight_then_the_next(cast: Cast, meeting: ClassMeeting):
    assert today.today_for(cast.student, now=MONDAY_NOON).meeting == meeting
    assert today.today_for(cast.student, now=MONDAY_NOON).is_today
    tuesday = today.today_for(cast.student, now=MONDAY_NOON + timedelta(days=1))
    assert tuesday.meeting is not None
    assert tuesday.meeting.date.isoformat() == "2024-04-10"
    assert not tuesday.is_today


def test_an_open_survey_waits_until_it_is_answered_or_late(cast: Cast, meeting: ClassMeeting):
    survey = surveys.open_survey(meeting, now=MONDAY_NOON)
    assert [card.survey for card in today.today_for(cast.student, now=MONDAY_NOON).surveys] == [survey]
    assert today.today_for(cast.other_student, now=survey.due_at + timedelta(minutes=1)).surveys == []
    surveys.submit_response(survey, by=cast.student, answers=FINE, now=MONDAY_NOON)
    assert today.today_for(cast.student, now=MONDAY_NOON).surveys == []


def test_drafts_wait_for_nobody_but_staff(cast: Cast, meeting: ClassMeeting):
    soon = MONDAY_NOON + timedelta(days=2)
    assignments.create(cast.course, name="Hidden", due_at=soon, state=Assignment.State.DRAFT)
    shown = assignments.create(cast.course, name="Shown", due_at=soon)
    assert today.today_for(cast.student, now=MONDAY_NOON).due == [shown]
    assert len(today.today_for(cast.assistant, now=MONDAY_NOON).due) == 2


def test_one_question_is_told_as_one(cast: Cast, meeting: ClassMeeting):
    survey = surveys.open_survey(meeting, now=MONDAY_NOON)
    for number, student in enumerate(fill(cast.course, 6)):
        asked = {"question": "Why?"} if number == 0 else {}
        surveys.submit_response(survey, by=student, answers={**FINE, **asked}, now=MONDAY_NOON)
    separation.freeze(survey, now=MONDAY_NOON)
    words = [line.words for line in today.waiting_for_staff(cast.course, now=MONDAY_NOON) if line.number == 1]
    assert words == ["question without an answer"]


def test_staff_see_each_number_with_the_way_to_its_rows(cast: Cast, meeting: ClassMeeting):
    survey = surveys.open_survey(meeting, now=MONDAY_NOON)
    for student in fill(cast.course, 6):
        surveys.submit_response(survey, by=student, answers={**FINE, "question": "Why?"}, now=MONDAY_NOON)
    announcements.write_announcement(
        cast.course, title="Room", text="Another room.", by=cast.instructor.user, now=MONDAY_NOON
    )
    numbers = {line.words: line.number for line in today.waiting_for_staff(cast.course, now=MONDAY_NOON)}
    assert numbers[f"of 8 answered so far, {meeting.label}"] == 6
    assert numbers["questions without an answer"] == 0
    assert numbers["announcement not posted yet"] == 1
    separation.freeze(survey, now=MONDAY_NOON)
    after = today.waiting_for_staff(cast.course, now=MONDAY_NOON)
    assert {line.words: line.number for line in after}["questions without an answer"] == 6
    staff = client_of(cast.instructor)
    assert {staff.get(line.url).status_code for line in after} == {200}


def test_the_class_day_stands_in_order_and_ends_with_the_survey(cast: Cast, meeting: ClassMeeting):
    lines = [agenda.AgendaLine("Questions from {previous}", "feedback", 10), agenda.AgendaLine("Pods", "lecture", 60)]
    agenda.replace(meeting, lines, version=0, now=MONDAY_NOON)
    found = today.today_for(cast.instructor, now=meeting.starts_at + timedelta(minutes=15))
    assert [entry.words for entry in found.day] == ["Questions from 4/3", "Pods", "Survey opens for 2 people"]
    assert [entry.is_now for entry in found.day] == [False, True, False]
    times = [entry.at for entry in found.day if entry.at]
    assert times == sorted(times)


@pytest.mark.parametrize("person", ["student", "instructor"])
@pytest.mark.parametrize("count", [2, 3])  # with one there is no class before to compare with
def test_the_page_asks_as_often_for_two_surveys_as_for_three(
    cast: Cast, meeting: ClassMeeting, person: str, count: int, django_assert_num_queries
):
    people = fill(cast.course, 6)
    for day in ("2024-04-01", "2024-04-03", "2024-04-08")[:count]:
        survey = surveys.open_survey(cast.course.meetings.get(date=day), now=MONDAY_NOON)
        for student in people:
            surveys.submit_response(survey, by=student, answers=FINE, now=MONDAY_NOON)
        separation.freeze(survey, now=MONDAY_NOON)
    client = client_of(getattr(cast, person))
    client.get(f"/c/{cast.course.slug}/")
    with django_assert_num_queries(32 if person == "instructor" else 22):
        assert client.get(f"/c/{cast.course.slug}/").status_code == 200


def test_a_request_for_an_appointment_waits_for_staff(cast: Cast, meeting: ClassMeeting):
    assert "for an appointment" not in str(today.today_for(cast.assistant, now=MONDAY_NOON).waiting)
    turn_booking_on(cast)
    times = [MONDAY_NOON + timedelta(days=1)]
    wish = Wish("Team trouble")
    appointment_requests.ask(
        cast.course, by=cast.student, host=cast.instructor, times=times, wish=wish, now=MONDAY_NOON
    )
    (waits,) = [
        line for line in today.today_for(cast.assistant, now=MONDAY_NOON).waiting if "appointment" in line.words
    ]
    assert (waits.number, waits.words) == (1, "request for an appointment")
    assert waits.url == "/c/cs101-s24/office-hours/"


def test_an_offer_waits_for_its_student_until_its_deadline_and_is_answered_there(cast: Cast, meeting: ClassMeeting):
    turn_booking_on(cast, slot_minutes=60)
    hours = make_hours(cast)
    taken = book(hours, cast.other_student, now=MONDAY_NOON)
    wait(hours, cast.student, now=MONDAY_NOON)
    appointments.give_up(taken, by=taken.student, now=MONDAY_NOON)
    assert today.today_for(cast.other_student, now=MONDAY_NOON).offers == []
    browser = client_of(cast.student)
    with time_machine.travel(MONDAY_NOON, tick=False):
        page = browser.get(f"/c/{cast.course.slug}/").content.decode()
        assert "Yours until Mon Apr 8, 2:00 pm PDT" in page and "Nothing waits for you" not in page
        assert "A slot is free Tue Apr 16, 2:30 pm PDT" in page
        browser.post(f"/c/{cast.course.slug}/office-hours/appointments/{cast.student.appointments.get().pk}/accept")
    assert cast.student.appointments.get().state == "booked"
    assert today.today_for(cast.student, now=MONDAY_NOON).offers == []
    cast.student.appointments.update(state="offered", offered_until=MONDAY_NOON)
    assert today.today_for(cast.student, now=MONDAY_NOON).offers == []
    cast.student.appointments.update(state="countered")
    assert [offer.with_whom for offer in today.today_for(cast.student, now=MONDAY_NOON).offers] == ["Wren Instructor"]


def test_who_waits_in_a_queue_waits_for_staff_until_it_is_closed(cast: Cast, meeting: ClassMeeting):
    hours = make_hours(cast)
    queue = open_queue(hours, date(2024, 4, 9), now=MONDAY_NOON)
    assert "queue" not in str(today.today_for(cast.assistant, now=MONDAY_NOON).waiting)
    for person in (cast.student, cast.other_student):
        entry = queues.join(queue, by=person, topic="Lambdas", team=None, now=MONDAY_NOON)
    queues.move(entry, "away", now=MONDAY_NOON)
    (waits,) = [line for line in today.today_for(cast.assistant, now=MONDAY_NOON).waiting if "queue" in line.words]
    assert (waits.number, waits.words) == (1, "in the queue of Apr 9")
    assert "Ada Fictive" in client_of(cast.assistant).get(waits.url).content.decode()
    queues.close(queue, now=MONDAY_NOON)
    assert "queue" not in str(today.today_for(cast.assistant, now=MONDAY_NOON).waiting)


def test_office_hours_of_this_week_stand_on_today_moved_and_cancelled_ones_too(cast: Cast, meeting: ClassMeeting):
    tuesday = make_hours(cast)
    cancel(tuesday, date(2024, 4, 9), reason="Ill", now=MONDAY_NOON)
    make_hours(cast, weekday=4)
    for person in (cast.student, cast.assistant):
        lines = today.today_for(person, now=MONDAY_NOON).hours
        assert [(f"{line.date:%a}", str(line.standing)) for line in lines] == [("Tue", "cancelled"), ("Fri", "open")]


def test_a_zero_is_grey_whatever_is_said_beside_it(cast: Cast, meeting: ClassMeeting):
    surveys.open_survey(meeting, now=MONDAY_NOON)
    make_pool(cast.course)
    with time_machine.travel(MONDAY_NOON, tick=False):
        page = " ".join(client_of(cast.assistant).get(f"/c/{cast.course.slug}/").content.decode().split())
    assert re.search(r'<li class="none"><b>0</b><div><a [^>]*>credit requests</a> <p class="sub">', page)
    assert re.search(r'<li class="none"><b>0</b><div><a [^>]*>of 2 answered so far', page)


def test_the_office_hours_of_the_next_class_day_stand_in_it_also_when_it_is_next_week(cast: Cast):
    make_hours(cast, weekday=0)
    saturday = MONDAY_NOON - timedelta(days=2)
    found = today.today_for(cast.instructor, now=saturday)
    assert [line.is_next for line in found.hours] == [True] and found.meeting is not None
    assert found.hours[0].date == found.meeting.date
    assert "Office hours: HALL 2, Wren Instructor" in [entry.words for entry in found.day]
