from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from courses.domain import agenda, calendar
from courses.domain.agenda import AgendaLine
from courses.models import ClassMeeting, NoClassDay
from portal.testing import NOON, client_of

DAY = date(2024, 4, 10)  # Wednesday, L4


@pytest.fixture(autouse=True)
def _tuesday_noon():
    with time_machine.travel(NOON, tick=False):
        yield


def url(name: str, day: date | None = DAY, slug: str = "cs101-s24") -> str:
    return reverse(name, kwargs={"course_slug": slug} | ({"date": day} if day else {}))


@pytest.fixture
def meeting(cast) -> ClassMeeting:
    return cast.course.meetings.get(date=DAY)


def test_classes_stand_by_week_with_weekday_number_and_hours(cast, client):
    calendar.retime_meeting(
        cast.course.meetings.get(date=DAY), start=NOON.time(), end=NOON.replace(hour=20).time(), place="LAB", now=NOON
    )
    page = client_of(cast.student).get(url("meetings", None))
    assert page.status_code == 200
    text = page.content.decode()
    assert "Week 2" in text
    assert "Apr 8 – Apr 14" in text
    assert '<span class="nowrap">L4</span>' in text
    assert text.count("next</span>") == 1
    assert text.count('id="now"') == 1
    assert "Wed Apr 10" in text
    assert "7:00–8:00 pm PDT, LAB" in text
    assert "9:00–10:30 am PDT, HALL 1" in text


def test_days_without_class_show_their_reason(cast):
    NoClassDay.objects.create(course=cast.course, date=date(2024, 5, 24), reason="Spring & break")
    calendar.cancel_meeting(cast.course.meetings.get(date=DAY), reason="Storm", now=NOON)
    text = client_of(cast.student).get(url("meetings", None)).content.decode()
    assert "Storm" in text
    assert "Spring &amp; break" in text
    assert "<del>Fri May 24</del> no class" in text


def test_today_is_marked(cast):
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        text = client_of(cast.student).get(url("meetings", None)).content.decode()
    assert text.count('aria-current="date"') == 1
    assert '<li id="d2024-04-10" class="mine"' in text


def test_a_course_without_classes_says_what_to_do_first(cast):
    cast.course.meetings.all().delete()
    assert "Add the first class time" in client_of(cast.instructor).get(url("meetings", None)).content.decode()
    assert "Add the first class time" not in client_of(cast.student).get(url("meetings", None)).content.decode()


@pytest.mark.parametrize("kept", [1, 3])
def test_the_list_of_classes_asks_the_database_the_same_however_many_there_are(cast, kept, django_assert_num_queries):
    few = list(cast.course.meetings.values_list("pk", flat=True)[:kept])
    cast.course.meetings.exclude(pk__in=few).delete()
    browser = client_of(cast.student)
    with django_assert_num_queries(5):  # session, person, enrollment, classes, days without class
        browser.get(url("meetings", None))


@pytest.mark.parametrize("count", [1, 3])
def test_a_class_asks_the_database_the_same_however_long_its_agenda(cast, meeting, count, django_assert_num_queries):
    agenda.replace(meeting, [AgendaLine("From {previous}")] * count, version=0, now=NOON)
    browser = client_of(cast.student)
    with django_assert_num_queries(9):
        browser.get(url("meeting"))


def test_a_class_shows_agenda_hours_and_its_neighbours(cast, meeting):
    agenda.replace(
        meeting, [AgendaLine("Questions from {previous}", minutes=10), AgendaLine("<b>Talk</b>")], version=0, now=NOON
    )
    text = client_of(cast.student).get(url("meeting")).content.decode()
    assert "Questions from 4/8" in text
    assert "&lt;b&gt;Talk" in text
    assert "9:10 am" in text
    assert "‹ L3" in text
    assert "L5 ›" in text
    assert "Wednesday, April 10 <small>L4</small>" in text
    assert "Edit" not in text


def test_the_present_line_is_marked_during_class(cast, meeting):
    agenda.replace(meeting, [AgendaLine("a", minutes=10), AgendaLine("b")], version=0, now=NOON)
    browser = client_of(cast.student)
    with time_machine.travel(meeting.starts_at + timedelta(minutes=10), tick=False):
        assert browser.get(url("meeting")).content.decode().count('aria-current="time"') == 1
    with time_machine.travel(meeting.ends_at, tick=False):
        assert 'aria-current="time"' not in browser.get(url("meeting")).content.decode()


@pytest.mark.parametrize("address", ["classes/2024-04-09/", "classes/2024-04-31/", "classes/2024-4-10/"])
def test_a_date_without_a_class_is_unknown(cast, address):
    assert client_of(cast.student).get(f"/c/cs101-s24/{address}").status_code == 404


def test_staff_change_title_hours_and_place(cast, meeting):
    typed = {"title": "Queues", "start": "10:00", "end": "11:00", "place": "LAB"}
    answer = client_of(cast.assistant).post(url("meeting_edit"), typed)
    assert answer.status_code == 302
    meeting.refresh_from_db()
    assert (meeting.title, meeting.place, meeting.starts_at.hour) == ("Queues", "LAB", 17)


@pytest.mark.parametrize("end", ["09:00", "08:59", "soon", ""])
def test_wrong_hours_are_refused_with_everything_typed_kept(cast, meeting, end):
    typed = {"title": "Queues & more", "start": "09:00", "end": end, "place": "LAB"}
    answer = client_of(cast.assistant).post(url("meeting_edit"), typed)
    assert answer.status_code == 422
    assert 'value="Queues &amp; more"' in answer.content.decode()
    meeting.refresh_from_db()
    assert meeting.title == ""


def test_the_title_of_a_past_class_can_change_but_not_its_hours(cast):
    browser, past = client_of(cast.instructor), date(2024, 4, 8)
    typed = {"title": "Stacks", "start": "09:00", "end": "10:30", "place": "HALL 1"}
    assert browser.post(url("meeting_edit", past), typed).status_code == 302
    answer = browser.post(url("meeting_edit", past), typed | {"title": "Heaps", "start": "08:00"})
    assert answer.status_code == 422
    assert "over" in answer.content.decode()
    assert cast.course.meetings.get(date=past).title == "Stacks"


def test_cancelling_says_what_follows_before_it_does_it(cast, meeting):
    browser = client_of(cast.instructor)
    text = browser.get(url("meeting_cancel")).content.decode()
    assert "The 16 classes after it are numbered anew: the last one, L20, becomes L19." in text
    assert not ClassMeeting.objects.get(pk=meeting.pk).is_cancelled
    assert browser.post(url("meeting_cancel"), {"reason": "Storm"}).status_code == 302
    assert "No class on this date: Storm." in client_of(cast.student).get(url("meeting")).content.decode()


def test_cancelling_needs_a_reason(cast, meeting):
    answer = client_of(cast.instructor).post(url("meeting_cancel"), {"reason": " "})
    assert answer.status_code == 422
    assert not ClassMeeting.objects.get(pk=meeting.pk).is_cancelled


def test_a_past_class_is_not_cancelled_and_says_why(cast):
    answer = client_of(cast.instructor).post(url("meeting_cancel", date(2024, 4, 8)), {"reason": "Storm"})
    assert answer.status_code == 422
    assert "a past class cannot be cancelled" in answer.content.decode()


def test_a_cancelled_class_is_held_after_all(cast, meeting):
    calendar.cancel_meeting(meeting, reason="Storm", now=NOON)
    client_of(cast.assistant).post(url("meeting_restore"))
    assert ClassMeeting.objects.get(pk=meeting.pk).number == 4


@pytest.mark.parametrize("name", ["meeting_edit", "meeting_cancel", "meeting_restore", "agenda_edit"])
def test_students_change_no_class(cast, meeting, name):
    assert client_of(cast.student).post(url(name), {"reason": "x", "do": "save"}).status_code == 403
    assert not ClassMeeting.objects.get(pk=meeting.pk).is_cancelled
